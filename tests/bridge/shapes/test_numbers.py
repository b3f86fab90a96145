"""Numbers keep their value and their digits; hostile exponents cost nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.shapes import json
from bridge.shapes.numbers import digits, exact, integer, json_number, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", "5"),
        ("+05", "5"),
        ("-05.", "-5"),
        (".50", "0.50"),
        ("-.5", "-0.5"),
        ("00", "0"),
        ("1E5", "1E5"),
        ("1.e-3", "1E-3"),
        ("12345678901234567890.10", "12345678901234567890.10"),
        ("", None),
        (".", None),
        ("-", None),
        ("INF", None),
        ("1 ", None),
        ("٣", None),
    ],
)
def test_json_number(text: str, expected: str | None) -> None:
    assert json_number(text) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1", "1"),
        ("1.50", "1.50"),
        ("1.50e1", "15.0"),
        ("1e2", "100"),
        ("-1E-2", "-0.01"),
        ("12.34e-1", "1.234"),
        ("0e5", "0"),
        ("0e999999999999", "0"),
        ("1e999999999", None),
        ("1e-999999999", None),
        ("1e1000", None),
        ("1e998", "1" + "0" * 998),
        ("1" * 1001, None),
    ],
)
def test_plain(number: str, expected: str | None) -> None:
    assert plain(number) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1", "1"),
        ("1.0", "1"),
        ("1e2", "100"),
        ("1.5", None),
        ("-0", "0"),
        ("-0.0", "0"),
        ("15e-1", None),
        ("150e-1", "15"),
    ],
)
def test_integer(number: str, expected: str | None) -> None:
    assert integer(number) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", (1, 0)),
        ("123.45", (5, 2)),
        ("0.05", (2, 2)),
        ("100", (3, 0)),
        ("-007.10", (2, 1)),
        ("+1", (1, 0)),
        ("1e2", (3, 0)),
    ],
)
def test_digits(text: str, expected: tuple[int, int]) -> None:
    assert digits(text) == expected


@given(value=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40))
def test_no_value_is_lost(value: Decimal) -> None:
    number = json_number(str(value))
    assert number is not None
    assert json.loads(number.encode()) == number
    text = plain(number)
    assert text is not None
    assert Decimal(text) == value
    assert (integer(number) is not None) == (value == value.to_integral_value())


def test_what_is_no_finite_number_has_no_value() -> None:
    assert exact("NaN") is exact("Infinity") is exact("x") is exact("1e9999999999999999999999") is None
    assert exact("1e99999") == Decimal("1e99999")
