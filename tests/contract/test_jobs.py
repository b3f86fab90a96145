"""What every store promises about jobs: each way of the table, leases and fences, dedupe, retries, bounds."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from bridge.store import jobs
from bridge.store.jobs import DEDUPE_KEPT_S, NewJob, Terms
from bridge.store.schema.jobs import jobs as table
from tests.contract.jobs_world import LEASE_S, SEAL, Jobs, opened

DAY_S = 86400.0


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[Jobs]:
    made = await opened(store_url)
    yield made
    await made.store.close()


async def test_a_job_is_claimed_once_with_what_it_was_given(world: Jobs) -> None:
    job_id = await world.put(b'{"n":1}', correlation="c1")
    job = await world.one()
    assert (job.id, job.kind, job.payload, job.attempt, job.fence) == (job_id, "kind", b'{"n":1}', 1, 1)
    assert (job.correlation, job.key, job.created_at) == ("c1", "", world.clock.now)
    assert await world.claim() == []
    assert await world.done(job, b"answer")
    assert await world.state(job_id) == "done"
    assert await world.store.read(lambda tx: jobs.result(tx, job_id, SEAL)) == b"answer"


async def test_higher_priority_first_and_then_the_order_in_which_they_came(world: Jobs) -> None:
    ids = [await world.put(priority=priority) for priority in (0, 5, 0, 5, -1, 7)]
    assert [job.id for job in await world.claim(4)] == [ids[n] for n in (5, 1, 3, 0)]


async def test_not_before_its_time(world: Jobs) -> None:
    job_id = await world.put(not_before=world.clock.now + 60)
    assert (await world.claim(), await world.state(job_id)) == ([], "waiting")
    world.clock.now += 60
    assert (await world.one()).id == job_id


async def test_what_is_enqueued_in_a_unit_that_raises_is_not_there(world: Jobs) -> None:
    def unit(tx: object) -> None:
        jobs.enqueue(tx, NewJob("q", "kind", b""), SEAL)  # type: ignore[arg-type]  # it is a Tx, as any unit gets
        raise LookupError

    with pytest.raises(LookupError):
        await world.store.write(unit)
    assert await world.claim() == []


async def test_a_failed_job_waits_and_its_story_is_told(world: Jobs) -> None:
    job_id = await world.put()
    assert await world.failed(await world.one(), again_in_s=5)
    assert (await world.claim(), await world.state(job_id)) == ([], "waiting")
    world.clock.now += 5
    job = await world.one()
    assert (job.attempt, job.fence) == (2, 2)
    world.clock.now += 3
    assert await world.dead(job)
    assert (await world.standing(job_id)).code == "does_not_fit"
    story = await world.store.read(lambda tx: jobs.story(tx, job_id))
    assert [(one.attempt, one.worker, one.code, one.duration_s) for one in story] == [
        (1, "one", "upstream_cut", 0.0),
        (2, "one", "does_not_fit", 3.0),
    ]


async def test_without_the_latest_fence_nothing_changes(world: Jobs) -> None:
    job_id = await world.put()
    stale = await world.one()
    world.clock.now += LEASE_S
    job = await world.one()
    assert job.fence == stale.fence + 1
    for said in (world.done, world.failed, world.dead, world.give_back, world.begin, world.stopped):
        assert not await said(stale), said
    assert await world.renew(stale) == set()
    assert (await world.state(job_id), await world.done(job)) == ("running", True)
    for said in (world.done, world.failed, world.dead, world.give_back, world.begin, world.stopped):
        assert not await said(job), said


async def test_a_renewed_lease_holds(world: Jobs) -> None:
    await world.put()
    job = await world.one()
    for _ in range(5):
        world.clock.now += LEASE_S - 1
        assert await world.renew(job) == {job.id}
        assert await world.claim() == []
    assert await world.done(job)


async def test_a_poison_job_ends_dead_after_its_attempts(world: Jobs) -> None:
    job_id = await world.put(attempts_max=3)
    for attempt in (1, 2, 3):
        job = await world.one()
        assert (job.attempt, await world.begin_again(job)) == (attempt, True)
        world.clock.now += LEASE_S
    assert await world.claim() == []
    assert ((await world.standing(job_id)).state, (await world.standing(job_id)).code) == ("dead", "lease_lost")
    assert len(await world.store.read(lambda tx: jobs.story(tx, job_id))) == 3


async def test_what_was_only_held_ready_loses_no_attempt_to_a_poison_job(world: Jobs) -> None:
    poison, *innocent = [await world.put(attempts_max=3) for _ in range(5)]
    for turn in range(4):
        held = {job.id: job for job in await world.claim(5)}
        assert [(job.attempt, job.lost) for job in held.values()] == [(max(turn, 1), min(turn, 1))] + [(1, turn)] * 4
        assert not turn or await world.begin_again(held[poison]), "as a worker does with what was lost before"
        world.clock.now += LEASE_S
    assert [(job.id, job.attempt) for job in await world.claim(5)] == [(one, 1) for one in innocent]
    assert (await world.standing(poison)).code == "lease_lost"
    story = await world.store.read(lambda tx: jobs.story(tx, innocent[0]))
    assert [one.code for one in story] == ["lease_lost"] * 4, "though it counts for nothing it can be seen"


async def test_what_must_not_be_repeated_and_had_begun_is_dead_when_its_worker_is_lost(world: Jobs) -> None:
    job_id = await world.put()
    assert await world.begin(await world.one())
    world.clock.now += LEASE_S
    assert await world.claim() == []
    assert ((await world.standing(job_id)).state, (await world.standing(job_id)).code) == ("dead", "outcome_unknown")


async def test_a_beginning_counts_for_its_own_attempt_only(world: Jobs) -> None:
    await world.put()
    job = await world.one()
    assert await world.begin(job)
    assert await world.failed(job)
    assert (await world.one()).attempt == 2
    world.clock.now += LEASE_S
    assert (await world.one()).attempt == 2


async def test_given_back_it_is_ready_at_once_and_the_attempt_does_not_count(world: Jobs) -> None:
    await world.put()
    assert await world.give_back(await world.one())
    job = await world.one()
    assert (job.attempt, job.fence) == (1, 2)


async def test_a_clock_that_goes_back_does_not_lock_a_dead_worker_s_job_away(world: Jobs) -> None:
    await world.put()
    await world.claim()
    world.clock.now -= DAY_S
    assert (await world.one()).fence == 2


async def test_cancelled_at_once_unless_it_runs(world: Jobs) -> None:
    waiting = await world.put(not_before=world.clock.now + 60)
    ready = await world.put()
    blocked = [await world.put(key="k"), await world.put(key="k")][1]
    assert [await world.cancel(one) for one in (waiting, ready, blocked)] == ["cancelled"] * 3
    assert await world.cancel(ready) == ""
    assert await world.cancel("nothing") == ""
    job = await world.one()
    assert await world.cancel(job.id) == "asked"
    assert (await world.renew(job), await world.asked(job)) == (set(), {job.id})
    assert await world.stopped(job)
    assert await world.state(job.id) == "cancelled"


@pytest.mark.parametrize("way", ["failed", "give_back"])
async def test_asked_to_stop_it_is_not_tried_again_whatever_its_worker_says(world: Jobs, way: str) -> None:
    await world.put(key="k")
    behind = await world.put(key="k")
    job = await world.one()
    assert await world.cancel(job.id) == "asked"
    assert await (world.failed(job) if way == "failed" else world.give_back(job))
    assert await world.state(job.id) == "cancelled"
    assert (await world.one()).id == behind


async def test_a_cause_that_a_database_cannot_keep_as_it_is_does_not_keep_the_job_from_ending(world: Jobs) -> None:
    await world.put()
    job = await world.one()
    odd = "the answer was \0 and \ud800"
    assert await world.store.write(lambda tx: jobs.dead(tx, job.id, job.fence, code="upstream_invalid", cause=odd))
    assert (await world.standing(job.id)).cause == "the answer was  and ?"


async def test_asked_to_stop_and_then_lost_it_is_cancelled(world: Jobs) -> None:
    await world.put()
    job = await world.one()
    await world.cancel(job.id)
    world.clock.now += LEASE_S
    assert (await world.claim(), await world.state(job.id)) == ([], "cancelled")


async def test_a_dead_one_is_revived_with_all_its_attempts(world: Jobs) -> None:
    job_id = await world.put()
    await world.dead(await world.one())
    assert await world.revive(job_id)
    assert not await world.revive(job_id)
    job = await world.one()
    assert (job.id, job.attempt, job.fence) == (job_id, 1, 2)


async def test_a_known_dedupe_key_gives_the_first_job(world: Jobs) -> None:
    first = await world.put(dedupe="d")
    assert await world.put(dedupe="d") == first
    assert await world.put(dedupe="e") != first
    elsewhere = NewJob("r", "kind", b"", dedupe="d")
    both = [await world.store.write(lambda tx: jobs.enqueue(tx, elsewhere, SEAL)) for _ in range(2)]
    assert both[0] == both[1] != first
    assert await world.done(next(job for job in await world.claim() if job.id == first))
    world.clock.now += DEDUPE_KEPT_S - 1
    assert await world.put(dedupe="d") == first
    world.clock.now += 2
    again = await world.put(dedupe="d")
    assert again != first
    assert await world.put(dedupe="d") == again


async def test_a_dedupe_key_outlives_its_job_and_is_removed_in_the_end(world: Jobs) -> None:
    first = await world.put(dedupe="d")
    await world.done(await world.one())
    world.clock.now += 60
    assert await world.store.write(lambda tx: jobs.remove_ended(tx, "q", 0)) == 1
    assert await world.store.read(lambda tx: jobs.standing(tx, first)) is None
    assert await world.put(dedupe="d") == first
    assert await world.store.write(jobs.forget_dedupes) == 0
    world.clock.now += DEDUPE_KEPT_S
    assert await world.store.write(jobs.forget_dedupes) == 1
    assert await world.put(dedupe="d") != first


async def test_the_key_of_a_job_that_never_ends_is_kept_for_ever(world: Jobs) -> None:
    first = await world.put(dedupe="d")
    world.clock.now += 100 * DAY_S
    assert await world.store.write(jobs.forget_dedupes) == 0
    assert await world.put(dedupe="d") == first
    await world.dead(await world.one())
    assert await world.revive(first)
    world.clock.now += 100 * DAY_S
    assert await world.put(dedupe="d") == first


async def test_removal_is_bounded_and_leaves_what_is_young_dead_or_alive(world: Jobs) -> None:
    for _ in range(10):
        await world.put()
    for job in await world.claim(8):
        await (world.dead(job) if job.seq % 4 == 0 else world.done(job))
    depths = await world.store.read(lambda tx: jobs.depths(tx, "q"))
    assert (depths["done"], depths["dead"], depths["ready"]) == (6, 2, 2)
    assert await world.store.write(lambda tx: jobs.remove_ended(tx, "q", 10.0, 4)) == 0
    world.clock.now += 11
    assert [await world.store.write(lambda tx: jobs.remove_ended(tx, "q", 10.0, 4)) for _ in range(3)] == [4, 2, 0]
    assert (await world.store.read(lambda tx: jobs.depths(tx, "q")))["dead"] == 2


async def test_the_age_of_the_oldest_ready_job(world: Jobs) -> None:
    assert await world.store.read(lambda tx: jobs.oldest_ready_s(tx, "q")) == 0.0
    await world.put()
    world.clock.now += 7
    await world.put()
    assert await world.store.read(lambda tx: jobs.oldest_ready_s(tx, "q")) == 7.0


async def test_what_is_damaged_is_dead_and_keeps_nobody_up(world: Jobs) -> None:
    strange, good = await world.put(b"strange"), await world.put()
    moved = update(table).where(table.c.id == strange).values(payload=b"\x01 of another row")
    await world.store.write(lambda tx: tx.select(moved.returning(table.c.id)))
    assert [job.id for job in await world.claim()] == [good]
    assert (await world.standing(strange)).code == "unreadable"


async def test_no_more_run_at_a_time_than_the_queue_allows_over_two_nodes(store_url: str) -> None:
    one = await opened(store_url)
    two = await opened(store_url, one.clock)
    terms = Terms(concurrency=3)
    for _ in range(10):
        await one.put()
    claimed = [*await one.claim(2, terms=terms), *await two.claim(5, "two", terms)]
    assert len(claimed) == 3
    assert await one.claim(5, terms=terms) == await two.claim(5, "two", terms) == []
    await two.done(claimed[0])
    assert len(await two.claim(5, "two", terms)) == 1
    one.clock.now += LEASE_S
    assert len(await one.claim(5, terms=terms)) == 3, "leases that are over count no more"
    await one.store.close()
    await two.store.close()


async def test_no_more_begin_in_a_time_than_the_queue_allows_over_two_nodes(store_url: str) -> None:
    one = await opened(store_url)
    two = await opened(store_url, one.clock)
    terms = Terms(rate_per_s=5.0, burst=3)
    await one.store.write(lambda tx: [jobs.enqueue(tx, NewJob("q", "kind", b""), SEAL) for _ in range(100)])
    begun = 0
    for step in range(101):  # ten seconds
        begun += len(await (one, two)[step % 2].claim(10, terms=terms))
        assert begun <= 3 + 5.0 * step / 10 + 0.01
        one.clock.now += 0.1
    assert begun == 3 + 50
    one.clock.now -= 3600
    assert await one.claim(10, terms=terms) == []
    one.clock.now += 1
    assert len(await one.claim(10, terms=terms)) == 3, "as if a second had gone by, and bounded by the burst"
    await one.store.close()
    await two.store.close()
