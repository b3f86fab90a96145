"""A system behind as old ones are: a few workers, a queue without end, and work for callers who have long gone.

What it does at a time is a list of phases. It is a Service and needs no socket.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from bridge.call import Call, Reply
from bridge.errors import UpstreamCut, UpstreamFault, UpstreamTimeout, UpstreamUnreachable
from tests.bridge.layers.world import passes

How = Literal["well", "refuses", "hangs", "fails", "slow"]


@dataclass(frozen=True)
class Phase:
    """From `at` on (seconds after the start) until the next one."""

    at: float
    how: How
    takes_s: float = 0.1


@dataclass
class System:
    """`workers` calls at a time; the others wait, and whoever waits is worked for even if nobody listens any more."""

    workers: int
    phases: Sequence[Phase]
    rng: random.Random
    began: float = 0.0
    asked: list[float] = field(default_factory=list)
    _free: asyncio.Semaphore | None = None
    _working: set[asyncio.Task[Reply]] = field(default_factory=set)

    def start(self) -> None:
        self.began = asyncio.get_running_loop().time()
        self._free = asyncio.Semaphore(self.workers)

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time() - self.began

    @property
    def phase(self) -> Phase:
        return next(one for one in reversed(self.phases) if one.at <= self.now)

    def asked_between(self, since: float, until: float) -> int:
        return sum(since <= at < until for at in self.asked)

    async def __call__(self, call: Call) -> Reply:
        """As an adapter does it: within the deadline of the attempt, failures in our own errors."""
        self.asked.append(self.now)
        if self.phase.how == "refuses":
            await passes(0.001)
            raise UpstreamUnreachable(cause="refused")
        work = asyncio.create_task(self._work())
        self._working.add(work)
        work.add_done_callback(self._over)
        left_s = call.deadline - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(left_s):
                return await asyncio.shield(work)
        except TimeoutError:
            raise UpstreamTimeout(cause="timeout") from None

    async def _work(self) -> Reply:
        assert self._free is not None
        async with self._free:
            phase = self.phase
            if phase.how == "hangs":
                await self._until_it_is_over(phase)
                raise UpstreamCut(cause="reset")
            await passes(phase.takes_s * self.rng.uniform(0.8, 1.2))
        if phase.how == "fails":
            raise UpstreamFault(cause="http_500")
        return Reply(b"{}")

    async def _until_it_is_over(self, phase: Phase) -> None:
        """Whoever hangs is thrown out when it starts anew."""
        ends = min((one.at for one in self.phases if one.at > phase.at), default=phase.at + 1e6)
        await passes(ends - self.now)

    def _over(self, work: asyncio.Task[Reply]) -> None:
        self._working.discard(work)
        if not work.cancelled():
            work.exception()  # whoever asked may have gone

    async def close(self) -> None:
        for work in (working := [*self._working]):
            work.cancel()
        await asyncio.gather(*working, return_exceptions=True)
