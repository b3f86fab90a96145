"""Killed on the way from a slot to its job, at each step: there are both or neither, and the next node does it once."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bridge.clock import SystemClock
from bridge.store.failpoints import VARIABLE
from bridge.store.schema.jobs import jobs
from bridge.store.schema.schedules import schedule_runs
from bridge.store.settings import StoreSettings
from bridge.store.statement import Statement
from bridge.store.store import Store
from tests.bridge.store.fire_and_die import fire_one, prepare

# Point: how many slots and jobs there are after a death there.
POINTS = {
    "schedules.slot": 0,
    "schedules.inserted": 0,
    "jobs.enqueue": 0,
    "jobs.enqueued": 0,
    "schedules.enqueued": 0,
    "schedules.fired": 0,
    "store.commit": 0,
    "store.committed": 1,
}
COUNT_RUNS = Statement(select(func.count()).select_from(schedule_runs))
COUNT_JOBS = Statement(select(func.count()).select_from(jobs))


async def _counts(url: str) -> tuple[int, int]:
    store = await Store.open(StoreSettings(url=url), SystemClock())
    try:
        runs, found = await store.read(lambda tx: (tx.rows(COUNT_RUNS), tx.rows(COUNT_JOBS)))
        return int(runs[0][0]), int(found[0][0])
    finally:
        await store.close()


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at(point: str, file: Path) -> None:
    url = f"sqlite:///{file}"
    await prepare(url)
    environment = {**os.environ, VARIABLE: point}
    command = (sys.executable, "-m", "tests.bridge.store.fire_and_die", url)
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    assert await process.wait() == -signal.SIGKILL
    assert await _counts(url) == (POINTS[point], POINTS[point])
    assert await fire_one(url) == 1 - POINTS[point]
    assert await _counts(url) == (1, 1)


def test_every_named_step_of_firing_is_killed_at() -> None:
    source = Path("bridge/store/schedule_fire.py").read_text(encoding="utf-8")
    elsewhere = {"schedules.settle"}  # of runs that were fired long before
    assert set(re.findall(r'reached\("([^"]+)"\)', source)) - elsewhere <= set(POINTS)
