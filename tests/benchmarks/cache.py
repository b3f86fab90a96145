"""`make bench-cache`: a cache hit through the whole bridge beside a bare aiohttp handler that sends the same bytes.

All are processes of their own on the loopback, asked in turns (A B C, C B A …) by one client over keep-alive.
Bare is a handler in an aiohttp application; beside it, for the limit of what is possible, one without even a router.
Compared is what a server needs of the processor per answer, which other programs on the machine disturb least.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.journeys.running import bridge, soap
from tests.journeys.upstream import GET_ORDER, Upstream

ROUNDS, ROUND_S, WARM_S, CONNECTIONS = 9, 1.5, 1.5, 16
TARGET = 0.85
RESULT = Path(__file__).parents[2] / "docs" / "proofs" / "bench-cache.md"
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
REQUEST = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nUser-Agent: bench\r\n\r\n"

BARE = """
import asyncio, json, sys
from aiohttp import web

answer = json.loads(sys.argv[1])
body, headers = answer["body"].encode(), answer["headers"]

async def handle(request):
    return web.Response(body=body, headers=headers)

async def main():
    if sys.argv[2] == "application":
        app = web.Application()
        app.router.add_get("/v1/shop/orders/{order_id}", handle)
        runner = web.AppRunner(app, access_log=None)
    else:
        runner = web.ServerRunner(web.Server(handle, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@dataclass
class Side:
    """One of the servers, and what was measured of it."""

    name: str
    pid: int
    port: int
    per_cpu_s: list[float] = field(default_factory=list)
    per_wall_s: list[float] = field(default_factory=list)

    def cpu_s(self) -> float:
        """User and system time of the process so far, all its threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


@asynccontextmanager
async def bare(name: str, answer: str, kind: str) -> AsyncIterator[Side]:
    command = [sys.executable, "-c", BARE, answer, kind]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout
        yield Side(name, process.pid, int(await process.stdout.readline()))
    finally:
        process.terminate()
        await process.wait()


async def ask(port: int, path: bytes, until: float) -> int:
    """One connection; how many answers it got. Reads as little as a client can: the length is always the same."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request, count = REQUEST % path, 0
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
    while time.perf_counter() < until:
        writer.write(request)
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(length)
        count += 1
    writer.close()
    return count


async def measure(side: Side, path: bytes, seconds: float) -> tuple[float, float]:
    """Answers per second of its processor time, and per second."""
    cpu_s, began = side.cpu_s(), time.perf_counter()
    counts = await asyncio.gather(*(ask(side.port, path, began + seconds) for _ in range(CONNECTIONS)))
    took_s, used_s = time.perf_counter() - began, side.cpu_s() - cpu_s
    return sum(counts) / used_s, sum(counts) / took_s


async def compare(sides: list[Side], path: bytes) -> None:
    for side in sides:
        await measure(side, path, WARM_S)
    for turn in range(ROUNDS):
        # Who begins changes, so that a machine that gets slower favours nobody.
        for side in sides if turn % 2 == 0 else reversed(sides):
            per_cpu_s, per_wall_s = await measure(side, path, ROUND_S)
            side.per_cpu_s.append(per_cpu_s)
            side.per_wall_s.append(per_wall_s)


async def run() -> tuple[list[Side], int, int]:
    """The servers, measured, the bridge first; how long the answer is; how many lines the bridge's log has."""
    kept = {"GetOrder": {**GET_ORDER, "cache": {"ttl": "1h"}}}
    path = "/v1/shop/orders/7"
    with tempfile.TemporaryDirectory() as folder:
        async with Upstream() as upstream:
            config = {"upstreams": {"shop": soap(upstream.wsdl, operations=kept)}}
            async with bridge(Path(folder), config) as running:
                await running.ready("shop")
                await running.get(path)
                hit = await running.get(path)
                # The date is aiohttp's own affair on all sides.
                headers = {name: value for name, value in hit.headers.items() if name not in {"Date", "Content-Length"}}
                answer = json.dumps({"body": hit.text, "headers": headers})
                own = Side("cache hit of the bridge", running.process.pid, running.port)
                async with (
                    bare("bare handler, aiohttp application", answer, "application") as application,
                    bare("bare handler, aiohttp without a router", answer, "server") as server,
                ):
                    sides = [own, application, server]
                    await compare(sides, path.encode())
                assert len(upstream.asked) == 1
            assert not running.log.told("log-lines-dropped")
    return sides, len(hit.body), len(running.log.lines)


def report(sides: list[Side], size: int, lines_logged: int) -> tuple[str, float]:
    own, application, server = sides
    ratio, pairs = ratios(own, application)
    bound, _ = ratios(own, server)
    about = [
        f"{ROUNDS} rounds of {ROUND_S:g} s each, in turns; {CONNECTIONS} keep-alive connections; {size} bytes of JSON;",
        f"Python {platform.python_version()}, {os.cpu_count()} cores for the servers and the client. The bridge wrote",
        f"a line of access log for each answer, {lines_logged} in all; the others wrote none.",
        "",
        "| server | answers per second of its CPU time | answers per second |",
        "| --- | --- | --- |",
    ]
    for side in sides:
        cpu, wall = side.per_cpu_s, statistics.median(side.per_wall_s)
        about.append(f"| {side.name} | {statistics.median(cpu):.0f} ({min(cpu):.0f} to {max(cpu):.0f}) | {wall:.0f} |")
    about += [
        "",
        f"Hit against the bare handler, medians per CPU second: **{ratio:.2f}** ({min(pairs):.2f} to {max(pairs):.2f}",
        f"in single rounds); wanted: at least {TARGET}. Against the one without a router: {bound:.2f}.",
    ]
    return "\n".join(about), ratio


def ratios(one: Side, other: Side) -> tuple[float, list[float]]:
    """Of the medians, and of the single rounds."""
    whole = statistics.median(one.per_cpu_s) / statistics.median(other.per_cpu_s)
    return whole, [mine / theirs for mine, theirs in zip(one.per_cpu_s, other.per_cpu_s, strict=True)]


def main() -> None:
    text, ratio = report(*asyncio.run(run()))
    print(text)
    if "--write" in sys.argv:
        about = (
            "`make bench-cache`: the bridge with all its layers, log and metrics, and aiohttp handlers that send the\n"
        )
        title = f"# A cache hit beside a bare handler\n\n{about}same bytes with the same headers.\n\n"
        RESULT.write_text(title + text + "\n", "utf-8")
    if ratio < TARGET:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
