"""Which binary value of an answer a client means when it wants the bytes themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridge.call import JsonValue
from bridge.errors import CallError, NotAcceptable
from bridge.shapes.json import loads
from bridge.shapes.model import Scalar


def places(declared: Mapping[str, Scalar], chosen: str) -> tuple[tuple[str, ...], str]:
    """Where to look, from what the operation declares and what is set, and the media type that is declared there.

    Raises NotAcceptable when there is no place.
    """
    found = tuple(one for one in declared if one == chosen) if chosen else tuple(declared)
    if not found:
        raise NotAcceptable("The answer of this operation has no binary value that could be given alone.")
    return found, declared[found[0]].media if len(found) == 1 else ""


def chosen(json: str, where: tuple[str, ...]) -> str:
    """The one value at these places. Raises NotAcceptable when there is none or more than one."""
    value = loads(json.encode()) if json else None
    found = [one for place in where for one in _at(value, place.split("/")[1:])]
    if len(found) == 1:
        return found[0]
    told = "This answer holds no file." if not found else f"This answer holds {len(found)} files; ask for JSON."
    error: CallError = NotAcceptable(told)
    error.outcome = "applied"
    raise error


def _at(value: JsonValue, steps: list[str]) -> Iterator[str]:
    if not steps:
        if isinstance(value, str):
            yield value
        return
    step, rest = steps[0], steps[1:]
    if step == "*" and isinstance(value, list):
        for item in value:
            yield from _at(item, rest)
    elif isinstance(value, dict):
        key = step.replace("~1", "/").replace("~0", "~")
        if key in value:
            yield from _at(value[key], rest)
