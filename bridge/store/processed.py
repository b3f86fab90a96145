"""Processed events: the check and the effect in one transaction, so an event that comes again has no second effect.

For a target that writes to this same store. Any other target gets a stable key (the job's id) and must honour it.
"""

from __future__ import annotations

from sqlalchemy import and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bridge.store.failpoints import reached
from bridge.store.jobs_ways import bound, given
from bridge.store.schema.processed import processed
from bridge.store.statement import Statement
from bridge.store.tx import Tx

KEPT_S_MIN = 72 * 3600.0
_P = processed.c
_VALUES = {"scope": given("scope"), "event_id": given("event_id"), "kept_until": given("kept_until")}
_INSERT = Statement(
    {
        "sqlite": sqlite.insert(processed).values(_VALUES).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(processed).values(_VALUES).on_conflict_do_nothing(),
    }
)
# One that has been kept long enough counts as forgotten, removed or not.
_RENEW = Statement(
    update(processed)
    .where(_P.scope == given("s"), _P.event_id == given("e"), _P.kept_until <= given("now"))
    .values(kept_until=given("until"))
)
_OLD = select(_P.scope, _P.event_id).where(_P.kept_until <= given("now")).order_by(_P.kept_until).limit(bound())
_OLDEST = Statement(_OLD.with_for_update(skip_locked=True))
_REMOVE = Statement(
    delete(processed).where(and_(_P.scope == given("s"), _P.event_id == given("e"), _P.kept_until <= given("now")))
)


def first_time(tx: Tx, scope: str, event_id: str, keep_s: float = KEPT_S_MIN) -> bool:
    """Whether this event is new within its scope; it is not any more from here on, if the transaction holds.

    It is remembered for `keep_s`, at least 72 h. Have the effect in the same unit, and only when this says True.
    """
    reached("processed.mark")
    until = tx.now + max(keep_s, KEPT_S_MIN)
    if tx.run(_INSERT, scope=scope, event_id=event_id, kept_until=until):
        return True
    return tx.run(_RENEW, s=scope, e=event_id, now=tx.now, until=until) == 1


def forget_processed(tx: Tx, limit: int = 500) -> int:
    """Removes what has been kept long enough, a batch of it; how many."""
    reached("processed.forget")
    rows = tx.rows(_OLDEST, now=tx.now, limit=limit)
    tx.many(_REMOVE, ({"s": scope, "e": event_id, "now": tx.now} for scope, event_id in rows))
    return len(rows)
