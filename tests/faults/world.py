"""One bridge, a proxy for each of its upstreams, and the real systems behind them that count what they did.

A lane is one upstream with its proxy, and has one case at a time; several lanes go side by side.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bridge.config.model import UpstreamSettings
from tests.faults.case import ATTEMPTS, Case
from tests.faults.certificates import Certificates
from tests.faults.proxy import FaultProxy
from tests.journeys.running import LISTENING, READY_S_MAX, STOP_S_MAX, Bridge, Log, write
from tests.servers.php import php_server
from tests.servers.running import WSDLS, Running

PROJECT = Path(__file__).parents[2]
DEADLINE_S, TIMEOUT_S = 1.2, 0.5
LIMITS = {
    "patient": {"timeout": "20s", "deadline": "60s"},
    "brief": {"timeout": f"{TIMEOUT_S}s", "deadline": f"{DEADLINE_S}s"},
    "retrying": {"timeout": "1s", "deadline": "60s"},
}
ANSWER_MAX = 1_000_000
# A lane fails on purpose for minutes; what the breaker does then is tested in tests/simulation.
NO_BREAKER = {"breaker": "off"} if "breaker" in UpstreamSettings.model_fields else {}
ORDER_ID = re.compile(rb'orderId"?>?:? ?(\d+)')
ORDER = {
    "status": "open",
    "ordered": "2024-01-01T00:00:00Z",
    "customer": {"id": 1, "name": "A", "email": None},
    "lines": [],
    "total": {"currency": "EUR", "value": 1},
    "remark": [],
}
PATHS = {
    ("soap", "safe"): "get-order",
    ("soap", "idempotent"): "echo-order",
    ("soap", "write"): "echo-order",
    ("http", "safe"): "get-order",
    ("http", "idempotent"): "put-order",
    ("http", "write"): "create-order",
}


@dataclass
class Rest:
    """An HTTP system that counts what it was asked for, by order."""

    done: Counter[int] = field(default_factory=Counter)

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        order = int(request.path.rpartition("/")[2]) if request.path != "/orders" else int(json.loads(body)["orderId"])
        self.done[order] += 1
        return web.json_response({"orderId": order, "lines": ["a line"] * 20})


@dataclass
class Behind:
    """The real systems: PHP's SoapServer and an HTTP server of our own."""

    soap: Running
    rest: Rest
    rest_url: str

    def url(self, adapter: str) -> str:
        return self.soap.recorder.url if adapter == "soap" else self.rest_url

    def effects(self, adapter: str, order: int) -> int:
        if adapter == "http":
            return self.rest.done[order]
        found = (ORDER_ID.search(one.request) for one in self.soap.calls)
        return sum(match is not None and int(match[1]) == order for match in found)


@asynccontextmanager
async def behind(folder: Path) -> AsyncIterator[Behind]:
    rest = Rest()
    runner = web.ServerRunner(web.Server(rest.serve, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    (documents := folder / "php").mkdir()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        async with php_server(documents) as soap:
            yield Behind(soap, rest, f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


@dataclass
class Lane:
    """One upstream of the bridge and the proxy before its system. `does`: what a repeated SOAP write counts as."""

    name: str
    adapter: str
    proxy: FaultProxy
    cases: list[Case] = field(default_factory=list)

    def settings(self, folder: Path) -> dict[str, Any]:
        case = self.cases[0]
        fault = case.fault
        host = (
            f"{fault.host}.{case.adapter}.{case.kind}.fault"
            if fault.lane == "dns"
            else "localhost"
            if fault.lane == "tls"
            else "127.0.0.1"
        )
        scheme = "https" if fault.lane == "tls" else "http"
        client: dict[str, Any] = {"answer_max": ANSWER_MAX, "connect_timeout": "1s" if fault.lane == "dns" else "10s"}
        if fault.lane == "tls":
            client |= {"ca": str(folder / "ca.pem"), "tls": {"cert": str(folder / "client.pem")}}
        url = f"{scheme}://{host}:{self.proxy.port}"
        limits = {**LIMITS.get(fault.lane, LIMITS["patient"]), "concurrency": 1}
        beside = {"limits": limits, "retry": {"attempts": ATTEMPTS, "base": "1ms"}, **NO_BREAKER}
        if self.adapter == "soap":
            operations: dict[str, Any] = {"GetOrder": {"safe": True}}
            operations["EchoOrder"] = {"idempotent": case.kind != "write"}
            client |= {"wsdl": str(WSDLS / "orders.wsdl"), "endpoint": f"{url}/orders"}
            return {"soap": client, "operations": operations, **beside}
        operations = {
            "GetOrder": {"request": "GET /orders/{orderId}", "route": "POST /get-order", "safe": True},
            "PutOrder": {"request": "PUT /orders/{orderId}", "route": "POST /put-order", "idempotent": True},
            "CreateOrder": {"request": "POST /orders", "route": "POST /create-order"},
        }
        return {"http": {**client, "base": url}, "operations": operations, **beside}


def lanes_of(cases: Iterable[Case], copies: int) -> dict[str, list[Case]]:
    """The cases by lane. What waits is spread over several lanes; whoever resolves a name has one of his own."""
    lanes: dict[str, list[Case]] = {}
    turns: Counter[str] = Counter()
    for case in cases:
        kind = ("w" if case.kind == "write" else "r") if case.adapter == "soap" else "a"
        name = f"{case.fault.lane}-{case.adapter}-{kind}"
        if case.fault.lane == "dns":
            name = f"dns-{case.fault.id}-{case.adapter}-{case.kind}"
        elif case.fault.heavy:
            name = f"heavy-{case.adapter}-{kind}"
        else:
            turns[name] += 1
            name += f"-{turns[name] % (copies if case.fault.lane != 'tls' else 1)}"
        lanes.setdefault(name, []).append(case)
    return lanes


@dataclass
class World:
    """Everything, running."""

    bridge: Bridge
    lanes: list[Lane]
    behind: Behind
    certificates: Certificates


@asynccontextmanager
async def world(folder: Path, cases: Iterable[Case], *, copies: int = 2, plant: str = "") -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        systems = await stack.enter_async_context(behind(folder))
        certificates = Certificates(folder)
        lanes = []
        for name, own in lanes_of(cases, copies).items():
            proxy = await stack.enter_async_context(FaultProxy(systems.url(own[0].adapter)))
            lanes.append(Lane(name, own[0].adapter, proxy, own))
        config = {"upstreams": {lane.name: lane.settings(folder) for lane in lanes}}
        running = await stack.enter_async_context(_bridge(folder, config, plant))
        await running.ready(*(lane.name for lane in lanes))
        yield World(running, lanes, systems, certificates)


@asynccontextmanager
async def _bridge(folder: Path, config: object, plant: str) -> AsyncIterator[Bridge]:
    """`serve` as a user starts it, but for the stub that resolves names."""
    path = write(folder, config)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.process", "serve", str(path)),
        *("--port", "0", "--state", str(folder / "state")),
        cwd=PROJECT,
        env={**os.environ, "FAULT_PLANT": plant, "COLUMNS": "1000"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    log = Log()
    assert process.stderr is not None
    reading = asyncio.create_task(log.read(process.stderr))
    try:
        async with asyncio.timeout(READY_S_MAX):
            match = await log.line(LISTENING)
        assert match, log.text
        timeout, connector = aiohttp.ClientTimeout(total=120), aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            yield Bridge(match[1], process, log, session)  # type: ignore[arg-type]  # has what of Started is used
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        async with asyncio.timeout(STOP_S_MAX):
            await process.wait()
        await reading
