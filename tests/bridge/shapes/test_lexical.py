"""Texts of a contract become the JSON values they stand for; the lexical patterns hold for every day there is."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.call import JsonValue
from bridge.shapes.json import Number
from bridge.shapes.lexical import BASE64, CLARK_NAME, DATES, EXAMPLES, value_of
from bridge.shapes.model import Facets, Kind, Scalar
from bridge.shapes.patterns import fits

TOKEN = Facets(white_space="collapse")


@pytest.mark.parametrize(
    ("scalar", "text", "expected"),
    [
        (Scalar(Kind.STRING), " a ", " a "),
        (Scalar(Kind.STRING, TOKEN), " a  b ", "a b"),
        (Scalar(Kind.BOOLEAN), "1", True),
        (Scalar(Kind.BOOLEAN), " false ", False),
        (Scalar(Kind.INTEGER), "+007", Number("7")),
        (Scalar(Kind.INTEGER, as_text=True), "7", "7"),
        (Scalar(Kind.DOUBLE), "+INF", "INF"),
        (Scalar(Kind.DOUBLE), "1e5", Number("1E5")),
        (Scalar(Kind.HEX), "4142", "QUI="),
        (Scalar(Kind.BASE64), "QU I=", "QUI="),
        (Scalar(Kind.DATE), " 2026-01-15 ", "2026-01-15"),
    ],
)
def test_value_of(scalar: Scalar, text: str, expected: JsonValue) -> None:
    value = value_of(scalar, text)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("kind", "text"),
    [(Kind.BOOLEAN, "yes"), (Kind.INTEGER, "x"), (Kind.DECIMAL, "1e5"), (Kind.DECIMAL, "INF"), (Kind.HEX, "4")],
)
def test_what_is_no_value(kind: Kind, text: str) -> None:
    with pytest.raises(ValueError, match=r"no value|string"):
        value_of(Scalar(kind), text)


@given(st.dates() | st.datetimes())
def test_every_day_is_valid_and_the_day_after_the_month_is_not(day: date) -> None:
    text = day.isoformat()
    assert fits(DATES[Kind.DATETIME if isinstance(day, datetime) else Kind.DATE], text)
    assert not fits(DATES[Kind.DATE], f"{text[:8]}32")


@pytest.mark.parametrize("year", [1, 4, 100, 400, 1900, 2000, 2023, 2024, 9996, 10000, 10100, 12024, 123456789])
def test_leap_years(year: int) -> None:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    assert fits(DATES[Kind.DATE], f"{year:04}-02-29") is leap
    assert fits(DATES[Kind.DATE], f"-{year:04}-02-29Z") is leap


def test_the_shown_examples_are_valid() -> None:
    assert [kind for kind, text in EXAMPLES.items() if not fits(DATES[kind], text)] == []
    assert set(EXAMPLES) == set(DATES)


def test_names_and_base64() -> None:
    assert fits(CLARK_NAME, "{urn:a b}c.d-e")
    assert not fits(CLARK_NAME, "a:b")
    assert fits(BASE64, "QUI=")
    assert not fits(BASE64, "QUI")
