"""`breakers` against a bridge that runs, as typed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from bridge.__main__ import app
from tests.bridge.app.world import World, config, running
from tests.bridge.cli.running import WSDL
from tests.bridge.demo.running import Shop

Cli = Callable[..., Awaitable[Result]]


@asynccontextmanager
async def served(folder: Path, shop: Shop) -> AsyncIterator[tuple[World, Cli]]:
    """A running bridge with a store, and the command line beside it."""
    file = folder / "bridge.yaml"
    upstreams = {"shop": {"soap": {"wsdl": str(WSDL), "endpoint": shop.address}}}
    more = {"store": {"url": f"sqlite:///{folder / 'bridge.db'}"}}
    file.write_text(json.dumps({"state": str(folder), "upstreams": upstreams, **more}))

    async def cli(*words: str) -> Result:
        result = await asyncio.to_thread(CliRunner().invoke, app, ["breakers", *words, "-c", str(file)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    async with running(config(folder, upstreams, **more)) as world:
        yield world, cli


async def ask(world: World) -> tuple[int, str, bool]:
    """Status, code, and whether it was said when to come back."""
    assert world.session is not None
    async with world.session.post(f"{world.url}/v1/shop/get-stock", json={"sku": "AB-100"}) as answer:
        told = await answer.json()
        return answer.status, told.get("code", ""), "Retry-After" in answer.headers


async def test_a_hand_on_a_breaker(tmp_path: Path, shop: Shop) -> None:
    async with served(tmp_path, shop) as (world, cli):
        assert (await ask(world))[0] == 200
        opened = await cli("open", "shop.GetStock", "--reason", "maintenance")
        assert (opened.exit_code, opened.stdout) == (0, "shop.GetStock open until it is set otherwise\n")
        assert await ask(world) == (503, "breaker_open", True)
        lines = (await cli("list")).stdout.splitlines()
        assert [line.split()[:6] for line in lines[1:]] == [
            ["shop", "closed", "itself", "1", "of", "1"],
            ["shop.GetStock", "open", "hand", "1", "of", "1"],
        ]
        again = await cli("open", "shop.GetStock")
        assert (again.exit_code, again.stderr) == (1, "shop.GetStock left as it is: it is so already\n")
        assert (await cli("auto", "shop.GetStock")).exit_code == 0
        assert (await ask(world))[0] == 200
        assert (await cli("close", "shop")).exit_code == 0
        rows = json.loads((await cli("list", "--json")).stdout)
        assert [(row["name"], row["mode"]) for row in rows] == [("shop", "closed"), ("shop.GetStock", "auto")]


async def test_what_there_is_not(tmp_path: Path, shop: Shop) -> None:
    async with served(tmp_path, shop) as (_, cli):
        missing = await cli("open", "crm")
        assert (missing.exit_code, "no breaker 'crm'" in missing.stderr) == (1, True)
    stopped = await cli("list")
    assert (stopped.exit_code, "No bridge listens" in stopped.stderr) == (1, True)
