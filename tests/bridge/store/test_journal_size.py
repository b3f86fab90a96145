"""A slice of `make bench-journal`: that each search walks along an index, which is what keeps it quick at any size, and
that the file does not grow while as much goes as comes. Times prove nothing on a machine that others use."""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite

from bridge.clock import SystemClock
from bridge.store.journal_retention import _FREE_OF_ALL, _FREE_OF_KIND, _SIZES, prune
from bridge.store.journal_search import _COUNTS, Filter, counts, find, query
from bridge.store.settings import StoreSettings
from bridge.store.statement import Statement
from bridge.store.store import Store
from tests.benchmarks.journal_rows import fill, searches

ROWS = 20_000
SEARCHES = searches(ROWS)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    async def make(path: Path) -> Path:
        store = await Store.open(StoreSettings(url=f"sqlite:///{path}"), SystemClock())
        await fill(store, ROWS)
        await store.close()
        return path

    return asyncio.run(make(tmp_path_factory.mktemp("full") / "bridge.db"))


def _plan(path: Path, sql: str) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]


def _sql(wanted: Filter, after: str) -> str:
    made = query("sqlite", wanted, after, 51)
    return str(made.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))


@pytest.mark.parametrize("after", ["", "d1b71758e219652"], ids=["first", "later"])
@pytest.mark.parametrize("make", SEARCHES.values(), ids=SEARCHES)
def test_each_search_walks_along_an_index(full: Path, make: Callable[[random.Random], Filter], after: str) -> None:
    wanted = make(random.Random(7))
    plan = _plan(full, _sql(wanted, after))
    assert not [line for line in plan if "TEMP B-TREE" in line]
    scanned = [line for line in plan if line.startswith("SCAN") and "VIRTUAL TABLE INDEX" not in line]
    # Without any mark the newest stand at the end of the table itself, and the limit ends the walk.
    assert scanned == (["SCAN journal"] if wanted == Filter() and not after else [])
    words = [line for line in plan if "VIRTUAL TABLE INDEX" in line]
    assert len(words) == (1 if wanted.text else 0)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Filter(kind="call", upstream="up0", operation="up0.Op1", state="done"), "operation"),
        (Filter(kind="call", upstream="up0", state="unknown"), "state"),
        (Filter(kind="call", upstream="up0", state="done"), "upstream"),
        (Filter(kind="call", state="done"), "kind"),
        (Filter(operation="up0.Op1", correlation="x", state="unknown"), "correlation"),
        (Filter(key="order:1", correlation="x", upstream="up0"), "key"),
        (Filter(key="order:1", idempotency_key="x", upstream="up0"), "idempotency_key"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_of_several_marks_the_rarest_is_walked_along(full: Path, wanted: Filter, index: str) -> None:
    assert any(f"USING INDEX ix_journal_{index}_" in line for line in _plan(full, _sql(wanted, "")))


@pytest.mark.parametrize("statement", [_FREE_OF_KIND, _FREE_OF_ALL, _SIZES, _COUNTS])
def test_retention_and_counts_walk_along_an_index(full: Path, statement: Statement) -> None:
    plan = _plan(full, re.sub(r":\w+", "'call'", statement.compiled("sqlite").sql))
    assert plan
    assert [line for line in plan if not line.startswith(("SEARCH", "CORRELATED"))] == []


async def test_each_search_finds_the_newest_first(full: Path) -> None:
    store = await Store.open(StoreSettings(url=f"sqlite:///{full}"), SystemClock())
    told = await store.read(counts)
    found = {
        name: await store.read(partial(find, wanted=make(random.Random(3)), limit=1000))
        for name, make in SEARCHES.items()
    }
    await store.close()
    assert sum(sum(one.states.values()) for one in told) == ROWS
    assert len(found["text, a word of all"].items) == len(found["upstream"].items) == 1000
    assert len(found["text, a rare word"].items) == ROWS // 5000
    for page in found.values():
        assert [one.at for one in page.items] == sorted((one.at for one in page.items), reverse=True)


def _bytes(path: Path) -> int:
    return path.stat().st_size


async def test_the_file_does_not_grow_while_as_much_goes_as_comes(store: Store, file: Path) -> None:
    rows, sizes = 2500, []
    for number in range(14):
        await fill(store, rows, first=number * rows, of=rows * 20)
        left = rows if number >= 4 else 0
        while left > 0:
            left -= (await store.write(lambda tx: prune(tx, None))).rows
        sizes.append(_bytes(file))
    assert sizes[-1] <= sizes[6] * 1.03, sizes
