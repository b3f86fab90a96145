"""`make bench-attachments`: a file of 200 MB each way through the whole bridge, MTOM on the wire behind it.

The bridge is a process of its own, watched from outside. The system behind is one of our own that speaks the protocol
and knows nothing of the bridge: it makes what it sends, and hashes what it gets, without holding either.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import aiohttp

from tests.benchmarks.ndjson import MB, cpu_s, mb, memory
from tests.journeys.running import Bridge, bridge
from tests.servers.running import WSDLS

RESULT = Path(__file__).parents[2] / "docs" / "proofs" / "attachments.md"
BYTES, GROWTH_BYTES_MAX, WARM_BYTES = 200 * MB, 64 * MB, 100_000
BLOCK = hashlib.shake_256(b"a file that nothing can compress").digest(1_000_003)
SPACE = "urn:example:files"
ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
FETCHED = (
    f'<FetchResponse xmlns="{SPACE}"><Name>{{}}</Name><Content><x:Include '
    'xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:file%40example"/></Content></FetchResponse>'
)
STORED = f'<StoreResponse xmlns="{SPACE}"><Length>{{}}</Length><Sha256>{{}}</Sha256></StoreResponse>'
HEAD_BYTES_MAX = 64_000


def file(length: int) -> Iterator[bytes]:
    """The bytes of a file of this length, in pieces."""
    for begin in range(0, length, len(BLOCK)):
        yield BLOCK[: min(len(BLOCK), length - begin)]


def sha256(length: int) -> str:
    """Of that file."""
    digest = hashlib.sha256()
    for piece in file(length):
        digest.update(piece)
    return digest.hexdigest()


SYSTEM = "from tests.benchmarks.attachments import serve_forever; serve_forever()"


def serve_forever() -> None:
    """The system behind: Store says length and hash of what it got, Fetch gives as many bytes as its name says."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            if "Fetch" in self.headers["SOAPAction"]:
                self.fetch()
            else:
                self.store()

        def store(self) -> None:
            length, digest = self.part()
            body = ENVELOPE.format(STORED.format(length, digest)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def part(self) -> tuple[int, str]:
            """Of the second part of the package: it begins behind its blank line and ends before the last boundary."""
            said = Message()
            said["Content-Type"] = self.headers["Content-Type"]
            boundary = f"--{said.get_param('boundary')}".encode()
            tail, left = b"\r\n" + boundary + b"--\r\n", int(self.headers["Content-Length"])
            head = self.rfile.read(min(HEAD_BYTES_MAX, left))
            left -= len(head)
            second = head.index(boundary, head.index(boundary) + 1)
            rest = head[head.index(b"\r\n\r\n", second) + 4 :]
            digest, length = hashlib.sha256(), 0
            while left or len(rest) > len(tail):
                digest.update(rest[: -len(tail)])
                length += len(rest[: -len(tail)])
                more = self.rfile.read(min(256_000, left))
                rest, left = rest[-len(tail) :] + more, left - len(more)
            assert rest == tail, rest
            return length, digest.hexdigest()

        def fetch(self) -> None:
            found = re.search(rb"Name>(\d+)<", self.rfile.read(int(self.headers["Content-Length"])))
            assert found
            self.send_response(200)
            self.send_header("Content-Type", 'multipart/related; type="application/xop+xml"; boundary="=b"')
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in package(int(found[1])):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


def package(length: int) -> Iterator[bytes]:
    """An answer of Fetch."""
    envelope = ENVELOPE.format(FETCHED.format(length))
    yield f'--=b\r\nContent-Type: application/xop+xml; type="text/xml"\r\n\r\n{envelope}\r\n'.encode()
    yield b"--=b\r\nContent-ID: <file@example>\r\nContent-Type: video/mp4\r\n\r\n"
    yield from file(length)
    yield b"\r\n--=b--\r\n"


@asynccontextmanager
async def system() -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", SYSTEM, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}/"
    finally:
        process.terminate()
        await process.wait()


@dataclass
class Way:
    """One direction, one file."""

    name: str
    bytes_: int
    seconds: float = 0.0
    cpu_s: float = 0.0
    before: int = 0
    most: int = 0
    same: bool = False

    @property
    def growth(self) -> int:
        return self.most - self.before

    def problems(self) -> list[str]:
        """What is over a bound, or wrong."""
        found = [] if self.same else [f"{self.name}: other bytes"]
        return found + ([f"{self.name}: {mb(self.growth)} of memory"] if self.growth > GROWTH_BYTES_MAX else [])


@dataclass
class Watch:
    """Looks at a process from outside while something is done."""

    pid: int
    way: Way
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> None:
        self.way.before = self.way.most = memory(self.pid)
        self._cpu_s, self._began = cpu_s(self.pid), time.perf_counter()
        self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while not self._stop.is_set():
            self.way.most = max(self.way.most, memory(self.pid))
            try:
                async with asyncio.timeout(0.01):
                    await self._stop.wait()
            except TimeoutError:
                continue

    async def __aexit__(self, *_: object) -> None:
        self.way.seconds, self.way.cpu_s = time.perf_counter() - self._began, cpu_s(self.pid) - self._cpu_s
        self._stop.set()
        await self._looking


async def measure(bytes_: int, folder: Path) -> list[Way]:
    """A file of this size each way, behind a small one each way."""
    ways = [Way("to the system behind", bytes_), Way("from it", bytes_)]
    async with system() as url:
        attachments = {"send": "mtom", "attachments_max": f"{bytes_ + MB}B"}
        soap = {"wsdl": str(WSDLS / "files.wsdl"), "endpoint": url, "attachments": attachments}
        limits = {"timeout": "10m", "deadline": "10m"}
        server = {"limits": {"upload": f"{bytes_ + MB}B"}}
        operations = {"Fetch": {"soap": {"attachments": {"answer": "/content/value"}}}}
        upstream = {"soap": soap, "limits": limits, "operations": operations}
        config = {"server": server, "upstreams": {"files": upstream}}
        async with bridge(folder, config) as there:
            await there.ready("files")
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as client:
                await store(client, there, WARM_BYTES)
                await fetch(client, there, WARM_BYTES)
                async with Watch(there.process.pid, ways[0]):
                    stored = await store(client, there, bytes_)
                async with Watch(there.process.pid, ways[1]):
                    fetched = await fetch(client, there, bytes_)
    ways[0].same, ways[1].same = stored == (bytes_, sha256(bytes_)), fetched == sha256(bytes_)
    return ways


async def store(client: aiohttp.ClientSession, there: Bridge, bytes_: int) -> tuple[int, str]:
    """What the system behind got, by its own word."""

    async def content() -> AsyncIterator[bytes]:
        for piece in file(bytes_):
            yield piece

    form = aiohttp.FormData()
    form.add_field("json", '{"name":"large"}', content_type="application/json")
    form.add_field("content", content(), filename="large.mp4", content_type="video/mp4")
    async with client.post(f"{there.url}/v1/files/store", data=form) as response:
        told: dict[str, Any] = await response.json()
        assert response.status == 200, told
        return told["length"], told["sha256"]


async def fetch(client: aiohttp.ClientSession, there: Bridge, bytes_: int) -> str:
    """The hash of what the client got."""
    headers = {"Accept": "video/mp4, application/octet-stream"}
    digest = hashlib.sha256()
    async with client.post(f"{there.url}/v1/files/fetch", json={"name": str(bytes_)}, headers=headers) as response:
        assert response.status == 200, await response.text()
        async for piece in response.content.iter_any():
            digest.update(piece)
    return digest.hexdigest()


def report(ways: list[Way]) -> str:
    """The page."""
    yes = {True: "yes", False: "NO"}
    rows = [
        f"| {way.name} | {mb(way.bytes_)} | {yes[way.same]} | {mb(way.before)} | {mb(way.growth, 1)} | "
        f"{mb(way.bytes_ / way.seconds)}/s | {way.cpu_s:.1f} s |"
        for way in ways
    ]
    problems = [line for way in ways for line in way.problems()]
    lines = [
        "# A large file each way",
        "",
        "Written by `make bench-attachments`. A client sends a file as a form and gets one as a body; to the system",
        "behind both are parts of an XOP package (MTOM). The bridge is a process of its own; memory and processor time",
        "are what `/proc` tells of it, every 10 ms. The files are compared by SHA-256 at both ends; the system behind",
        "makes and hashes them and knows nothing of the bridge.",
        f"Python {platform.python_version()}, {os.cpu_count()} processors, which other programs used as well.",
        "",
        f"| | file | same bytes | memory before | most above that (bound: {mb(GROWTH_BYTES_MAX)}) | speed | CPU |",
        "|---|--:|---|--:|--:|--:|--:|",
        *rows,
        "",
        f"Over a bound: {'; '.join(problems) or 'nothing'}.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """200 MB, or as many megabytes as are given."""
    bytes_ = int(sys.argv[1]) * MB if len(sys.argv) > 1 else BYTES
    with tempfile.TemporaryDirectory() as folder:
        ways = asyncio.run(measure(bytes_, Path(folder)))
    problems = [line for way in ways for line in way.problems()]
    if len(sys.argv) > 1:
        print(report(ways))
    else:
        RESULT.write_text(report(ways), "utf-8")
        print(f"{RESULT}: over a bound: {'; '.join(problems) or 'nothing'}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
