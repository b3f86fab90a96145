"""Whichever worker is asked gives the sum of all, and what one counted that died is not taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.app.worker_metrics import WorkerMetrics, ended, supervised
from tests.contract.buses import OverSocket, over_socket


@pytest.fixture
async def over() -> AsyncIterator[OverSocket]:
    async with over_socket() as made:
        yield made


def page(count: int) -> bytes:
    return b"# HELP c_total Calls.\n# TYPE c_total counter\nc_total %d.0\n" % count


def counted(text: bytes) -> float:
    return float(text.split()[-1])


async def test_each_gives_the_sum_and_what_was_shown_stays(over: OverSocket, tmp_path: Path) -> None:
    counts = [1, 10, 100]
    buses = [await over.bus() for _ in counts]
    workers = [
        WorkerMetrics(tmp_path, number, lambda number=number: page(counts[number - 1]), bus)
        for number, bus in enumerate(buses, 1)
    ]
    await over.settled()
    assert {counted(await worker.render()) for worker in workers} == {111.0}
    counts[0] += 1
    assert counted(await workers[2].render()) == 112.0

    workers[1].close()
    await buses[1].close()
    counts[1] = 0
    assert counted(await workers[0].render()) == 112.0
    await asyncio.to_thread(ended, tmp_path, 2)
    assert counted(await workers[0].render()) == 112.0
    anew = WorkerMetrics(tmp_path, 2, lambda: page(5), await over.bus())
    assert counted(await anew.render()) == 117.0


async def test_what_the_first_process_knows_is_in_the_sum_once(over: OverSocket, tmp_path: Path) -> None:
    workers = [WorkerMetrics(tmp_path, number, lambda: page(1), await over.bus()) for number in (1, 2)]
    await over.settled()
    supervised(tmp_path, 2, 1, 0)
    supervised(tmp_path, 2, 2, 1)
    for worker in workers:
        lines = (await worker.render()).decode().splitlines()
        assert {"bridge_workers_wanted 2.0", "bridge_workers_alive 2.0", "bridge_worker_restarts_total 1.0"} <= {*lines}
        assert "# TYPE bridge_workers_alive gauge" in lines
    supervised(tmp_path / "gone", 1, 1, 1)


def test_many_that_died_are_kept_as_few(tmp_path: Path) -> None:
    for _ in range(50):
        (tmp_path / "worker.1").write_bytes(page(2))
        ended(tmp_path, 1)
        ended(tmp_path, 1)  # one that never said a word
    files = list(tmp_path.glob("ended.*"))
    assert len(files) <= 21
    assert sum(counted(each.read_bytes()) for each in files) == 100
