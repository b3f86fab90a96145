"""Exact numbers: between the digits of JSON and those of XML Schema, never through a float.

Exponents are bounded before digits are written out, so `1e999999999` costs nothing. Knows no wire format.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from bridge.shapes.json import Number

DIGITS_MAX = 1000
"""A number that needs more digits than this when written without an exponent is refused."""

SPECIAL = ("INF", "-INF", "NaN")
"""The float values that are no JSON numbers; they travel as strings."""

_LEXICAL = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?")


def json_number(text: str) -> Number | None:
    """An XML Schema number as a JSON number with the same digits (`+05.` → `5`, `.50` → `0.50`); None if it is none."""
    match = _LEXICAL.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        return None
    fraction = f".{match[3]}" if match[3] else ""
    exponent = f"E{match[4]}" if match[4] else ""
    return Number(("-" if match[1] == "-" else "") + (match[2].lstrip("0") or "0") + fraction + exponent)


def plain(number: str) -> str | None:
    """A JSON number without an exponent, every digit kept (`1.50e1` → `15.0`); None if it would be too long."""
    if "e" not in number and "E" not in number:
        return str(number) if len(number) <= DIGITS_MAX else None
    mantissa, _, exponent = number.lower().partition("e")
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    shift = int(exponent) if len(exponent) <= 6 else None
    if shift is None or abs(shift) + len(mantissa) > DIGITS_MAX:
        zero = not (whole + fraction).strip("0")
        return "0" if zero and len(mantissa) <= DIGITS_MAX else None
    return ("-" if mantissa.startswith("-") else "") + _shifted(whole, fraction, shift)


def integer(number: str) -> str | None:
    """The digits of a JSON number whose value is whole (`1e2` → `100`, `5.0` → `5`), else None."""
    text = plain(number)
    if text is None:
        return None
    whole, _, fraction = text.partition(".")
    if fraction.strip("0"):
        return None
    return "0" if whole == "-0" else whole


def exact(text: str) -> Decimal | None:
    """The value for comparing; exact, since comparing decimals does not round. None for what is no finite number."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def digits(text: str) -> tuple[int, int]:
    """(total digits, fraction digits) of the value, as XML Schema counts them: without idle zeros."""
    whole, _, fraction = (plain(text) or "").lstrip("+-").partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    total = len(whole) + len(fraction) if whole else len(fraction.lstrip("0"))
    return max(total, len(fraction), 1), len(fraction)


def _shifted(whole: str, fraction: str, shift: int) -> str:
    point = len(whole) + shift
    figures = whole + fraction
    figures = "0" * max(1 - point, 0) + figures + "0" * max(point - len(figures), 0)
    point = max(point, 1)
    whole, fraction = figures[:point].lstrip("0") or "0", figures[point:]
    return f"{whole}.{fraction}" if fraction else whole
