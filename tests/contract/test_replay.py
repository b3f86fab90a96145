"""What operators do from their desk, on every store: edit, dry run, replay, discard, replay from the journal."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from bridge.call import JsonValue
from bridge.clock import SystemClock
from bridge.contracts import Envelopes
from bridge.errors import BadRequest, Conflict, DoesNotFit, NotFound
from bridge.queue.desk import Desk
from bridge.queue.desk_dead import Chosen
from bridge.shapes.json import loads
from bridge.store.audit import AuditFilter
from bridge.store.job_views import JobFilter
from bridge.store.journal import Entry, State, note
from bridge.store.journal_search import Filter
from bridge.store.store import Store
from tests.contract.operators import QUEUE, SEAL, accepted, buried, claimed, finished

ORDER = {"operation": "shop.Order", "args": {"n": 1, "password": "canary"}, "idempotencyKey": "i-1"}
EVERY = Chosen(filter=JobFilter())


def _payload(**changes: object) -> bytes:
    return json.dumps({**ORDER, **changes}).encode()


def _value(**changes: object) -> JsonValue:
    return loads(_payload(**changes))


class Wire:
    """Says what would be sent, and refuses what is no order; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bytes]] = []

    async def __call__(self, operation: str, args: bytes) -> Envelopes:
        self.asked.append((operation, args))
        if b'"n"' not in args:
            raise DoesNotFit("The request does not fit.")
        return Envelopes("http://erp/orders", (("SOAPAction", operation),), b"<e>" + args + b"</e>")


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def desk(store: Store, wire: Wire) -> Desk:
    return Desk(store, SEAL, queues=("mail",), preview=wire)


async def _verbs(desk: Desk) -> list[str]:
    return sorted(one.verb for one in (await desk.audit(AuditFilter())).items)


async def test_from_the_list_to_done_and_the_audit_log_knows_it(store: Store, desk: Desk) -> None:
    [one] = await buried(store, _payload())
    [row] = (await desk.dead.search(JobFilter())).items
    story = await desk.jobs.show(row.id)
    assert story.payload == {**ORDER, "args": {"n": "1", "password": "***"}}
    edited = await desk.dead.edit("ada", one, _value(args={"n": 2, "password": "***"}), reason="wrong n")
    assert edited.done == (one,)
    plan = await desk.dead.plan(EVERY)
    [planned] = plan.items
    assert [(change.pointer, change.before, change.after) for change in planned.changes] == [("/args/n", "1", "2")]
    assert planned.request is not None
    assert (planned.request.url, planned.request.headers) == ("http://erp/orders", {"SOAPAction": "shop.Order"})
    assert "canary" in planned.request.body, "an edit leaves what was masked as it was"
    assert (await desk.dead.search(JobFilter())).items[0].state == "dead", "a dry run changes nothing"
    outcome = await desk.dead.replay("ada", EVERY, reason="fixed")
    assert (outcome.done, outcome.left) == ((one,), ())
    [job] = await claimed(store)
    assert json.loads(job.payload) == {**ORDER, "args": {"n": 2, "password": "canary"}}
    await finished(store, job)
    assert (await desk.dead.search(JobFilter())).items == ()
    assert await _verbs(desk) == ["dead.edit", "dead.replay"]
    [edit] = (await desk.audit(AuditFilter(verb="dead.edit"))).items
    assert (edit.who, edit.target, edit.reason, edit.changed) == ("ada", one, "wrong n", True)
    assert edit.before != edit.after
    assert await desk.audited(edit.id) == {**ORDER, "args": {"n": "2", "password": "***"}}


async def test_a_second_click_does_nothing_and_says_why(store: Store, desk: Desk) -> None:
    [one] = await buried(store, _payload())
    first = await desk.dead.replay("ada", Chosen((one, one, "none")))
    second = await desk.dead.replay("ada", Chosen((one,)))
    assert (first.done, [left.why for left in first.left]) == ((one,), ["there is no such job"])
    assert (second.done, [left.why for left in second.left]) == ((), ["it is ready"])
    assert len(await claimed(store)) == 1
    third = await desk.dead.replay("ada", Chosen((one,)))
    assert [left.why for left in third.left] == ["it is running"]
    assert await _verbs(desk) == ["dead.replay"], "what did nothing leaves no entry"


async def test_the_same_request_again_is_told_what_came_of_it(store: Store, desk: Desk) -> None:
    [one] = await buried(store, _payload())
    first = await desk.dead.replay("ada", Chosen((one,)), once="k1")
    for job in await claimed(store):
        await finished(store, job)
    again = await desk.dead.replay("ada", Chosen((one,)), once="k1")
    assert (again.done, again.again, first.again) == (first.done, True, False)
    other = await desk.dead.replay("bob", Chosen((one,)), once="k1")
    assert (other.done, other.again) == ((), False)


async def test_a_filter_replays_in_the_order_of_the_key_and_goes_on_where_it_stopped(store: Store, desk: Desk) -> None:
    ids = await buried(store, *(_payload(n=number) for number in range(5)), key="k")
    [other] = await buried(store, _payload(), code="bug")
    wanted, done, after = JobFilter(code="upstream_cut"), list[str](), ""
    while True:
        outcome = await desk.dead.replay("ada", Chosen(filter=wanted, after=after, limit=2))
        done += outcome.done
        if not (after := outcome.next):
            break
    assert done == ids
    assert [row.id for row in (await desk.dead.search(JobFilter())).items] == [other]
    order = []
    while jobs := await claimed(store):
        order += [job.id for job in jobs]
        await finished(store, jobs[0])
    assert order == ids


async def test_a_rate_spaces_them_out_over_several_requests(store: Store, desk: Desk) -> None:
    ids = await buried(store, *(_payload(n=number) for number in range(4)))
    first = await desk.dead.replay("ada", Chosen(tuple(ids[:2])), rate_per_s=0.5)
    assert first.due_at is not None
    await desk.dead.replay("ada", Chosen(tuple(ids[2:])), rate_per_s=0.5, from_at=first.due_at)
    due = [(await desk.jobs.show(one)).job.due_at for one in ids]
    assert [round(later - sooner, 3) for sooner, later in pairwise(due)] == [2.0, 2.0, 2.0]
    assert len(await claimed(store)) == 1


async def test_an_edit_is_no_way_to_call_as_somebody_else(store: Store, desk: Desk, wire: Wire) -> None:
    [one] = await buried(store, _payload(principal="shop"))
    for changed in ({"principal": "admin"}, {"operation": "shop.Delete"}, {"idempotencyKey": "i-2"}):
        with pytest.raises(DoesNotFit, match="only `args`"):
            await desk.dead.edit("ada", one, _value(**{"principal": "shop", **changed}))
    with pytest.raises(DoesNotFit, match="does not fit"):
        await desk.dead.edit("ada", one, _value(principal="shop", args={"m": 1}))
    assert wire.asked == [("shop.Order", b'{"m":1}')]
    assert await _verbs(desk) == []
    assert (await desk.jobs.show(one)).original is None


async def test_of_two_edits_at_a_time_one_is_told(store: Store) -> None:
    [one] = await buried(store, _payload())

    async def quicker(operation: str, args: bytes) -> Envelopes:
        await Desk(store, SEAL).dead.edit("bob", one, _value(args={"n": 7}))
        return Envelopes("", (), b"")

    with pytest.raises(Conflict, match="edited it meanwhile"):
        await Desk(store, SEAL, preview=quicker).dead.edit("ada", one, _value(args={"n": 8}))
    story = await Desk(store, SEAL).jobs.show(one)
    assert (story.payload, story.job.edited_by) == ({**ORDER, "args": {"n": "7"}}, "bob")


async def test_an_edit_that_changes_nothing_or_comes_too_late_does_nothing(store: Store, desk: Desk) -> None:
    [one] = await buried(store, _payload(args={"n": 1}))
    same = await desk.dead.edit("ada", one, _value(args={"n": 1}))
    assert [left.why for left in same.left] == ["it has this payload already"]
    await desk.dead.replay("ada", Chosen((one,)))
    late = await desk.dead.edit("ada", one, _value(args={"n": 2}))
    assert [left.why for left in late.left] == ["it is ready"]
    with pytest.raises(NotFound):
        await desk.dead.edit("ada", "none", None)


async def test_a_discard_needs_a_reason_and_is_not_undone_by_a_replay(store: Store, desk: Desk) -> None:
    [one] = await buried(store, _payload())
    with pytest.raises(BadRequest, match="reason"):
        await desk.dead.discard("ada", Chosen((one,)), reason=" ")
    assert (await desk.dead.discard("ada", Chosen((one,)), reason="a test order")).done == (one,)
    again = await desk.dead.discard("ada", Chosen((one,)), reason="a test order")
    assert [left.why for left in again.left] == ["it is cancelled"]
    assert (await desk.dead.replay("ada", Chosen((one,)))).done == ()
    [entry] = (await desk.audit(AuditFilter())).items
    assert (entry.verb, entry.reason) == ("dead.discard", "a test order")


async def test_what_would_not_be_taken_is_seen_before(store: Store, desk: Desk) -> None:
    ids = await buried(store, _payload(args={"m": 1}), b"no json at all")
    live = await accepted(store, _payload())
    items = (await desk.dead.plan(Chosen((*ids, live, "none")), rate_per_s=2.0)).items
    assert [(one.problem, one.why) for one in items] == [
        ("The request does not fit.", ""),
        ("The request does not fit the expected shape", ""),
        ("", "it is ready"),
        ("", "There is no job with this id."),
    ]
    assert [one.due_at for one in items[:2]] == [0.0, 0.5]


# ── from the journal ─────────────────────────────────────────────────────────────────────────────────────────────


async def _noted(store: Store, state: State, at: float, **more: str) -> str:
    request = more.pop("request", '{"args": {"n": 1}}').encode()
    entry = Entry("", "call", "shop", "shop.Order", state, at, request=request, **more)  # type: ignore[arg-type]  # its other fields are texts
    return await store.write(lambda tx: note(tx, entry, SEAL))


async def test_calls_that_did_not_end_well_become_jobs_once_and_the_oldest_first(store: Store, desk: Desk) -> None:
    now = SystemClock().wall()
    second = await _noted(store, "unknown", now - 1, key="order:1", principal="web", idempotency_key="i-2")
    first = await _noted(store, "failed", now - 2, key="order:1")
    await _noted(store, "done", now - 3)
    plan = await desk.journal.plan((), Filter())
    assert [(one.id, one.operation, one.problem) for one in plan.items] == [
        (first, "shop.Order", ""),
        (second, "shop.Order", ""),
    ]
    assert await claimed(store) == []
    outcome = await desk.journal.replay("ada", (), Filter(), reason="the ERP is back")
    assert outcome.done == (first, second)
    again = await desk.journal.replay("ada", (first, second))
    assert (again.done, len(again.left)) == ((), 2)
    assert "already" in again.left[0].why
    [job] = await claimed(store)
    assert (json.loads(job.payload), job.key, job.correlation) == (
        {"operation": "shop.Order", "args": {"n": 1}},
        "order:1",
        first,
    )
    await finished(store, job)
    [job] = await claimed(store)
    assert json.loads(job.payload) == {
        "operation": "shop.Order",
        "args": {"n": 1},
        "principal": "web",
        "idempotencyKey": "i-2",
        "afresh": True,
    }
    assert await _verbs(desk) == ["journal.replay"]


async def test_what_cannot_be_sent_again_is_said(store: Store, desk: Desk) -> None:
    now = SystemClock().wall()
    given = [
        await _noted(store, "done", now),
        await _noted(store, "failed", now, request='{"args": {"n": 1'),
        await _noted(store, "failed", now, request=""),
        await _noted(store, "failed", now, request='{"@cut": {"bytes": 9}, "operation": "shop.Order"}'),
        await _noted(store, "failed", now, request='{"args": {}, "uploads": {"/a": {}}}'),
        "none",
    ]
    outcome = await desk.journal.replay("ada", given)
    assert outcome.done == ()
    assert [left.why for left in outcome.left] == [
        "it is done",
        "its request was too large to be kept whole",
        "its request is not kept",
        "its request was too large to be kept whole",
        "it came with uploads, which a job does not have",
        "the journal has no such entry",
    ]


async def test_a_rate_spaces_out_what_comes_from_the_journal(store: Store, desk: Desk) -> None:
    now = SystemClock().wall()
    given = [await _noted(store, "failed", now - number) for number in range(3)]
    await desk.journal.replay("ada", given, rate_per_s=0.1)
    due = sorted(row.due_at for row in (await desk.jobs.search(JobFilter(queue=QUEUE))).items)
    assert [round(later - sooner, 3) for sooner, later in pairwise(due)] == [10.0, 10.0]


async def test_an_entry_is_shown_masked(store: Store, desk: Desk) -> None:
    one = await _noted(store, "failed", 0.0, request='{"args": {"n": 1, "password": "canary"}}')
    story = await desk.journal.show(one)
    assert (story.request, story.answer) == ({"args": {"n": "1", "password": "***"}}, None)
    assert story.entry.operation == "shop.Order"
    with pytest.raises(NotFound):
        await desk.journal.show("none")


async def test_the_same_request_again_says_the_same_place_to_go_on_from(desk: Desk, store: Store) -> None:
    ids = await buried(store, *(_payload(args={"n": n}) for n in range(5)))
    some = Chosen(filter=JobFilter(), limit=2)
    first = await desk.dead.replay("ann", some, rate_per_s=0.5, once="o-1")
    again = await desk.dead.replay("ann", some, rate_per_s=0.5, once="o-1")
    assert (again.done, again.next, again.due_at, again.again) == (first.done, first.next, first.due_at, True)
    assert (await desk.dead.replay("ann", Chosen(filter=JobFilter(), after=again.next))).done == tuple(ids[2:])
