"""The statements of the topic logs: append, read from an offset, last values, and what retention takes away.

Offsets of a topic have no gaps and are in the order of the commits: the row of the topic is locked from the moment an
offset is given until the commit that makes it visible.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ClauseElement, Table, Text, and_, bindparam, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bridge.store.failpoints import reached
from bridge.store.schema.streams import topic_messages, topic_values, topics
from bridge.store.statement import Statement, Value
from bridge.store.tx import Row, Tx
from bridge.store.url import Kind

TRIM_MAX = 1000
"""Messages, or last values, that one unit takes away: the writer has others to serve."""
_ANY = 2**62


@dataclass(frozen=True, slots=True)
class Message:
    """What is appended. `key` "" has no last value; `data` None takes away the one of its key. `source`: an id that
    makes a second append of it do nothing."""

    data: bytes | None
    key: str = ""
    source: str = ""

    @property
    def size(self) -> int:
        return len(self.data or b"")


@dataclass(frozen=True, slots=True)
class Logged:
    """A message with its place. `at`: seconds since the epoch. `data` None: the key has no value any more."""

    offset: int
    at: float
    key: str
    data: bytes | None

    @property
    def size(self) -> int:
        return len(self.data or b"")


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a topic begins and ends: offsets from `first` up to, and without, `next`. `size`: bytes of its data."""

    epoch: str
    first: int
    next: int
    size: int


@dataclass(frozen=True, slots=True)
class Keep:
    """What retention leaves of messages, or of last values: those younger than `age_s`, at most `size` bytes and
    `count` of them. None: any."""

    age_s: float | None = None
    size: int | None = None
    count: int | None = None


def _upsert(table: Table, index: Sequence[str], changes: Sequence[str]) -> dict[Kind, ClauseElement]:
    """An insert that changes the row which is there; without `changes` it leaves it as it is."""
    one, other = sqlite.insert(table), postgresql.insert(table)
    if not changes:
        return {
            "sqlite": one.on_conflict_do_nothing(index_elements=index),
            "postgresql": other.on_conflict_do_nothing(index_elements=index),
        }
    return {
        "sqlite": one.on_conflict_do_update(index_elements=index, set_={name: one.excluded[name] for name in changes}),
        "postgresql": other.on_conflict_do_update(
            index_elements=index, set_={name: other.excluded[name] for name in changes}
        ),
    }


_m, _v = topic_messages.c, topic_values.c
_TOPIC = bindparam("wanted", type_=Text())
_MAKE = Statement(_upsert(topics, ["name"], []))
_THERE = select(topics.c.epoch, topics.c.first_offset, topics.c.next_offset, topics.c.size).where(
    topics.c.name == _TOPIC
)
_ALL = Statement(select(topics.c.name, *_THERE.selected_columns).order_by(topics.c.name))
_EXTENT = Statement(_THERE)
_LOCKED = Statement(_THERE.with_for_update())
_TAKE = Statement(
    update(topics)
    .where(topics.c.name == _TOPIC)
    .values(next_offset=topics.c.next_offset + bindparam("count"), size=topics.c.size + bindparam("more"))
    .returning(topics.c.next_offset)
)
_KNOWN = Statement(select(_m.offset).where(_m.topic == _TOPIC, _m.source == bindparam("known")))
_APPEND = Statement(topic_messages.insert())
_VALUE = Statement(_upsert(topic_values, ["topic", "key"], ["offset", "at", "data"]))
_GONE = Statement(delete(topic_values).where(_v.topic == _TOPIC, _v.key == bindparam("of_key")))
_READ = Statement(
    select(_m.offset, _m.at, _m.key, _m.data)
    .where(_m.topic == _TOPIC, _m.offset >= bindparam("begin"))
    .order_by(_m.offset)
    .limit(bindparam("most"))
)
_VALUES = Statement(
    select(_v.offset, _v.at, _v.key, _v.data)
    .where(_v.topic == _TOPIC, _v.offset > bindparam("begin"))
    .order_by(_v.offset)
    .limit(bindparam("most"))
)
_ONE_VALUE = Statement(
    select(_v.offset, _v.at, _v.key, _v.data).where(_v.topic == _TOPIC, _v.key == bindparam("of_key"))
)
_OLDEST = Statement(
    select(_m.offset, _m.at, func.coalesce(func.length(_m.data), 0))
    .where(_m.topic == _TOPIC)
    .order_by(_m.offset)
    .limit(bindparam("most"))
)
_DROP = Statement(delete(topic_messages).where(_m.topic == _TOPIC, _m.offset < bindparam("before")))
_BEGIN = Statement(
    update(topics)
    .where(topics.c.name == _TOPIC)
    .values(first_offset=bindparam("before"), size=topics.c.size - bindparam("less"))
)
_FORGET = Statement(delete(topic_values).where(_v.topic == _TOPIC, _v.offset < bindparam("before")))
_A_BATCH = Statement(
    select(_v.offset).where(_v.topic == _TOPIC).order_by(_v.offset).limit(1).offset(bindparam("batch"))
)
_NEWEST_FIRST = (
    select(
        _v.offset,
        _v.at,
        func.row_number().over(order_by=_v.offset.desc()).label("place"),
        func.sum(func.length(_v.data)).over(order_by=_v.offset.desc()).label("total"),
    )
    .where(_v.topic == _TOPIC)
    .subquery()
)
_n = _NEWEST_FIRST.c
_FITS = and_(_n.place <= bindparam("most"), _n.total <= bindparam("bytes_most"))
# The first that fits, and the first that is young enough: whatever came before either of them is to go.
_FIRST_KEPT = Statement(
    select(
        func.min(case((_FITS, _n.offset))),
        func.min(case((_n.at >= bindparam("since"), _n.offset))),
    )
)


def extent(tx: Tx, topic: str) -> Extent | None:
    """None when nothing was ever appended to it."""
    row = tx.one(_EXTENT, wanted=topic)
    return Extent(*row) if row else None


def append(tx: Tx, topic: str, messages: Sequence[Message]) -> tuple[int, ...]:
    """Appends what is new; the offset of each message, in order, of a known one the one that it has."""
    if extent(tx, topic) is None:
        tx.run(_MAKE, name=topic, epoch=secrets.token_hex(8), first_offset=0, next_offset=0, size=0)
    places = _known(tx, topic, messages)
    new = _new(messages, places)
    if new:
        first = _take(tx, topic, new)
        reached("topics.append")
        _insert(tx, topic, new, first)
        places |= {one.source: first + index for index, one in enumerate(new) if one.source}
        offsets = iter([first + index for index, one in enumerate(new) if not one.source])
    else:
        offsets = iter(())
    return tuple(places[one.source] if one.source else next(offsets) for one in messages)


def _known(tx: Tx, topic: str, messages: Sequence[Message]) -> dict[str, int]:
    """Which of their sources are there already: source → offset."""
    sources = {message.source for message in messages if message.source}
    found = ((source, tx.one(_KNOWN, wanted=topic, known=source)) for source in sources)
    return {source: row[0] for source, row in found if row}


def _new(messages: Sequence[Message], known: Mapping[str, int]) -> list[Message]:
    """Those that are not there; of several with the same source the first."""
    new: list[Message] = []
    seen = set(known)
    for message in messages:
        if message.source not in seen:
            new.append(message)
        if message.source:
            seen.add(message.source)
    return new


def _take(tx: Tx, topic: str, new: Sequence[Message]) -> int:
    """The first of as many offsets as there are messages. Until the commit nobody else gets one."""
    row = tx.one(_TAKE, wanted=topic, count=len(new), more=sum(message.size for message in new))
    assert row is not None, "the topic is there, since it was made before"
    return int(row[0]) - len(new)


def _insert(tx: Tx, topic: str, new: Sequence[Message], first: int) -> None:
    rows: list[dict[str, Value]] = [
        {
            "topic": topic,
            "offset": first + index,
            "at": tx.now,
            "key": one.key,
            "source": one.source or None,
            "data": one.data,
        }
        for index, one in enumerate(new)
    ]
    tx.many(_APPEND, rows)
    last = {row["key"]: {name: row[name] for name in ("topic", "key", "offset", "at", "data")} for row in rows}
    last.pop("", None)
    tx.many(_VALUE, [row for row in last.values() if row["data"] is not None])
    tx.many(_GONE, [{"wanted": topic, "of_key": key} for key, row in last.items() if row["data"] is None])


def read(tx: Tx, topic: str, begin: int, limit: int) -> list[Logged]:
    """Messages from the offset `begin` on, in order."""
    return _logged(tx.rows(_READ, wanted=topic, begin=begin, most=limit))


def values(tx: Tx, topic: str, after: int, limit: int) -> list[Logged]:
    """The last value of each key, in the order in which they came, those behind the offset `after`."""
    return _logged(tx.rows(_VALUES, wanted=topic, begin=after, most=limit))


def value(tx: Tx, topic: str, key: str) -> Logged | None:
    rows = _logged(tx.rows(_ONE_VALUE, wanted=topic, of_key=key))
    return rows[0] if rows else None


def _logged(rows: Iterable[Row]) -> list[Logged]:
    return [Logged(offset, at, key, None if data is None else bytes(data)) for offset, at, key, data in rows]


def trim(tx: Tx, topic: str, keep: Keep) -> int:
    """Takes away the oldest messages that need not be kept, a bounded number of them; how many."""
    row = tx.one(_LOCKED, wanted=topic)  # every node trims, and what is taken away counts once
    if row is None:
        return 0
    there = Extent(*row)
    size, count, gone, less = there.size, there.next - there.first, 0, 0
    before = there.first
    for offset, at, length in tx.rows(_OLDEST, wanted=topic, most=TRIM_MAX):
        if not _over(keep, tx.now - at, size, count):
            break
        before, size, count, gone, less = offset + 1, size - length, count - 1, gone + 1, less + length
    if gone:
        tx.run(_DROP, wanted=topic, before=before)
        tx.run(_BEGIN, wanted=topic, before=before, less=less)
        reached("topics.trim")
    return gone


def _over(keep: Keep, age_s: float, size: int, count: int) -> bool:
    return (
        (keep.age_s is not None and age_s > keep.age_s)
        or (keep.size is not None and size > keep.size)
        or (keep.count is not None and count > keep.count)
    )


def values_kept_from(tx: Tx, topic: str, keep: Keep) -> int:
    """The offset of the oldest last value that is to be kept; whatever came before it is for `forget`. It looks at all
    of them, so it is asked of a reader, and not where the writer works."""
    there = extent(tx, topic)
    if there is None:
        return 0
    most, size = (_ANY if one is None else one for one in (keep.count, keep.size))
    since = 0.0 if keep.age_s is None else tx.now - keep.age_s
    row = tx.one(_FIRST_KEPT, wanted=topic, most=most, bytes_most=size, since=since)
    return max(there.next if offset is None else int(offset) for offset in row or ())


def forget(tx: Tx, topic: str, before: int) -> int:
    """Takes away last values that came before an offset, the oldest first and a bounded number of them; how many.

    A key that has had a new one meanwhile keeps it."""
    row = tx.one(_A_BATCH, wanted=topic, batch=TRIM_MAX)
    gone = tx.run(_FORGET, wanted=topic, before=before if row is None else min(before, int(row[0])))
    reached("topics.forget")
    return gone


def stored_topics(tx: Tx) -> dict[str, Extent]:
    """All that were ever appended to, also those that the configuration has no more."""
    return {str(name): Extent(*rest) for name, *rest in tx.rows(_ALL)}
