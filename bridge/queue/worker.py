"""The worker of a process: a lane for each queue, the tidying up, a graceful stop, and what can be seen of it all.

It is woken by whoever hands a job in (over the bus), and asks once a second in case that was lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from bridge.clock import Clock
from bridge.errors import CallError
from bridge.events import InternalError
from bridge.queue.settings import QueueSettings
from bridge.queue.worker_lane import Lane
from bridge.queue.worker_run import Workbench
from bridge.store.answers import forget_answers
from bridge.store.audit import KEPT_S_MIN, prune
from bridge.store.dead import open_queues
from bridge.store.job_states import State
from bridge.store.jobs import depths, forget_dedupes, oldest_ready_s, remove_ended
from bridge.store.processed import forget_processed
from bridge.store.tickets import forget_tickets

TIDY_S, LOOK_S, TIDY_BATCH = 60.0, 10.0, 500
OTHERS_MAX = 20
AUDIT_KEPT_S = 3 * KEPT_S_MIN
WATCHED: tuple[State, ...] = ("waiting", "blocked", "ready", "running", "dead")
"""What may have to be done about; done and cancelled jobs would only be counted to be forgotten."""
_WRITE_DOWN_S = 5.0
"""How long, after the handlers were stopped, the store has to take that down; then the leases run out by themselves."""


class Worker:
    """`start` once within a running loop, `stop` once. `queues`: those that this process works on."""

    def __init__(self, bench: Workbench, queues: Mapping[str, QueueSettings]) -> None:
        self._bench, self._queues = bench, dict(queues)
        self._lanes = {name: Lane(bench, name, settings) for name, settings in queues.items()}
        self._tasks: list[asyncio.Task[None]] = []
        self._beside: set[asyncio.Task[None]] = set()
        self._depths: dict[tuple[str, ...], float] = {}
        self._ages: dict[tuple[str, ...], float] = {}

    def start(self) -> None:
        for lane in self._lanes.values():
            self._spawn(lane.work(), f"claims of {lane.queue}")
            self._spawn(lane.hold_on(), f"leases of {lane.queue}")
        self._spawn(self._tidy(), "tidying of queues")
        self._spawn(self._look(), "depths of queues")

    def wake(self, queue: str = "") -> None:
        """There may be something to do; in all queues when none is named."""
        for name, lane in self._lanes.items():
            if queue in {"", name}:
                lane.wake()

    @property
    def held(self) -> int:
        """Jobs that are this worker's."""
        return sum(lane.held for lane in self._lanes.values())

    def depths(self) -> Mapping[tuple[str, ...], float]:
        """Jobs by (queue, state), some seconds old: `metrics.watch_each("queue_depth", …)`."""
        return self._depths

    def ages(self) -> Mapping[tuple[str, ...], float]:
        """How long the oldest ready job of each queue has waited, by (queue,)."""
        return self._ages

    async def stop(self, drain_s: float) -> None:
        """Claims nothing more, lets handlers finish for `drain_s`, and gives the rest back without counting it."""
        for lane in self._lanes.values():
            lane.close()
        if not await self._drained(drain_s):
            for lane in self._lanes.values():
                lane.cut()
            await self._drained(_WRITE_DOWN_S)
        for lane in self._lanes.values():
            lane.abandon()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._beside:  # in the middle of a transaction that nobody would wait for
            await asyncio.wait(self._beside, timeout=_WRITE_DOWN_S)

    async def _drained(self, seconds: float) -> bool:
        draining = asyncio.create_task(self._drain())
        sleeping = asyncio.create_task(_sleep(self._bench.clock, seconds))
        try:
            await asyncio.wait({draining, sleeping}, return_when=asyncio.FIRST_COMPLETED)
            return draining.done()
        finally:
            draining.cancel()
            sleeping.cancel()

    async def _drain(self) -> None:
        await asyncio.gather(*(lane.drained() for lane in self._lanes.values()))

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    # ── beside the work ──────────────────────────────────────────────────────────────────────────────────────────

    async def _tidy(self) -> None:
        while True:
            await self._bench.clock.sleep(TIDY_S * self._bench.rng.uniform(0.5, 1.5))
            await self._quietly(self.tidy())

    async def tidy(self) -> None:
        """Removes what has been kept long enough, a bounded batch a transaction."""
        store = self._bench.store
        for name, settings in self._queues.items():
            keep = settings.keep
            while await store.write(lambda tx, n=name, k=keep: remove_ended(tx, n, k, TIDY_BATCH)) >= TIDY_BATCH:  # type: ignore[misc]  # mypy knows no default here
                pass
        while await store.write(lambda tx: forget_dedupes(tx, TIDY_BATCH)) >= TIDY_BATCH:
            pass
        while await store.write(lambda tx: forget_processed(tx, TIDY_BATCH)) >= TIDY_BATCH:
            pass
        while await store.write(lambda tx: forget_answers(tx, TIDY_BATCH)) >= TIDY_BATCH:
            pass
        while await store.write(lambda tx: forget_tickets(tx, TIDY_BATCH)) >= TIDY_BATCH:
            pass
        await store.write(lambda tx: prune(tx, AUDIT_KEPT_S))

    async def _look(self) -> None:
        while True:
            await self._quietly(self.look())
            await self._bench.clock.sleep(LOOK_S)

    async def look(self) -> None:
        """Counts the jobs of each queue, also of those that have some and are not in the configuration any more."""
        store, found, ages = self._bench.store, dict[tuple[str, ...], float](), dict[tuple[str, ...], float]()
        others = sorted((await store.read(open_queues)).difference(self._queues))
        for name in (*self._queues, *others[:OTHERS_MAX]):
            counted = await store.read(lambda tx, n=name: depths(tx, n, WATCHED))  # type: ignore[misc]  # mypy knows no default here
            found |= {(name, state): float(count) for state, count in counted.items()}
            ages[(name,)] = await store.read(lambda tx, n=name: oldest_ready_s(tx, n))  # type: ignore[misc]  # mypy knows no default here
        self._depths, self._ages = found, ages

    async def _quietly(self, work: Coroutine[Any, Any, None]) -> None:
        """What fails now is done the next time. Who waits for it may be stopped, it is not."""
        going = asyncio.create_task(self._told(work))
        self._beside.add(going)
        going.add_done_callback(self._beside.discard)
        await asyncio.wait({going})

    async def _told(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except CallError:
            return
        except Exception as error:  # noqa: BLE001  a fault here must not end the worker: it is told
            self._bench.emit(InternalError("queue", self._bench.mask(f"{type(error).__name__}: {error}")))


async def _sleep(clock: Clock, seconds: float) -> None:
    await clock.sleep(seconds)
