"""What every store promises about calls that somebody comes back for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bridge.errors import TooManyRequests
from bridge.store import jobs
from bridge.store.jobs import NewJob
from bridge.store.tickets import (
    REMEMBERED_S,
    NewTicket,
    Ticket,
    accept,
    body_of,
    close_left,
    forget_tickets,
    left,
    look,
    settle,
)
from bridge.store.tx import Tx
from tests.contract.jobs_world import SEAL, Jobs, opened

KEEP_S = 100.0


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[Jobs]:
    made = await opened(store_url)
    yield made
    await made.store.close()


async def accepted(world: Jobs, dedupe: str = "", owner: str = "web", callback: str = "", most: int = 100) -> Ticket:
    job = NewJob(world.queue, "call", b'{"operation":"shop.Get"}', dedupe=dedupe, operation="shop.Get")
    new = NewTicket(owner, "f1", "5ecret", callback)
    return await world.store.write(lambda tx: accept(tx, job, new, SEAL, open_max=most))


async def seen(world: Jobs, ticket: Ticket) -> Ticket | None:
    return await world.store.read(lambda tx: look(tx, ticket.job_id, SEAL))


async def settled(world: Jobs, body: bytes = b"{}", answer: bytes | None = None) -> str | None:
    """The next job is done, and its ticket with it."""
    (job,) = await world.claim(limit=1)

    def unit(tx: Tx) -> str | None:
        jobs.done(tx, job.id, job.fence, SEAL, body)
        return settle(tx, job.id, SEAL, head=b'{"status":200}', answer=answer, keep_s=KEEP_S)

    return await world.store.write(unit)


async def test_it_is_accepted_with_its_job_and_found_again(world: Jobs) -> None:
    ticket = await accepted(world)
    assert (ticket.new, ticket.state, ticket.ended) == (True, "ready", False)
    found = await seen(world, ticket)
    assert found is not None
    assert (found.owner, found.secret, found.operation, found.state) == ("web", "5ecret", "shop.Get", "ready")
    assert (found.new, found.expired, found.head) == (False, False, b"")
    assert await world.store.read(lambda tx: look(tx, "another", SEAL)) is None


async def test_the_same_key_gives_the_same_ticket_also_when_many_ask_at_once(world: Jobs) -> None:
    tickets = await asyncio.gather(*(accepted(world, dedupe="k") for _ in range(20)))
    assert len({ticket.job_id for ticket in tickets}) == 1
    assert sum(ticket.new for ticket in tickets) == 1
    assert len(await world.claim()) == 1


async def test_an_owner_has_so_many_open_ones_and_another_has_his_own(world: Jobs) -> None:
    for _ in range(3):
        await accepted(world, most=3)
    with pytest.raises(TooManyRequests):
        await accepted(world, most=3)
    assert (await accepted(world, owner="crm", most=3)).new
    await settled(world)
    assert (await accepted(world, most=3)).new
    assert len(await world.claim(limit=100)) == 4  # what was refused left no job behind


async def test_what_it_came_to_is_there_with_the_end_of_its_job(world: Jobs) -> None:
    ticket = await accepted(world, callback="events")
    assert await settled(world, b'{"n":1}') == "events"
    found = await seen(world, ticket)
    assert found is not None
    assert (found.state, found.head, found.expired) == ("done", b'{"status":200}', False)
    assert await world.store.read(lambda tx: body_of(tx, ticket.job_id, SEAL)) == b'{"n":1}'


async def test_what_is_too_large_for_the_job_stands_with_the_ticket(world: Jobs) -> None:
    ticket, large = await accepted(world), b"x" * 2_000_000
    await settled(world, large, large)
    assert await world.store.read(lambda tx: body_of(tx, ticket.job_id, SEAL)) == large


async def test_a_job_without_a_ticket_has_nothing_to_settle(world: Jobs) -> None:
    await world.put()
    assert await settled(world) is None


async def test_an_answer_is_kept_for_its_time_and_then_it_is_told_that_there_was_one(world: Jobs) -> None:
    ticket = await accepted(world)
    await settled(world, b"{}", b"large")
    world.clock.now += KEEP_S - 1
    found = await seen(world, ticket)
    assert found is not None
    assert not found.expired
    world.clock.now += 2
    found = await seen(world, ticket)
    assert found is not None
    assert (found.expired, found.head) == (True, b"")
    assert await world.store.write(forget_tickets) == 0
    assert await world.store.read(lambda tx: body_of(tx, ticket.job_id, SEAL)) == b"{}"  # the job's own, while it is
    world.clock.now += REMEMBERED_S
    assert await world.store.write(forget_tickets) == 1
    assert await seen(world, ticket) is None


async def test_a_ticket_whose_job_is_removed_is_expired(world: Jobs) -> None:
    ticket = await accepted(world)
    await settled(world)
    world.clock.now += 10
    assert await world.store.write(lambda tx: jobs.remove_ended(tx, world.queue, 5.0)) == 1
    found = await seen(world, ticket)
    assert found is not None
    assert (found.expired, found.state) == (True, "")


async def test_a_job_that_ended_by_another_hand_is_found(world: Jobs) -> None:
    one, other = await accepted(world, callback="events"), await accepted(world)
    assert await world.store.read(left) == []
    await world.store.write(lambda tx: jobs.cancel(tx, one.job_id))
    assert await world.store.read(left) == [one.job_id]
    assert await world.store.write(lambda tx: close_left(tx, KEEP_S)) == [(one.job_id, "events")]
    assert await world.store.write(lambda tx: close_left(tx, KEEP_S)) == []
    found = await seen(world, other)
    assert found is not None
    assert not found.ended


async def test_one_that_a_person_has_tried_again_is_open_and_settled_anew(world: Jobs) -> None:
    ticket, job = await accepted(world), await world.one()

    def dead(tx: Tx) -> None:
        jobs.dead(tx, job.id, job.fence, code="does_not_fit")
        settle(tx, job.id, SEAL, head=b'{"code":"does_not_fit"}', answer=None, keep_s=KEEP_S)

    await world.store.write(dead)
    world.clock.now += KEEP_S + 1
    await world.store.write(lambda tx: jobs.revive(tx, ticket.job_id))
    found = await seen(world, ticket)
    assert found is not None
    assert (found.state, found.expired) == ("ready", False)
    await settled(world)
    found = await seen(world, ticket)
    assert found is not None
    assert (found.state, found.expired, found.head) == ("done", False, b'{"status":200}')
