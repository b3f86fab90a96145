"""One queue in one worker: claims in batches, runs, writes down what came of it, holds on to its leases.

A lane has at most `held_max` jobs, of which `per_worker` run. Nothing here is durable: whatever a lane forgets, its
lease gives to another.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Sequence

from bridge.errors import StoreUnavailable
from bridge.events import InternalError, JobDead, JobsGivenBack, JobTakenOver, LeaseLost, QueuePaused
from bridge.events_store import KeyMissing
from bridge.queue.policy import JobRetrySettings, pause_s
from bridge.queue.settings import QueueSettings
from bridge.queue.worker_ends import End, Hold, record, settle, tell
from bridge.queue.worker_notes import note_ends, note_lost
from bridge.queue.worker_run import Workbench, run
from bridge.store.jobs import UNREADABLE, Claimed, asked_to_stop, claim_more, renew
from bridge.store.tx import Tx

POLL_S = 1.0
_PAUSES = JobRetrySettings.model_validate({"base": "500ms", "cap": "15s"})
_RENEWALS = 3
_TRIED_S = 0.5
_SEALED_TOLD_S = 30.0


class Lane:
    """`work` until `finish` or cancellation. `wake`: there may be something to claim."""

    def __init__(self, bench: Workbench, queue: str, settings: QueueSettings) -> None:
        self.queue, self._bench, self._settings = queue, bench, settings
        self._holds: dict[str, Hold] = {}
        self._backlog: deque[Hold] = deque()
        self._running = 0
        self._ends: list[End] = []
        self._recorder: asyncio.Task[None] | None = None
        self._awake, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._stopping = self._asking = self._unwritten = False
        self._troubles = 0
        self._sealed: Counter[str] = Counter()
        self._sealed_told_at = float("-inf")

    @property
    def held(self) -> int:
        return len(self._holds)

    def wake(self) -> None:
        self._awake.set()

    # ── claiming ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def work(self) -> None:
        while not self._stopping:
            self._awake.clear()
            claimed = await self._claim() if self._has_room() else None
            if claimed is None:
                await self._rest(POLL_S * self._bench.rng.uniform(0.75, 1.25), wakes=not self._troubles)
            elif claimed.again_in_s != 0.0 or not self._has_room():
                again_s = POLL_S if claimed.again_in_s is None else claimed.again_in_s
                pause = claimed.aside_s or min(POLL_S * self._bench.rng.uniform(0.75, 1.25), again_s)
                await self._rest(pause, wakes=not claimed.limited)

    def _has_room(self) -> bool:
        """Worth asking: nothing is left to begin, or half of what may be held is free. Not while the store does not
        take what has ended: we would take it over from ourselves, and do it again."""
        if self._unwritten:
            return False
        room = self._settings.held_max - len(self._holds)
        return room > 0 and (not self._backlog or 2 * room >= self._settings.held_max)

    async def _claim(self) -> Claimed | None:
        bench, settings = self._bench, self._settings
        room, asked_at = settings.held_max - len(self._holds), bench.clock.monotonic()
        terms = settings.terms()

        def unit(tx: Tx) -> Claimed:
            claimed = claim_more(tx, self.queue, bench.name, room, settings.lease, bench.seal, terms)
            if bench.journaled:
                note_lost(tx, claimed, bench.handlers, bench.seal)
            return claimed

        self._asking = True
        self._idle.clear()
        try:
            claimed = await bench.store.write(unit)
        except Exception as error:  # noqa: BLE001  whatever it is: the lane goes on, and not in a hurry
            self._asked()
            await self._trouble(error)
            return None
        self._asked()
        self._troubles = 0
        self._tell_sealed(claimed)
        for taken in claimed.taken:
            bench.emit(JobTakenOver(self.queue, taken.id, taken.worker, taken.attempt, taken.code))
            if taken.code not in {"", "cancelled"}:
                cause = f"worker {taken.worker} was not heard of within its lease"
                bench.emit(JobDead(self.queue, taken.kind, taken.id, taken.attempt, taken.code, cause))
        for job_id in claimed.unreadable:
            bench.emit(JobDead(self.queue, "", job_id, 1, UNREADABLE, "its payload cannot be opened"))
        for job in claimed.jobs:
            if (before := self._holds.get(job.id)) is not None:  # our own lease was over, and we are who took it over
                self._let_go(before)
            hold = Hold(job, asked_at + settings.lease)
            self._holds[job.id] = hold
            self._backlog.append(hold)
        if self._stopping:
            self._give_back()
        self._begin()
        return claimed

    def _tell_sealed(self, claimed: Claimed) -> None:
        """What is left to others, by key, and not with every claim."""
        self._sealed.update(key_id for _, key_id in claimed.sealed)
        now = self._bench.clock.monotonic()
        if self._sealed and now - self._sealed_told_at >= _SEALED_TOLD_S:
            for key_id, jobs in self._sealed.items():
                self._bench.emit(KeyMissing(self.queue, key_id, jobs))
            self._sealed.clear()
            self._sealed_told_at = now

    def _asked(self) -> None:
        """There is an answer, or none will come."""
        self._asking = False
        if not self._running:
            self._idle.set()

    async def _trouble(self, error: Exception) -> None:
        self._troubles += 1
        retry_in_s = _PAUSES.base / 2 + pause_s(self._troubles, _PAUSES, self._bench.rng)
        known = isinstance(error, StoreUnavailable) and error.cause
        cause = self._bench.mask(known or f"{type(error).__name__}: {error}")
        self._bench.emit(QueuePaused(self.queue, cause, retry_in_s))
        await self._rest(retry_in_s, wakes=False)

    async def _rest(self, seconds: float, *, wakes: bool) -> None:
        """Until it is woken or the time is over."""
        sleeping = asyncio.ensure_future(self._bench.clock.sleep(seconds))
        waiting = {sleeping, asyncio.ensure_future(self._awake.wait())} if wakes else {sleeping}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()

    # ── running ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self) -> None:
        while self._backlog and self._running < self._settings.per_worker and not self._stopping:
            hold = self._backlog.popleft()
            if hold.until <= self._bench.clock.monotonic():  # stopped for so long that another may have it
                self._lose(hold)
                continue
            self._running += 1
            self._idle.clear()
            hold.task = asyncio.create_task(self._run(hold), name=f"job {hold.job.id}")

    async def _run(self, hold: Hold) -> None:
        end: End | None = None
        try:
            end = await run(self._bench, hold, self._settings)
        except StoreUnavailable:
            end = End(hold, "given_back")  # it could not begin
        except Exception as error:  # noqa: BLE001  a fault of ours: its lease runs out, and the attempt counts
            self._bench.emit(InternalError("queue", self._bench.mask(f"{type(error).__name__}: {error}")))
        finally:
            hold.ended = True
            self._running -= 1
            if end is None or hold.why == "lost":
                self._lose(hold)
            else:
                self._ended(end)
            self._begin()
            if not self._running and not self._asking:
                self._idle.set()
            if not self._backlog:
                self._awake.set()

    def _ended(self, *ends: End) -> None:
        self._ends += ends
        if self._recorder is None or self._recorder.done():
            self._recorder = asyncio.create_task(self._record(), name=f"recorder of {self.queue}")

    async def _record(self) -> None:
        """All that ended while the last ones were being written are written together."""
        while self._ends:
            ends, self._ends = self._ends, []
            await self._written(ends)
        self._unwritten = False

    async def _written(self, ends: list[End]) -> None:
        bench = self._bench

        def unit(tx: Tx) -> set[str]:
            ours = record(tx, ends, bench.seal)
            settle(tx, [end for end in ends if end.hold.job.id in ours], bench.handlers)
            if bench.journaled:
                note_ends(tx, [end for end in ends if end.hold.job.id in ours], bench.handlers, bench.seal)
            return ours

        try:
            ours = await self._bench.store.write(unit)
        except StoreUnavailable as error:
            self._ends, self._unwritten = ends + self._ends, True
            await self._trouble(error)
        except Exception as error:  # noqa: BLE001  a fault of ours, in one of them: it is taken over, the others hold
            if len(ends) > 1:
                for end in ends:
                    await self._written([end])
                return
            self._bench.emit(InternalError("queue", self._bench.mask(f"{type(error).__name__}: {error}")))
            self._lose(ends[0].hold)
        else:
            self._recorded(ends, ours)

    def _recorded(self, ends: Sequence[End], ours: set[str]) -> None:
        now, given_back = self._bench.clock.wall(), 0
        for end in ends:
            job = end.hold.job
            if self._holds.get(job.id) is end.hold:
                del self._holds[job.id]
            given_back += end.ending == "given_back" and job.id in ours
            tell(end, ours=job.id in ours, worker=self._bench.name, now=now, emit=self._bench.emit)
        if given_back:
            self._bench.emit(JobsGivenBack(self.queue, given_back))
        self._awake.set()

    def _lose(self, hold: Hold) -> None:
        job = hold.job
        if self._holds.get(job.id) is hold:
            del self._holds[job.id]
        self._bench.emit(LeaseLost(job.queue, job.kind, job.id, self._bench.name))

    # ── holding on ───────────────────────────────────────────────────────────────────────────────────────────────

    async def hold_on(self) -> None:
        """Renews every lease at a third of its time. One that could not be renewed in time is lost."""
        lease_s = self._settings.lease
        while True:
            await self._bench.clock.sleep(lease_s / _RENEWALS)
            await self._renew([hold for hold in self._holds.values() if hold.why != "lost"])

    async def _renew(self, holds: list[Hold]) -> None:
        leases, asked_at = [hold.lease for hold in holds], self._bench.clock.monotonic()
        lease_s = self._settings.lease

        def unit(tx: Tx) -> tuple[set[str], set[str]]:
            kept = renew(tx, leases, lease_s)
            return kept, asked_to_stop(tx, [lease for lease in leases if lease.id not in kept])

        try:
            # Whoever cannot say that he lives ends before another begins, however long the store is silent.
            async with asyncio.timeout(self._left_s(holds)):
                kept, asked = await self._bench.store.write(unit) if leases else (set(), set())
        except Exception:  # noqa: BLE001  whatever it is: what is not renewed in time is lost
            self._expire(holds)
            return
        for hold in holds:
            if hold.job.id in kept | asked:
                hold.until = asked_at + lease_s
            if hold.job.id in asked:
                self._stop_one(hold)
            elif hold.job.id not in kept and not hold.ended:
                self._let_go(hold)

    def _left_s(self, holds: list[Hold]) -> float:
        """Until the first lease is over; one that is already may yet be held, if nobody has taken it."""
        now = self._bench.clock.monotonic()
        return max(min((hold.until for hold in holds), default=now) - now, 0.0) + _TRIED_S

    def _expire(self, holds: list[Hold]) -> None:
        now = self._bench.clock.monotonic()
        for hold in holds:
            if hold.until <= now and not hold.ended:
                self._let_go(hold)

    def _stop_one(self, hold: Hold) -> None:
        if hold.task is not None:
            hold.stop("asked")
        elif hold in self._backlog:
            self._backlog.remove(hold)
            self._ended(End(hold, "stopped", code="cancelled", cause="it was cancelled before it began"))

    def _let_go(self, hold: Hold) -> None:
        hold.stop("lost")
        if hold in self._backlog:
            self._backlog.remove(hold)
            self._lose(hold)

    # ── stopping ─────────────────────────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """No claim and no beginning from here on; what has not begun is given back at once."""
        self._stopping = True
        self._awake.set()
        self._give_back()

    def _give_back(self) -> None:
        if self._backlog:
            self._ended(*(End(hold, "given_back") for hold in self._backlog))
            self._backlog.clear()

    async def drained(self) -> None:
        """Until nothing runs or is being claimed any more, and everything is written down."""
        while self._running or self._asking or (self._recorder is not None and not self._recorder.done()):
            await self._idle.wait()
            if self._recorder is not None:
                await asyncio.wait({self._recorder})  # not awaited itself: who waits may be stopped, it must not

    def cut(self) -> None:
        """Stops what still runs: it is given back, or dead where it must not be repeated."""
        for hold in list(self._holds.values()):
            if hold.task is not None and not hold.ended:
                hold.stop("stopping")

    def abandon(self) -> None:
        """The end: what could not be written down is left to the leases."""
        if self._recorder is not None:
            self._recorder.cancel()
