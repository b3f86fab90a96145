"""Statements compiled once a kind of database."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table, Text, bindparam, literal, select

from bridge.store.statement import Statement

THINGS = Table("things", MetaData(), Column("id", Text), Column("name", Text))


def test_values_are_bound_and_never_in_the_text() -> None:
    statement = Statement(select(THINGS.c.id).where(THINGS.c.name == "o'neill; DROP TABLE things"))
    for compiled in (statement.compiled("sqlite"), statement.compiled("postgresql")):
        assert "neill" not in compiled.sql
        assert list(compiled.values.values()) == ["o'neill; DROP TABLE things"]


def test_each_driver_gets_its_own_form_of_names() -> None:
    statement = Statement(select(THINGS.c.id).where(THINGS.c.name == bindparam("wanted")))
    assert ":wanted" in statement.compiled("sqlite").sql
    assert "%(wanted)s" in statement.compiled("postgresql").sql


def test_it_is_compiled_once() -> None:
    statement = Statement(select(THINGS.c.id))
    assert statement.compiled("sqlite") is statement.compiled("sqlite")


def test_databases_may_have_an_expression_each() -> None:
    statement = Statement({"sqlite": select(literal(1)), "postgresql": select(literal(2))})
    assert list(statement.compiled("sqlite").values.values()) == [1]
    assert list(statement.compiled("postgresql").values.values()) == [2]


def test_a_percent_sign_of_the_expression_is_kept() -> None:
    statement = Statement(select(THINGS.c.id).where(THINGS.c.name.like("a%")))
    assert statement.compiled("postgresql").values == {"name_1": "a%"}
