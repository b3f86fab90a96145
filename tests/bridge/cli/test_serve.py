"""`serve`: started as a process, asked over HTTP, told to reload and to stop by signals."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.bridge.cli.running import PATIENCE_S, WSDL, Line, Process, started
from tests.bridge.demo.running import Shop

READY = "Legacy Bridge is listening on"


def url_of(serving: Process) -> str:
    return serving.first.split()[5]


async def connected(session: aiohttp.ClientSession, url: str, name: str = "shop") -> None:
    """Asked again and again, each time as soon as the last answer is there."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with session.get(f"{url}/readyz") as answer:
                if (await answer.json())["upstreams"].get(name) == "ready":
                    return


async def post(session: aiohttp.ClientSession, url: str, body: Any) -> tuple[int, Any]:
    async with session.post(url, json=body) as answer:
        return answer.status, await answer.json()


def yaml(folder: Path, shop: Shop, operations: str, port: int = 0) -> Path:
    file = folder / "bridge.yaml"
    text = f"server: {{port: {port}}}\nupstreams:\n  shop:\n    soap: {{wsdl: '{WSDL}', endpoint: '{shop.address}'}}\n"
    file.write_text(f"{text}    operations: {operations}\n")
    return file


async def test_a_wsdl_alone(state: Path, shop: Shop) -> None:
    words = ["serve", "--wsdl", WSDL, "--endpoint", shop.address, "--port", 0, "--state", state]
    async with started(*words, stream="stderr", says=READY) as serving, aiohttp.ClientSession() as session:
        url = url_of(serving)
        assert url.startswith("http://127.0.0.1:")
        await connected(session, url)
        status, order = await post(session, f"{url}/v1/shop/get-order", {"orderId": 1001})
        assert (status, order["customerId"]) == (200, "C-1")
        code, out, err = await serving.stop(signal.SIGTERM)
    assert (code, out) == (0, "")
    logged = [json.loads(row) for row in err.splitlines()]
    assert {row["event"] for row in logged} >= {"request-done", "server-stopping"}


async def test_what_the_command_line_said_survives_a_reload(state: Path, shop: Shop, tmp_path: Path) -> None:
    file = yaml(tmp_path, shop, "{}", port=1)
    words = ["serve", file, "--wsdl", f"more={WSDL}", "--port", 0, "--state", state]
    async with started(*words, stream="stderr", says=READY) as serving, aiohttp.ClientSession() as session:
        url, told = url_of(serving), _lines(serving)
        await connected(session, url, "more")
        yaml(tmp_path, shop, '{GetOrder: {route: "POST /a"}}', port=2)
        serving.process.send_signal(signal.SIGHUP)
        assert '"changed":["shop"]' in (await told("config-reloaded")).replace(": ", ":")
        assert (await post(session, f"{url}/v1/more/get-order", {"orderId": 0}))[0] == 422


async def test_a_reload_cannot_open_the_door(state: Path, shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a-key-that-is-long-enough-to-be-one")
    keys = f"access: {{keys: [{{name: web, key: 'file:{tmp_path}/key', scopes: ['shop:*']}}]}}\n"
    file = yaml(tmp_path, shop, "{}")
    file.write_text(keys + file.read_text().replace("port: 0", "port: 0, behind_proxy: [10.0.0.0/8]"))
    words = ["serve", file, "--host", "0.0.0.0", "--state", state]
    async with started(*words, stream="stderr", says=READY) as serving:
        yaml(tmp_path, shop, "{}")
        serving.process.send_signal(signal.SIGHUP)
        assert "--open" in await _lines(serving)("config-refused")


async def test_reload_by_signal(state: Path, shop: Shop, tmp_path: Path) -> None:
    file = yaml(tmp_path, shop, '{GetOrder: {route: "POST /a"}}')
    async with (
        started("serve", file, "--state", state, stream="stderr", says=READY) as serving,
        aiohttp.ClientSession() as session,
    ):
        url, told = url_of(serving), _lines(serving)
        await connected(session, url)
        yaml(tmp_path, shop, '{GetOrder: {route: "POST /b"}}')
        serving.process.send_signal(signal.SIGHUP)
        await told("config-reloaded")
        await told("upstream-ready")
        assert (await post(session, f"{url}/v1/shop/b", {"orderId": 1001}))[0] == 200

        yaml(tmp_path, shop, '{GetOrder: {rout: "POST /c"}}')
        serving.process.send_signal(signal.SIGHUP)
        refused = await told("config-refused")
        assert "did you mean 'route'?" in refused
        assert f"{file}:5:" in refused
        assert (await post(session, f"{url}/v1/shop/b", {"orderId": 1001}))[0] == 200

        yaml(tmp_path, shop, "{}", port=1)
        serving.process.send_signal(signal.SIGHUP)
        assert "server.port cannot change while the bridge runs" in await told("config-refused")
        assert (await post(session, f"{url}/v1/shop/get-stock", {"sku": "AB-100"}))[0] == 200


def _lines(serving: Process) -> Any:
    async def told(event: str) -> str:
        assert serving.process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := (await serving.process.stderr.readline()).decode():
                if event in line:
                    return line
        raise AssertionError(f"it ended without {event}")

    return told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a configuration file"),
        (["--wsdl", WSDL, "--host", "0.0.0.0"], "--open"),
        (["--wsdl", WSDL, "--endpoint", "erp"], "http:// or https://"),
        (["nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_what_it_does_not_start_with(line: Line, words: list[object], said: str) -> None:
    done = line("serve", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


async def test_a_port_that_is_taken(state: Path, shop: Shop) -> None:
    words = ["serve", "--wsdl", WSDL, "--port", shop.port, "--state", state]
    async with started(*words, stream="stderr", says=str(shop.port)) as second:
        assert await second.ended() == 2
