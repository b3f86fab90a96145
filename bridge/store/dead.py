"""What a person may do to jobs: edit, replay and discard dead letters; hold, hurry, skip and cancel those that wait;
pause a queue. Functions on a `Tx`, each of which does nothing, and says so, where a job is in another state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from bridge.store.failpoints import reached
from bridge.store.job_states import State
from bridge.store.job_views import original_place, place
from bridge.store.jobs import revive
from bridge.store.jobs_ways import bound, given, moving
from bridge.store.schema.dead import letters
from bridge.store.schema.jobs import dedupes, in_state, jobs, queues
from bridge.store.sealing import Seal
from bridge.store.statement import Statement
from bridge.store.tx import Tx

COUNTED_MAX = 100_000
HELD_UNTIL = 253402300799.0
"""The last second of the year 9999: a job that is due then is held."""
_J, _L = jobs.c, letters.c
_PAYLOAD = Statement(select(_J.payload, _J.state).where(_J.id == given("of_id")).with_for_update())
_REWRITE = Statement(update(jobs).where(in_state("dead"), _J.id == given("of_id")).values(payload=given("sealed")))


def _upsert(values: dict[str, Any], changed: dict[str, Any]) -> Statement:
    return Statement(
        {
            "sqlite": sqlite.insert(letters).values(values).on_conflict_do_update(
                index_elements=["job_id"], set_=changed
            ),
            "postgresql": postgresql.insert(letters).values(values).on_conflict_do_update(
                index_elements=["job_id"], set_=changed
            ),
        }
    )  # fmt: skip


_EDITED = _upsert(
    {
        "job_id": bindparam("of_id"),
        "original": bindparam("was"),
        "edited_at": bindparam("at"),
        "edited_by": bindparam("by"),
        "replays": 0,
    },
    # What came first stays, however often it is edited.
    {"original": func.coalesce(_L.original, bindparam("was")), "edited_at": bindparam("at"), "edited_by": given("by")},
)
_REPLAYED = _upsert(
    {"job_id": bindparam("of_id"), "replayed_at": bindparam("at"), "replayed_by": bindparam("by"), "replays": 1},
    {"replayed_at": bindparam("at"), "replayed_by": bindparam("by"), "replays": _L.replays + 1},
)
_REPLAYS = Statement(select(_L.replays).where(_L.job_id == given("of_id")))
_STATE = Statement(select(_J.state, _J.queue).where(_J.id == given("of_id")))
_DUE = (in_state("waiting"), in_state("blocked"))
_HOLD_READY = Statement(moving("hold", due_at=given("due")).where(_J.id == given("of_id")))
_POSTPONE = Statement(
    update(jobs).where(or_(*_DUE), _J.id == given("of_id"), _J.due_at < given("due")).values(due_at=given("due"))
)
_HURRY = Statement(
    update(jobs).where(or_(*_DUE), _J.id == given("of_id"), _J.due_at > given("now")).values(due_at=given("now"))
)
_PAUSED: dict[str, Any] = {"name": given("q"), "tokens": given("zero"), "tokens_at": given("at"), "paused": given("by")}
_PAUSE = Statement(
    {
        "sqlite": sqlite.insert(queues).values(_PAUSED).on_conflict_do_update(
            index_elements=["name"], set_={"paused": given("by")}, where=queues.c.paused == text("''")
        ),
        "postgresql": postgresql.insert(queues).values(_PAUSED).on_conflict_do_update(
            index_elements=["name"], set_={"paused": given("by")}, where=queues.c.paused == text("''")
        ),
    }
)  # fmt: skip
_RESUME = Statement(
    update(queues).where(queues.c.name == given("q"), queues.c.paused != text("''")).values(paused=text("''"))
)
_NAMES = Statement(select(queues.c.name, queues.c.paused).order_by(queues.c.name))
# Whatever is done with is left out: of that there may be a million, and it says nothing about what goes on.
_BURIED = Statement(select(_J.queue).where(in_state("dead")).distinct())
_OPEN: tuple[State, ...] = ("ready", "waiting", "blocked", "running")
# From one queue to the next along an index: `DISTINCT` would read all that waits.
_NEXT_QUEUE = {
    one: Statement(select(func.min(_J.queue)).where(in_state(one), _J.queue > given("after"))) for one in _OPEN
}
_ACTIVE: tuple[State, ...] = (*_OPEN, "dead")
# One each, along the index that holds nothing but jobs in that state: of those that are done there may be a million.
_COUNTS = {
    one: Statement(
        select(func.count()).select_from(
            select(_J.seq).where(in_state(one), _J.queue == given("q")).limit(bound()).subquery()
        )
    )
    for one in _ACTIVE
}
_DEPTH = Statement(select(func.count(), func.min(_J.ended_at)).where(in_state("dead")))


_REMEMBERED = Statement(
    select(dedupes.c.job_id).where(
        dedupes.c.queue == given("q"),
        dedupes.c.dedupe == given("d"),
        or_(dedupes.c.kept_until.is_(None), dedupes.c.kept_until > given("now")),
    )
)


@dataclass(frozen=True, slots=True)
class Edited:
    """An edit as it went in: the payload before it."""

    before: bytes


@dataclass(frozen=True, slots=True)
class Depth:
    """How many dead letters there are, and since when the oldest of them is dead."""

    count: int
    oldest_at: float | None


def whereabouts(tx: Tx, job_id: str) -> tuple[str, str]:
    """Its state and its queue; `""` when there is no such job."""
    row = tx.one(_STATE, of_id=job_id)
    return (str(row[0]), str(row[1])) if row else ("", "")


def edit(tx: Tx, job_id: str, payload: bytes, who: str, seal: Seal) -> Edited | None:
    """Gives a dead letter another payload; the first one is kept. None: it is not dead, or has this payload already."""
    row = tx.one(_PAYLOAD, of_id=job_id)
    if row is None or row[1] != "dead":
        return None
    before = seal.open(bytes(row[0]), place=place(job_id))
    if before == payload:
        return None
    reached("dead.edit")
    was = seal.shut(before, place=original_place(job_id))
    tx.run(_EDITED, of_id=job_id, was=was, at=tx.now, by=who)
    tx.run(_REWRITE, of_id=job_id, sealed=seal.shut(payload, place=place(job_id)))
    reached("dead.edited")
    return Edited(before)


def replay(tx: Tx, job_id: str, who: str, *, not_before: float = 0.0) -> bool:
    """Has a dead letter tried again, the same job with its key, its idempotency key and its story. False: not dead."""
    reached("dead.replay")
    if not revive(tx, job_id, not_before=not_before):
        return False
    tx.run(_REPLAYED, of_id=job_id, at=tx.now, by=who)
    reached("dead.replayed")
    return True


def is_replayed(tx: Tx, job_id: str) -> bool:
    """Whether a person had it tried again."""
    row = tx.one(_REPLAYS, of_id=job_id)
    return row is not None and row[0] > 0


def hold(tx: Tx, job_id: str) -> bool:
    """Keeps a job that waits from running until `hurry` lets it go; those of its key wait behind it."""
    reached("jobs.hold")
    held = tx.run(_HOLD_READY, of_id=job_id, due=HELD_UNTIL) or tx.run(_POSTPONE, of_id=job_id, due=HELD_UNTIL)
    return held > 0


def hurry(tx: Tx, job_id: str) -> bool:
    """A job that waits for its time, or is held, is due now; behind its key it still waits its turn."""
    reached("jobs.hurry")
    return tx.run(_HURRY, of_id=job_id, now=tx.now) > 0


def pause(tx: Tx, queue: str, who: str) -> bool:
    """Nothing more of this queue is claimed, on any node; what runs goes on. False: it is paused already."""
    reached("queues.pause")
    return tx.run(_PAUSE, q=queue, zero=0.0, at=tx.now, by=who or "operator") > 0


def resume(tx: Tx, queue: str) -> bool:
    reached("queues.resume")
    return tx.run(_RESUME, q=queue) > 0


def queue_names(tx: Tx) -> dict[str, str]:
    """Each queue that has or had jobs or was paused, and who paused it."""
    known = {str(name): str(paused) for name, paused in tx.rows(_NAMES)}
    used = open_queues(tx) | {str(name) for (name,) in tx.rows(_BURIED)}
    return dict(sorted({**dict.fromkeys(used, ""), **known}.items()))


def open_queues(tx: Tx) -> set[str]:
    """Each queue that has jobs which have not ended."""
    found = set[str]()
    for statement in _NEXT_QUEUE.values():
        after = ""
        while (row := tx.one(statement, after=after)) is not None and row[0] is not None:
            after = str(row[0])
            found.add(after)
    return found


def open_jobs(tx: Tx, queue: str) -> int:
    """How many jobs of a queue have not ended."""
    return sum(count for state, count in counts(tx, queue).items() if state != "dead")


def counts(tx: Tx, queue: str) -> dict[State, int]:
    """How many jobs of a queue are in each state that has not ended, and how many are dead; at most `COUNTED_MAX`."""
    rows = {state: tx.one(statement, q=queue, limit=COUNTED_MAX) for state, statement in _COUNTS.items()}
    return {state: int(row[0]) if row else 0 for state, row in rows.items()}


def depth(tx: Tx) -> Depth:
    row = tx.one(_DEPTH)
    return Depth(int(row[0]), row[1]) if row else Depth(0, None)


def remembered(tx: Tx, queue: str, dedupe: str) -> str:
    """The job that stands for a dedupe key; `""` when there is none."""
    row = tx.one(_REMEMBERED, q=queue, d=dedupe, now=tx.now)
    return str(row[0]) if row else ""
