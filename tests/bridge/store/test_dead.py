"""That an operator's change passes its named points; what it does on each store is in tests/contract/test_dead.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.store.failpoints import VARIABLE

PROGRAM = """
import asyncio, sys
from bridge.clock import SystemClock
from bridge.store import dead
from bridge.store.jobs import NewJob, claim, dead as bury, enqueue
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store

async def work():
    store, seal = await Store.open(StoreSettings(url=sys.argv[1]), SystemClock()), Seal(None)
    job = await store.write(lambda tx: enqueue(tx, NewJob("q", "call", b"1"), seal))
    [held] = await store.write(lambda tx: claim(tx, "q", "w", 1, 30.0, seal))
    await store.write(lambda tx: bury(tx, job, held.fence, code="bug"))
    await store.write(lambda tx: dead.edit(tx, job, b"2", "ada", seal))
    await store.write(lambda tx: dead.replay(tx, job, "ada"))
    await store.write(lambda tx: dead.hold(tx, job))
    await store.write(lambda tx: dead.hurry(tx, job))
    await store.write(lambda tx: dead.pause(tx, "q", "ada"))
    await store.write(lambda tx: dead.resume(tx, "q"))
    await store.close()

asyncio.run(work())
"""
POINTS = ("dead.edit", "dead.edited", "dead.replay", "dead.replayed", "jobs.hold", "jobs.hurry", "queues.pause",
          "queues.resume")  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
def test_a_process_can_die_at_each_step(point: str, tmp_path: Path) -> None:
    line = [sys.executable, "-c", PROGRAM, f"sqlite:///{tmp_path / 'bridge.db'}"]
    ended = subprocess.run(line, env={**os.environ, VARIABLE: point}, check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
