"""What the journal no longer keeps: by age and by size, the oldest first, a few rows at a time.

What is under way stays, and so does whatever shares its correlation with a dead letter: that is its story, until
somebody has replayed or discarded it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy import bindparam, delete, exists, func, not_, or_, select, text

from bridge.store.failpoints import reached
from bridge.store.journal import KINDS, Kind, bounds_of
from bridge.store.journal_settings import JournalSettings
from bridge.store.schema.jobs import in_state, jobs
from bridge.store.schema.journal import journal
from bridge.store.statement import Statement
from bridge.store.store import Store
from bridge.store.tx import Tx

ROWS = 500
"""In one unit: it takes some ten milliseconds, in which nobody else writes."""
_END = 1 << 62
_RUN = journal.alias("run")
_TOLD_BY_A_DEAD_LETTER = or_(
    exists().where(in_state("dead"), jobs.c.correlation == journal.c.correlation),
    # Its entry has the correlation of its calls also where the job was accepted without one.
    exists().where(
        _RUN.c.correlation == journal.c.correlation,
        _RUN.c.kind == "job",
        _RUN.c.state == "dead",
        jobs.c.id == _RUN.c.idempotency_key,
        in_state("dead"),
    ),
)
_FREE = (
    journal.c.seq > bindparam("after"),
    journal.c.seq < bindparam("before"),
    journal.c.state != "sent",
    not_(_TOLD_BY_A_DEAD_LETTER & (journal.c.correlation != "")),
)
_OLDEST = select(journal.c.seq, journal.c.size, journal.c.kind).order_by(journal.c.seq).limit(bindparam("most"))
_FREE_OF_ALL = Statement(_OLDEST.where(*_FREE))
_FREE_OF_KIND = Statement(_OLDEST.where(journal.c.kind == bindparam("one"), *_FREE))
_DELETE = Statement(delete(journal).where(journal.c.seq == bindparam("number")))
# Words of deleted entries stay in SQLite's text index until its parts are merged, which it does only when it grows: so
# a few pages of it are merged with every batch. Without this the file grows by half again and more.
_MERGE = Statement(text("INSERT INTO journal_text(journal_text, rank) VALUES ('merge', -32)"))
_SIZES = Statement(select(journal.c.kind, func.sum(journal.c.size)).where(journal.c.kind > "").group_by(journal.c.kind))


@dataclass(frozen=True, slots=True)
class Deleted:
    """`after`: where the next batch begins; None when nothing is left."""

    rows: int = 0
    bytes: int = 0
    after: int | None = None


def sizes(tx: Tx) -> dict[str, int]:
    """The bytes of the entries of each kind, about."""
    return {kind: int(size) for kind, size in tx.rows(_SIZES)}


def prune(
    tx: Tx, kind: Kind | None, *, before: int = _END, after: int = -1, bytes_max: int | None = None, rows: int = ROWS
) -> Deleted:
    """Deletes the oldest entries (of a kind) up to the number `before`, and no more than `bytes_max` asks for."""
    bounds = {"after": after, "before": before, "most": rows}
    found = tx.rows(_FREE_OF_KIND, one=kind, **bounds) if kind else tx.rows(_FREE_OF_ALL, **bounds)
    taken, size = [], 0
    for seq, bytes_, _ in found:
        if bytes_max is not None and size >= bytes_max:
            break
        taken.append(seq)
        size += bytes_
    reached("journal.prune")
    tx.many(_DELETE, [{"number": seq} for seq in taken])
    if taken and tx.kind == "sqlite":
        tx.run(_MERGE)
    reached("journal.pruned")
    return Deleted(len(taken), size, taken[-1] if len(taken) == rows else None)


async def retain(store: Store, settings: JournalSettings, now: float, rows: int = ROWS) -> int:
    """One round: what is too old, then what is too much; how many entries. Other units come in between."""
    gone = 0
    for kind in KINDS:
        gone += await _prune(store, kind, rows, before=bounds_of(now - settings.keep_s(kind)))
    taken = await store.read(sizes)
    for kind, bytes_max in settings.sizes.items():
        if (over := taken.get(kind, 0) - bytes_max) > 0:
            gone += await _prune(store, kind, rows, bytes_max=over)
    if settings.sizes:
        taken = await store.read(sizes)
    if (over := sum(taken.values()) - settings.size) > 0:
        gone += await _prune(store, None, rows, bytes_max=over)
    return gone


async def _prune(store: Store, kind: Kind | None, rows: int, before: int = _END, bytes_max: int | None = None) -> int:
    gone, after = 0, -1
    while bytes_max is None or bytes_max > 0:
        deleted = await store.write(
            partial(prune, kind=kind, before=before, after=after, bytes_max=bytes_max, rows=rows)
        )
        gone += deleted.rows
        if deleted.after is None:
            break
        after = deleted.after
        bytes_max = None if bytes_max is None else bytes_max - deleted.bytes
    return gone
