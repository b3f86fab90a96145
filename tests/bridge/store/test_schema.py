"""What all tables promise: plain kinds of column, so that nothing is to be converted on the way."""

from __future__ import annotations

import pytest
from sqlalchemy import BigInteger, Double, LargeBinary, Table, Text

from bridge.store.schema import metadata
from bridge.store.schema.columns import binary, text, time, whole


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_columns_are_of_the_four_kinds(table: Table) -> None:
    odd = [c.name for c in table.c if type(c.type) not in {Text, BigInteger, Double, LargeBinary}]
    assert odd == []
    assert table.primary_key.columns, "a table without a key can hold one thing twice"


def test_a_column_must_be_given_unless_it_says_otherwise() -> None:
    assert [text("a").nullable, whole("b").nullable, time("c").nullable, binary("d").nullable] == [False] * 4
    assert [text("a", null=True).nullable, whole("b", null=True).nullable] == [True] * 2
    assert text("a", key=True).primary_key
