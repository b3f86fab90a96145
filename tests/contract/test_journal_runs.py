"""How jobs and schedules came to their end, in the journal: in the transaction of that end, on each store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.queue.handlers import Handlers, Result
from bridge.queue.worker_ends import End, Ending, Hold, record
from bridge.queue.worker_notes import note_ends, note_lost
from bridge.shapes.json import loads
from bridge.store.ids import trace_id_of
from bridge.store.job_states import State
from bridge.store.jobs import Job, NewJob, Terms, begin, claim_more, enqueue, standing
from bridge.store.journal import Entry, load
from bridge.store.journal_runs import LOST
from bridge.store.journal_search import Filter, find
from bridge.store.schedule_fire import Firing, Slot, fire, run_now, settle
from bridge.store.schedule_rows import read_state
from bridge.store.schedules import Registration, register
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.contract.operators import QUEUE, SEAL

TERMS = Terms()


async def _handled(job: Job) -> Result:
    return Result()


HANDLERS = Handlers()
HANDLERS.add("call", _handled, operation=lambda job: "shop.CreateOrder")
HANDLERS.add("alert", _handled, entry="delivery")


async def entries(store: Store, **wanted: str) -> list[Entry]:
    found = await store.read(lambda tx: find(tx, Filter(**wanted)))
    loaded = [await store.read(lambda tx, one=one: load(tx, one.id, SEAL)) for one in found.items]
    return [one for one in loaded if one is not None]


async def ended(store: Store, ending: Ending, job: NewJob, *, code: str = "") -> str:
    """A job that is accepted, claimed and ended by a worker; its id."""

    def unit(tx: Tx) -> str:
        job_id = enqueue(tx, job, SEAL)
        [claimed] = claim_more(tx, job.queue, "w1", 9, 30.0, SEAL, TERMS).jobs
        ends = [End(Hold(claimed, 0.0), ending, Result(outcome="x"), code=code, cause="because", again_in_s=0.0)]
        ours = record(tx, ends, SEAL)
        note_ends(tx, [end for end in ends if end.hold.job.id in ours], HANDLERS, SEAL)
        return job_id

    return await store.write(unit)


@pytest.mark.parametrize(
    ("ending", "code", "state"),
    [("done", "", "done"), ("dead", "fault", "dead"), ("stopped", "cancelled", "failed")],
)
async def test_a_job_that_ended_has_an_entry_with_the_correlation_of_its_calls(
    store: Store, ending: Ending, code: str, state: State
) -> None:
    job = NewJob(QUEUE, "call", b"{}", key="order:17")
    job_id = await ended(store, ending, job, code=code)
    (entry,) = await entries(store, kind="job")
    assert (entry.state, entry.code, entry.attempts, entry.key) == (state, code, 1, "order:17")
    assert (entry.upstream, entry.operation, entry.outcome) == ("shop", "shop.CreateOrder", "x")
    assert (entry.correlation, entry.idempotency_key) == (trace_id_of(job_id), job_id)
    assert loads(entry.request) == {"job": job_id, "queue": QUEUE, "kind": "call", "worker": "w1"}
    told = loads(entry.trail) if entry.trail else {"attempts": []}
    assert isinstance(told, dict)
    tries = told["attempts"]
    assert isinstance(tries, list)
    assert [one["code"] for one in tries if isinstance(one, dict)] == ([code] if code else [])


async def test_a_job_that_is_to_be_tried_again_has_none_yet_and_a_delivery_has_one_a_try(store: Store) -> None:
    await ended(store, "again", NewJob(QUEUE, "call", b"{}"), code="upstream_timeout")
    await ended(store, "given_back", NewJob("other", "call", b"{}"))
    assert await entries(store) == []
    job_id = await ended(store, "again", NewJob("alerts", "alert", b"{}"), code="upstream_timeout")
    (entry,) = await entries(store)
    assert (entry.kind, entry.state, entry.code, entry.idempotency_key) == (
        "delivery",
        "failed",
        "upstream_timeout",
        job_id,
    )


async def test_what_is_rolled_back_has_no_entry(store: Store) -> None:
    def unit(tx: Tx) -> None:
        enqueue(tx, NewJob(QUEUE, "call", b"{}"), SEAL)
        [job] = claim_more(tx, QUEUE, "w1", 9, 30.0, SEAL, TERMS).jobs
        ends = [End(Hold(job, 0.0), "done")]
        record(tx, ends, SEAL)
        note_ends(tx, ends, HANDLERS, SEAL)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.write(unit)
    assert await entries(store) == []


async def test_a_job_whose_worker_was_lost_for_good_has_one(store: Store) -> None:
    def unit(tx: Tx) -> str:
        job_id = enqueue(tx, NewJob(QUEUE, "call", b"{}", correlation="a" * 32, attempts_max=1), SEAL)
        [job] = claim_more(tx, QUEUE, "w1", 9, -1.0, SEAL, TERMS).jobs
        begin(tx, job.id, job.fence, repeatable=True)
        note_lost(tx, claim_more(tx, QUEUE, "w2", 9, 30.0, SEAL, TERMS), HANDLERS, SEAL)
        return job_id

    job_id = await store.write(unit)
    (entry,) = await entries(store, correlation="a" * 32)
    assert (entry.kind, entry.state, entry.code, entry.idempotency_key) == ("job", "dead", "lease_lost", job_id)


async def test_a_delivery_that_was_given_up_is_dead_in_the_journal_and_its_job_is_done(store: Store) -> None:
    def unit(tx: Tx) -> str:
        job_id = enqueue(tx, NewJob(QUEUE, "alert", b"{}", correlation="b" * 32), SEAL)
        [job] = claim_more(tx, QUEUE, "w1", 9, 30.0, SEAL, TERMS).jobs
        ends = [End(Hold(job, 0.0), "done", Result(outcome=LOST))]
        record(tx, ends, SEAL)
        note_ends(tx, ends, HANDLERS, SEAL)
        return job_id

    job_id = await store.write(unit)
    (entry,) = await entries(store, correlation="b" * 32)
    assert (entry.kind, entry.state, entry.outcome) == ("delivery", "dead", "lost")
    standing_now = await store.read(lambda tx: standing(tx, job_id))
    assert standing_now is not None
    assert standing_now.state == "done", "as a dead letter it would be an alert itself"


async def test_a_slot_of_a_schedule_is_fired_skipped_or_missed_and_ends_as_its_job_does(store: Store) -> None:
    nightly = Registration("nightly", "d", "every 24h", b'{"operation":"shop.Close","args":{}}', QUEUE)
    await store.write(lambda tx: register(tx, [nightly], SEAL))

    async def fired(at: float, *slots: Slot) -> None:
        state = await store.read(lambda tx: read_state(tx, "nightly"))
        assert state is not None
        firing = Firing("nightly", "d", state.last_slot, slots, Slot(f"s{at}", at), at + 60, missed=0 if slots else 3)
        assert await store.write(lambda tx: fire(tx, replace(firing, journaled=True), SEAL)) is not None

    now = await store.read(lambda tx: tx.now)
    await fired(now + 1, Slot("s1", now + 1))
    await fired(now + 2, Slot("s2", now + 2))
    await fired(now + 3)
    missed, skipped, first = await entries(store, kind="schedule")
    assert [(one.state, one.outcome) for one in (first, skipped, missed)] == [
        ("received", "fired"),
        ("failed", "skipped"),
        ("failed", "missed"),
    ]
    told = loads(first.request)
    assert isinstance(told, dict)
    assert (first.key, first.idempotency_key, told["slot"]) == ("schedule:nightly", "schedule:nightly:s1", "s1")

    def end(tx: Tx) -> str:
        [job] = claim_more(tx, QUEUE, "w1", 9, 30.0, SEAL, TERMS).jobs
        ends = [End(Hold(job, 0.0), "dead", code="fault")]
        record(tx, ends, SEAL)
        note_ends(tx, ends, HANDLERS, SEAL)
        settle(tx, "nightly")
        return job.id

    job_id = await store.write(end)
    assert told["job"] == job_id
    of_job, of_slot = sorted(await entries(store, correlation=first.correlation), key=lambda one: one.kind)
    assert (of_slot.kind, of_slot.state, of_slot.outcome, of_slot.code) == ("schedule", "dead", "dead", "fault")
    assert (of_job.kind, of_job.state) == ("job", "dead")


async def test_a_run_that_a_person_asks_for_is_noted_unless_there_is_no_journal(store: Store) -> None:
    nightly = Registration("nightly", "d", "every 24h", b'{"operation":"shop.Close","args":{}}', QUEUE)
    await store.write(lambda tx: register(tx, [nightly], SEAL))
    await store.write(lambda tx: run_now(tx, "nightly", "ada", SEAL, journaled=False))
    assert await entries(store) == []
    await store.write(lambda tx: run_now(tx, "nightly", "ada", SEAL))
    assert [one.outcome for one in await entries(store)] == ["fired"]
