"""The audit log: who did what, when, on what, and what came of it.

An entry is appended within the transaction of the action, so there is neither an action without an entry nor an entry
without its action. Nothing here changes an entry, and none is deleted before it is a year old.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import ColumnElement, and_, bindparam, delete, select, true

from bridge.call import JsonValue
from bridge.errors import StoreError
from bridge.shapes.json import dumps, loads
from bridge.store.failpoints import reached
from bridge.store.ids import new_id
from bridge.store.page import LIMIT, Page, bounded, page_of
from bridge.store.schema.audit import audit
from bridge.store.sealing import Seal
from bridge.store.statement import Statement
from bridge.store.tx import Row, Tx

KEPT_S_MIN = 366 * 86400.0
TEXT_MAX = 2000
"""Characters of a text that an operator gave; of what is listed about ids it is ten times as many."""

_INSERT = Statement(audit.insert())
_ONCE = Statement(select(audit.c.result).where(audit.c.once == bindparam("token")))
_CHANGE = Statement(select(audit.c.change).where(audit.c.id == bindparam("wanted")))
_PRUNE = Statement(delete(audit).where(audit.c.at < bindparam("before_at")))


@dataclass(frozen=True, slots=True)
class Act:
    """What was done. `target`: the id or name it was done to, `""` for a filter, which then stands in `scope`.

    `before` and `after`: digests of what was changed, `change` the new content itself (kept sealed). `once`: a key that
    the operator gave the request, so that the same request again does nothing.
    """

    who: str
    verb: str
    target: str = ""
    scope: Mapping[str, JsonValue] = field(default_factory=dict)
    reason: str = ""
    before: str = ""
    after: str = ""
    result: Mapping[str, JsonValue] = field(default_factory=dict)
    change: bytes | None = None
    once: str = ""


@dataclass(frozen=True, slots=True)
class Audited:
    """An entry as it is shown."""

    id: str
    at: float
    who: str
    verb: str
    target: str
    scope: JsonValue
    reason: str
    before: str
    after: str
    result: JsonValue
    changed: bool


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries. `verb` may be a whole room: `dead` stands for `dead.edit`, `dead.replay` …"""

    who: str = ""
    verb: str = ""
    target: str = ""
    since: float | None = None
    until: float | None = None


def digest(data: bytes) -> str:
    """What `before` and `after` hold: enough to tell two contents apart, and nothing of them."""
    return sha256(data).hexdigest()


def plain(text: str) -> str:
    """A text of an operator's as both databases can keep it: bounded, without NUL and lone surrogates."""
    return text[:TEXT_MAX].replace("\0", "").encode("utf-8", "replace").decode()


def record(tx: Tx, act: Act, seal: Seal) -> str:
    """Appends an entry; its id. To be called within the unit that does what it tells of."""
    entry = new_id(tx.now)
    change = seal.shut(act.change, place=_place(entry)) if act.change is not None else None
    reached("audit.record")
    tx.run(
        _INSERT,
        id=entry,
        at=tx.now,
        who=plain(act.who),
        verb=act.verb,
        target=plain(act.target),
        scope=_text(act.scope),
        reason=plain(act.reason),
        before=act.before,
        after=act.after,
        result=_text(act.result),
        change=change,
        once=_token(act.who, act.verb, act.once) if act.once else None,
    )
    reached("audit.recorded")
    return entry


def done_before(tx: Tx, who: str, verb: str, once: str) -> JsonValue:
    """The result of the same request, when it was made already; None when it was not (or has no key)."""
    row = tx.one(_ONCE, token=_token(who, verb, once)) if once else None
    return loads(row[0].encode()) if row else None


def find(tx: Tx, wanted: AuditFilter, *, after: str = "", limit: int = LIMIT) -> Page[Audited]:
    """Entries, the newest first."""
    limit = bounded(limit)
    shown = [column for column in audit.c if column.name not in {"change", "once"}]
    query = select(*shown, audit.c.change.is_not(None)).where(_condition(wanted, after))
    rows = tx.select(query.order_by(audit.c.id.desc()).limit(limit + 1))
    return page_of([_audited(row) for row in rows], limit, lambda one: one.id)


def change_of(tx: Tx, entry: str, seal: Seal) -> bytes | None:
    """The content that an action wrote; None where it wrote none. Raises StoreError for an id that is not there."""
    row = tx.one(_CHANGE, wanted=entry)
    if row is None:
        raise StoreError(f"the audit log has no entry {entry[:40]}")
    return None if row[0] is None else seal.open(bytes(row[0]), place=_place(entry))


def prune(tx: Tx, keep_s: float) -> int:
    """Deletes what is older than that, and never what is younger than a year; how many entries."""
    reached("audit.prune")
    gone = tx.run(_PRUNE, before_at=tx.now - max(keep_s, KEPT_S_MIN))
    reached("audit.pruned")
    return gone


def _condition(wanted: AuditFilter, after: str) -> ColumnElement[bool]:
    conditions = [audit.c.id < after] if after else []
    for column, value in ((audit.c.who, wanted.who), (audit.c.target, wanted.target)):
        if value:
            conditions.append(column == value)
    if "." in wanted.verb:
        conditions.append(audit.c.verb == wanted.verb)
    elif wanted.verb:
        conditions.append(audit.c.verb.startswith(f"{wanted.verb}.", autoescape=True))
    if wanted.since is not None:
        conditions.append(audit.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(audit.c.at < wanted.until)
    return and_(true(), *conditions)


def _audited(row: Row) -> Audited:
    entry, at, who, verb, target, scope, reason, before, after, result, changed = row
    about, came = loads(scope.encode()), loads(result.encode())
    return Audited(entry, at, who, verb, target, about, reason, before, after, came, bool(changed))


def _token(who: str, verb: str, once: str) -> str:
    return sha256(f"{who}\0{verb}\0{once}".encode("utf-8", "surrogatepass")).hexdigest()


def _text(value: Mapping[str, JsonValue]) -> str:
    text = dumps(dict(value))
    return text if len(text) <= TEXT_MAX * 10 else dumps({"cut": text[: TEXT_MAX * 5]})


def _place(entry: str) -> str:
    return f"audit.change:{entry}"
