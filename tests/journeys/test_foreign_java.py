"""A Java stack behind the bridge: JAX-WS RI, which is the core of Metro. What crosses the wire is asserted at the
server: MTOM each way, WS-Addressing, faults."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.journeys.foreign import Foreign
from tests.journeys.running import Bridge, started
from tests.servers.java import java_server
from tests.servers.running import Running

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foreign]:
    folder = tmp_path_factory.mktemp("java")
    (folder / "server").mkdir()
    async with java_server(folder / "server") as server:
        line = ["serve", _configured(folder, server), "--port", "0", "--state", folder / "state"]
        async with started(folder, *line) as bridge:
            await bridge.ready("vault", "addressed")
            yield Foreign("java", server, bridge)


def _configured(folder: Path, server: Running) -> Path:
    file = folder / "bridge.yaml"
    file.write_text(
        "upstreams:\n"
        f"  vault: {{soap: {{wsdl: '{server.wsdl_url('vault')}', attachments: {{send: mtom, threshold: 1kB}}}}}}\n"
        f"  addressed: {{soap: {{wsdl: '{server.wsdl_url('addressed')}'}}}}\n"
    )
    return file


def counted(bytes_: int) -> bytes:
    """What the server gives: byte n is n modulo 251."""
    return (bytes(range(251)) * (bytes_ // 251 + 1))[:bytes_]


async def stored(bridge: Bridge, content: bytes) -> str:
    answer = await bridge.post("/v1/vault/store", {"name": "a", "content": base64.b64encode(content).decode()})
    assert answer.status == 200, answer.text
    return str(answer.json["sha256"])


async def test_a_small_file_travels_in_the_message(here: Foreign) -> None:
    answer = await here.bridge.post("/v1/vault/fetch", {"bytes": 300})
    assert answer.json == {"name": "counting.bin", "content": base64.b64encode(counted(300)).decode()}
    content = b"\x00\xff" * 100
    assert await stored(here.bridge, content) == hashlib.sha256(content).hexdigest()
    assert base64.b64encode(content) in here.last().exchange.request


async def test_a_larger_one_beside_it(here: Foreign) -> None:
    answer = await here.bridge.post("/v1/vault/fetch", {"bytes": 100_000})
    assert base64.b64decode(answer.json["content"]) == counted(100_000)
    assert "multipart/related" in dict(here.last().exchange.response_headers)["Content-Type"]
    content = counted(50_000)
    assert await stored(here.bridge, content) == hashlib.sha256(content).hexdigest()
    sent = here.last().exchange
    assert "application/xop+xml" in {name.lower(): value for name, value in sent.headers}["content-type"]
    assert content in sent.request, "as bytes, not as base64"


async def test_a_file_of_a_form_and_a_file_as_the_answer(here: Foreign) -> None:
    content = counted(3_000_000)
    form = aiohttp.FormData()
    form.add_field("json", '{"name":"b"}', content_type="application/json")
    form.add_field("content", io.BytesIO(content), filename="b.bin", content_type="application/octet-stream")
    answer = await here.bridge.ask("POST", "/v1/vault/store", data=form)
    assert answer.json == {"name": "b", "sha256": hashlib.sha256(content).hexdigest()}
    headers = {"Accept": "application/octet-stream"}
    answer = await here.bridge.post("/v1/vault/fetch", {"bytes": 3_000_000}, headers=headers)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/octet-stream"), answer.text[:300]
    assert answer.body == counted(3_000_000)


async def test_addressing_is_written_because_the_wsdl_demands_it(here: Foreign) -> None:
    answer = await here.bridge.post("/v1/addressed/who-am-i", {"text": "x"})
    assert answer.json == {"text": "x", "security": ""}
    names = {str(one.tag).rpartition("}")[2]: one.text for one in here.last().envelope[0]}
    assert names["Action"] == "urn:example:vault:Vault:whoAmIRequest"
    assert {"To", "MessageID"} <= names.keys()
    assert f">{names['MessageID']}</RelatesTo>" in here.last().exchange.response.decode()


async def test_a_fault_has_its_typed_detail(here: Foreign) -> None:
    answer = await here.bridge.post("/v1/vault/refuse", {"text": "no"})
    assert (answer.status, answer.json["detail"], answer.json["fault"]) == (422, "refused: no", {"text": "no"})
