"""A worker that is killed is told of to whoever gets the alerts. The process that sees it die has no store and no
receiver: it tells a worker that lives, and that one tells the world."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.contract.alerts_world import Receiver
from tests.journeys.running import bridge, soap
from tests.journeys.test_workers import LISTENING, children
from tests.journeys.upstream import Upstream

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]


@pytest.mark.parametrize("number", [1, 2])
async def test_a_receiver_of_alerts_hears_of_a_worker_that_was_killed(tmp_path: Path, number: int) -> None:
    """Whichever of them it was: operators reach the first one alone."""
    receiver = Receiver()
    await receiver.start()
    try:
        async with Upstream() as upstream:
            config = {
                "server": {"workers": 2},
                "store": f"sqlite:///{tmp_path / 'bridge.db'}",
                "alerts": {"webhook": {"url": receiver.url}, "name": "bridge-eu-1"},
                "upstreams": {"shop": soap(upstream.wsdl)},
            }
            async with bridge(tmp_path, config) as running:
                await running.log.line(LISTENING)
                pids = sorted(children(running.process.pid))  # the first is started alone
                os.kill(pids[number - 1], signal.SIGKILL)
                told = (await told_of_it(receiver))["details"]
                assert (told["worker"], told["pid"], told["how"]) == (number, pids[number - 1], "SIGKILL")
    finally:
        await receiver.stop()


async def told_of_it(receiver: Receiver) -> dict[str, Any]:
    count = 1
    while (last := (await receiver.got(count))[-1])["alert"] != "worker-died":
        count += 1
    assert (last["type"], last["level"], last["bridge"]) == ("alert.raised", "error", "bridge-eu-1")
    return last
