"""The processes that have entries of the journal under way, and what becomes of those of a process that is gone.

A process that was only stopped for a while, and comes back, still settles what is its own: the truth that comes late
takes the place of `unknown`.
"""

from __future__ import annotations

from sqlalchemy import bindparam, case, delete, exists, not_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bridge.store.failpoints import reached
from bridge.store.journal_words import marked
from bridge.store.schema.journal import journal, nodes
from bridge.store.statement import Statement
from bridge.store.tx import Tx

SEEN_EVERY_S = 10.0
LEASE_S = 60.0
"""Longer than the clocks of two machines may differ."""
ROWS = 500

_SQLITE, _POSTGRESQL = sqlite.insert(nodes), postgresql.insert(nodes)
_SEE = Statement(
    {
        "sqlite": _SQLITE.on_conflict_do_update(index_elements=["node"], set_={"seen_at": _SQLITE.excluded.seen_at}),
        "postgresql": _POSTGRESQL.on_conflict_do_update(
            index_elements=["node"], set_={"seen_at": _POSTGRESQL.excluded.seen_at}
        ),
    }
)
_GONE = Statement(delete(nodes).where(nodes.c.node == bindparam("gone")))
_LIVING = exists().where(nodes.c.node == journal.c.node, nodes.c.seen_at > bindparam("seen_after"))
_ORPHANS = Statement(
    select(journal.c.seq)
    .where(journal.c.state == "sent", not_(_LIVING))
    .order_by(journal.c.seq)
    .limit(bindparam("most"))
)
_UNKNOWN = Statement(
    update(journal)
    .where(journal.c.seq == bindparam("number"), journal.c.state == "sent")
    .values(
        state="unknown",
        outcome="unknown",
        node="",
        text=case((journal.c.text == "", ""), else_=journal.c.text + " " + marked("state", "unknown")),
    )
)
_OLDER = Statement(
    select(nodes.c.node)
    .where(nodes.c.node < bindparam("than"))
    .where(nodes.c.seen_at > bindparam("seen_after"), nodes.c.seen_at < bindparam("seen_before"))
    .limit(1)
)
_FORGET = Statement(delete(nodes).where(nodes.c.seen_at <= bindparam("seen_before")))


def seen(tx: Tx, node: str) -> None:
    """Says that this process lives."""
    reached("journal.seen")
    tx.run(_SEE, node=node, seen_at=tx.now)


def gone(tx: Tx, node: str) -> None:
    """Says that this process ends, and has nothing under way."""
    reached("journal.gone")
    tx.run(_GONE, gone=node)


def eldest(tx: Tx, node: str, lease_s: float) -> bool:
    """Whether this process is the one, of those that live, that does what is to be done once for all of them."""
    return tx.one(_OLDER, than=node, seen_after=tx.now - lease_s, seen_before=tx.now + lease_s) is None


def orphans(tx: Tx, lease_s: float) -> int:
    """Makes `unknown` what processes have under way that nobody has seen for so long: some of it, and how much."""
    found = tx.rows(_ORPHANS, seen_after=tx.now - lease_s, most=ROWS)
    reached("journal.orphans")
    tx.many(_UNKNOWN, [{"number": seq} for (seq,) in found])
    reached("journal.orphaned")
    if not found:
        tx.run(_FORGET, seen_before=tx.now - lease_s)
    return len(found)
