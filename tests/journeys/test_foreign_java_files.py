"""Files to and from a Java stack whose WSDL allows MTOM (JAX-WS RI, the core of Metro): as a form, as bytes."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from tests.adapters.soap.attachments.filed import content_of, parsed_parts
from tests.journeys.foreign import Foreign
from tests.journeys.test_foreign_java import counted
from tests.journeys.wire import served
from tests.servers.java import java_server

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

BYTES = 900_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foreign]:
    folder = tmp_path_factory.mktemp("java-files")
    (folder / "server").mkdir()
    async with (
        java_server(folder / "server") as server,
        served("java", server, folder, {"vault": server.wsdl_url("vault")}) as running,
    ):
        yield running


def form(name: str, data: bytes) -> aiohttp.FormData:
    made = aiohttp.FormData()
    made.add_field("json", f'{{"name":"{name}"}}', content_type="application/json")
    made.add_field("content", data, filename="größe.bin", content_type="application/octet-stream")
    return made


async def test_a_file_of_a_form_is_a_part_of_an_xop_package(here: Foreign) -> None:
    data = counted(BYTES)
    answer = await here.bridge.ask("POST", "/v1/vault/store", data=form("a", data))
    assert (answer.status, answer.json) == (200, {"name": "a", "sha256": hashlib.sha256(data).hexdigest()})
    sent = here.server.calls[-1]
    whole, [root, part] = parsed_parts(sent.header("content-type") or "", sent.request)
    assert (whole.get_content_type(), whole.get_param("type")) == ("multipart/related", "application/xop+xml")
    assert b"<content><xop:Include " in content_of(root)
    assert content_of(part) == data


async def test_a_call_without_files_is_sent_as_ever(here: Foreign) -> None:
    answer = await here.bridge.post("/v1/vault/store", {"name": "a", "content": "AAAA"})
    assert answer.status == 200
    assert (here.server.calls[-1].header("content-type") or "").startswith("text/xml")


@pytest.mark.parametrize("size", [0, 100, BYTES])
async def test_bytes_come_back_as_they_are(here: Foreign, size: int) -> None:
    accept = {"Accept": "application/octet-stream"}
    answer = await here.bridge.ask("POST", "/v1/vault/fetch", json={"bytes": size}, headers=accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/octet-stream")
    assert answer.body == counted(size)
    said = dict(here.server.calls[-1].response_headers)
    assert "multipart/related" in said.get("Content-Type", said.get("Content-type", ""))
