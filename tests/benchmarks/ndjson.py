"""`make bench-ndjson`: a list of a gigabyte, row by row, through the whole bridge.

The bridge is a process of its own, watched from outside. The system behind it sends an answer that it makes while it
sends it, and knows at each moment how much has left; rows are compared with those of a generator that knows neither
XML nor the bridge, and, as far as it takes them, with the answer in one piece. Beside it, in the same run, lxml reads
the same bytes and makes nothing of them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import platform
import re
import socket
import struct
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import RawIOBase
from pathlib import Path

import aiohttp
from lxml import etree

from tests.complaints.legacy import Op, element, schema, wsdl
from tests.journeys.running import Bridge, bridge

RESULT = Path(__file__).parents[2] / "docs" / "proofs" / "ndjson.md"
MB = 1_000_000
FIRST_ROW_BYTES_MAX, GROWTH_BYTES_MAX = 2 * MB, 64 * MB
BUFFERED_ROWS, WARM_ROWS = 10_000, 10
SEND_BUFFER_BYTES = 64_000
NDJSON = "application/x-ndjson"
PIECE_ROWS = 200
SPACE = "urn:old"
WORDS = "To be delivered to the back door, where somebody will be who knows what to do with it. " * 3
LIST = wsdl(
    schema(
        '<xs:complexType name="Row"><xs:sequence><xs:element name="OrderID" type="xs:long"/>'
        '<xs:element name="Customer" type="xs:string" nillable="true"/><xs:element name="Total" type="xs:decimal"/>'
        '<xs:element name="Placed" type="xs:dateTime"/><xs:element name="Open" type="xs:boolean"/>'
        '<xs:element name="Note" type="xs:string" minOccurs="0"/>'
        '<xs:element name="Sku" type="xs:string" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>'
        + element("List", '<xs:element name="Rows" type="xs:long"/>')
        + element(
            "ListResponse",
            '<xs:element name="Row" type="t:Row" minOccurs="0" maxOccurs="unbounded"/>'
            '<xs:element name="Count" type="xs:long"/>',
        )
    ),
    Op("List"),
)
HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
    f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:Body><ListResponse xmlns="{SPACE}">'
)
TAIL = "<Count>{}</Count></ListResponse></s:Body></s:Envelope>"


def row_xml(n: int) -> str:
    """One row as the system behind writes it."""
    customer = (
        '<Customer xsi:nil="true"/>' if n % 7 == 0 else f"<Customer>M\u00fcller &amp; S\u00f6hne {n % 997}</Customer>"
    )
    note = f"<Note><![CDATA[<{n}>]]> \u20ac {WORDS[n % 7 :]}</Note>"
    skus = "".join(f"<Sku>CD-{(n + at) % 1000}</Sku>" for at in range(n % 4))
    return (
        f"<Row><OrderID>{n}</OrderID>{customer}<Total>{n % 1000}.{n % 100:02}0</Total>"
        f"<Placed>2026-03-{n % 28 + 1:02}T08:{n % 60:02}:00Z</Placed><Open>{'true' if n % 2 else 'false'}</Open>"
        f"{note}{skus}</Row>\n"
    )


def row_json(n: int) -> str:
    """The same row as a client is to get it, written down by hand."""
    customer = "null" if n % 7 == 0 else f'"M\u00fcller & S\u00f6hne {n % 997}"'
    note = f'"note":"<{n}> \u20ac {WORDS[n % 7 :]}",'
    skus = ",".join(f'"CD-{(n + at) % 1000}"' for at in range(n % 4))
    return (
        f'{{"orderId":{n},"customer":{customer},"total":{n % 1000}.{n % 100:02}0,'
        f'"placed":"2026-03-{n % 28 + 1:02}T08:{n % 60:02}:00Z","open":{"true" if n % 2 else "false"},'
        f'{note}"sku":[{skus}]}}\n'
    )


def answer(rows: int) -> Iterator[bytes]:
    """The whole answer, in pieces."""
    yield HEAD.encode()
    for begin in range(0, rows, PIECE_ROWS):
        yield "".join(map(row_xml, range(begin, min(rows, begin + PIECE_ROWS)))).encode()
    yield TAIL.format(rows).encode()


SYSTEM = """
import mmap, struct, sys
from pathlib import Path
from tests.benchmarks.ndjson import serve_forever

with Path(sys.argv[1]).open("r+b") as file, mmap.mmap(file.fileno(), 8) as told:
    serve_forever(lambda sent: told.__setitem__(slice(0, 8), struct.pack("<Q", sent)))
"""


def serve_forever(tell: Callable[[int], None]) -> None:
    """The system behind. Prints its port, and tells how much of an answer has left it; what waits in the network does
    not count as sent, so its buffer there is small."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            found = re.search(rb"Rows>(\d+)<", self.rfile.read(int(self.headers["Content-Length"])))
            assert found
            self.send_response(200)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            sent = 0
            for piece in answer(int(found[1])):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                sent += len(piece)
                tell(sent)
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


@dataclass(frozen=True)
class System:
    """The system behind, as a process of its own."""

    url: str
    told: Path

    @property
    def sent(self) -> int:
        """How much of its answer has left it."""
        return int(struct.unpack("<Q", self.told.read_bytes())[0])


@asynccontextmanager
async def system(folder: Path) -> AsyncIterator[System]:
    told = folder / "sent"
    told.write_bytes(bytes(8))
    command = [sys.executable, "-c", SYSTEM, str(told)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout
        yield System(f"http://127.0.0.1:{int(await process.stdout.readline())}/", told)
    finally:
        process.terminate()
        await process.wait()


@dataclass
class Run:
    """What one run gave. `sent_at_first`: what had left the system behind when the first row was at the client."""

    rows: int
    bytes_xml: int = 0
    bytes_json: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    sent_at_first: int = 0
    memory_before: int = 0
    memory_most: int = 0
    same_rows: bool = False
    same_as_whole: bool = False
    lxml_s: float = 0.0

    @property
    def growth(self) -> int:
        return self.memory_most - self.memory_before

    def problems(self) -> list[str]:
        """What is over a bound, or wrong."""
        found = [] if self.same_rows else ["other rows than the generator's"]
        found += [] if self.same_as_whole else ["other rows than those of the answer in one piece"]
        if self.sent_at_first > FIRST_ROW_BYTES_MAX:
            found.append(f"{self.sent_at_first} bytes had been sent before the first row came")
        if self.growth > GROWTH_BYTES_MAX:
            found.append(f"{self.growth / MB:.0f} MB of memory")
        return found


def memory(pid: int) -> int:
    """The resident memory of a process, in bytes."""
    fields = Path(f"/proc/{pid}/statm").read_text("utf-8").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def cpu_s(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(rows: int, folder: Path) -> Run:
    """One run of so many rows."""
    run = Run(rows)
    (folder / "list.wsdl").write_text(LIST, "utf-8")
    async with system(folder) as behind:
        soap = {"wsdl": str(folder / "list.wsdl"), "endpoint": behind.url}
        limits = {"timeout": "60s", "deadline": "60s"}
        async with bridge(folder, {"upstreams": {"old": {"soap": soap, "limits": limits}}}) as there:
            await there.ready("old")
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as client:
                async with ask(client, there, WARM_ROWS, NDJSON) as response:
                    await response.read()
                await rows_of(client, there, behind, run)
                run.same_as_whole = await as_whole(client, there, min(rows, BUFFERED_ROWS))
    run.lxml_s = lxml_alone(rows)
    return run


async def as_whole(client: aiohttp.ClientSession, there: Bridge, rows: int) -> bool:
    """Whether the rows are the items of the answer in one piece, byte by byte."""
    async with ask(client, there, rows, "application/json") as response:
        whole = await response.text()
    async with ask(client, there, rows, NDJSON) as response:
        lines = (await response.text()).splitlines()
    return whole == f'{{"row":[{",".join(lines)}],"count":{rows}}}' and len(lines) == rows


def ask(client: aiohttp.ClientSession, there: Bridge, rows: int, accept: str) -> aiohttp.client._RequestContextManager:
    headers = {"Accept": accept, "Content-Type": "application/json", "Accept-Encoding": "identity"}
    return client.post(f"{there.url}/v1/old/list", data=json.dumps({"rows": rows}), headers=headers)


async def rows_of(client: aiohttp.ClientSession, there: Bridge, behind: System, run: Run) -> None:
    """Reads all rows, and looks at the bridge from outside meanwhile."""
    pid = there.process.pid
    run.memory_before = run.memory_most = memory(pid)
    used_s, began = cpu_s(pid), time.perf_counter()
    came, first = hashlib.sha256(), b""
    async with ask(client, there, run.rows, NDJSON) as response:
        assert response.status == 200, await response.text()
        async for piece in response.content.iter_any():
            if b"\n" not in first:
                first += piece
                run.sent_at_first = behind.sent
            came.update(piece)
            run.bytes_json += len(piece)
            run.memory_most = max(run.memory_most, memory(pid))
    run.seconds, run.cpu_s, run.bytes_xml = time.perf_counter() - began, cpu_s(pid) - used_s, behind.sent
    wanted = hashlib.sha256()
    for n in range(run.rows):
        wanted.update(row_json(n).encode())
    run.same_rows = came.digest() == wanted.digest()


class Source(RawIOBase):
    """The answer as a file, which is all that lxml takes."""

    def __init__(self, rows: int) -> None:
        self._pieces, self._rest = answer(rows), b""
        self.spent_s = 0.0

    def read(self, size: int = -1) -> bytes:
        began = time.process_time()
        while len(self._rest) < size and (piece := next(self._pieces, b"")):
            self._rest += piece
        found, self._rest = self._rest[:size], self._rest[size:]
        self.spent_s += time.process_time() - began
        return found


def lxml_alone(rows: int) -> float:
    """What lxml needs of the processor to find each row of the same bytes and to forget it."""
    source, began, count = Source(rows), time.process_time(), 0
    for _, row in etree.iterparse(source, tag=f"{{{SPACE}}}Row"):  # type: ignore[arg-type]  # it only needs `read`
        count += 1
        row.clear(keep_tail=True)  # type: ignore[call-arg]  # the stubs do not know it
        while row.getprevious() is not None:
            parent = row.getparent()
            assert parent is not None
            del parent[0]
    assert count == rows
    return time.process_time() - began - source.spent_s


def report(run: Run) -> str:
    """The page."""
    yes = {True: "yes", False: "NO"}
    whole, first, growth = min(run.rows, BUFFERED_ROWS), FIRST_ROW_BYTES_MAX / MB, GROWTH_BYTES_MAX / MB
    facts = {
        "the answer of the system behind": f"{run.bytes_xml / MB:,.0f} MB of XML",
        "what the client got": f"{run.rows:,} rows, {run.bytes_json / MB:,.0f} MB",
        "the same rows as the generator's (SHA-256)": yes[run.same_rows],
        f"the same rows as the answer in one piece ({whole:,} of them)": yes[run.same_as_whole],
        f"sent by the system behind when the first row was there (bound: {first:.0f} MB)": mb(run.sent_at_first, 2),
        "memory of the bridge before": mb(run.memory_before),
        f"most memory above that (bound: {growth:.0f} MB)": mb(run.growth, 1),
        "time": f"{run.seconds:.0f} s",
        "rows per second": f"{run.rows / run.seconds:,.0f}",
        "XML per second": mb(run.bytes_xml / run.seconds, 1),
        "processor time of the bridge": f"{run.cpu_s:.1f} s",
        "XML per second of that": mb(run.bytes_xml / run.cpu_s, 1),
        "processor time of lxml alone, which finds each row and makes nothing of it": f"{run.lxml_s:.1f} s",
        "ratio of the two": f"{run.cpu_s / run.lxml_s:.1f}",
    }
    lines = [
        "# A large answer row by row",
        "",
        "Written by `make bench-ndjson`. The bridge is a process of its own in front of a system that makes its answer",
        "while it sends it; memory and processor time are what `/proc` tells of the bridge. The rows are compared with",
        "those of a generator that knows neither XML nor the bridge, and some with the same answer in one piece.",
        f"Python {platform.python_version()}, {os.cpu_count()} processors, which other programs used as well.",
        "",
        "| | |",
        "|---|--:|",
        *(f"| {name} | {value} |" for name, value in facts.items()),
        "",
        f"Over a bound: {'; '.join(run.problems()) or 'nothing'}.",
        "",
    ]
    return "\n".join(lines)


def mb(size: float, digits: int = 0) -> str:
    return f"{size / MB:,.{digits}f} MB"


def main() -> None:
    """A gigabyte, or as many megabytes as are given."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    rows = megabytes * MB // (sum(len(row_xml(n).encode()) for n in range(1_000_000, 1_001_000)) // 1_000)
    with tempfile.TemporaryDirectory() as folder:
        run = asyncio.run(measure(rows, Path(folder)))
    if len(sys.argv) > 1:
        print(report(run))
    else:
        RESULT.write_text(report(run), "utf-8")
        print(f"{RESULT}: over a bound: {'; '.join(run.problems()) or 'nothing'}")
    sys.exit(1 if run.problems() else 0)


if __name__ == "__main__":
    main()
