"""What one hostile input may cost a running bridge: 64 MB at its peak, and the next call is answered.

The bridge is a process of its own, so that what is measured is its memory and not that of the test.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.complaints.legacy import Old, envelope
from tests.hostile import requests_json
from tests.hostile.answers import CASES
from tests.hostile.case import GOOD, GOOD_JSON, Case
from tests.hostile.watch import Canary
from tests.hostile.world import WSDL
from tests.journeys.running import Bridge, bridge, soap

GROWTH_KB_MAX = 64_000
HEAVY = [case for case in (*CASES, *requests_json.cases()) if callable(case.data) or "costly" in case.id]


class Memory:
    """Of a process, in kB. Setting the peak back is Linux's way (proc(5), clear_refs)."""

    def __init__(self, process: int) -> None:
        self._folder = Path(f"/proc/{process}")
        if not (self._folder / "clear_refs").exists():
            pytest.skip("this system does not tell the peak of a process")

    def start(self) -> int:
        (self._folder / "clear_refs").write_text("5")
        return self._value("VmRSS")

    def peak(self) -> int:
        return self._value("VmHWM")

    def _value(self, name: str) -> int:
        status = (self._folder / "status").read_text()
        return int(status.partition(f"{name}:")[2].split()[0])


@pytest.mark.timeout(240)
async def test_no_input_takes_more_than_64_mb(tmp_path: Path, canary: Canary) -> None:
    old = Old()
    app = web.Application(client_max_size=64_000_000)
    app.router.add_post("/", old.serve)
    (tmp_path / "old.wsdl").write_text(WSDL, "utf-8")
    grown: dict[str, int] = {}
    async with TestServer(app) as server:
        upstream = {**soap("old.wsdl", endpoint=str(server.make_url("/"))), "breaker": "off"}  # only bad ones come
        config = {"server": {"port": 0}, "upstreams": {"old": upstream}}
        async with bridge(tmp_path, config) as running:
            await running.ready("old")
            memory = Memory(running.process.pid)
            for case in [*HEAVY[:8], *HEAVY]:  # the first ones twice: what is loaded once is not theirs
                before = memory.start()
                assert (await _told(case, old, running, canary)) == case.status, case.id
                grown[case.id] = memory.peak() - before
            old.answer, old.status, old.more_headers = envelope(GOOD), 200, {}
            old.content_type = "text/xml; charset=utf-8"
            assert (await running.post("/v1/old/get", b"{}")).text == GOOD_JSON
    most = sorted(grown.items(), key=lambda one: -one[1])[:12]
    print(f"\n{len(grown)} heavy inputs; the most in kB: {most}")
    assert {name: kb for name, kb in most if kb > GROWTH_KB_MAX} == {}


async def _told(case: Case, old: Old, running: Bridge, canary: Canary) -> int:
    data = case.made(str(canary.file), canary.http)
    if case.threat == "T23":
        old.answer, old.status, old.more_headers = envelope(GOOD), 200, {}
        old.content_type = "text/xml; charset=utf-8"
        headers = {"Content-Type": "application/json"}
        return (await running.ask("POST", "/v1/old/get", data=io.BytesIO(data), headers=headers)).status
    old.answer, old.status, old.content_type, old.more_headers = data, case.http, case.type, case.headers
    return (await running.post(f"/v1/old/{'tree' if case.id.startswith('T2/tree') else 'get'}", b"{}")).status
