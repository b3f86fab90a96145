"""Claiming: a bounded batch of ready jobs under a lease, with a new fencing token for each.

Before that, in the same transaction and in batches as bounded: jobs whose time has come become ready, new ones with a
key are put in line, and those whose worker was not heard of are taken over. A queue with a rate or a concurrency has a
row that its claims lock, so both hold exactly over all workers and nodes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from bridge.errors import StoreError
from bridge.store.failpoints import reached
from bridge.store.jobs_end import dead, put_off
from bridge.store.jobs_line import line_up
from bridge.store.jobs_takeover import Taken, take_over
from bridge.store.jobs_types import Job, Terms
from bridge.store.jobs_ways import batch, bound, given
from bridge.store.schema.jobs import in_state, jobs, queues
from bridge.store.sealing import KeyMissing, Seal
from bridge.store.statement import Statement
from bridge.store.tx import Row, Tx

BATCH_MAX = 1000
UNREADABLE, KEY_MISSING = "unreadable", "key_missing"
_PUT_OFF_S, _PUT_OFF_S_MAX, _PUT_OFF_PART = 5.0, 60.0, 0.1
"""A job whose key is not here is put off by a part of its age, within these bounds."""
_ASIDE_S, _BREATH_S = 7.0, 1.0
"""Whoever finds little else steps aside for longer than that, so that those who have the key are quicker. Of a job that
nobody can open for a while the others of its queue are to notice no more than a breath."""
_ALMOST = 0.001
"""A token that lacks no more than this is there, and the rest is owed: a double of the epoch is not as fine as it."""
_TAKEN_S = 0.02
"""After which it is worth asking again, when another node was just claiming from the same queue."""
_SKEW_S = 5.0
"""By how much the clocks of nodes may differ."""
_J = jobs.c
_OUT = (_J.id, _J.queue, _J.kind, _J.payload, _J.key, _J.attempt, _J.fence, _J.correlation, _J.created_at)
_MORE = (_J.attempts_max, _J.priority, _J.seq, _J.lost)

_DUE = batch(
    "due",
    select(_J.seq)
    .where(in_state("waiting"), _J.queue == given("q"), _J.due_at <= given("now"))
    .order_by(_J.due_at)
    .limit(bound()),
    (_J.seq,),
)
_CLAIM = batch(
    "claim",
    select(_J.seq).where(in_state("ready"), _J.queue == given("q")).order_by(_J.priority.desc(), _J.seq).limit(bound()),
    (*_OUT, *_MORE),
    attempt=_J.attempt + text("1"),
    fence=_J.fence + text("1"),
    worker=given("by"),
    claimed_at=given("now"),
    lease_until=given("until"),
    begun=text("0"),
    cancel_asked=text("0"),
)
_NEXT_DUE = Statement(select(func.min(_J.due_at)).where(in_state("waiting"), _J.queue == given("q")))
_BEGINNING = {"name": given("name"), "tokens": given("tokens"), "tokens_at": given("tokens_at")}
_BEGIN = Statement(
    {
        "sqlite": sqlite.insert(queues).values(_BEGINNING).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(queues).values(_BEGINNING).on_conflict_do_nothing(),
    }
)
_BUCKET = select(queues.c.tokens, queues.c.tokens_at).where(queues.c.name == given("q"))
# Not waited for: in a transaction of several claims two nodes would wait for each other, and all others behind them.
_LOCK = Statement(_BUCKET.with_for_update(skip_locked=True))
_SPEND = Statement(
    update(queues).where(queues.c.name == given("q")).values(tokens=given("left"), tokens_at=given("at"))
)
_PAUSED = Statement(select(queues.c.paused).where(queues.c.name == given("q")))
_SOME_RUNNING = select(_J.seq).where(in_state("running"), _J.queue == given("q")).limit(bound()).subquery()
_RUNNING = Statement(select(func.count()).select_from(_SOME_RUNNING))


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim brought. `again_in_s`: when another one may bring more, if that is known; 0 is at once.
    `limited`: not before, whatever is handed in meanwhile. `unreadable`: the ids of jobs that could not be opened.
    `sealed`: the ids of those that were left to others, and the key that each is sealed with; then it is better to
    claim nothing for `aside_s`."""

    jobs: tuple[Job, ...]
    taken: tuple[Taken, ...] = ()
    again_in_s: float | None = None
    limited: bool = False
    unreadable: tuple[str, ...] = ()
    sealed: tuple[tuple[str, str], ...] = ()
    aside_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Room:
    """How many may be claimed now, what then is left in the bucket, and when there is the next token."""

    limit: int
    tokens: float | None = None
    at: float = 0.0
    again_in_s: float | None = None


def claim(
    tx: Tx, queue: str, worker: str, limit: int, lease_s: float, seal: Seal, terms: Terms | None = None
) -> list[Job]:
    """Up to `limit` ready jobs, the highest priority first and then the oldest, each for `lease_s`."""
    return list(claim_more(tx, queue, worker, limit, lease_s, seal, terms or Terms()).jobs)


def claim_more(tx: Tx, queue: str, worker: str, limit: int, lease_s: float, seal: Seal, terms: Terms) -> Claimed:
    """The same, with what else a worker wants to know."""
    limit = min(limit, BATCH_MAX)
    reached("jobs.claim")
    paused = tx.one(_PAUSED, q=queue)
    if paused is not None and paused[0]:
        return Claimed((), take_over(tx, queue, lease_s, terms, BATCH_MAX))
    bounded = terms.concurrency is not None or terms.rate_per_s is not None
    bucket = _locked(tx, queue, terms, there=paused is not None) if bounded else None
    if bounded and bucket is None:
        return Claimed((), again_in_s=_TAKEN_S, limited=True)
    bucket_at = bucket[1] if bucket else 0.0
    taken = take_over(tx, queue, lease_s, terms, BATCH_MAX)
    due = len(tx.rows(_DUE, q=queue, now=tx.now, limit=BATCH_MAX))
    lined = line_up(tx, queue, BATCH_MAX)
    room = _room(tx, queue, limit, terms, bucket)
    rows = _claimed(tx, queue, worker, room.limit, lease_s) if room.limit > 0 else []
    opened = _opened(tx, rows, seal)
    begun = len(rows) - len(opened.sealed)
    if room.tokens is not None and (begun or room.at < bucket_at):
        tx.run(_SPEND, q=queue, left=room.tokens - begun, at=room.at)
    reached("jobs.claimed")
    if opened.sealed:
        return replace(opened, taken=taken, again_in_s=max(_BREATH_S, opened.aside_s), limited=True)
    more = BATCH_MAX in {due, lined}
    if more or (limit > 0 and len(rows) == limit and room.again_in_s is None):
        return replace(opened, taken=taken, again_in_s=0.0)
    if len(rows) == room.limit and room.again_in_s is not None:
        return replace(opened, taken=taken, again_in_s=room.again_in_s, limited=True)
    return replace(opened, taken=taken, again_in_s=_next_due_s(tx, queue))


def _claimed(tx: Tx, queue: str, worker: str, limit: int, lease_s: float) -> list[Row]:
    rows = tx.rows(_CLAIM, q=queue, by=worker, now=tx.now, until=tx.now + lease_s, limit=limit)
    return sorted(rows, key=lambda row: (-row[10], row[11]))


def _opened(tx: Tx, rows: list[Row], seal: Seal) -> Claimed:
    """One that cannot be opened must not keep the others of its queue from being claimed: it is dead at once when it is
    damaged, and left to others when only the key is not here."""
    found, unreadable, sealed, fresh = list[Job](), list[str](), list[tuple[str, str]](), False
    for row in rows:
        try:
            payload = seal.open(row[3], place=f"jobs.payload:{row[0]}")
        except KeyMissing as error:
            again_in_s = min(max(_PUT_OFF_S, (tx.now - row[8]) * _PUT_OFF_PART), _PUT_OFF_S_MAX)
            fresh = fresh or again_in_s == _PUT_OFF_S
            put_off(tx, row[0], row[6], again_in_s=again_in_s, code=KEY_MISSING, cause=error.detail)
            sealed.append((row[0], error.key_id))
        except StoreError as error:
            dead(tx, row[0], row[6], code=UNREADABLE, cause=error.detail)
            unreadable.append(row[0])
        else:
            found.append(Job(row[0], row[1], row[2], payload, *row[4:]))
    aside_s = _ASIDE_S if fresh and len(sealed) >= len(found) else 0.0
    return Claimed(tuple(found), unreadable=tuple(unreadable), sealed=tuple(sealed), aside_s=aside_s)


def _next_due_s(tx: Tx, queue: str) -> float | None:
    row = tx.one(_NEXT_DUE, q=queue)
    return None if row is None or row[0] is None else max(0.0, row[0] - tx.now)


def _locked(tx: Tx, queue: str, terms: Terms, *, there: bool) -> Row | None:
    """The row of a queue with bounds, which from here on is ours until the end of the transaction; None when another
    node has it at this moment."""
    if not there:
        tx.run(_BEGIN, name=queue, tokens=_burst(terms), tokens_at=tx.now)
    return tx.one(_LOCK, q=queue)


def _burst(terms: Terms) -> float:
    return max(1.0, terms.burst if terms.burst is not None else terms.rate_per_s or 0.0)


def _room(tx: Tx, queue: str, limit: int, terms: Terms, bucket: Row | None) -> _Room:
    if terms.concurrency is not None:
        # Counting reads as many rows as may run, along an index of those that do; a number that is kept beside them
        # would be one more thing to be locked by everybody, and to go wrong.
        counted = tx.one(_RUNNING, q=queue, limit=terms.concurrency)
        limit = min(limit, terms.concurrency - (counted[0] if counted else 0))
    if terms.rate_per_s is None or bucket is None:
        return _Room(limit)
    tokens, at = filled(bucket[0], bucket[1], tx.now, terms.rate_per_s, _burst(terms))
    whole = int(tokens + _ALMOST)
    if whole > limit:
        return _Room(limit, tokens, at)
    return _Room(whole, tokens, at, max(0.001, (1.0 - (tokens - whole)) / terms.rate_per_s))


def filled(tokens: float, at: float, now: float, rate_per_s: float, burst: float) -> tuple[float, float]:
    """What a bucket holds now, and the time up to which it has been filled. Of nodes whose clocks differ a little the
    one ahead fills it; a clock that has gone back for good begins anew, and nothing is given twice for its time."""
    if now >= at:
        return min(burst, tokens + (now - at) * rate_per_s), now
    return tokens, now if at - now > _SKEW_S else at
