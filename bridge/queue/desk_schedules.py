"""The operators' desk for schedules: when each runs next and how it ran, run now, pause and resume."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bridge.errors import NotFound
from bridge.queue.deeds import SCHEDULES, Deed, Office, Outcome
from bridge.store.schedule_fire import run_now
from bridge.store.schedule_rows import Run, ScheduleState, read_runs, read_state, read_states
from bridge.store.schedules import BY_CONFIGURATION, pause, resume
from bridge.store.tx import Tx


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule in a list. `paused` names who paused it, `""` when it runs; `active` False: the configuration has it
    no more. `upcoming`: the times after, in UTC and without jitter, as far as they are known."""

    name: str
    timing: str
    queue: str
    active: bool
    paused: str
    next_due_at: float | None
    upcoming: tuple[str, ...]
    last: Run | None


@dataclass(frozen=True, slots=True)
class ScheduleStory:
    """A schedule and its latest runs, the last one first."""

    schedule: ScheduleRow
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class SchedulesDesk:
    """Times: seconds since the epoch."""

    office: Office

    async def search(self) -> tuple[ScheduleRow, ...]:
        return await self.office.store.read(lambda tx: tuple(_row(tx, state) for state in read_states(tx)))

    async def show(self, name: str, runs: int = 20) -> ScheduleStory:
        """Raises NotFound."""

        def query(tx: Tx) -> ScheduleStory | None:
            state = read_state(tx, name)
            return ScheduleStory(_row(tx, state), tuple(read_runs(tx, name, runs))) if state else None

        found = await self.office.store.read(query)
        if found is None:
            raise NotFound("There is no schedule with this name.")
        return found

    async def run(self, who: str, name: str, *, once: str = "") -> Outcome:
        """One run more, now, paused or not. Without `once` two requests are two runs. Raises NotFound."""
        story = await self.show(name)

        def apply(tx: Tx, _: str) -> tuple[str, str]:
            fired = run_now(tx, name, who, self.office.seal)
            return ("", story.schedule.queue) if fired is not None else ("the configuration has it no more", "")

        return await self.office.perform(Deed(who, "schedules.run", once=once), [name], apply)

    async def pause(self, who: str, name: str, *, reason: str = "", once: str = "") -> Outcome:
        """Raises NotFound."""
        return await self._switched(Deed(who, "schedules.pause", reason, once), name, lambda tx: pause(tx, name, who))

    async def resume(self, who: str, name: str, *, once: str = "") -> Outcome:
        """What would have run meanwhile is not made up for. Raises NotFound."""
        return await self._switched(Deed(who, "schedules.resume", once=once), name, lambda tx: resume(tx, name))

    async def _switched(self, deed: Deed, name: str, change: Callable[[Tx], bool]) -> Outcome:
        await self.show(name)

        def apply(tx: Tx, _: str) -> tuple[str, str]:
            before = read_state(tx, name)
            if not change(tx):
                by_file = before is not None and before.paused == BY_CONFIGURATION
                return ("the configuration pauses it" if by_file else "the configuration has it no more"), ""
            after = read_state(tx, name)
            same = before is not None and after is not None and bool(before.paused) == bool(after.paused)
            already = "it is paused already" if after is not None and after.paused else "it is not paused"
            return (already, "") if same else ("", SCHEDULES)

        return await self.office.perform(deed, [name], apply)


def _row(tx: Tx, state: ScheduleState) -> ScheduleRow:
    last = next(iter(read_runs(tx, state.name, 1)), None)
    next_due = None if state.paused or not state.active else state.next_due
    later = tuple(state.upcoming.split()) if next_due is not None else ()
    return ScheduleRow(state.name, state.timing, state.queue, bool(state.active), state.paused, next_due, later, last)
