"""Complaint 13: loading a WSDL blocks the event loop, and what is asynchronous is so by half.

mvantellingen/python-zeep#1409, #1107, #381, #679.
"""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from pathlib import Path

from tests.bridge.transport.faults import Connection, FaultServer, http
from tests.complaints.legacy import Bridges, Old, Op, element, envelope, schema, wsdl
from tests.complaints.test_14_a_huge_wsdl_starts_once import huge
from tests.journeys.running import bridge

CALLS = 50
LONGEST_SHARE = 0.5
"""Of the time that a load takes: the longest that anybody may wait for another answer meanwhile. One that blocks takes
all of it, on a machine of any speed."""
TRIES = 4
"""A machine that stands still for a moment stops one load at most; one that blocks does so each time."""


async def test_others_are_answered_while_a_huge_wsdl_is_read_1409_679(tmp_path: Path) -> None:
    shares = []
    while len(shares) < TRIES and min(shares, default=1.0) >= LONGEST_SHARE:
        folder = tmp_path / str(len(shares))
        folder.mkdir()
        shares.append(await longest_wait(folder))
    assert min(shares) < LONGEST_SHARE


async def longest_wait(folder: Path) -> float:
    """While a load lasts, as a share of it."""
    (folder / "huge.wsdl").write_text(huge(), "utf-8")
    config = {"upstreams": {"huge": {"soap": {"wsdl": "huge.wsdl", "endpoint": "http://127.0.0.1:9/"}}}}
    async with bridge(folder, config) as running:
        ready = asyncio.create_task(running.ready("huge"))
        answered = [time.perf_counter()]
        while not ready.done():
            assert (await running.get("/healthz")).status == 200
            answered.append(time.perf_counter())
        await ready
    whole_s, longest_s = answered[-1] - answered[0], max(later - earlier for earlier, later in pairwise(answered))
    print(f"\n{len(answered)} answers in {whole_s:.2f} s, the longest wait {longest_s:.3f} s")
    return longest_s / whole_s if len(answered) > 20 else 1.0


async def test_calls_wait_for_the_system_behind_and_not_for_each_other_1107_381(bridges: Bridges) -> None:
    """The system behind answers nobody before all have asked."""
    all_asked, asked = asyncio.Event(), 0

    async def together(connection: Connection) -> bool:
        nonlocal asked
        if not await connection.read_request():
            return False
        asked += 1
        if asked == CALLS:
            all_asked.set()
        await all_asked.wait()
        await connection.send(http(envelope("<t:SayResponse><t:word>yes</t:word></t:SayResponse>").encode()))
        return True

    path = bridges.folder / "say.wsdl"
    word = '<xs:element name="word" type="xs:string" minOccurs="0"/>'
    path.write_text(wsdl(schema(element("Say", word) + element("SayResponse", word)), Op("Say")), "utf-8")
    old = Old()
    async with FaultServer([together]) as server:
        upstream = {"soap": {"wsdl": str(path), "endpoint": server.url}, "limits": {"concurrency": CALLS}}
        async with bridges.opened(old, {"old": upstream}):
            told = await asyncio.gather(*(old.post("say") for _ in range(CALLS)))
    assert [one.json for one in told] == ["yes"] * CALLS
