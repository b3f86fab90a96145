"""The loop that fires what is due. Every process may have one; which of them does it is decided in the store.

It sleeps until the next slot, but never long: the wall clock may be set, and another process may change a schedule.
"""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate

from bridge import events
from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import BridgeError
from bridge.queue.schedule_entry import Entry, moment
from bridge.queue.schedule_plan import Plan
from bridge.queue.schedule_settings import ScheduleSettings
from bridge.store.failures import why
from bridge.store.schedule_fire import Fired, Firing, fire, settle_all
from bridge.store.schedule_rows import ScheduleState, read_states
from bridge.store.schedules import CLOCK_BACK_MAX_S, expect, register, rewind
from bridge.store.sealing import Seal
from bridge.store.store import Store

LOOK_S = 10.0
"""How long it sleeps at most."""
SETTLE_S = 60.0
TAKEN_S = 0.2
"""After a slot that another node has in hand."""
BATCH_MAX, SLOTS_MAX = 200, 500
"""Schedules and slots that are fired at a time; the others follow at once."""
_BACK_OFF_S = (0.5, 30.0)


@dataclass(slots=True)
class Scheduler:
    """`start` once in a running loop, `stop` once. `wake_queue` is told the queue of each new job;
    `journaled`: the journal has an entry of each slot."""

    store: Store
    seal: Seal
    clock: Clock
    emit: Emit
    wake_queue: Callable[[str], None] = lambda _: None
    rng: random.Random = field(default_factory=random.Random)
    journaled: bool = False
    _entries: dict[str, Entry] = field(default_factory=dict)
    _dues: dict[str, tuple[float, float | None]] = field(default_factory=dict)
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _settled_at: float = 0.0

    async def configure(self, found: Mapping[str, ScheduleSettings]) -> None:
        """These and no others from now on; at the start, and when the configuration was read anew. Raises ValueError
        when a file of holidays cannot be used, and then nothing has changed."""
        entries = {name: await asyncio.to_thread(Entry.of, name, settings) for name, settings in found.items()}
        registrations = [entry.registration() for entry in entries.values()]
        await self.store.write(lambda tx: register(tx, registrations, self.seal))
        self._entries = entries
        self._dues.clear()
        self.wake()

    def start(self) -> None:
        self._task = asyncio.create_task(self._work(), name="schedules")

    def wake(self) -> None:
        """Something has changed: a person paused or resumed one."""
        self._awake.set()

    async def stop(self) -> None:
        """What is being written is either there or not; nothing is half done."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def round(self) -> float:
        """Does what is to be done now; the seconds after which it is worth looking again."""
        states, now = await self.store.read(lambda tx: (read_states(tx), tx.now))
        soonest, later = LOOK_S, []
        due: list[tuple[Plan, Firing]] = []
        for state in states:
            entry = self._entries.get(state.name)
            if entry is None or not state.active or state.paused or state.digest != entry.digest:
                continue
            if state.last_slot > now + CLOCK_BACK_MAX_S:
                await self._rewind(state, now)
                soonest = 0.0
                continue
            at = self._next_due(entry, state)
            if at is not None and at <= now:
                if decided := entry.firing(state, moment(now)):
                    due.append(decided)
                continue
            if at != state.next_due:
                later.append((state, at, entry.upcoming(moment(state.last_slot))))
            soonest = min(soonest, at - now if at is not None else LOOK_S)
        if later:
            await self.store.write(lambda tx: expect(tx, later))
        # Together, so that they share a commit; but not more than others of this process can wait for.
        done = await asyncio.gather(*(self._fire(*one) for one in _share(due)), return_exceptions=True)
        for failed in (one for one in done if isinstance(one, BaseException)):
            raise failed
        await self._settle()
        return TAKEN_S if False in done else 0.0 if due else soonest

    def _next_due(self, entry: Entry, state: ScheduleState) -> float | None:
        """Slots are the same for ever, so each is looked for once."""
        known = self._dues.get(state.name)
        if known is None or known[0] != state.last_slot:
            known = self._dues[state.name] = (state.last_slot, entry.next_due(state))
        return known[1]

    async def _fire(self, plan: Plan, firing: Firing) -> bool:
        """False: it was somebody else's, or changed meanwhile."""
        kept = replace(firing, journaled=self.journaled)
        done = await self.store.write(lambda tx: fire(tx, kept, self.seal))
        if done is None:
            return False
        self._tell(plan, firing, done)
        entry = self._entries.get(firing.name)
        if entry is not None and any(one.job_id for one in done):
            self.wake_queue(entry.settings.queue)
        return True

    def _tell(self, plan: Plan, firing: Firing, done: list[Fired]) -> None:
        late = {slot.slot: one.late for slot, one in zip(firing.slots, plan.fire, strict=True)}
        if plan.missed:
            self.emit(events.ScheduleMissed(firing.name, plan.missed, plan.more, firing.upto.slot))
        for one in done:
            if one.job_id:
                self.emit(events.ScheduleFired(firing.name, one.slot, one.job_id, late[one.slot]))
            else:
                self.emit(events.ScheduleSkipped(firing.name, one.slot))

    async def _rewind(self, state: ScheduleState, now: float) -> None:
        if await self.store.write(lambda tx: rewind(tx, state.name, state.last_slot)):
            self.emit(events.ScheduleRewound(state.name, state.last_slot - now))

    async def _settle(self) -> None:
        """Before their jobs are forgotten, runs are given their end."""
        if self.clock.monotonic() - self._settled_at >= SETTLE_S:
            self._settled_at = self.clock.monotonic()
            await self.store.write(settle_all)

    async def _work(self) -> None:
        failures = 0
        while True:
            self._awake.clear()
            try:
                pause = await self.round()
                failures = 0
            except BridgeError as error:
                pause = self._back_off(failures := failures + 1)
                self.emit(events.SchedulesDelayed(why(error), pause))
            except Exception:  # noqa: BLE001  a fault of ours must not end all schedules
                pause = self._back_off(failures := failures + 1)
                self.emit(events.InternalError("schedules", traceback.format_exc()))
            await self._rest(pause, wakes=not failures)

    def _back_off(self, failures: int) -> float:
        least, most = _BACK_OFF_S
        return min(most, least * 2.0 ** min(failures - 1, 10)) * self.rng.uniform(0.5, 1.0)

    async def _rest(self, seconds: float, *, wakes: bool) -> None:
        sleeping = asyncio.ensure_future(self.clock.sleep(max(seconds, 0.001)))
        waiting = {sleeping, asyncio.ensure_future(self._awake.wait())} if wakes else {sleeping}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


def _share(due: list[tuple[Plan, Firing]]) -> list[tuple[Plan, Firing]]:
    """The first ones, at least one."""
    slots = accumulate(max(1, len(firing.slots)) for _, firing in due[:BATCH_MAX])
    return due[: max(1, sum(1 for count in slots if count <= SLOTS_MAX))]
