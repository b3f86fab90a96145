"""The journal: what came in or went out, one entry a message.

`note` and `settle` are run within a unit of the store, beside whatever else belongs to the same commit. Payloads are
compressed and sealed; `text` is not: it holds the words of a search, already without what is to be masked.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import LargeBinary, bindparam, case, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bridge.errors import StoreError
from bridge.store.failpoints import reached
from bridge.store.ids import new_id
from bridge.store.journal_words import marked, without_marks
from bridge.store.schema.journal import journal
from bridge.store.sealing import Seal
from bridge.store.statement import Statement, Value
from bridge.store.tx import Row, Tx

Kind = Literal["call", "job", "file", "webhook", "row", "flow", "delivery", "schedule"]
State = Literal["received", "sent", "done", "failed", "unknown", "aside", "dead"]
"""`received`: kept, and not dealt with yet. `sent`: on its way. `unknown`: it may have happened or not. `aside`: set
aside for a person, such as a row that does not fit."""
KINDS: tuple[Kind, ...] = ("call", "job", "file", "webhook", "row", "flow", "delivery", "schedule")
STATES: tuple[State, ...] = ("received", "sent", "done", "failed", "unknown", "aside", "dead")
ENTRY_BYTES = 600
"""About what a row takes beside its payloads and its words, its places in the indexes included."""
_CHANCE_BITS = 15
_LAST_S = 2.0**37
_TRIES = 400
_TRIES_A_MILLISECOND = 4
MARKED_STATES: tuple[State, ...] = ("failed", "unknown", "aside", "dead")
"""Those that an entry is seldom in: they are words of it, from then on."""
_OPEN: tuple[State, ...] = ("received", "sent", "unknown")

_INSERT = Statement(
    {
        "sqlite": sqlite.insert(journal).on_conflict_do_nothing(index_elements=["seq"]),
        "postgresql": postgresql.insert(journal).on_conflict_do_nothing(index_elements=["seq"]),
    }
)
_SETTLED = (
    update(journal)
    .where(journal.c.id == bindparam("entry"), or_(*(journal.c.state == one for one in _OPEN)))
    .values(
        {name: bindparam(f"new_{name}") for name in ("state", "outcome", "status", "code", "attempts", "duration_s")}
        | {
            "node": "",
            "answer": func.coalesce(bindparam("new_answer", type_=LargeBinary), journal.c.answer),
            "trail": func.coalesce(bindparam("new_trail", type_=LargeBinary), journal.c.trail),
            "size": journal.c.size + bindparam("more"),
        }
    )
)
_SETTLE = Statement(_SETTLED)
_TOLD = func.trim(journal.c.text + " " + bindparam("words"))
_SETTLE_TOLD = Statement(_SETTLED.values(text=_TOLD))
_SETTLE_MARKED = Statement(_SETTLED.values(text=case((journal.c.text == "", ""), else_=_TOLD)))
_SEALED = ("request", "answer", "trail")
LISTED = tuple(column for column in journal.c if column.name not in {"seq", "node", "text", *_SEALED})
_MARKED = Statement(select(*LISTED).where(journal.c.id == bindparam("entry")))
_LOAD = Statement(
    select(*LISTED, journal.c.text, *(journal.c[one] for one in _SEALED)).where(journal.c.id == bindparam("entry"))
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One message. `operation` is `upstream.Name`; `key` what it is about, for a person (`order:17`); `at` 0 is "now";
    `id` "" is given one. `request`: the canonical call before credentials, a JSON text. `node`: the process that has
    it under way. `trail`: its tries and its wire form, masked, as JSON. `size` is known of what was read; a list is
    read without `request`, `answer`, `trail` and `text`."""

    id: str
    kind: Kind
    upstream: str = ""
    operation: str = ""
    state: State = "received"
    at: float = 0.0
    correlation: str = ""
    idempotency_key: str = ""
    principal: str = ""
    request: bytes = b""
    answer: bytes = b""
    status: int = 0
    code: str = ""
    outcome: str = ""
    attempts: int = 0
    duration_s: float = 0.0
    text: str = ""
    key: str = ""
    node: str = ""
    size: int = 0
    trail: bytes = b""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an entry. `words` are added to those it is found by."""

    state: State
    outcome: str = ""
    status: int = 0
    code: str = ""
    attempts: int = 0
    duration_s: float = 0.0
    answer: bytes = b""
    words: str = ""
    trail: bytes = b""


def note(tx: Tx, entry: Entry, seal: Seal) -> str:
    """Writes an entry down; its id."""
    entry = replace(entry, id=entry.id or new_id(tx.now), at=entry.at or tx.now)
    return put(tx, row_of(entry, seal))


def row_of(entry: Entry, seal: Seal) -> dict[str, Value]:
    """What `put` writes. Compressing and sealing is done here, so that it need not be the writer's thread that does it.
    `id` and `at` are given."""
    payloads = {part: _shut(getattr(entry, part), part, entry.id, seal) for part in _SEALED}
    row: dict[str, Value] = {column.name: getattr(entry, column.name) for column in LISTED}
    text = _kept(entry.text)
    text = f"{_marks(entry)} {text}" if text else ""
    size = ENTRY_BYTES + 2 * len(text) + sum(len(one) for one in payloads.values() if one)
    given = {name: _kept(getattr(entry, name)) or None for name in ("idempotency_key", "key")}
    return row | given | payloads | {"text": text, "size": size, "node": entry.node}


def put(tx: Tx, row: Mapping[str, Value], chance: Callable[[int], int] = secrets.randbits) -> str:
    """Writes what `row_of` made; its id."""
    reached("journal.note")
    first = bounds_of(float(row["at"] or 0))
    for attempt in range(_TRIES):
        # Many in the same millisecond take each other's places now and then: the next one is as good.
        seq = first + _first(attempt // _TRIES_A_MILLISECOND) + chance(_CHANCE_BITS)
        if tx.run(_INSERT, **row, seq=seq):
            reached("journal.noted")
            return str(row["id"])
    raise StoreError("the journal has no place left at this time: far too many entries have the same millisecond")


def settle(tx: Tx, entry_id: str, settled: Settled, seal: Seal) -> bool:
    """Writes down what became of it; False when that is known already, or nobody knows of it (any more)."""
    answer, trail = (_shut(getattr(settled, part), part, entry_id, seal) for part in ("answer", "trail"))
    words = _kept(settled.words)
    mark = marked("state", settled.state) if settled.state in MARKED_STATES else ""
    values: dict[str, Value] = {
        "entry": entry_id,
        "new_state": settled.state,
        "new_outcome": settled.outcome,
        "new_status": settled.status,
        "new_code": settled.code,
        "new_attempts": settled.attempts,
        "new_duration_s": settled.duration_s,
        "new_answer": answer,
        "new_trail": trail,
        "more": len(answer or b"") + len(trail or b"") + 2 * len(words),
    }
    reached("journal.settle")
    if words:
        changed = tx.run(_SETTLE_TOLD, **values, words=f"{words} {mark}")
    else:
        changed = tx.run(_SETTLE_MARKED, **values, words=mark) if mark else tx.run(_SETTLE, **values)
    reached("journal.settled")
    return changed > 0


def load(tx: Tx, entry_id: str, seal: Seal) -> Entry | None:
    """An entry with its payloads. Raises StoreError when they cannot be opened."""
    row = tx.one(_LOAD, entry=entry_id)
    if row is None:
        return None
    listed, (text, *shut) = row[: len(LISTED)], row[len(LISTED) :]
    request, answer, trail = (_opened(data, part, entry_id, seal) for part, data in zip(_SEALED, shut, strict=True))
    return replace(
        entry_of(listed),
        text=without_marks(text),
        request=request,
        answer=answer,
        trail=trail,
    )


def mark(tx: Tx, entry_id: str) -> Entry | None:
    """The entry without its payloads, which may be sealed with a key that is not there."""
    row = tx.one(_MARKED, entry=entry_id)
    return None if row is None else entry_of(row)


def entry_of(listed: Row) -> Entry:
    """Of the columns `LISTED`."""
    values: dict[str, Any] = {}
    for one, value in zip(LISTED, listed, strict=True):
        values[one.name] = "" if value is None else value
    return Entry(**values)


def bounds_of(at: float) -> int:
    """The first `seq` of the millisecond of that time, whatever time that is."""
    return _first(int(min(max(at, 0.0), _LAST_S) * 1000))


def _marks(entry: Entry) -> str:
    """What a search for words is narrowed by."""
    marks = (("kind", entry.kind), ("upstream", entry.upstream), ("operation", entry.operation), ("state", entry.state))
    return " ".join(marked(name, value) for name, value in marks if name != "state" or value in MARKED_STATES)


def _first(at_ms: int) -> int:
    return at_ms << _CHANCE_BITS


def _shut(data: bytes, part: str, entry_id: str, seal: Seal) -> bytes | None:
    return seal.shut(data, place=f"journal.{part}:{entry_id}") if data else None


def _opened(data: bytes | None, part: str, entry_id: str, seal: Seal) -> bytes:
    return seal.open(data, place=f"journal.{part}:{entry_id}") if data is not None else b""


def _kept(text: str) -> str:
    """As both databases can keep it."""
    return text.replace("\0", "").encode("utf-8", "replace").decode() if text else ""
