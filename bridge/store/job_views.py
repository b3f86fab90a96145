"""Jobs as people look at them: a filtered list, and the whole story of one. Changes nothing.

A list opens no payload, and does not even read it. Only to look for a text payloads are opened, one by one: that looks
at a bounded number of jobs, and its page then says where to go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true

from bridge.call import JsonValue
from bridge.errors import BadRequest, MalformedJson, NotFound, StoreError
from bridge.shapes.json import loads
from bridge.store.job_states import STATES
from bridge.store.page import LIMIT, Page, bounded
from bridge.store.schema.dead import letters
from bridge.store.schema.jobs import attempts, in_state, jobs
from bridge.store.sealing import Seal
from bridge.store.tx import Row, Tx

ATTEMPTS_MAX = 100
_CHUNK = 200
_INDEXED = frozenset(STATES) - {"done", "cancelled"}
_OPERATION = jobs.c.operation
_LISTED = (
    *(jobs.c.seq, jobs.c.id, jobs.c.queue, jobs.c.kind, jobs.c.state, jobs.c.operation, jobs.c.key, jobs.c.code),
    *(jobs.c.cause,),
    *(jobs.c.attempt, jobs.c.attempts_max, jobs.c.priority, jobs.c.created_at, jobs.c.due_at, jobs.c.ended_at),
    *(jobs.c.worker, jobs.c.correlation, letters.c.edited_by, letters.c.replayed_at),
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one page may cost: jobs that are looked at, payloads that are opened; and how many are few enough to look at
    all of them."""

    looked_at: int = 100_000
    opened: int = 1000
    few: int = 1000


BOUNDS = Bounds()


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
    tx: Tx,
    wanted: JobFilter,
    seal: Seal,
    *,
    after: str = "",
    limit: int = LIMIT,
    oldest_first: bool = False,
    bounds: Bounds = BOUNDS,
) -> Page[JobRow]:
    """The newest first, or the other way round. A page may be short, or empty, and still say where to go on."""
    if wanted.state and wanted.state not in STATES:
        raise BadRequest(f"{wanted.state[:40]!r} is no state of a job; there are {', '.join(STATES)}.")
    limit, found = bounded(limit), list[tuple[str, JobRow]]()
    part = _part(tx, wanted, after, bounds, oldest_first=oldest_first)
    if part is None:
        return Page(())
    seq, scanned, chunk = after, 0, min(_CHUNK, limit + 1)
    while scanned < bounds.opened or not wanted.text:
        rows = tx.select(_query(wanted, part, seq, oldest_first=oldest_first).limit(chunk))
        for row in rows:
            scanned, seq = scanned + 1, str(row[0])
            one = _row(row)
            if _fits(wanted, one, row, seal):
                found.append((seq, one))
            if len(found) > limit:
                return Page(tuple(job for _, job in found[:limit]), found[limit - 1][0])
        if len(rows) < chunk:
            return Page(tuple(job for _, job in found), part.next)
    return Page(tuple(job for _, job in found), seq)


@dataclass(frozen=True, slots=True)
class _Part:
    """Of all jobs those that one page looks at. `next`: where the others begin; "" when there are none."""

    condition: ColumnElement[bool]
    next: str = ""


def _part(tx: Tx, wanted: JobFilter, after: str, bounds: Bounds, *, oldest_first: bool) -> _Part | None:
    """All in a state that few are in, by its index; else so many numbers of the order of acceptance, whoever is there
    no more included. None: there are none at all."""
    if wanted.state in _INDEXED:
        some = tx.select(select(jobs.c.seq).where(in_state(wanted.state)).limit(bounds.few + 1))
        if len(some) <= bounds.few:
            return _Part(jobs.c.seq.in_([seq for (seq,) in some]))
    ahead = _beyond(_seq(after), oldest_first=oldest_first) if after else true()
    nearest = func.min(jobs.c.seq) if oldest_first else func.max(jobs.c.seq)
    ((first,),) = tx.select(select(nearest).where(ahead))
    if first is None:
        return None
    last = first + bounds.looked_at - 1 if oldest_first else first - bounds.looked_at + 1
    within = jobs.c.seq <= last if oldest_first else jobs.c.seq >= last
    more = tx.select(select(jobs.c.seq).where(_beyond(last, oldest_first=oldest_first)).limit(1))
    return _Part(within, str(last) if more else "")


def _beyond(seq: int, *, oldest_first: bool) -> ColumnElement[bool]:
    return jobs.c.seq > seq if oldest_first else jobs.c.seq < seq


def job_story(tx: Tx, job_id: str, seal: Seal) -> JobStory:
    """Raises NotFound. Nothing is masked here."""
    rows = tx.select(_selected(jobs.c.payload, jobs.c.result, letters.c.original).where(jobs.c.id == job_id))
    if not rows:
        raise NotFound("There is no job with this id.")
    payload, result, original = rows[0][-3:]
    job = _row(rows[0])
    tries = tx.select(
        select(attempts.c.attempt, attempts.c.at, attempts.c.duration_s, attempts.c.worker, attempts.c.code,
               attempts.c.cause)
        .where(attempts.c.job_id == job_id).order_by(attempts.c.fence.desc()).limit(ATTEMPTS_MAX)
    )  # fmt: skip
    told = tuple(Attempt(*each) for each in reversed(tries))
    try:
        return JobStory(
            job,
            value_of(seal.open(bytes(payload), place=place(job_id))),
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


def _query(wanted: JobFilter, part: _Part, after: str, *, oldest_first: bool) -> Select[Any]:
    marks = {name: str(getattr(wanted, name)) for name in ("queue", "kind", "key", "code", "correlation")}
    conditions: list[ColumnElement[bool]] = [
        part.condition,
        *(jobs.c[name] == value for name, value in marks.items() if value),
    ]
    if after:
        conditions.append(_beyond(_seq(after), oldest_first=oldest_first))
    if wanted.state:
        conditions.append(in_state(wanted.state))
    ended = func.coalesce(jobs.c.ended_at, jobs.c.created_at)
    if wanted.since is not None:
        conditions.append(ended >= wanted.since)
    if wanted.until is not None:
        conditions.append(ended < wanted.until)
    if wanted.operation:
        named, short = wanted.operation, f".{wanted.operation}"
        conditions.append(or_(_OPERATION.in_([named]), _OPERATION.endswith(short, autoescape=True)))
    selected = _selected(jobs.c.payload) if wanted.text else _selected()
    return selected.where(and_(*conditions)).order_by(jobs.c.seq if oldest_first else jobs.c.seq.desc())


def _seq(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise BadRequest("This is no place in a list of ours: use what `next` of the page before says.")
    return int(cursor)


def _row(row: Row) -> JobRow:
    _, job_id, queue, kind, state, operation, key, code, cause, *rest = row[: len(_LISTED)]
    attempt, most, priority, created, due, ended, worker, correlation, edited_by, replayed_at = rest
    story = (attempt, most, priority, created, due, ended, worker, correlation, edited_by or "", replayed_at)
    return JobRow(job_id, queue, kind, state, operation, key, code, cause, *story)


def _fits(wanted: JobFilter, job: JobRow, row: Row, seal: Seal) -> bool:
    if wanted.operation and wanted.operation not in {job.operation, job.operation.partition(".")[2]}:
        return False
    needle = wanted.text.casefold()
    if not needle or needle in job.cause.casefold():
        return True
    try:
        payload = seal.open(bytes(row[len(_LISTED)]), place=place(job.id))
    except StoreError:
        return False  # a key that is missing hides a payload, not the job
    return needle in payload.decode("utf-8", "replace").casefold()
