"""Numbers and booleans in the forms that services really send."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.formats.xml import scalar_numbers as numbers
from bridge.formats.xml.scalar_numbers import Unfit
from bridge.shapes.json import Number


@pytest.mark.parametrize(
    ("read", "text", "json"),
    [
        (numbers.integer_json, " +007 ", "7"),
        (numbers.integer_json, "-0", "0"),
        (numbers.decimal_json, "-.50", "-0.50"),
        (numbers.decimal_json, "1.", "1"),
        (numbers.float_json, "+INF", '"INF"'),
        (numbers.float_json, "1.5e3", "1.5E3"),
        (numbers.odd_integer_json, "5.00", "5"),
        (numbers.odd_integer_json, "-0.0", "0"),
        (numbers.odd_decimal_json, "1E-10", "1E-10"),
        (numbers.odd_boolean_json, " TRUE ", "true"),
    ],
)
def test_a_text_is_read_with_every_digit(read: Callable[[str], str], text: str, json: str) -> None:
    assert read(text) == json


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (numbers.integer_json, "5.0"),
        (numbers.decimal_json, "1E2"),
        (numbers.decimal_json, "."),
        (numbers.float_json, "e5"),
        (numbers.odd_integer_json, "5.5"),
        (numbers.odd_decimal_json, "NaN"),
        (numbers.odd_boolean_json, "yes"),
    ],
)
def test_what_means_nothing_for_sure_is_refused(read: Callable[[str], str], text: str) -> None:
    with pytest.raises(Unfit):
        read(text)


@pytest.mark.parametrize(("value", "text"), [("1e3", "1000"), ("12345678901234567890123", "12345678901234567890123")])
def test_a_whole_number_is_written_without_exponent(value: str, text: str) -> None:
    assert numbers.integer_text(Number(value)) == text


def test_an_exponent_has_a_bound() -> None:
    with pytest.raises(Unfit, match="out of range"):
        numbers.decimal_text(Number("1e999999999"))
