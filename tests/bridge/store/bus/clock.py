"""A clock that a test turns by hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass
class HandClock:
    """`monotonic` and `wall` are what the test says."""

    now: float = 1000.0
    epoch: float = 1_700_000_000.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.epoch + self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)  # a pause is a turn of the loop, however long
