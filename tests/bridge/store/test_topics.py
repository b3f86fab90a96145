"""What the statements of the topic logs cost. What they do is tested by tests/contract/test_topics.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.store import topics
from bridge.store.settings import StoreSettings
from bridge.store.statement import Statement
from bridge.store.store import Store
from bridge.store.topics import Message
from bridge.store.tx import Row, Tx

ASKED = {
    "read": (topics._READ, {"wanted": "t", "begin": 1, "most": 1}),
    "values": (topics._VALUES, {"wanted": "t", "begin": 1, "most": 1}),
    "value": (topics._ONE_VALUE, {"wanted": "t", "of_key": "a"}),
    "known": (topics._KNOWN, {"wanted": "t", "known": "1"}),
    "oldest": (topics._OLDEST, {"wanted": "t", "most": 1}),
    "drop": (topics._DROP, {"wanted": "t", "before": 1}),
    "forget": (topics._FORGET, {"wanted": "t", "before": 1}),
}


@pytest.mark.parametrize("name", ASKED)
async def test_no_statement_reads_more_of_a_topic_than_it_gives(name: str, tmp_path: Path) -> None:
    statement, values = ASKED[name]
    store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 't.db'}"), SystemClock())
    plan = await store.read(lambda tx: _plan(tx, statement, values))
    await store.close()
    text = "; ".join(str(row[-1]) for row in plan)
    assert "SEARCH" in text
    assert "SCAN" not in text, text
    assert "TEMP B-TREE" not in text, text


def _plan(tx: Tx, statement: Statement, values: dict[str, str | int]) -> list[Row]:
    compiled = statement.compiled("sqlite")
    tx._cursor.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", {**compiled.values, **values})
    return list(tx._cursor.fetchall())


def test_of_messages_with_one_source_the_first_is_taken() -> None:
    one, other, known, plain = (
        Message(b"1", source="s"),
        Message(b"2", source="s"),
        Message(b"3", source="k"),
        Message(b""),
    )
    assert topics._new([one, known, plain, other, plain], {"k": 7}) == [one, plain, plain]
