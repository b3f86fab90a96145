"""Finding entries of the journal: the newest first, a page at a time, always along an index.

A page is walked from the last entry seen, so each costs the same. Where several marks are given, SQLite, which keeps
no figures on how often each occurs, is told the one to walk along: that which singles out most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, case, cast, column, func, literal, literal_column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from bridge.errors import BadRequest
from bridge.store.journal import LISTED, MARKED_STATES, STATES, Entry, bounds_of, entry_of
from bridge.store.journal_words import marked, searched
from bridge.store.page import LIMIT, Page, bounded, page_of
from bridge.store.schema.journal import journal
from bridge.store.statement import Statement
from bridge.store.tx import Row, Tx

_MARKS = ("idempotency_key", "key", "correlation", "operation", "upstream", "kind")
"""The one that singles out most first; a state does so too unless it is the usual one."""
_USUAL = "done"
_CURSOR_LENGTH_MAX = 16
_CROWDED_S = 1.0
_WORDS = table("journal_text", column("rowid"), column("journal_text"))


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries; `""` and None do not ask. `text`: words that all must be there, `ada*` for a beginning."""

    kind: str = ""
    upstream: str = ""
    operation: str = ""
    state: str = ""
    key: str = ""
    correlation: str = ""
    idempotency_key: str = ""
    since: float | None = None
    until: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many entries of a kind are in a state, and the bytes of the kind in all its states."""

    kind: str
    states: dict[str, int]
    bytes: int


_COUNTS = Statement(
    select(
        journal.c.kind,
        func.sum(journal.c.size),
        *(func.sum(case((journal.c.state == one, 1), else_=0)) for one in STATES),
    )
    .where(journal.c.kind > "")
    .group_by(journal.c.kind)
)


def find(tx: Tx, wanted: Filter, after: str = "", limit: int = LIMIT) -> Page[Entry]:
    """Entries without their payloads. `after`: the `next` of the page before. Raises BadRequest."""
    limit = bounded(limit)
    rows = tx.select(query(tx.kind, wanted, after, limit + 1))
    page: Page[Row] = page_of(rows, limit, lambda row: _cursor(row[0]))
    return Page(tuple(entry_of(row[1:]) for row in page.items), page.next)


def counts(tx: Tx) -> list[Count]:
    """How much there is, by kind."""
    return [
        Count(kind, {state: int(n) for state, n in zip(STATES, many, strict=True) if n}, int(size))
        for kind, size, *many in tx.rows(_COUNTS)
    ]


def query(kind: str, wanted: Filter, after: str, limit: int) -> Select[Row]:
    """What `find` asks."""
    order: ColumnElement[int] = journal.c.seq
    source = select(journal.c.seq, *LISTED)
    conditions = _marks(wanted, sqlite=kind == "sqlite")
    if wanted.text and kind == "sqlite":
        order = _WORDS.c.rowid
        source = source.join_from(_WORDS, journal, journal.c.seq == order)
        conditions.append(_WORDS.c.journal_text.op("MATCH")(_fts5(_words(wanted))))
    elif wanted.text:
        words = cast(literal(_tsquery(_words(wanted))), TSQUERY)
        conditions.append(literal_column("journal.search", TSVECTOR).op("@@")(words))
    conditions += _between(order, wanted, after)
    return source.where(*conditions).order_by(order.desc()).limit(limit)


def _marks(wanted: Filter, *, sqlite: bool) -> list[ColumnElement[bool]]:
    given = {name: str(getattr(wanted, name)) for name in (*_MARKS, "state") if getattr(wanted, name)}
    order = (*_MARKS[:3], *(("state",) if wanted.state != _USUAL else ()), *_MARKS[3:], "state")
    along = "" if wanted.text else next((name for name in order if name in given), "")
    # With a + before it SQLite takes a column for an expression, and looks for no index of it.
    aside = {name for name in given if sqlite and name != along}
    return [
        (literal_column(f"+journal.{name}") if name in aside else journal.c[name]) == value
        for name, value in given.items()
    ]


def _between(order: ColumnElement[int], wanted: Filter, after: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if after:
        conditions.append(order < _parsed(after))
    if wanted.since is not None:
        conditions += [order >= bounds_of(wanted.since), journal.c.at >= wanted.since]
    if wanted.until is not None:
        # An entry may stand a little behind its own millisecond when that was crowded.
        conditions += [order < bounds_of(wanted.until + _CROWDED_S), journal.c.at < wanted.until]
    return conditions


def _words(wanted: Filter) -> tuple[tuple[str, bool], ...]:
    """The words of a search, and its marks as far as they are words as well."""
    names = ("kind", "upstream", "operation", *(("state",) if wanted.state in MARKED_STATES else ()))
    marks = ((name, str(getattr(wanted, name))) for name in names)
    return (*searched(wanted.text), *((marked(name, value), False) for name, value in marks if value))


def _fts5(words: Sequence[tuple[str, bool]]) -> str:
    return " AND ".join(f'"{word}"{"*" if open_ else ""}' for word, open_ in words)


def _tsquery(words: Sequence[tuple[str, bool]]) -> str:
    return " & ".join(f"'{word}'{':*' if open_ else ''}" for word, open_ in words)


def _cursor(seq: int) -> str:
    return f"{seq:x}"


def _parsed(cursor: str) -> int:
    try:
        seq = int(cursor, 16) if len(cursor) <= _CURSOR_LENGTH_MAX else -1
    except ValueError:
        seq = -1
    if not 0 <= seq < 1 << 63:
        raise BadRequest("This is no place in a list of ours: use what `next` of the page before says.")
    return seq
