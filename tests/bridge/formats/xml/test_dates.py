"""Dates as texts: what is valid, and which of two comes first (against datetime, which knows a part of them)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.formats.xml.dates import order_key, valid
from bridge.shapes.model import Kind

ZONES = st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=14)), dt.timezone(-dt.timedelta(hours=5, minutes=30))])
DAYS = st.dates(dt.date(2, 1, 1), dt.date(9998, 12, 31))
MOMENTS = st.builds(dt.datetime.combine, DAYS, st.times(), ZONES)


@settings(derandomize=True, max_examples=400)
@given(one=MOMENTS, other=MOMENTS)
def test_moments_are_ordered_as_datetime_orders_them(one: dt.datetime, other: dt.datetime) -> None:
    first, second = (moment.isoformat() for moment in (one, other))
    assert valid(Kind.DATETIME, first)
    keys = order_key(Kind.DATETIME, first), order_key(Kind.DATETIME, second)
    assert (keys[0] < keys[1]) == (one < other)
    assert (keys[0] == keys[1]) == (one == other)


@settings(derandomize=True, max_examples=300)
@given(year=st.integers(1, 9999), month=st.integers(1, 12), day=st.integers(1, 31))
def test_the_calendar_is_that_of_datetime(year: int, month: int, day: int) -> None:
    try:
        dt.date(year, month, day)
        expected = True
    except ValueError:
        expected = False
    assert valid(Kind.DATE, f"{year:04d}-{month:02d}-{day:02d}") == expected


@pytest.mark.parametrize(
    ("kind", "rising"),
    [
        (Kind.DATE, ["-0045-03-15", "-0001-12-31", "0001-01-01", "2026-01-31+14:00", "2026-01-31", "12026-01-01"]),
        (Kind.TIME, ["00:00:00+14:00", "00:00:00", "12:30:00.5", "12:30:00.51", "23:59:59", "23:59:59-01:00"]),
        (Kind.YEAR, ["-0001", "0999", "2026+05:00", "2026", "2026-05:00", "2027"]),
        (Kind.YEAR_MONTH, ["2025-12", "2026-01", "2026-02Z", "2026-02-05:00"]),
        (Kind.MONTH, ["--01", "--02+01:00", "--02", "--12"]),
        (Kind.MONTH_DAY, ["--01-31", "--02-01", "--02-29", "--12-31Z"]),
        (Kind.DAY, ["---01", "---15+01:00", "---15", "---31"]),
        (Kind.DURATION, ["-P1Y", "-P1D", "PT0S", "PT0.5S", "PT1M", "PT1H", "P1D", "P1M", "P1Y", "P1Y1D"]),
        (Kind.DATETIME, ["2026-01-01T23:59:59.9", "2026-01-01T24:00:00", "2026-01-02T00:00:00.1"]),
    ],
)
def test_order(kind: Kind, rising: list[str]) -> None:
    assert all(valid(kind, text) for text in rising)
    keys = [order_key(kind, text) for text in rising]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("one", "same"),
    [("2026-01-01T24:00:00", "2026-01-02T00:00:00Z"), ("2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.0")],
)
def test_one_moment_may_have_two_spellings(one: str, same: str) -> None:
    assert order_key(Kind.DATETIME, one) == order_key(Kind.DATETIME, same)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((Kind.DATETIME, text) for text in ("2026-13-01T00:00:00", "2026-01-01T24:00:01", "2026-01-01T00:00:60")),
        *((Kind.DATETIME, text) for text in ("2026-01-01", "26-01-01T00:00:00", "2026-01-01T00:00:00+14:01", "")),
        *(
            (Kind.DATE, text)
            for text in ("2026-02-29", "1900-02-29", "02026-01-01", "2026-1-1", "2026-01-01T", "٢٠٢٦-01-01")
        ),
        *((Kind.DURATION, text) for text in ("P", "PT", "P1", "1D", "P1H", "PT1D", "P-1D", "P1M1Y", "P1DT")),
        *((Kind.MONTH_DAY, text) for text in ("--02-30", "--04-31", "-01-01", "--13-01")),
        *((Kind.TIME, text) for text in ("25:00:00", "12:60:00", "1:00:00", "12:00", "12:00:00.")),
        *((Kind.DAY, text) for text in ("---00", "---32", "--01")),
        (Kind.YEAR, "1" * 100_000),
        (Kind.TIME, "12:00:00." + "1" * 100_000),
    ],
)
def test_what_is_no_date(kind: Kind, text: str) -> None:
    assert not valid(kind, text)


@pytest.mark.parametrize("year", ["2000-02-29", "2024-02-29", "-0004-02-29", "10000-02-29", "0004-02-29"])
def test_leap_days(year: str) -> None:
    assert valid(Kind.DATE, year)


def test_what_is_no_value_has_no_order() -> None:
    with pytest.raises(ValueError, match="P"):
        order_key(Kind.DURATION, "P1X")
