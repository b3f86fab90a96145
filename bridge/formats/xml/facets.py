"""Facets as checks: functions from a value to the reason why it does not fit, or "" when it does.

Compiled once per type from XML Schema part 2 §4.3; the reasons are written for the person who sent the value.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bridge.shapes.model import Facets
from bridge.shapes.patterns import is_usable, matcher

Check = Callable[[Any], str]


def digits(text: str) -> Decimal:
    """A decimal with every digit: the constructor is exact, only arithmetic rounds."""
    return Decimal(text)


def text_checks(facets: Facets, unit: str, size: Callable[[Any], int]) -> tuple[Check, ...]:
    """Length facets over characters, bytes or items."""
    checks: list[Check] = []
    if facets.length is not None:
        exact = facets.length
        checks.append(lambda value: "" if size(value) == exact else f"must have exactly {exact} {unit}")
    if facets.min_length:
        least = facets.min_length
        checks.append(lambda value: "" if size(value) >= least else f"must have at least {least} {unit}")
    if facets.max_length is not None:
        most = facets.max_length
        checks.append(lambda value: "" if size(value) <= most else f"must have at most {most} {unit}")
    return tuple(checks)


def value_checks(
    facets: Facets, *, number: bool = False, order: Callable[[str], Decimal] | None = None
) -> tuple[Check, ...]:
    """Patterns, enumeration, bounds and digits, over the text of a value."""
    # A pattern that is none binds nobody; the schema that clients see leaves it out as well.
    checks = [_pattern(pattern) for pattern in facets.patterns if is_usable(pattern)]
    key = order or (_finite if number else None)
    if facets.enumeration is not None:
        checks.append(_enumeration(facets.enumeration, key))
    if key is not None:
        checks.extend(_bounds(facets, key))
    if number and facets.total_digits is not None:
        total = facets.total_digits
        checks.append(lambda text: "" if _count(text)[0] <= total else f"may have at most {total} digits")
    if number and facets.fraction_digits is not None:
        fraction = facets.fraction_digits
        checks.append(
            lambda text: "" if _count(text)[1] <= fraction else f"may have at most {fraction} digits after the point"
        )
    return tuple(checks)


def _pattern(pattern: str) -> Check:
    fits = matcher(pattern)  # linear, whatever the contract says: texts are foreign
    shown = pattern if len(pattern) <= 80 else f"{pattern[:77]}…"
    return lambda text: "" if fits(text) else f"does not match the pattern {shown}"


def _enumeration(allowed: tuple[str, ...], key: Callable[[str], Decimal] | None) -> Check:
    texts = frozenset(allowed)
    values = frozenset(_keyed(text, key) for text in allowed) if key else texts
    shown = ", ".join(allowed[:12]) + (", …" if len(allowed) > 12 else "")
    return lambda text: (
        "" if text in texts or (key is not None and _keyed(text, key) in values) else f"must be one of: {shown}"
    )


def _keyed(text: str, key: Callable[[str], Decimal]) -> Decimal | str:
    try:
        return key(text)
    except (ValueError, ArithmeticError):
        return text


def _finite(text: str) -> Decimal:
    match text:
        case "INF":
            return Decimal("Infinity")
        case "-INF":
            return Decimal("-Infinity")
    return digits(text)


def _bounds(facets: Facets, key: Callable[[str], Decimal]) -> list[Check]:
    checks: list[Check] = []
    for text, fits, words in (
        (facets.min_inclusive, Decimal.__ge__, "must be at least"),
        (facets.max_inclusive, Decimal.__le__, "must be at most"),
        (facets.min_exclusive, Decimal.__gt__, "must be more than"),
        (facets.max_exclusive, Decimal.__lt__, "must be less than"),
    ):
        if text is not None:
            checks.append(_bound(text, fits, words, key))
    return checks


def _bound(text: str, fits: Callable[[Decimal, Decimal], bool], words: str, key: Callable[[str], Decimal]) -> Check:
    try:
        limit = key(text)
    except (ValueError, ArithmeticError):
        return lambda _: ""  # a bound that is no value of its own type bounds nothing
    if limit.is_nan():
        return lambda _: ""

    def check(value: str) -> str:
        number = key(value)
        return "" if not number.is_nan() and fits(number, limit) else f"{words} {text}"

    return check


def _count(text: str) -> tuple[int, int]:
    """Significant digits in all, and after the point, of the value (trailing zeros do not count)."""
    whole, _, fraction = text.lstrip("+-").partition(".")
    fraction = fraction.rstrip("0")
    return max(len(whole.lstrip("0") + fraction), 1), len(fraction)
