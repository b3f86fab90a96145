"""Plain values as the JSON that operators see: names in camelCase, times in ISO 8601, numbers with all their digits.

The command line with `--json` and the admin API print the same. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime

from bridge.call import JsonValue
from bridge.shapes.json import Number
from bridge.shapes.naming import clean

_TIMES = frozenset({"at", "dead_since"})


def plain(value: object) -> JsonValue:
    """Of frozen dataclasses, sequences, mappings, and JSON values, which stay as they are."""
    match value:
        case None | bool():
            return value
        case str():
            return value
        case int():
            return Number(value)
        case float():
            return Number(repr(round(value, 6)))
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case _ if is_dataclass(value):
            return {clean(one.name): _field(one.name, getattr(value, one.name)) for one in fields(value)}
        case _:
            raise TypeError(f"a {type(value).__name__} is nothing that operators are shown")


def moment(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC, to the millisecond."""
    text = datetime.fromtimestamp(min(max(seconds, 0.0), 253402300799.0), UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def _field(name: str, value: object) -> JsonValue:
    if isinstance(value, int | float) and not isinstance(value, bool) and (name in _TIMES or name.endswith("_at")):
        return moment(float(value))
    return plain(value)
