r"""What the text of each kind looks like in JSON: one place that codec, schema and samples can agree on.

Patterns are in the language of XML Schema. Dates know the calendar, so that whoever generates values from a published
schema generates days that exist.
"""

from __future__ import annotations

from base64 import b64encode
from binascii import unhexlify

from bridge.call import JsonValue
from bridge.shapes.json import Number
from bridge.shapes.model import Kind, Scalar
from bridge.shapes.numbers import SPECIAL, json_number

NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE})
FLOATS = frozenset({Kind.FLOAT, Kind.DOUBLE})
BINARY = frozenset({Kind.HEX, Kind.BASE64})
NAMES = frozenset({Kind.QNAME, Kind.NOTATION})

NCNAME = r"[\i-[:]][\c-[:]]*"
CLARK_NAME = r"(\{[^{}<>&" + '"' + r"]*\})?" + NCNAME
"""`{namespace}local`, or `local` without one."""
TEXT = r"[\s\S]*"
"""Any text; what XML cannot carry is taken away wherever a pattern is published."""
COLLAPSED = r"(\S+( \S+)*)?"
BASE64 = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
JSON_NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+\-]?[0-9]{1,4})?"

_YEAR = "-?([1-9][0-9]{4,8}|[0-9]{4})"
_LEAP = "-?([1-9][0-9]{0,4})?([0-9][0-9](0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
_MONTH = "(0[1-9]|1[0-2])"
_MONTH_DAY = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
_DAY = f"({_YEAR}-{_MONTH_DAY}|{_LEAP}-02-29)"
_CLOCK = r"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,40})?|24:00:00(\.0{1,40})?)"
_ZONE = r"(Z|[+\-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_N = "[0-9]{1,18}"
_S = rf"{_N}(\.[0-9]{{1,40}})?S"
_DAY_TIME = f"T({_N}H({_N}M)?({_S})?|{_N}M({_S})?|{_S})"

DATES = {
    Kind.DATETIME: f"{_DAY}T{_CLOCK}{_ZONE}",
    Kind.DATE: _DAY + _ZONE,
    Kind.TIME: _CLOCK + _ZONE,
    Kind.YEAR_MONTH: f"{_YEAR}-{_MONTH}{_ZONE}",
    Kind.YEAR: _YEAR + _ZONE,
    Kind.MONTH_DAY: f"--({_MONTH_DAY}|02-29){_ZONE}",
    Kind.DAY: f"---(0[1-9]|[12][0-9]|3[01]){_ZONE}",
    Kind.MONTH: f"--{_MONTH}{_ZONE}",
    Kind.DURATION: f"-?P(({_N}Y({_N}M)?({_N}D)?|{_N}M({_N}D)?|{_N}D)({_DAY_TIME})?|{_DAY_TIME})",
}
EXAMPLES = {
    Kind.DATETIME: "2026-01-15T09:30:00Z",
    Kind.DATE: "2026-01-15",
    Kind.TIME: "09:30:00",
    Kind.YEAR_MONTH: "2026-01",
    Kind.YEAR: "2026",
    Kind.MONTH_DAY: "--01-15",
    Kind.DAY: "---15",
    Kind.MONTH: "--01",
    Kind.DURATION: "P1DT12H",
}


def value_of(scalar: Scalar, text: str) -> JsonValue:
    """The JSON value that a text of the contract (a default, a fixed or enumerated value) stands for.

    Raises ValueError when it is none of the kind.
    """
    if scalar.kind is Kind.STRING:
        return normalised(text, scalar.facets.white_space)
    text = normalised(text, "collapse")
    if scalar.kind is Kind.BOOLEAN:
        return {"true": True, "1": True, "false": False, "0": False}[text] if text in _BOOLEANS else _none(text)
    if scalar.kind in NUMBERS:
        return _number(scalar, text.lstrip("+") if text.endswith("INF") else text)
    if scalar.kind is Kind.HEX:
        return b64encode(unhexlify(text)).decode()
    if scalar.kind is Kind.BASE64:
        return text.replace(" ", "")
    return text


_BOOLEANS = frozenset({"true", "1", "false", "0"})


def normalised(text: str, white_space: str) -> str:
    """As XML Schema treats white space before anything else (part 2 §4.3.6)."""
    if white_space == "preserve":
        return text
    text = text.translate({9: " ", 10: " ", 13: " "})
    return " ".join(part for part in text.split(" ") if part) if white_space == "collapse" else text


def _number(scalar: Scalar, text: str) -> JsonValue:
    if scalar.kind in FLOATS and text in SPECIAL:
        return text
    number = json_number(text)
    if number is None or (scalar.kind not in FLOATS and "E" in number):
        return _none(text)
    return str(number) if scalar.as_text else Number(number)


def _none(text: str) -> JsonValue:
    raise ValueError(f"{text[:80]!r} is no value of its own kind")
