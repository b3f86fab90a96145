"""`demo`: what it prints to try is what works."""

from __future__ import annotations

import re

import aiohttp
from typer.testing import CliRunner

from bridge.__main__ import app
from tests.bridge.cli.running import started
from tests.bridge.cli.test_serve import connected


async def test_what_it_says_can_be_tried() -> None:
    words = ["demo", "--port", 0, "--delay", "0"]
    async with (
        started(*words, stream="stderr", says="/v1/shop/orders/1001") as demo,
        aiohttp.ClientSession() as session,
    ):
        url = re.findall(r"http://127\.0\.0\.1:\d+", demo.first)[0]
        await connected(session, url)
        for _ in range(2):
            async with session.get(f"{url}/v1/shop/orders/1001") as answer:
                assert (answer.status, (await answer.json())["customerId"]) == (200, "C-1")
        async with session.get(f"{url}/v1/shop/orders/9999") as answer:
            assert answer.status == 404
        async with session.get(f"{url}/docs") as answer:
            assert answer.status == 200
        code, _, told = await demo.stop()
    assert (code, "The demo has stopped." in told, "Traceback" in told) == (0, True, False)


def test_bad_words() -> None:
    done = CliRunner().invoke(app, ["demo", "--delay", "soon"])
    assert done.exit_code == 2
    assert "--delay" in done.stderr
