"""Which HTTP status a fault has by the configuration: by its name, its type, a code, or a condition. Pure.

The keys are gone through in the order in which they are written, and the first that fits decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bridge.call import JsonValue
from bridge.shapes.json import loads
from bridge.shapes.jsonpath import Condition, Incomputable
from bridge.shapes.model import Described, Field, Kind, ListOf, Record, Scalar, XmlNode

_TEXT = Scalar(Kind.STRING)
PASSING = frozenset({500, 502, 503, 504})
"""Statuses of failures that may be over at the next try."""
SEEN = Described(
    Record(
        (
            *(Field(name, _TEXT, required=True) for name in ("name", "code", "text")),
            Field("subcodes", ListOf(_TEXT), required=True),
            Field("detail", XmlNode(), required=True, nullable=True),
        )
    )
)
"""What a condition on a fault looks at; its detail may be anything."""


@dataclass(frozen=True, slots=True)
class FaultSeen:
    """A fault as conditions see it. `types`: the qualified names (`{namespace}local`) of its detail and of the type of
    that; `detail`: its JSON text, None for none."""

    name: str = ""
    code: str = ""
    subcodes: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    text: str = ""
    detail: str | None = None

    def value(self) -> JsonValue:
        return {
            "name": self.name,
            "code": self.code,
            "subcodes": list(self.subcodes),
            "text": self.text,
            "detail": loads(self.detail.encode()) if self.detail else None,
        }


def is_expression(key: str) -> bool:
    """No name, code or qualified name has an `@`, and no condition is without."""
    return "@" in key


def chosen_status(seen: FaultSeen, statuses: Mapping[str, int]) -> int | None:
    """The status of the first key that fits."""
    return next((status for key, status in statuses.items() if fits(seen, key)), None)


def fits_any(seen: FaultSeen, keys: Iterable[str]) -> bool:
    return any(fits(seen, key) for key in keys)


def fits(seen: FaultSeen, key: str) -> bool:
    """Whether a key means this fault."""
    if is_expression(key):
        try:
            return _condition(key).holds(seen.value())
        except Incomputable:
            return False
    return key in {seen.name, seen.code, *seen.subcodes, *seen.types}


@lru_cache(maxsize=1024)
def _condition(text: str) -> Condition:
    return Condition(text)
