"""What operators and housekeeping do to a store, one unit after another: what a life of events (life.py) never passes.

Each unit is given by the number it has, at a time of its own, and finds what it works on in the store: so a run that
was killed goes on with the next one, and the store looks as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bridge.store import (
    alerts,
    audit,
    dead,
    journal,
    journal_nodes,
    journal_retention,
    keys,
    schedule_fire,
    tickets,
    topics,
)
from bridge.store import jobs as line
from bridge.store import schedules as timetable
from bridge.store.answers import Beginning, begin, due, end, forget_answers, free
from bridge.store.jobs_end import put_off
from bridge.store.journal_runs import Ran, job_ended
from bridge.store.processed import first_time, forget_processed
from bridge.store.reseal import SEALED, some
from bridge.store.schedule_rows import read_states
from bridge.store.schema.jobs import jobs
from bridge.store.schema.journal import journal as entries
from bridge.store.sealing import Seal
from bridge.store.tx import Tx

Unit = Callable[[Tx], object]
QUEUE, OTHER, DAY_S, BEGIN = "chores", "other", 86400.0, 1_800_000_000.0
OLD, NEW = Seal(bytes(range(32))), Seal(bytes(range(1, 33)), [bytes(range(32))])
LEASE_S = 60.0
WRITTEN = Beginning("a1", "shop.Order", "f1", "fence-1", LEASE_S, DAY_S, "r1", "t1", b"{}")
FREED = replace(WRITTEN, id="a2", question=b"")
SCHEDULE = timetable.Registration("nightly", "d1", "0 3 * * *", b'{"operation":"shop.Import","args":{}}', OTHER)


def _job(tx: Tx, name: str) -> tuple[str, int]:
    found = tx.select(jobs.select().with_only_columns(jobs.c.id, jobs.c.fence).where(jobs.c.dedupe == name))
    [(job_id, fence)] = list(found)
    return str(job_id), int(fence)


def _enqueue(name: str, key: str = "") -> Unit:
    return lambda tx: line.enqueue(tx, line.NewJob(QUEUE, "chore", b"{}", key=key, dedupe=name), OLD)


def _ticket(name: str) -> Unit:
    job = line.NewJob(QUEUE, "chore", b"{}", dedupe=name)
    return lambda tx: tickets.accept(tx, job, tickets.NewTicket("somebody", "f1", "s1"), OLD, open_max=2)


def _claim(tx: Tx) -> object:
    return line.claim(tx, QUEUE, "worker", 100, LEASE_S, OLD)


def _of(name: str, act: Callable[[Tx, str, int], object]) -> Unit:
    return lambda tx: act(tx, *_job(tx, name))


def _register(tx: Tx) -> object:
    return timetable.register(tx, [SCHEDULE], OLD)


def _expect(tx: Tx) -> object:
    return timetable.expect(tx, [(state, tx.now + 60.0, "") for state in read_states(tx)])


def _fire(tx: Tx) -> object:
    [state] = read_states(tx)
    slot = schedule_fire.Slot(f"slot-{tx.now:.0f}", tx.now)
    firing = schedule_fire.Firing(state.name, state.digest, state.last_slot, (slot,), slot, tx.now + 60.0)
    return schedule_fire.fire(tx, replace(firing, journaled=True), OLD)


def _fired_done(tx: Tx) -> object:
    """Whatever the schedule brought is worked off, and noted."""
    for job in line.claim(tx, OTHER, "worker", 100, LEASE_S, OLD):
        line.done(tx, job.id, job.fence, OLD)
    return schedule_fire.settle(tx, SCHEDULE.name)


def _rewind(tx: Tx) -> object:
    [state] = read_states(tx)
    return timetable.rewind(tx, state.name, state.last_slot)


def _note(key: str, state: journal.State) -> Unit:
    entry = journal.Entry("", "call", key=key, state=state, request=b'{"a":1}', node="here")
    return lambda tx: journal.note(tx, entry, OLD)


def _settle(tx: Tx) -> object:
    [(entry,)] = list(tx.select(entries.select().with_only_columns(entries.c.id).where(entries.c.key == "settled")))
    return journal.settle(tx, str(entry), journal.Settled("done", "ok", answer=b"{}"), OLD)


def _alert(tx: Tx) -> object:
    return alerts.begin_alert(tx, alerts.Told("disk", "warning", "it is full", tx.now, tx.now, 1, None))


def _acts() -> list[Unit]:
    act = audit.Act("somebody", "replay", "job", change=b"{}")
    names = ("a", "b", "c", "d", "e", "f", "g", "h")
    return [
        *(_enqueue(name) for name in names),
        *(_enqueue(name, key="k") for name in ("k1", "k2", "k3")),
        lambda tx: dead.pause(tx, QUEUE, "somebody"),
        lambda tx: dead.resume(tx, QUEUE),
        _of("a", lambda tx, job, _: dead.hold(tx, job)),
        _of("a", lambda tx, job, _: dead.hurry(tx, job)),
        _claim,
        _of("a", lambda tx, job, fence: line.renew(tx, [line.Lease(job, fence)], LEASE_S)),
        _of("a", lambda tx, job, fence: line.done(tx, job, fence, OLD, b"{}")),
        _of("a", lambda tx, job, _: job_ended(tx, job, Ran(tried=True), OLD)),
        _of("b", lambda tx, job, fence: line.done_many(tx, [line.Lease(job, fence)])),
        _of("c", lambda tx, job, fence: line.give_back(tx, job, fence)),
        _of("c", lambda tx, job, _: line.cancel(tx, job)),
        _of("d", lambda tx, job, fence: line.failed(tx, job, fence, again_in_s=1.0, code="x")),
        _of("e", lambda tx, job, fence: line.dead(tx, job, fence, code="x")),
        _of("e", lambda tx, job, _: dead.edit(tx, job, b'{"b":2}', "somebody", OLD)),
        _of("e", lambda tx, job, _: dead.replay(tx, job, "somebody")),
        _of("f", lambda tx, job, fence: line.dead(tx, job, fence, code="x")),
        _of("f", lambda tx, job, _: line.discard(tx, job)),
        _of("g", lambda tx, job, _: line.cancel(tx, job)),
        _of("g", lambda tx, job, fence: line.stopped(tx, job, fence)),
        _of("h", lambda tx, job, fence: put_off(tx, job, fence, again_in_s=1.0, code="x", cause="")),
        _of("k1", lambda tx, job, fence: line.begin(tx, job, fence)),
        _of("k1", lambda tx, job, fence: line.dead(tx, job, fence, code="x")),
        _of("k1", lambda tx, job, _: line.skip(tx, job)),
        _claim,
        lambda tx: topics.append(tx, "t", [topics.Message(b"%d" % n, key=f"k{n % 2}") for n in range(6)]),
        lambda tx: topics.trim(tx, "t", topics.Keep(count=3)),
        lambda tx: topics.forget(tx, "t", 5),
        lambda tx: first_time(tx, "s", "1"),
        *(lambda tx, one=one: begin(tx, one, OLD) for one in (WRITTEN, WRITTEN, FREED)),  # type: ignore[misc]  # mypy knows no default here
        lambda tx: end(tx, WRITTEN.id, WRITTEN.fence, "done", b"{}", OLD),
        lambda tx: free(tx, FREED.id, FREED.fence),
        *(_ticket(name) for name in ("t1", "t2")),
        _of("t1", lambda tx, job, _: tickets.settle(tx, job, OLD, head=b"{}", answer=b"{}", keep_s=DAY_S)),
        _of("t2", lambda tx, job, _: line.cancel(tx, job)),
        lambda tx: tickets.close_left(tx, DAY_S),
        lambda tx: journal_nodes.seen(tx, "here"),
        *(_note(key, "sent") for key in ("settled", "orphan")),
        _note("old", "received"),
        _settle,
        _alert,
        lambda tx: alerts.tell_again(tx, "disk", 1, tx.now + 100.0, 10.0),
        lambda tx: alerts.end_alert(tx, "disk", 1),
        lambda tx: audit.record(tx, act, OLD),
        _register,
        _expect,
        _fire,
        _fired_done,
        lambda tx: timetable.pause(tx, SCHEDULE.name, "somebody"),
        lambda tx: timetable.resume(tx, SCHEDULE.name),
        lambda tx: keys._remember(tx, OLD),
        lambda tx: keys._remember(tx, NEW),
        *(lambda tx, column=column: some(tx, column, NEW, "") for column in SEALED),  # type: ignore[misc]  # mypy knows no default here
        lambda tx: keys.only(tx, NEW),
    ]


def _later() -> list[Unit]:
    """Some years on: what was under way is given up, and what was kept long enough goes."""
    return [
        lambda tx: line.take_over(tx, QUEUE, LEASE_S, line.Terms(), 100),
        lambda tx: journal_nodes.orphans(tx, LEASE_S),
        lambda tx: journal_nodes.gone(tx, "here"),
        lambda tx: journal_retention.prune(tx, None),
        lambda tx: line.remove_ended(tx, QUEUE, DAY_S),
        lambda tx: line.forget_dedupes(tx),
        lambda tx: forget_processed(tx),
        lambda tx: due(tx, ("shop.Order",), 10, LEASE_S, OLD),
        lambda tx: forget_answers(tx),
        lambda tx: tickets.forget_tickets(tx),
        lambda tx: audit.prune(tx, 0.0),
    ]


def _long_ago() -> list[Unit]:
    """The clock was far ahead, and is set right."""
    return [_rewind]


def _at(now: float, unit: Unit) -> Unit:
    """At this time, whatever the clock of the machine or of the server says."""

    def timed(tx: Tx) -> object:
        tx.now = now
        return unit(tx)

    return timed


def units() -> list[Unit]:
    return [
        _at(BEGIN + begin + 10.0 * number, unit)
        for begin, acts in ((0.0, _acts()), (1000 * DAY_S, _later()), (-100 * DAY_S, _long_ago()))
        for number, unit in enumerate(acts)
    ]
