"""Files that came beside the JSON, put into it: each at its JSON Pointer, as a value that only the encoder understands.

Where the way to a file is not in the JSON it is made; what stands there already is never replaced. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.call import JsonValue
from bridge.errors import DoesNotFit, Violation

DEPTH_MAX = 50
MEDIA_UNKNOWN = "application/octet-stream"


def placed(args: JsonValue, values: Mapping[str, str]) -> JsonValue:
    """The arguments with the values in them: files (`Attached`) or their base64 text.

    Raises DoesNotFit with every place that cannot be. `args` is not changed.
    """
    errors: list[Violation] = []
    for pointer in sorted(values, key=_in_order):  # so that items of an array come one behind the other
        try:
            args = _put(args, _steps(pointer), values[pointer])
        except ValueError as error:
            errors.append(Violation(pointer, str(error)))
    if errors:
        raise DoesNotFit(errors=errors)
    return args


def _steps(pointer: str) -> list[str]:
    if pointer and not pointer.startswith("/"):
        raise ValueError("is no JSON Pointer")
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    if len(steps) > DEPTH_MAX:
        raise ValueError("is nested too deeply")
    return steps


def _in_order(pointer: str) -> list[tuple[int, str]]:
    return [(int(step) if _is_index(step) else -1, step) for step in pointer.split("/")]


def _is_index(step: str) -> bool:
    return step.isascii() and step.isdigit() and len(step) < 10


def _put(value: JsonValue, steps: list[str], file: str) -> JsonValue:
    """A copy of the value along the way to the file."""
    if not steps:
        if value is not None:
            raise ValueError("is given as JSON as well as a file")
        return file
    step, rest = steps[0], steps[1:]
    if isinstance(value, list) or (value is None and _is_index(step)):
        items = list(value or [])
        if not _is_index(step) or int(step) > len(items):
            raise ValueError("is no place in this array, whose items come one behind the other")
        index = int(step)
        return [*items[:index], _put(items[index] if index < len(items) else None, rest, file), *items[index + 1 :]]
    if isinstance(value, dict) or value is None:
        members = dict(value or {})
        return {**members, step: _put(members.get(step), rest, file)}
    raise ValueError("cannot be there: what should hold it is no object")
