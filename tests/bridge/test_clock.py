"""The real clock: one that only goes forward, one for people, and sleep that gives the loop away."""

from __future__ import annotations

import asyncio
import time

from bridge.clock import Clock, SystemClock


async def test_the_real_clock() -> None:
    clock: Clock = SystemClock()
    first, before = clock.monotonic(), time.time()
    assert before <= clock.wall() <= time.time()
    others: list[str] = []
    task = asyncio.create_task(_note(others))
    await clock.sleep(0.001)
    await task
    assert others == ["ran"]
    assert clock.monotonic() >= first + 0.001


async def _note(into: list[str]) -> None:
    into.append("ran")
