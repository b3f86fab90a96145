"""Files by the `soap` package of the node world: it reads what we send, and writes what we get."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.journeys.running import Bridge, bridge
from tests.servers.node import node_files
from tests.servers.running import WSDLS

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

OPERATIONS = {"Fetch": {"soap": {"attachments": {"answer": "/content/value"}}}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bridge]:
    folder = tmp_path_factory.mktemp("node-files")
    async with node_files(folder) as server:
        soap = {"wsdl": str(WSDLS / "files.wsdl"), "endpoint": server.url("files"), "attachments": {"send": "mtom"}}
        async with bridge(folder, {"upstreams": {"files": {"soap": soap, "operations": OPERATIONS}}}) as running:
            await running.ready("files")
            yield running


@pytest.mark.parametrize("size", [0, 1, 700_000])
async def test_what_we_send_node_reads(there: Bridge, size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    form = aiohttp.FormData()
    form.add_field("json", '{"name":"n"}', content_type="application/json")
    form.add_field("content", data[:size], filename="a.bin", content_type="application/octet-stream")
    answer = await there.ask("POST", "/v1/files/store", data=form)
    assert (answer.status, answer.json) == (200, {"length": size, "sha256": hashlib.sha256(data[:size]).hexdigest()})


@pytest.mark.parametrize("size", [1, 700_000])
async def test_what_node_sends_we_read(there: Bridge, size: int) -> None:
    accept = {"Accept": "application/octet-stream"}
    answer = await there.ask("POST", "/v1/files/fetch", json={"name": str(size)}, headers=accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert 'filename="from-node.pdf"' in answer.headers["Content-Disposition"]
    assert answer.body == (b"node attaches " * (size // 14 + 1))[:size]
