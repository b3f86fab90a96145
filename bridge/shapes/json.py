"""JSON in and out without losing a digit, and without what is ambiguous or hostile.

Numbers come out as `Number`, a `str` with exactly the digits that were written. Duplicate keys, NaN and Infinity,
lone surrogates, a BOM and nesting over the limit are refused (RFC 8259; I-JSON, RFC 7493).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import NoReturn

from bridge.call import JsonValue
from bridge.errors import MalformedJson

DEPTH_MAX = 100
VALUES_MAX = 400_000
"""Of a small text; a large one may have one value in five bytes. A value takes up to a hundred bytes of memory."""
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)  # one without an end is passed over once
_BRACKETS = re.compile(rb"[\[\]{}]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Number(str):
    """A JSON number as written."""

    __slots__ = ()


def loads(data: bytes, *, depth_max: int = DEPTH_MAX) -> JsonValue:
    """Parse a JSON text in UTF-8. Raises MalformedJson with a readable reason and position."""
    _check_depth(data, depth_max)
    _check_values(data)
    try:
        value: JsonValue = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise MalformedJson(f"The body is not UTF-8 (byte {error.start}).") from error
    except json.JSONDecodeError as error:
        raise MalformedJson(f"Not valid JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from error
    except RecursionError as error:
        raise MalformedJson(f"The JSON is nested deeper than {depth_max} levels.") from error
    if b"\\u" in data and _has_surrogate(value):  # UTF-8 has none, so only an escape can bring one
        raise MalformedJson("The JSON has a lone surrogate, which is no character.")
    return value


def dumps(value: JsonValue) -> str:
    """The text of a value; `Number`s as written. Object order is kept, no white space is added."""
    match value:
        case Number():
            return str(value)
        case str():
            return quote(value)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case list():
            return "[" + ",".join(map(dumps, value)) + "]"
        case dict():
            return "{" + ",".join(f"{quote(key)}:{dumps(item)}" for key, item in value.items()) + "}"


quote: Callable[[str], str] = (
    json.encoder.encode_basestring
)  # a JSON string literal, non-ASCII as it is; the C function where there is one


def _check_depth(data: bytes, depth_max: int) -> None:
    depth = 0
    for bracket in (
        _BRACKETS.finditer(_STRINGS.sub(b"", data)) if data.count(b"[") + data.count(b"{") > depth_max else ()
    ):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > depth_max:
            raise MalformedJson(f"The JSON is nested deeper than {depth_max} levels.")


def _check_values(data: bytes) -> None:
    most = max(VALUES_MAX, len(data) // 5)
    if data.count(b",") >= most and _STRINGS.sub(b"", data).count(b",") >= most:
        raise MalformedJson(f"The JSON has more than {most} values.")


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    result = dict(pairs)
    if len(result) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise MalformedJson(f"The key {twice[:80]!r} appears twice in one object.")
    return result


def _has_surrogate(value: JsonValue) -> bool:
    if type(value) is str:
        return _SURROGATE.search(value) is not None
    if type(value) is list:
        return any(map(_has_surrogate, value))
    if type(value) is dict:
        return any(_SURROGATE.search(key) is not None or _has_surrogate(one) for key, one in value.items())
    return False


def _constant(text: str) -> NoReturn:
    raise MalformedJson(
        f"{text} is not a JSON number; write it as the string {quote(text)} where the schema allows it."
    )


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Number, parse_int=Number, parse_constant=_constant, strict=True
)
