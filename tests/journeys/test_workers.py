"""Three processes on one port behave as one bridge: towards the system behind, towards clients, and when one dies."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.bridge.web.raw import Raw
from tests.contract.buses import until
from tests.journeys.running import Bridge, Json, bridge, soap, write
from tests.journeys.test_shutdown import PATIENT, Tally, client
from tests.journeys.upstream import GET_ORDER, Upstream

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

WORKERS = 3
LISTENING = re.compile("is listening on")
ANSWERED = re.compile(r'^bridge_requests_total\{[^}]*operation="GetOrder"[^}]*status="200"[^}]*\} (\d+)', re.MULTILINE)
KEPT = {
    "GetOrder": {**GET_ORDER, "cache": {"ttl": "10m", "tags": ["order:{orderId}"]}},
    "Fail": {"route": "POST /failures/{text}", "invalidates": ["order:{text}"]},
}


@dataclass
class Shop(Upstream):
    """Says in each answer how many writes there were before, and counts how many calls it has at once."""

    writes: int = 0
    inside: int = 0
    most: int = 0
    documents: int = 0

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            self.documents += 1
            return await super()._answer(request)
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            answer = await super()._answer(request)
            assert isinstance(answer, web.Response)
            assert isinstance(answer.body, bytes)
            self.writes += b"FailResponse" in answer.body
            answer.body = answer.body.replace(b"1.50", b"%d.50" % self.writes)
            return answer
        finally:
            self.inside -= 1

    @property
    def orders_asked(self) -> int:
        return sum(b"orderId>" in one.body for one in self.asked)


def config(upstream: Upstream, **more: Any) -> Json:
    shop = soap(upstream.wsdl, operations=more.pop("operations", KEPT), **more)
    return {"server": {"workers": WORKERS, "limits": PATIENT}, "upstreams": {"shop": shop}}


@asynccontextmanager
async def workers(folder: Path, settings: Json) -> AsyncIterator[Bridge]:
    async with bridge(folder, settings) as running:
        await running.log.line(LISTENING)
        await running.log.event("upstream-ready", WORKERS, upstream="shop")
        yield running


def children(pid: int) -> set[int]:
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


async def fresh(running: Bridge, path: str) -> bytes:
    """The answer on a connection of its own, so by any of the workers."""
    async with Raw(*await asyncio.open_connection("127.0.0.1", running.port)) as raw:
        raw.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return await raw.rest()


async def by_all(running: Bridge, path: str) -> list[bytes]:
    """Answers of every worker, many of each."""
    return await asyncio.gather(*(fresh(running, path) for _ in range(20 * WORKERS)))


def body(answer: bytes) -> bytes:
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), answer
    return rest


async def test_ninety_alike_at_once_are_one_call(tmp_path: Path) -> None:
    async with Shop() as upstream, workers(tmp_path, config(upstream)) as running, AsyncExitStack() as stack:
        upstream.open.clear()
        clients = [Raw(*await asyncio.open_connection("127.0.0.1", running.port)) for _ in range(90)]
        for raw in clients:
            await stack.enter_async_context(raw)
            raw.write(b"GET /v1/shop/orders/7 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await upstream.has_been_asked(1)
        await by_all(running, "/healthz")  # answers on connections made later: those before have been read
        upstream.open.set()
        answers = await asyncio.gather(*(raw.rest() for raw in clients))
        assert len(set(map(body, answers))) == 1
        assert upstream.orders_asked == 1
        await by_all(running, "/v1/shop/orders/7")
        assert upstream.orders_asked == 1
        assert await counted(running) == 90 + 20 * WORKERS
        for worker in (1, 2, 3):
            await running.log.event("request-done", operation="GetOrder", worker=worker)


async def test_the_contract_is_derived_once(tmp_path: Path) -> None:
    async with Shop() as upstream, workers(tmp_path, config(upstream)) as running:
        told = running.log.told("upstream-ready", upstream="shop")
        assert sorted(one["from_disk"] for one in told) == [False, True, True]
        assert {one["worker"] for one in told} == {1, 2, 3}
        assert upstream.documents <= 3  # the WSDL and its schemas, once


async def test_after_a_write_no_worker_has_what_it_made_old(tmp_path: Path) -> None:
    async with Shop() as upstream, workers(tmp_path, config(upstream)) as running:
        for writes in range(5):
            before = await by_all(running, "/v1/shop/orders/7")
            assert all(b"%d.50" % writes in body(answer) for answer in before)
            assert (await running.post("/v1/shop/failures/7", {"blame": "nobody"})).status in {200, 204}
            after = await by_all(running, "/v1/shop/orders/7")
            assert all(b"%d.50" % (writes + 1) in body(answer) for answer in after)


async def test_the_system_behind_never_has_more_calls_than_it_bears(tmp_path: Path) -> None:
    operations = {"GetOrder": GET_ORDER}
    limits = {"concurrency": 2}
    async with (
        Shop(delay_s=0.01) as upstream,
        workers(tmp_path, config(upstream, operations=operations, limits=limits)) as running,
    ):
        answers = await asyncio.gather(*(fresh(running, f"/v1/shop/orders/{number}") for number in range(60)))
        assert len(set(map(body, answers))) == 60
        assert upstream.most == 2


async def test_a_killed_worker_is_back_and_its_places_are_free(tmp_path: Path) -> None:
    operations = {"GetOrder": GET_ORDER}
    async with (
        Shop() as upstream,
        workers(tmp_path, config(upstream, operations=operations, limits={"concurrency": 1})) as running,
    ):
        await by_all(running, "/v1/shop/orders/1")
        answered = await counted(running)
        assert answered == 20 * WORKERS
        await upstream.stop()  # ends the connections that wait for further use: from now on who has one is busy
        await upstream.start()
        upstream.open.clear()
        upstream.asked.clear()
        hanging = asyncio.create_task(fresh(running, "/v1/shop/orders/1"))
        await upstream.has_been_asked(1)
        before = children(running.process.pid)
        [busy] = await asyncio.to_thread(holders, before, upstream.port)
        os.kill(busy, signal.SIGKILL)
        died = await running.log.event("worker-died")
        assert await counted(running) == answered
        assert (died["pid"], died["how"]) == (busy, "SIGKILL")
        assert await hanging == b""
        upstream.open.set()
        body(await fresh(running, "/v1/shop/orders/2"))
        await running.log.event("server-started", 2, worker=died["worker"])
        await running.log.event("upstream-ready", 2, worker=died["worker"])
        assert len(children(running.process.pid)) == WORKERS
        for answer in await by_all(running, "/v1/shop/orders/3"):
            body(answer)


async def counted(running: Bridge) -> int:
    """How many orders were answered, as any worker says for all."""
    page = (await fresh(running, "/metrics")).decode()
    return sum(map(int, ANSWERED.findall(page)))


def holders(pids: set[int], port: int) -> list[int]:
    """The processes that have a connection to a port."""
    table = Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in table]
    inodes = {f"socket:[{row[9]}]" for row in rows if row[2].endswith(f":{port:04X}") and row[3] == "01"}
    return [pid for pid in pids if inodes & set(map(_target, Path(f"/proc/{pid}/fd").iterdir()))]


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


async def test_no_accepted_request_fails_when_all_stop(tmp_path: Path) -> None:
    operations = {"GetOrder": GET_ORDER}
    async with Shop(delay_s=0.02) as upstream, workers(tmp_path, config(upstream, operations=operations)) as running:
        tally = Tally()
        clients = [asyncio.create_task(client(running, tally, number)) for number in range(24)]
        await upstream.has_been_asked(240)
        running.terminate()
        assert await running.ended() == 0
        await asyncio.gather(*clients)
        assert (tally.failed, tally.unanswered, tally.told_to_leave) == (0, 0, 24)


async def test_without_the_one_that_supervises_none_is_left(tmp_path: Path) -> None:
    async with Shop() as upstream, workers(tmp_path, config(upstream)) as running:
        left = children(running.process.pid)
        assert len(left) == WORKERS
        running.process.kill()
        await running.log.event("server-stopping", WORKERS)
        await running.ended()
        await until(lambda: not any(map(is_there, left)))


async def test_a_reload_is_for_all_and_a_bad_file_for_none(tmp_path: Path) -> None:
    async with Shop() as upstream, workers(tmp_path, config(upstream)) as running:
        write(tmp_path, config(upstream, limits={"concurrency": 3}))
        running.reload()
        await running.log.event("config-reloaded", WORKERS)
        write(tmp_path, "server: {wrong: true}")
        running.reload()
        refused = await running.log.event("config-refused")
        assert "worker" not in refused
        for answer in await by_all(running, "/v1/shop/orders/7"):
            body(answer)
        assert len(running.log.told("config-refused")) == 1
