"""Files through the whole bridge: several in one request, 200 MB each way in little memory, answers that break off."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.cpu import HANG_S
from tests.hostile.test_memory import Memory
from tests.journeys.running import Bridge, bridge, soap, write
from tests.journeys.vault import PIECE, Vault, expected, vault
from tests.servers.running import WSDLS

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

LARGE = 3100  # pieces, together 203 MB
GROWTH_KB_MAX = 64_000
HASHED = re.compile(r"cid:([^\"]+)")


@asynccontextmanager
async def files(folder: Path) -> AsyncIterator[tuple[Bridge, Vault]]:
    fetch = {"route": "GET /files/{name}", "safe": True, "answer": "binary"}
    fetch["soap"] = {"attachments": {"answer": "/content/value"}}
    async with vault() as (service, url):
        upstream = soap(
            str(WSDLS / "files.wsdl"), endpoint=url, attachments={"send": "mtom"}, operations={"Fetch": fetch}
        )
        async with bridge(folder, {"server": {"port": 0}, "upstreams": {"files": upstream}}) as running:
            await running.ready("files")
            yield running, service


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def pieces(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield PIECE


async def test_three_files_in_one_request(tmp_path: Path) -> None:
    content, page, photo = os.urandom(700_000), b"\r\n--x\r\n", os.urandom(5)
    form = aiohttp.FormData()
    form.add_field("json", '{"name": "n & m"}', content_type="application/json")
    form.add_field("content", content, filename="größe.bin", content_type="application/pdf")
    form.add_field("pages.0", page, filename="a.txt", content_type="text/plain")
    form.add_field("photo.value", photo, filename="p.png", content_type="image/png")
    async with files(tmp_path) as (running, service):
        answer = await running.ask("POST", "/v1/files/store", data=form)
        assert (answer.status, answer.json) == (200, {"length": 0, "sha256": "ok"}), answer.text
    assert sorted(service.parts) == sorted(
        [("application/pdf", 700_000, sha(content)), ("text/plain", 7, sha(page)), ("image/png", 5, sha(photo))]
    )
    assert len(HASHED.findall(service.envelope.decode())) == 3
    assert b"n &amp; m" in service.envelope


async def test_200_mb_each_way_in_little_memory(tmp_path: Path) -> None:
    async with files(tmp_path) as (running, service):
        memory = Memory(running.process.pid)
        service.pieces = 20
        grown = []
        for size in (20, LARGE):
            before = memory.start()
            head = b'--b\r\nContent-Disposition: form-data; name="json"\r\n\r\n{"name":"n"}\r\n'
            head += b'--b\r\nContent-Disposition: form-data; name="content"; filename="x"\r\n\r\n'

            async def body(size: int = size, head: bytes = head) -> AsyncIterator[bytes]:
                yield head
                async for piece in pieces(size):
                    yield piece
                yield b"\r\n--b--\r\n"

            headers = {"Content-Type": "multipart/form-data; boundary=b"}
            answer = await running.ask("POST", "/v1/files/store", data=body(), headers=headers)
            assert answer.status == 200, answer.text
            assert service.parts == [("application/octet-stream", size * len(PIECE), expected(size))]
            sent_kb = memory.peak() - before
            service.pieces, before = size, memory.start()
            digest = hashlib.sha256()
            async with running.session.get(f"{running.url}/v1/files/files/n") as response:
                assert (response.status, response.headers["Content-Type"]) == (200, "image/png")
                async for chunk in response.content.iter_any():
                    digest.update(chunk)
            assert digest.hexdigest() == expected(size)
            grown.append((sent_kb, memory.peak() - before))
    print(f"\ngrowth in kB, sent and received: 1 MB {grown[0]}, 203 MB {grown[1]}")
    assert max(grown[1]) < GROWTH_KB_MAX


async def test_an_answer_that_breaks_off_is_seen_as_broken_and_told(tmp_path: Path) -> None:
    async with files(tmp_path) as (running, service):
        service.pieces, service.cut_after = 400, 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await running.get("/v1/files/files/n")
        done = await running.log.event("request-done")
        assert (done["status"], done["code"]) == (200, "upstream_cut")
        service.cut_after = None
        assert len((await running.get("/v1/files/files/n")).body) == 400 * len(PIECE)


async def test_a_client_that_goes_away_stops_the_upstream(tmp_path: Path) -> None:
    async with files(tmp_path) as (running, service):
        service.pieces = 100_000
        response = await running.session.get(f"{running.url}/v1/files/files/n")
        await response.content.readexactly(1_000_000)
        response.close()
        async with asyncio.timeout(HANG_S):
            await service.left.wait()
        assert service.sent < 5_000
        done = await running.log.event("request-done")
        assert (done["code"], done["bytes_out"] > 1_000_000) == ("client_gone", True)


async def test_the_first_bytes_are_out_before_the_last_are_sent(tmp_path: Path) -> None:
    async with files(tmp_path) as (running, service):
        service.pieces, service.hold_after = 64, 32
        async with running.session.get(f"{running.url}/v1/files/files/n") as response:
            assert await response.content.readexactly(16 * len(PIECE)) == PIECE * 16
            assert service.sent == 32
            service.go_on.set()
            assert await response.content.read() == PIECE * 48


async def test_a_reload_leaves_an_answer_that_is_under_way_alone(tmp_path: Path) -> None:
    async with files(tmp_path) as (running, service):
        service.pieces, service.hold_after = 64, 32
        async with running.session.get(f"{running.url}/v1/files/files/n") as response:
            assert await response.content.readexactly(16 * len(PIECE)) == PIECE * 16
            config = json.loads((tmp_path / "bridge.yaml").read_text())
            config["upstreams"]["files"]["limits"] = {"deadline": "7s", "timeout": "6s"}
            write(tmp_path, config)
            running.reload()
            await running.log.event("upstream-ready", 2, upstream="files")
            service.go_on.set()
            assert await response.content.read() == PIECE * 48
        assert len((await running.get("/v1/files/files/n")).body) == 64 * len(PIECE)
