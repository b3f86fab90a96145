"""Jobs as people look at them: a filtered list, and the whole story of one. Changes nothing.

What an operation is called stands in the payload, which may be sealed, so a filter by operation or text opens payloads
one by one: it looks at a bounded number of jobs, and its page then says where to go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true

from bridge.call import JsonValue
from bridge.errors import BadRequest, MalformedJson, NotFound, StoreError
from bridge.shapes.json import loads
from bridge.store.page import LIMIT, Page, bounded
from bridge.store.schema.dead import letters
from bridge.store.schema.jobs import attempts, in_state, jobs
from bridge.store.sealing import Seal
from bridge.store.tx import Row, Tx

SCANNED_MAX = 5000
ATTEMPTS_MAX = 100
_CHUNK = 200
_LISTED = (
    *(jobs.c.seq, jobs.c.id, jobs.c.queue, jobs.c.kind, jobs.c.state, jobs.c.key, jobs.c.code, jobs.c.cause),
    *(jobs.c.attempt, jobs.c.attempts_max, jobs.c.priority, jobs.c.created_at, jobs.c.due_at, jobs.c.ended_at),
    *(jobs.c.worker, jobs.c.correlation, letters.c.edited_by, letters.c.replayed_at, jobs.c.payload),
)


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs. `text` is looked for in their cause and payload, in any case; `since` and `until` ask when one ended,
    or was accepted when it has not."""

    queue: str = ""
    kind: str = ""
    state: str = ""
    operation: str = ""
    key: str = ""
    code: str = ""
    correlation: str = ""
    since: float | None = None
    until: float | None = None
    text: str = ""

    @property
    def empty(self) -> bool:
        """Whether it says nothing but a state, so that all are meant."""
        return self == JobFilter(state=self.state)


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job in a list."""

    id: str
    queue: str
    kind: str
    state: str
    operation: str
    key: str
    code: str
    cause: str
    attempt: int
    attempts_max: int | None
    priority: int
    created_at: float
    due_at: float
    ended_at: float | None
    worker: str
    correlation: str
    edited_by: str
    replayed_at: float | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try that did not end well."""

    attempt: int
    at: float
    duration_s: float
    worker: str
    code: str
    cause: str


@dataclass(frozen=True, slots=True)
class JobStory:
    """All there is to know of one job. `payload`, and `original` where somebody has edited it, as values where they are
    JSON and as a text where not; None when there is none. `note` says why a payload cannot be shown."""

    job: JobRow
    payload: JsonValue
    original: JsonValue
    result: JsonValue
    attempts: tuple[Attempt, ...]
    note: str = ""


def list_jobs(
    tx: Tx, wanted: JobFilter, seal: Seal, *, after: str = "", limit: int = LIMIT, oldest_first: bool = False
) -> Page[JobRow]:
    """The newest first, or the other way round. A page may be short, or empty, and still say where to go on."""
    limit, found = bounded(limit), list[tuple[str, JobRow]]()
    seq, scanned = after, 0
    while scanned < SCANNED_MAX:
        rows = tx.select(_query(wanted, seq, oldest_first=oldest_first).limit(min(_CHUNK, limit + 1)))
        for row in rows:
            scanned, seq = scanned + 1, str(row[0])
            one, payload = _row(row, seal)
            if _fits(wanted, one, payload):
                found.append((seq, one))
            if len(found) > limit:
                return Page(tuple(job for _, job in found[:limit]), found[limit - 1][0])
        if len(rows) < min(_CHUNK, limit + 1):
            return Page(tuple(job for _, job in found))
    return Page(tuple(job for _, job in found), seq)


def job_story(tx: Tx, job_id: str, seal: Seal) -> JobStory:
    """Raises NotFound. Nothing is masked here."""
    rows = tx.select(_selected(jobs.c.result, letters.c.original).where(jobs.c.id == job_id))
    if not rows:
        raise NotFound("There is no job with this id.")
    row, result, original = rows[0][:-2], rows[0][-2], rows[0][-1]
    job, _ = _row(row, seal)
    tries = tx.select(
        select(attempts.c.attempt, attempts.c.at, attempts.c.duration_s, attempts.c.worker, attempts.c.code,
               attempts.c.cause)
        .where(attempts.c.job_id == job_id).order_by(attempts.c.fence.desc()).limit(ATTEMPTS_MAX)
    )  # fmt: skip
    told = tuple(Attempt(*each) for each in reversed(tries))
    try:
        return JobStory(
            job,
            value_of(seal.open(bytes(row[-1]), place=place(job_id))),
            value_of(seal.open(bytes(original), place=original_place(job_id))) if original is not None else None,
            value_of(seal.open(bytes(result), place=f"jobs.result:{job_id}")) if result is not None else None,
            told,
        )
    except StoreError as error:
        return JobStory(job, None, None, None, told, error.detail)


def value_of(data: bytes) -> JsonValue:
    """JSON as values, anything else as a text."""
    try:
        return loads(data) if data else None
    except MalformedJson:
        return data.decode("utf-8", "replace")


def place(job_id: str) -> str:
    """Where a payload lies, for its seal."""
    return f"jobs.payload:{job_id}"


def original_place(job_id: str) -> str:
    return f"dead_letters.original:{job_id}"


def operation_of(payload: JsonValue) -> str:
    """What a job of the kind `call` calls; "" for others."""
    operation = payload.get("operation") if isinstance(payload, dict) else None
    return operation if isinstance(operation, str) else ""


def _selected(*more: ColumnElement[Any]) -> Select[Any]:
    return select(*_LISTED, *more).select_from(jobs.outerjoin(letters, letters.c.job_id == jobs.c.id))


def _query(wanted: JobFilter, after: str, *, oldest_first: bool) -> Select[Any]:
    marks = {name: str(getattr(wanted, name)) for name in ("queue", "kind", "key", "code", "correlation")}
    conditions: list[ColumnElement[bool]] = [true(), *(jobs.c[name] == value for name, value in marks.items() if value)]
    if after:
        seen = _seq(after)
        conditions.append(jobs.c.seq > seen if oldest_first else jobs.c.seq < seen)
    if wanted.state:
        conditions.append(in_state(wanted.state))
    ended = func.coalesce(jobs.c.ended_at, jobs.c.created_at)
    if wanted.since is not None:
        conditions.append(ended >= wanted.since)
    if wanted.until is not None:
        conditions.append(ended < wanted.until)
    return _selected().where(and_(*conditions)).order_by(jobs.c.seq if oldest_first else jobs.c.seq.desc())


def _seq(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise BadRequest("This is no place in a list of ours: use what `next` of the page before says.")
    return int(cursor)


def _row(row: Row, seal: Seal) -> tuple[JobRow, bytes]:
    _, job_id, queue, kind, state, key, code, cause, attempt, most, priority, created, due, ended, *rest = row
    worker, correlation, edited_by, replayed_at, sealed = rest
    try:
        payload = seal.open(bytes(sealed), place=place(job_id))
    except StoreError:
        payload = b""  # a key that is missing hides a payload, not the job
    operation = operation_of(value_of(payload)) if kind == "call" else ""
    story = (attempt, most, priority, created, due, ended, worker, correlation, edited_by or "", replayed_at)
    return JobRow(job_id, queue, kind, state, operation, key, code, cause, *story), payload


def _fits(wanted: JobFilter, job: JobRow, payload: bytes) -> bool:
    if wanted.operation and wanted.operation not in {job.operation, job.operation.partition(".")[2]}:
        return False
    needle = wanted.text.casefold()
    return not needle or needle in job.cause.casefold() or needle in payload.decode("utf-8", "replace").casefold()
