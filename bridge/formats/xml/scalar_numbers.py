"""Numbers and booleans between JSON and XML text: every digit kept, nothing through a float. Knows no facets."""

from __future__ import annotations

import re
from decimal import Decimal

from bridge.call import JsonValue
from bridge.formats.xml.facets import digits
from bridge.shapes.json import Number, quote

BLANKS = " \t\r\n"
"""The white space of XML, which is less than that of str.strip()."""

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(r"([+-]?)0*+(\d*)(?:\.(\d*))?", re.ASCII)
_FLOAT = re.compile(r"([+-]?)0*+(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?", re.ASCII)
_EXPONENT_MAX = 400  # 1e999999999 as an integer would be a gigabyte of zeros


class Unfit(ValueError):
    """The value is not of the kind; the message is for the person who sent it."""


def integer_text(value: JsonValue) -> str:
    if type(value) is not Number:
        raise Unfit("must be a whole number")
    if value.isdigit():
        return value
    number = decimal_of(value)
    if number != number.to_integral_value():
        raise Unfit("must be a whole number")
    # No arithmetic: that would round to the 28 digits of the default context. Minus nought is nought.
    return format(number.to_integral_value(), "f") if number else "0"


def decimal_text(value: JsonValue) -> str:
    if type(value) is not Number:
        raise Unfit("must be a number")
    return format(decimal_of(value), "f") if "e" in value or "E" in value else value


def decimal_of(value: Number) -> Decimal:
    check_exponent(value)
    return digits(value)


def check_exponent(value: Number) -> None:
    exponent = re.split("[eE]", value)[1:]
    if exponent and (len(exponent[0]) > 9 or abs(int(exponent[0])) > _EXPONENT_MAX):
        raise Unfit("is out of range")


def float_text(value: JsonValue) -> str:
    if type(value) is Number:
        check_exponent(value)
        return str(value)
    if type(value) is str and value in {"INF", "-INF", "NaN"}:
        return value
    raise Unfit('must be a number, or one of the strings "INF", "-INF", "NaN"')


def integer_json(text: str) -> str:
    text = text.strip(BLANKS)
    if not _INTEGER.fullmatch(text):
        raise Unfit(f"is no whole number: {text[:40]!r}")
    if text[0] in "+-0" and len(text) > 1:
        sign = "-" if text[0] == "-" else ""
        bare = text.lstrip("+-").lstrip("0") or "0"
        return bare if bare == "0" else sign + bare
    return text


def decimal_json(text: str) -> str:
    text = text.strip(BLANKS)
    match = _DECIMAL.fullmatch(text)
    if match is None or not any(char.isdigit() for char in text):
        raise Unfit(f"is no decimal number: {text[:40]!r}")
    return join(match[1], match[2], match[3])


def odd_integer_json(text: str) -> str:
    """`5.0`: a whole number all the same."""
    whole, _, fraction = decimal_json(text).partition(".")
    if fraction.strip("0"):
        raise Unfit(f"is no whole number: {text[:40]!r}")
    return "0" if whole == "-0" else whole


def odd_decimal_json(text: str) -> str:
    """`1E-10`: every digit is there, only the form is that of a float."""
    json = float_json(text)
    if json.startswith('"'):
        raise Unfit(f"is no decimal number: {text[:40]!r}")
    return json


def float_json(text: str) -> str:
    text = text.strip(BLANKS)
    if text in {"INF", "-INF", "NaN", "+INF"}:
        return quote(text.lstrip("+"))
    match = _FLOAT.fullmatch(text)
    if match is None or not any(char.isdigit() for char in re.split("[eE]", text)[0]):
        raise Unfit(f"is no number: {text[:40]!r}")
    base = join(match[1], match[2], match[3])
    return f"{base}E{match[4]}" if match[4] else base


def join(sign: str, whole: str, fraction: str | None) -> str:
    number = f"{whole or '0'}.{fraction}" if fraction else (whole or "0")
    return f"-{number}" if sign == "-" else number


def boolean_json(text: str) -> str:
    match text.strip(BLANKS):
        case "true" | "1":
            return "true"
        case "false" | "0":
            return "false"
    raise Unfit(f"is no boolean: {text[:40]!r}")


def odd_boolean_json(text: str) -> str:
    """`True` and `FALSE`, as some languages print them."""
    return boolean_json(text.strip(BLANKS).lower())
