"""Who writes calls down: nothing is lost that can be written later, and nobody waits for that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bridge.clock import SystemClock
from bridge.errors import StoreError, StoreUnavailable
from bridge.events import Event, JournalLost, JournalOrphans, JournalPruned
from bridge.store.journal import Entry, Settled, note
from bridge.store.journal_search import Filter, find
from bridge.store.journal_settings import JournalSettings
from bridge.store.recorder import LATE_MAX, Recorder
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.store.tx import Tx

SEAL = Seal(None)


class Moody(Store):
    """A store that cannot write for a while. `asked` is set whenever somebody wanted to."""

    def __init__(self, inner: Store) -> None:
        self._inner, self.down, self.asked = inner, False, asyncio.Event()

    async def write(self, unit: Callable[[Tx], Any]) -> Any:
        self.asked.set()
        if self.down:
            raise StoreUnavailable(cause="the disk is full")
        return await self._inner.write(unit)

    async def read(self, query: Callable[[Tx], Any]) -> Any:
        return await self._inner.read(query)


class Quick(SystemClock):
    """A clock whose pauses take no time, but for the long ones, which never end."""

    async def sleep(self, seconds: float) -> None:
        await (asyncio.sleep(0) if seconds <= 1 else asyncio.Event().wait())  # a pause is a turn of the loop


@pytest.fixture
async def moody(store: Store) -> Moody:
    return Moody(store)


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
async def recorder(moody: Moody, events: list[Event]) -> AsyncIterator[Recorder]:
    made = Recorder(moody, SEAL, JournalSettings(), Quick(), events.append)
    await made.start()
    yield made
    await made.close()


def entry(name: str, state: str = "sent") -> Entry:
    return Entry(id=name, kind="call", state=state)  # type: ignore[arg-type]  # the states of these tests are states


async def states(store: Store) -> dict[str, str]:
    return {one.id: one.state for one in (await store.read(lambda tx: find(tx, Filter()))).items}


async def test_what_is_settled_while_the_store_is_down_is_written_when_it_is_back(
    recorder: Recorder, moody: Moody, store: Store
) -> None:
    await recorder.begin(entry("e1"))
    moody.down = True
    recorder.settle("e1", Settled("done"))
    recorder.add(entry("e2", "failed"))
    moody.asked.clear()
    await moody.asked.wait()
    assert await states(store) == {"e1": "sent"}
    moody.down = False
    await recorder.close()
    assert await states(store) == {"e1": "done", "e2": "failed"}


async def test_an_entry_that_cannot_be_written_is_a_loss_that_is_told(
    recorder: Recorder, moody: Moody, events: list[Event]
) -> None:
    moody.down = True
    await recorder.begin(entry("e1"))
    assert events == [JournalLost(1, "the disk is full")]
    moody.down = False


async def test_one_that_the_database_refuses_stops_nobody(
    recorder: Recorder, store: Store, events: list[Event]
) -> None:
    recorder.settle("e1", Settled("done", words="x" * 10, answer=b"y" * 100_000_000))
    recorder.add(entry("e2", "failed"))
    await recorder.close()
    assert await states(store) == {"e2": "failed"}
    assert [type(one) for one in events] == [JournalLost]


async def test_what_waits_has_a_bound(moody: Moody, events: list[Event]) -> None:
    recorder = Recorder(moody, SEAL, JournalSettings(), Quick(), events.append)
    for n in range(LATE_MAX + 3):
        recorder.settle(str(n), Settled("done"))
    assert [type(one) for one in events] == [JournalLost] * 3


async def test_a_refused_entry_does_not_look_sent_when_it_is_written_after_all(
    store: Store, events: list[Event]
) -> None:
    busy = asyncio.Event()

    class Slow(Moody):
        async def write(self, unit: Callable[[Tx], Any]) -> Any:
            task = asyncio.ensure_future(self._inner.write(unit))
            if not busy.is_set():
                await asyncio.Event().wait()
            return await task

    settings = JournalSettings(required=True).model_copy(update={"wait": 0.001})
    recorder = Recorder(Slow(store), SEAL, settings, Quick(), events.append)
    with pytest.raises(StoreUnavailable):
        await recorder.begin(entry("e1"))
    busy.set()
    await recorder.start()
    await recorder.close()
    assert await states(store) == {"e1": "failed"}


async def test_at_start_what_others_left_is_unknown_and_what_is_too_old_goes(
    moody: Moody, store: Store, events: list[Event]
) -> None:
    old = Entry(id="old", kind="call", state="done", at=1000.0)
    left = Entry(id="left", kind="call", state="sent", node="gone")
    await store.write(lambda tx: [note(tx, one, SEAL) for one in (old, left)])
    pruned = asyncio.Event()

    def emit(event: Event) -> None:
        events.append(event)
        if event == JournalPruned(1):
            pruned.set()

    recorder = Recorder(moody, SEAL, JournalSettings(), Quick(), emit)
    await recorder.start()
    await pruned.wait()
    await recorder.close()
    assert JournalOrphans(1) in events
    assert await states(store) == {"left": "unknown"}


async def test_a_store_that_is_closed_for_good_is_no_endless_wait(store: Store, events: list[Event]) -> None:
    recorder = Recorder(store, SEAL, JournalSettings(), Quick(), events.append)
    await store.close()
    with pytest.raises((StoreUnavailable, StoreError)):
        await recorder.start()


class Rounds(Quick):
    """Says when a round of retention is over."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if seconds == JournalSettings().every:
            self.over.set()
        await super().sleep(seconds)


async def test_of_several_processes_one_deletes_so_that_what_is_too_much_is_deleted_once(
    store: Store, events: list[Event]
) -> None:
    clocks = [Rounds() for _ in range(3)]
    first, second, third = (Recorder(store, SEAL, JournalSettings(), clock, events.append) for clock in clocks)
    await first.start()
    await clocks[0].over.wait()
    await store.write(lambda tx: note(tx, Entry(id="old", kind="call", state="done", at=1000.0), SEAL))
    await second.start()
    await clocks[1].over.wait()
    assert await states(store) == {"old": "done"}
    await first.close()
    await second.close()
    await third.start()
    await clocks[2].over.wait()
    await third.close()
    assert await states(store) == {}
