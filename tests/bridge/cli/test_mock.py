"""`mock`: a server made of a WSDL alone, which the bridge itself takes for the real thing."""

from __future__ import annotations

import signal
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest

from tests.bridge.cli.running import FORMS, WSDL, Line, started

ENVELOPE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    '<GetOrder xmlns="urn:legacy:shop"><OrderID>{}</OrderID></GetOrder></e:Body></e:Envelope>'
)


async def test_the_bridge_takes_it_for_real(line: Line, state: Path, tmp_path: Path) -> None:
    async with started("mock", "--wsdl", WSDL, "--port", 0, "--state", state, says="wsdl") as mock:
        assert mock.first.startswith("http://127.0.0.1:")
        async with aiohttp.ClientSession() as session:
            address = mock.first.removesuffix("?wsdl")
            async with session.post(address, data=ENVELOPE.format(7)) as answer:
                assert (answer.status, answer.content_type) == (200, "text/xml")
                assert "GetOrderResponse" in await answer.text()
            async with session.post(address, data=ENVELOPE.format("x")) as answer:
                assert answer.status == 500
                assert "does not fit" in await answer.text() or "x" in await answer.text()
            async with session.get(mock.first) as answer:
                assert f'location="{address}"' in await answer.text()
            async with session.get(address) as answer:
                assert answer.status == 404
            async with session.put(address, data="x") as answer:
                assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")
            async with session.get(f"{address}?wsdl", headers={"Host": "mock.example:81"}) as answer:
                assert 'location="http://mock.example:81/shop"' in await answer.text()
        code, _, told = await mock.stop(signal.SIGTERM)
        assert (code, "Ctrl-C" in told, "Traceback" in told) == (0, True, False)


async def test_too_large_a_body(state: Path) -> None:
    async with (
        started("mock", "--wsdl", WSDL, "--port", 0, "--state", state, says="wsdl") as mock,
        aiohttp.ClientSession() as session,
        session.post(mock.first, data=BytesIO(b"x" * 17_000_000)) as answer,
    ):
        assert answer.status == 413


async def test_a_port_that_is_taken(line: Line, state: Path) -> None:
    async with started("mock", "--wsdl", WSDL, "--port", 0, "--state", state, says="wsdl") as mock:
        port = mock.first.split(":")[2].split("/")[0]
        async with started("mock", "--wsdl", WSDL, "--port", port, "--state", state, stream="stderr") as second:
            assert "cannot be listened on" in second.first
            assert await second.ended() == 2


@pytest.mark.parametrize("wrong", [["--fault-rate", "2"], ["--port", "70000"], ["--delay", "-1"]])
def test_bad_words(line: Line, wrong: list[str]) -> None:
    done = line("mock", "--wsdl", WSDL, *wrong)
    assert (done.exit_code, done.stdout) == (2, "")


async def test_forms_and_queries_are_answered_without_an_envelope(state: Path) -> None:
    async with started("mock", "--wsdl", FORMS, "--port", 0, "--state", state, says="wsdl") as mock:
        address = mock.first.removesuffix("?wsdl")
        async with aiohttp.ClientSession() as session:
            async with session.get(mock.first) as answer:
                assert f'http:address location="{address}"' in await answer.text()
            async with session.post(f"{address}/Greet", data={"name": "ä b"}) as answer:
                assert (answer.status, answer.content_type) == (200, "text/xml")
                assert "string" in await answer.text()
            async with session.post(f"{address}/Greet", data={"nom": "x"}) as answer:
                assert (answer.status, await answer.text()) == (400, "Unknown parameter: nom.\n")
            async with session.post(address, data=ENVELOPE.format(7)) as answer:
                assert answer.status == 404
            async with session.get(f"{address}/Greet?name=x") as answer:
                assert answer.status == 404  # the port that was chosen takes forms
        await mock.stop(signal.SIGTERM)
