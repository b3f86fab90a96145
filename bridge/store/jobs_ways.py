"""What the statements on jobs are made of: a way of the table in `job_states`, a bounded batch, a list as one value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import JSON, BindParameter, Integer, Select, Text, Update, bindparam, cast, func, or_, text, update
from sqlalchemy.sql.selectable import TableValuedAlias

from bridge.store.job_states import Move, sources, target
from bridge.store.schema.jobs import in_state, jobs
from bridge.store.statement import Statement
from bridge.store.url import Kind

KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")
_J = jobs.c


def given(name: str) -> BindParameter[Any]:
    """A value that comes with the run."""
    return bindparam(name)


def bound() -> BindParameter[int]:
    """How many rows at most: `limit`."""
    return bindparam("limit", type_=Integer())


def moving(move: Move, **values: Any) -> Update:
    """The jobs that may go this way, and the state they get."""
    allowed = or_(*(in_state(state) for state in sources(move)))
    return update(jobs).where(allowed).values(state=text(f"'{target(move)}'"), **values)


def batch(move: Move, some: Select[Any], out: tuple[Any, ...], **values: Any) -> Statement:
    """A bounded batch, chosen by `some` (of seq), goes this way. PostgreSQL passes by rows that another one holds, and
    must choose once: a subquery in IN may be run again for other rows."""
    chosen = some.with_for_update(skip_locked=True).cte("chosen").prefix_with("MATERIALIZED")
    moved = moving(move, **values).returning(*out)
    return Statement(
        {"sqlite": moved.where(_J.seq.in_(some)), "postgresql": moved.where(_J.seq == chosen.c.seq)},
    )


def each(build: Callable[[Kind, TableValuedAlias], Any]) -> Statement:
    """A statement on a JSON array that comes as the one value `list`; `build` gets its items, in the column `value`."""
    return Statement({kind: build(kind, _items(kind)) for kind in KINDS})


def _items(kind: Kind) -> TableValuedAlias:
    given_list = bindparam("list", type_=Text())
    if kind == "sqlite":
        return func.json_each(given_list).table_valued("value", name="items")
    return func.json_array_elements_text(cast(given_list, JSON)).table_valued("value", name="items").render_derived()
