"""Values of every built-in type as a client writes them, and hypothesis strategies that make up more.

Knows lexical forms; nothing of servers or of the bridge.
"""

from __future__ import annotations

import base64
import json
import math
import re
import struct
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.servers.types import BUILT_INS, BuiltIn

BY_NAME = {built_in.name: built_in for built_in in BUILT_INS}
# Every character of XML 1.0 (§2.2); carriage return is in a test of its own.
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
TEXT = st.text(st.one_of(LETTERS, st.sampled_from("\t\n <>&\"']")), max_size=20)
NAME_START = st.sampled_from("aZ_äλ漢")
NAME_REST = st.text(st.sampled_from("aZ09_-.ä漢"), max_size=8)
FRACTION = st.one_of(st.just(""), st.from_regex(r"\.[0-9]{1,6}", fullmatch=True))
ZONE = st.one_of(
    st.sampled_from(["", "Z"]),
    st.builds("{}{:02}:{:02}".format, st.sampled_from("+-"), st.integers(0, 13), st.sampled_from([0, 30, 45, 59])),
)


class Number(str):
    """The digits of a JSON number."""

    __slots__ = ()


def read(text: str) -> Any:
    """JSON whose numbers keep their digits."""
    return json.loads(text, parse_float=Number, parse_int=Number)


def text_of(built_in: BuiltIn, value: object) -> str:
    """What a client got, as XML Schema writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return " ".join(text_of(built_in, one) for one in value)
    assert isinstance(value, str), value
    numeric = built_in.to_json("10") == "10"
    assert isinstance(value, Number) == (numeric and value not in {"INF", "-INF", "NaN"}), (built_in.name, value)
    return base64.b64decode(value).hex() if built_in.xsd == "hexBinary" else value


def same(built_in: BuiltIn, one: str, other: str) -> bool:
    """Equal in value space; a text that is none of the type equals nothing."""
    try:
        return built_in.same(one, other)
    except (ValueError, ArithmeticError, AssertionError):
        return False


# ── made up ──────────────────────────────────────────────────────────────────────────────────────────────────────


def whole(low: int | None, high: int | None) -> SearchStrategy[str]:
    return st.integers(low, high).map(str)


def decimals() -> SearchStrategy[str]:
    digits = st.from_regex(r"(0|[1-9][0-9]{0,24})(\.[0-9]{1,12})?", fullmatch=True)
    return st.builds(str.__add__, st.sampled_from(["", "-"]), digits)


def floats(width: int) -> SearchStrategy[str]:
    numbers = st.floats(width=32 if width == 32 else 64, allow_nan=False, allow_infinity=False)
    return st.one_of(numbers.map(lambda number: shortest(number, width)), st.sampled_from(["INF", "-INF", "NaN"]))


def shortest(number: float, width: int) -> str:
    """The fewest digits that say which number is meant."""
    if width == 64:
        return repr(number)
    return next(
        text
        for digits in range(1, 18)
        if struct.pack("f", float(text := f"{number:.{digits}g}")) == struct.pack("f", number) or math.isnan(number)
    )


def days() -> SearchStrategy[str]:
    years = st.one_of(st.integers(1, 9999), st.integers(10000, 99999), st.integers(-9999, -1))
    return st.builds(
        lambda year, month, day: f"{'-' if year < 0 else ''}{abs(year):04}-{month:02}-{day:02}",
        years,
        st.integers(1, 12),
        st.integers(1, 28),
    )


def times() -> SearchStrategy[str]:
    clock = st.builds("{:02}:{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
    return st.builds(str.__add__, clock, FRACTION)


def zoned(day: SearchStrategy[str]) -> SearchStrategy[str]:
    return st.builds(str.__add__, day, ZONE)


def durations() -> SearchStrategy[str]:
    forms = [r"P[1-9][0-9]?Y", r"P[0-9]{1,3}D", r"PT[0-9]{1,3}H[0-9]{1,2}M", r"PT[0-9]{1,5}(\.[0-9]{1,6})?S", r"P1Y2M"]
    plain = st.one_of(*(st.from_regex(form, fullmatch=True) for form in forms))
    return st.builds(str.__add__, st.sampled_from(["", "-"]), plain)


def collapsed() -> SearchStrategy[str]:
    return TEXT.map(lambda text: re.sub(r"[ \t\n]+", " ", text).strip(" "))


def names(first: str = "") -> SearchStrategy[str]:
    return st.builds("{}{}{}".format, st.sampled_from(["", first]), NAME_START, NAME_REST)


def words(word: SearchStrategy[str]) -> SearchStrategy[str]:
    return st.lists(word, min_size=1, max_size=4).map(" ".join)


TOKEN = st.text(st.sampled_from("aZ09_-.:ä漢"), min_size=1, max_size=8)
YEAR = days().map(lambda day: day.rpartition("-")[0].rpartition("-")[0])
MADE: dict[str, SearchStrategy[str]] = {
    "string": TEXT,
    "normalizedString": TEXT.map(lambda text: text.replace("\t", " ").replace("\n", " ")),
    "token": collapsed(),
    "language": st.from_regex(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})?", fullmatch=True).filter(str.isascii),
    "name": names(":"),
    "ncName": names(),
    "nmtoken": TOKEN,
    "nmtokens": words(TOKEN),
    "id": names(),
    "idref": names(),
    "idrefs": words(names()),
    "entity": names(),
    "entities": words(names()),
    "anyUri": st.from_regex(r"(https?://[a-z]{1,9}(/[a-zä&=?]{0,9}){0,3})?", fullmatch=True),
    "qName": st.builds("{{{}}}{}".format, st.sampled_from(["urn:a", "urn:example:types"]), names()),
    "boolean": st.sampled_from(["true", "false"]),
    "decimal": decimals(),
    "integer": whole(None, None),
    "nonPositiveInteger": whole(None, 0),
    "negativeInteger": whole(None, -1),
    "nonNegativeInteger": whole(0, None),
    "positiveInteger": whole(1, None),
    "long": whole(-(2**63), 2**63 - 1),
    "int": whole(-(2**31), 2**31 - 1),
    "short": whole(-(2**15), 2**15 - 1),
    "byte": whole(-128, 127),
    "unsignedLong": whole(0, 2**64 - 1),
    "unsignedInt": whole(0, 2**32 - 1),
    "unsignedShort": whole(0, 2**16 - 1),
    "unsignedByte": whole(0, 255),
    "float": floats(32),
    "double": floats(64),
    "duration": durations(),
    "dateTime": zoned(st.builds("{}T{}".format, days(), times())),
    "time": zoned(times()),
    "date": zoned(days()),
    "gYearMonth": zoned(days().map(lambda day: day.rpartition("-")[0])),
    "gYear": zoned(YEAR),
    "gMonthDay": zoned(days().map(lambda day: f"--{day[-5:]}")),
    "gDay": zoned(st.integers(1, 31).map("---{:02}".format)),
    "gMonth": zoned(st.integers(1, 12).map("--{:02}".format)),
    "hexBinary": st.binary(max_size=12).map(lambda data: data.hex().upper()),
    "base64Binary": st.binary(max_size=40).map(lambda data: base64.b64encode(data).decode()),
    "anySimpleType": TEXT,
}
RECORDS = st.fixed_dictionaries({}, optional=MADE)
