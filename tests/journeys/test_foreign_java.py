"""A Java stack behind the bridge: JAX-WS RI, which is the core of Metro, with WSS4J. What crosses the wire is asserted
at the server."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.foreign import Foreign
from tests.journeys.wire import served
from tests.servers.java import java_server

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foreign]:
    folder = tmp_path_factory.mktemp("java")
    (folder / "server").mkdir()
    async with java_server(folder / "server") as server:
        wsdls = {service: server.wsdl_url(service) for service in ("vault", "addressed")}
        async with served("java", server, folder, wsdls) as running:
            yield running


def counted(bytes_: int) -> bytes:
    """What the server gives: byte n is n modulo 251."""
    return (bytes(range(251)) * (bytes_ // 251 + 1))[:bytes_]


async def test_a_small_file_each_way(here: Foreign) -> None:
    answer = await here.bridge.post("/v1/vault/fetch", {"bytes": 300})
    assert answer.json == {"name": "counting.bin", "content": base64.b64encode(counted(300)).decode()}
    content = b"\x00\xff" * 100
    stored = await here.bridge.post("/v1/vault/store", {"name": "a", "content": base64.b64encode(content).decode()})
    assert stored.json == {"name": "a", "sha256": hashlib.sha256(content).hexdigest()}


async def test_a_fault_has_its_typed_detail(here: Foreign) -> None:
    answer = await here.bridge.post("/v1/vault/refuse", {"text": "no"})
    assert (answer.status, answer.json["detail"], answer.json["fault"]) == (422, "refused: no", {"text": "no"})
