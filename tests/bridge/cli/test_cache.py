"""`cache show` and `cache purge` against a bridge that runs, as typed."""

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

STOCK = {
    "safe": True,
    "cache": {"ttl": "10m", "tags": ["stock:{sku}"]},
}
Cli = Callable[..., Awaitable[Result]]


@asynccontextmanager
async def served(folder: Path, shop: Shop) -> AsyncIterator[tuple[World, Cli]]:
    """A running bridge with a store, and the command line beside it."""
    file = folder / "bridge.yaml"
    soap = {"wsdl": str(WSDL), "endpoint": shop.address}
    upstreams = {"shop": {"soap": soap, "operations": {"GetStock": STOCK}}}
    more = {"store": {"url": f"sqlite:///{folder / 'bridge.db'}"}}
    file.write_text(json.dumps({"state": str(folder), "upstreams": {"shop": {"soap": soap}}, **more}))

    async def cli(*words: str) -> Result:
        result = await asyncio.to_thread(CliRunner().invoke, app, ["cache", *words, "-c", str(file)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    async with running(config(folder, upstreams, **more)) as world:
        yield world, cli


async def ask(world: World, sku: str) -> str:
    """Whether it was a hit."""
    assert world.session is not None
    async with world.session.post(f"{world.url}/v1/shop/get-stock", json={"sku": sku}) as answer:
        assert answer.status == 200
        return answer.headers["Cache-Status"].split(";")[1].strip()


async def test_what_is_kept_is_shown_and_purged(tmp_path: Path, shop: Shop) -> None:
    async with served(tmp_path, shop) as (world, cli):
        for sku in ("AB-100", "AB-100", "AB-200"):
            await ask(world, sku)
        shown = (await cli("show")).stdout.splitlines()
        assert [line.split()[0] for line in shown] == ["answer", "shop.GetStock", "shop.GetStock"]
        assert "stock:AB-100" in shown[1]
        view = json.loads((await cli("show", "--tag", "stock:AB-200", "--json")).stdout)
        [upstream] = view["upstreams"]
        [item] = upstream["items"]
        purged = await cli("purge", "--operation", "shop.GetStock", "--key", item["key"][:12], "-m", "wrong")
        assert (purged.exit_code, purged.stdout) == (0, "purged shop: 1 answers here\n")
        assert [await ask(world, sku) for sku in ("AB-100", "AB-200")] == ["hit", "fwd=miss"]
        assert (await cli("purge", "--tag", "stock:*")).exit_code == 0
        told = json.loads(
            (await cli("purge", "--operation", "shop.GetStock", "--args", '{"sku": "AB-100"}', "--json")).stdout
        )
        assert (told["dropped"], told["everywhere"], told["done"]) == (0, True, ["shop"])
        assert await ask(world, "AB-100") == "fwd=miss"
        words = ["audit", "list", "-c", str(tmp_path / "bridge.yaml")]
        audit = await asyncio.to_thread(CliRunner().invoke, app, words)
        assert audit.stdout.count("cache.purge") == 3


async def test_what_cannot_be_done_is_said(tmp_path: Path, shop: Shop) -> None:
    async with served(tmp_path, shop) as (_, cli):
        nothing = await cli("show")
        assert (nothing.exit_code, nothing.stdout) == (0, "")
        assert "Nothing is kept." in nothing.stderr
        unnamed = await cli("purge")
        assert (unnamed.exit_code, "Say which" in unnamed.stderr) == (2, True)
        unknown = await cli("purge", "--upstream", "crm")
        assert (unknown.exit_code, "no upstream 'crm'" in unknown.stderr) == (1, True)
    gone = await cli("show")
    assert (gone.exit_code, "No bridge listens" in gone.stderr) == (1, True)


async def test_a_bridge_that_does_not_answer_is_no_hang(tmp_path: Path) -> None:
    """Somebody else's socket, who lets go at once."""
    file = tmp_path / "bridge.yaml"
    file.write_text(json.dumps({"state": str(tmp_path)}))

    async def drop(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_unix_server(drop, tmp_path / "admin.sock")
    async with server:
        result = await asyncio.to_thread(CliRunner().invoke, app, ["cache", "show", "-c", str(file)])
        assert (result.exit_code, "does not answer" in result.stderr) == (1, True)
