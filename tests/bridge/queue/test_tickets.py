"""Waiting for an end without asking again and again, and what is refused; on a store of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.errors import CallError, Conflict, OutcomeUnknown
from bridge.errors_writes import IdempotencyKeyReused
from bridge.events import Event, JobDone
from bridge.queue.calls import KIND, CallOrder
from bridge.queue.handlers import Result
from bridge.queue.tickets import Around, Terms, Tickets
from bridge.store import jobs
from bridge.store.bus import MemoryBus
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.ticket_head import read_head
from bridge.store.tickets import Ticket
from bridge.store.tx import Tx
from tests.cpu import HANG_S

SEAL = Seal(b"k" * 32)


@dataclass
class World:
    """Tickets, and the worker's part of it done by hand."""

    store: Store
    woken: list[str] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    safe: bool = True

    def __post_init__(self) -> None:
        clock = SystemClock()
        around = Around(
            *(self.store, SEAL, MemoryBus(clock), clock, self._emit),
            self.woken.append,
            self._tell,
            lambda _: self.safe,
        )
        self.tickets = Tickets(around, Terms(100.0, 2_000_000, 10))

    def _emit(self, event: Event) -> None:
        raise AssertionError(event)

    def _tell(self, _tx: Tx, job_id: str, name: str) -> str:
        self.told.append((job_id, name))
        return f"callback-{name}"

    async def accept(self, number: int = 7, key: str = "", callback: str = "") -> Ticket:
        return await self.tickets.accept(
            "shop.Get",
            {"n": str(number)},
            owner="web",
            headers={},
            no_cache=False,
            key=key,
            callback=callback,
            trace_id="t" * 32,
        )

    async def claimed(self) -> jobs.Job:
        found = await self.store.write(lambda tx: jobs.claim(tx, "calls", "one", 1, 60.0, SEAL, jobs.Terms()))
        return found[0]

    async def end(self, became: Result | CallError) -> None:
        job = await self.claimed()

        def unit(tx: Tx) -> None:
            if isinstance(became, Result):
                jobs.done(tx, job.id, job.fence, SEAL, became.body)
            else:
                jobs.dead(tx, job.id, job.fence, code=became.code)
            self.tickets.settle(tx, job, became)

        await self.store.write(unit)
        self.tickets(JobDone("calls", KIND, job.id, 1, 0.0, 0.0))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), SystemClock())
    made = World(store)
    made.tickets.start()
    yield made
    await made.tickets.stop()
    await store.close()


async def test_whoever_waits_is_told_when_it_has_ended(world: World) -> None:
    ticket = await world.accept(callback="events")
    assert world.woken == ["calls"]
    waiting = [asyncio.create_task(world.tickets.ended(ticket.job_id, HANG_S)) for _ in range(5)]
    await world.end(Result(b'{"ok":true}', ticket=True))
    for found in await asyncio.gather(*waiting):
        assert found is not None
        assert found.state == "done"
    assert await world.tickets.answer(ticket.job_id) == b'{"ok":true}'
    assert world.told == [(ticket.job_id, "events")]
    assert world.woken == ["calls", "callback-events"]


async def test_whoever_waits_for_too_long_is_told_where_it_stands(world: World) -> None:
    ticket = await world.accept()
    found = await world.tickets.ended(ticket.job_id, 0.01)
    assert found is not None
    assert found.state == "ready"
    assert await world.tickets.ended("nobody", 1.0) is None


async def test_a_key_belongs_to_one_request(world: World) -> None:
    first = await world.accept(key="k")
    assert (await world.accept(key="k")).job_id == first.job_id
    assert world.woken == ["calls"]
    with pytest.raises(IdempotencyKeyReused):
        await world.accept(8, key="k")


async def test_why_it_is_dead_is_kept(world: World) -> None:
    ticket = await world.accept()
    await world.end(OutcomeUnknown())
    found = await world.tickets.look(ticket.job_id)
    assert found is not None
    head = read_head(found.head)
    assert isinstance(head, CallError)
    assert (found.state, head.code, head.outcome) == ("dead", "outcome_unknown", "unknown")


async def test_an_answer_that_is_too_large_was_given_and_is_not_kept(world: World) -> None:
    ticket = await world.accept()
    await world.end(Result(b"x" * 2_000_001, ticket=True))
    found = await world.tickets.look(ticket.job_id)
    assert found is not None
    head = read_head(found.head)
    assert isinstance(head, CallError)
    assert (head.code, head.outcome) == ("answer_too_large", "applied")


async def test_nothing_to_say_is_204(world: World) -> None:
    ticket = await world.accept()
    await world.end(Result(b"", status=202, ticket=True))
    found = await world.tickets.look(ticket.job_id)
    assert found is not None
    assert read_head(found.head) == 204


async def test_what_runs_is_taken_back_only_where_it_may_be_cut(world: World) -> None:
    ticket = await world.accept(callback="events")
    await world.claimed()
    world.safe = False
    with pytest.raises(Conflict):
        await world.tickets.cancel(ticket.job_id, "by me")
    world.safe = True
    assert await world.tickets.cancel(ticket.job_id, "by me") is False
    other = await world.accept(8, callback="events")
    assert await world.tickets.cancel(other.job_id, "by me") is True
    assert world.told == [(other.job_id, "events")]


async def test_a_job_that_an_operator_ended_is_told_of(world: World) -> None:
    ticket = await world.accept(callback="events")
    waiting = asyncio.create_task(world.tickets.ended(ticket.job_id, HANG_S))
    await world.store.write(lambda tx: jobs.cancel(tx, ticket.job_id))
    await world.tickets.look_for_left()
    found = await waiting
    assert found is not None
    assert found.state == "cancelled"
    assert world.told == [(ticket.job_id, "events")]


async def test_a_call_of_nobody_s_writes_nothing(world: World) -> None:
    order = CallOrder("shop.Get", {})
    await world.store.write(lambda tx: jobs.enqueue(tx, order.job("calls"), SEAL))
    await world.end(Result(b"{}"))
    assert world.told == []
