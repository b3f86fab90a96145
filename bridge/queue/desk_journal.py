"""The operators' desk for the journal: look, search, and make jobs of calls that did not end well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bridge.call import JsonValue
from bridge.errors import BadRequest, CallError, NotFound, StoreError
from bridge.queue.calls import CallOrder
from bridge.queue.deeds import IDS_MAX, Deed, Office, Outcome
from bridge.queue.desk_dead import PREVIEWS_MAX, Plan, Planned, Preview, Request
from bridge.queue.settings import DEFAULT_QUEUE
from bridge.queue.shown import Shown
from bridge.shapes.json import dumps, loads
from bridge.store.dead import remembered
from bridge.store.job_views import value_of
from bridge.store.jobs import enqueue
from bridge.store.journal import Entry, load, mark
from bridge.store.journal_search import Filter, find
from bridge.store.page import LIMIT, LIMIT_MAX, Page
from bridge.store.tx import Tx

REPLAYED_STATES = ("failed", "unknown")
SAME_MAX = 20
FOUND_MAX = 10_000
"""Entries of one replay by filter: the journal is read from its end, and the oldest is to be called first."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One message in a list."""

    id: str
    at: float
    kind: str
    upstream: str
    operation: str
    state: str
    status: int
    code: str
    outcome: str
    attempts: int
    duration_s: float
    principal: str
    key: str
    correlation: str
    idempotency_key: str
    size: int


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt over the wire, or of a job."""

    number: int
    at: float
    duration_s: float
    code: str


@dataclass(frozen=True, slots=True)
class EntryStory:
    """A message with what it asked and what was answered, masked. `attempts`: each try; `same`: the latest entries of
    the same correlation; `note` says why payloads cannot be shown."""

    entry: EntryRow
    request: JsonValue
    answer: JsonValue
    note: str = ""
    attempts: tuple[Try, ...] = ()
    same: tuple[EntryRow, ...] = ()


@dataclass(frozen=True, slots=True)
class WireStory:
    """How a call went over the wire, as it was masked when it was kept. `note` says why there is nothing."""

    id: str
    request: JsonValue
    answer: JsonValue
    note: str = ""


@dataclass(frozen=True, slots=True)
class JournalDesk:
    """`preview`: how a call would look."""

    office: Office
    shown: Shown
    preview: Preview | None = None

    async def search(self, wanted: Filter, *, after: str = "", limit: int = LIMIT) -> Page[EntryRow]:
        page = await self.office.store.read(lambda tx: find(tx, wanted, after, limit))
        return Page(tuple(row_of(entry) for entry in page.items), page.next)

    async def show(self, entry_id: str) -> EntryStory:
        """Raises NotFound."""
        try:
            entry = await self._entry(entry_id)
        except StoreError as error:
            row = await self._row(entry_id)
            return EntryStory(row, None, None, error.detail, same=await self._same(row))
        mask, row = self.shown.mask, row_of(entry)
        request, answer = mask(value_of(entry.request)), mask(value_of(entry.answer))
        return EntryStory(row, request, answer, attempts=_tries(_trail(entry)), same=await self._same(row))

    async def wire(self, entry_id: str) -> WireStory:
        """Raises NotFound."""
        try:
            told = _trail(await self._entry(entry_id))
        except StoreError as error:
            return WireStory(entry_id, None, None, error.detail)
        note = told.get("note", "" if "request" in told else "the wire form of this entry is not kept")
        return WireStory(entry_id, told.get("request"), told.get("answer"), str(note))

    async def _same(self, row: EntryRow) -> tuple[EntryRow, ...]:
        if not row.correlation:
            return ()
        page = await self.search(Filter(correlation=row.correlation), limit=SAME_MAX)
        return tuple(one for one in page.items if one.id != row.id)

    async def plan(self, ids: Sequence[str], wanted: Filter | None = None, *, rate_per_s: float | None = None) -> Plan:
        """What `replay` would do. Nothing is changed."""
        chosen, items = await self._chosen(ids, wanted), []
        for index, one in enumerate(chosen[:IDS_MAX]):
            due_at = index / rate_per_s if rate_per_s else None
            items.append(await self._planned(one, due_at, previewed=index < PREVIEWS_MAX))
        return Plan(tuple(items))

    async def replay(
        self,
        who: str,
        ids: Sequence[str],
        wanted: Filter | None = None,
        *,
        rate_per_s: float | None = None,
        queue: str = DEFAULT_QUEUE,
        reason: str = "",
        once: str = "",
    ) -> Outcome:
        """Makes a job of each call that failed or whose outcome is unknown, the oldest first. The same call is not made
        into a second job as long as the first is remembered."""
        chosen, made = await self._chosen(ids, wanted), _Maker(self.office, queue, rate_per_s)
        outcome = Outcome("journal.replay", ())
        for first in range(0, len(chosen), IDS_MAX):
            part = chosen[first : first + IDS_MAX]
            scope: dict[str, JsonValue] = {"ids": [*part[:100]], "queue": queue}
            deed = Deed(who, "journal.replay", reason, f"{once}:{first}" if once else "", scope)
            came = await self.office.perform(deed, part, made.begin(part[0]))
            outcome = replace(came, done=(*outcome.done, *came.done), left=(*outcome.left, *came.left))
        return outcome

    async def _chosen(self, ids: Sequence[str], wanted: Filter | None) -> list[str]:
        if wanted is None:
            return list(dict.fromkeys(ids))
        states = (wanted.state,) if wanted.state else REPLAYED_STATES
        found = list[tuple[float, str]]()
        for state in states:
            after = ""
            while True:
                page = await self.search(replace(wanted, kind="call", state=state), after=after, limit=LIMIT_MAX)
                found += [(one.at, one.id) for one in page.items]
                if len(found) > FOUND_MAX:
                    raise BadRequest(f"More than {FOUND_MAX} calls fit: narrow the filter, by time for instance.")
                if not (after := page.next):
                    break
        return [one for _, one in sorted(found)]

    async def _planned(self, entry_id: str, due_at: float | None, *, previewed: bool) -> Planned:
        try:
            entry = await self._entry(entry_id)
        except (CallError, StoreError) as error:
            return Planned(entry_id, "", "call", "", "", None, error.detail)
        order = order_of(entry)
        if isinstance(order, str):
            return Planned(entry.id, "", entry.kind, entry.operation, entry.key, None, order)
        planned = Planned(entry.id, "", "call", entry.operation, entry.key, due_at)
        if self.preview is None or not previewed:
            return planned
        try:
            made = await self.preview(order.operation, dumps(order.args).encode())
        except CallError as error:
            return replace(planned, problem=error.detail)
        body = made.body.decode("utf-8", "replace")
        return replace(planned, request=Request(made.method, made.url, dict(made.headers), body))

    async def _entry(self, entry_id: str) -> Entry:
        entry = await self.office.store.read(lambda tx: load(tx, entry_id, self.office.seal))
        if entry is None:
            raise NotFound("The journal has no entry with this id.")
        return entry

    async def _row(self, entry_id: str) -> EntryRow:
        entry = await self.office.store.read(lambda tx: mark(tx, entry_id))
        if entry is None:
            raise NotFound("The journal has no entry with this id.")
        return row_of(entry)


@dataclass(slots=True)
class _Maker:
    """Makes jobs of entries, spaced out over several transactions, any of which may run again."""

    office: Office
    queue: str
    rate_per_s: float | None
    _due_at: float = 0.0
    _begun_at: float = 0.0
    _first: str = ""

    def begin(self, first: str) -> Callable[[Tx, str], tuple[str, str]]:
        self._first, self._begun_at = first, self._due_at
        return self._apply

    def _apply(self, tx: Tx, entry_id: str) -> tuple[str, str]:
        if entry_id == self._first:
            self._due_at = max(tx.now, self._begun_at)
        entry = load(tx, entry_id, self.office.seal)
        if entry is None:
            return "the journal has no such entry", ""
        order, dedupe = order_of(entry), f"journal:{entry.id}"
        if isinstance(order, str):
            return order, ""
        if known := remembered(tx, self.queue, dedupe):
            return f"it is the job {known} already", ""
        job = order.job(self.queue, key=entry.key, dedupe=dedupe, correlation=entry.correlation or entry.id)
        if self.rate_per_s:
            job = replace(job, not_before=self._due_at)
            self._due_at += 1.0 / self.rate_per_s
        enqueue(tx, job, self.office.seal)
        return "", self.queue


def _trail(entry: Entry) -> dict[str, JsonValue]:
    value = loads(entry.trail) if entry.trail else {}
    return value if isinstance(value, dict) else {}


def _tries(trail: dict[str, JsonValue]) -> tuple[Try, ...]:
    told = trail.get("attempts")
    return tuple(
        Try(int(str(one["number"])), float(str(one["at"])), float(str(one["durationS"])), str(one["code"]))
        for one in (told if isinstance(told, list) else ())
        if isinstance(one, dict)
    )


def row_of(entry: Entry) -> EntryRow:
    return EntryRow(**{name: getattr(entry, name) for name in EntryRow.__dataclass_fields__})


def order_of(entry: Entry) -> CallOrder | str:
    """The call of an entry once more; or why it cannot be made again."""
    if entry.kind != "call":
        return f"it is no call but a {entry.kind}"
    if entry.state not in REPLAYED_STATES:
        return f"it is {entry.state}"
    try:
        value = loads(entry.request) if entry.request else None
    except CallError:
        return "its request was too large to be kept whole"
    if not isinstance(value, dict) or not value:
        return "its request is not kept"
    if "args" not in value:
        return "its request was too large to be kept whole"
    if beside := [name for name in ("uploads", "headers") if name in value]:
        return f"it came with {' and '.join(beside)}, which a job does not have"
    key = entry.idempotency_key
    return CallOrder(entry.operation, value["args"], entry.principal, key, afresh=bool(key))
