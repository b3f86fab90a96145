"""Work that must be done, with its state; what is remembered of failed attempts, of dedupe keys and of each queue.

Every index holds only the rows that its question is about, so that what a claim costs does not grow with what waits.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ColumnElement, Identity, Index, Integer, Table, Text, and_
from sqlalchemy import text as literal

from bridge.store.schema.columns import binary, metadata, text, time, whole

UNLINED, HEAD, NEW, IN_LINE = 0, 1, 2, 3
"""`turn`: without a key · first of its key · accepted with a key, and nobody has looked yet · behind another."""

NO, ONCE, AGAIN = 0, 1, 2
"""`begun`: nobody knows · what must not be repeated · what may."""


def _words(name: str) -> Column[str]:
    return Column(name, Text(), nullable=False, server_default="")


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger(), nullable=False, server_default=literal("0"))


jobs = Table(
    "jobs",
    metadata,
    # Order of acceptance. Ids sort by each node's own clock, which is not the same thing.
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), Identity(), primary_key=True),
    text("id"),
    text("queue"),
    _words("kind"),
    # What a call calls, in the clear as in the journal, so that a list need not open payloads.
    _words("operation"),
    text("state"),
    _count("priority"),
    time("due_at"),
    binary("payload"),
    _words("key"),
    _count("turn"),
    _words("dedupe"),
    _words("correlation"),
    whole("attempts_max", null=True),
    Column("created_at", time("created_at").type, nullable=False, server_default=literal("0")),
    _count("attempt"),
    _count("fence"),
    _words("worker"),
    time("claimed_at", null=True),
    time("lease_until", null=True),
    # What is known of this claim: NO, ONCE or AGAIN.
    _count("begun"),
    # How often its worker was lost, and nobody knew whether it had begun.
    _count("lost"),
    _count("cancel_asked"),
    time("ended_at", null=True),
    binary("result", null=True),
    _words("code"),
    _words("cause"),
)

attempts = Table(
    "job_attempts",
    metadata,
    text("job_id", key=True),
    whole("fence", key=True),
    whole("attempt"),
    text("worker"),
    time("at"),
    time("duration_s"),
    text("code"),
    text("cause"),
)

dedupes = Table(
    "job_dedupes",
    metadata,
    text("queue", key=True),
    text("dedupe", key=True),
    text("job_id"),
    # Null as long as the job has not ended.
    time("kept_until", null=True),
)

queues = Table(
    "job_queues",
    metadata,
    text("name", key=True),
    time("tokens"),
    time("tokens_at"),
    # Who paused it; "" when it is not.
    _words("paused"),
)


def in_state(state: str) -> ColumnElement[bool]:
    """Written out, not bound: a partial index is used only where the statement itself says its condition. So it must be
    one of ours, never a text from outside."""
    if not (state.isascii() and state.isalpha()):
        raise ValueError("this is no state of a job")
    return jobs.c.state == literal(f"'{state}'")


def has_turn(turn: int) -> ColumnElement[bool]:
    return jobs.c.turn == literal(str(turn))


def _partial(name: str, where: ColumnElement[bool], *columns: object, unique: bool = False) -> None:
    Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)  # type: ignore[arg-type]  # columns and what is made of them


Index("uq_jobs_id", jobs.c.id, unique=True)
_partial("ix_jobs_ready", in_state("ready"), jobs.c.queue, jobs.c.priority.desc(), jobs.c.seq)
# The age of the oldest: at either end of it something is put in or taken away, so it costs little.
_partial("ix_jobs_ready_age", in_state("ready"), jobs.c.queue, jobs.c.due_at)
_partial("ix_jobs_waiting", in_state("waiting"), jobs.c.queue, jobs.c.due_at)
_partial("ix_jobs_running", in_state("running"), jobs.c.queue, jobs.c.lease_until)
_partial("ix_jobs_blocked", in_state("blocked"), jobs.c.queue, jobs.c.key, jobs.c.seq)
_partial("ix_jobs_new", has_turn(NEW), jobs.c.queue, jobs.c.seq)
_partial("uq_jobs_head", has_turn(HEAD), jobs.c.queue, jobs.c.key, unique=True)
_partial("ix_jobs_ended", jobs.c.ended_at.is_not(None), jobs.c.queue, jobs.c.state, jobs.c.ended_at)
_partial("ix_job_dedupes_kept_until", and_(dedupes.c.kept_until.is_not(None)), dedupes.c.kept_until)
