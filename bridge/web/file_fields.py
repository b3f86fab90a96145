"""Which fields of a form are files, and where in the JSON each belongs. Pure.

A field is named by the path of its value with dots in between: `photo`, `document.content`, `items.0.content`. The
only file there can be may also be called `file`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from bridge.call import JsonValue
from bridge.errors import Violation

ALIAS = "file"
NAME_MAX = 200
_INDEX = "(0|[1-9][0-9]{0,3})"
_EVERY = "*"
_TWICE = "is given twice: in the JSON and as a file"

Path = tuple[str | int, ...]
"""The keys and indices that lead to a value."""


@dataclass(frozen=True, eq=False)
class FileFields:
    """The binary values of an input: JSON Pointers with `*` for the items of an array; "" is the input itself."""

    pointers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pointers)

    @cached_property
    def only(self) -> Path | None:
        """The one place there is, when there is one and it is not in an array."""
        return self._paths[0] if len(self._paths) == 1 and _EVERY not in self._paths[0] else None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names as a person would write them, with 0 for an index."""
        return tuple(".".join("0" if step == _EVERY else step for step in path) or ALIAS for path in self._paths)

    def find(self, name: str) -> Path | None:
        """Where the file of a field belongs; None when no file has this name."""
        if len(name) > NAME_MAX:
            return None
        for pattern, path in zip(self._patterns, self._paths, strict=True):
            if found := pattern.fullmatch(name):
                indices = iter(found.groups())
                return tuple(int(next(indices)) if step == _EVERY else step for step in path)
        return self.only if name == ALIAS else None

    @cached_property
    def _paths(self) -> tuple[tuple[str, ...], ...]:
        return tuple(_steps(pointer) for pointer in self.pointers)

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(
            re.compile(r"\.".join(_INDEX if step == _EVERY else re.escape(step) for step in path) or r"(?!)")
            for path in self._paths
        )


@dataclass(slots=True)
class Filled:
    """An input with room made for files, and what was wrong with it."""

    value: JsonValue
    violations: list[Violation] = field(default_factory=list)


def with_room(value: JsonValue, paths: Iterable[Path]) -> Filled:
    """The input with everything above its files there: objects and items are made where they lack.

    In an object a file is absent, as an item of an array or as the whole input it is null. `value` is changed.
    """
    filled = Filled(value)
    for path in sorted(paths, key=lambda path: [(isinstance(step, str), step) for step in path]):
        if fault := _room_for(value, path):
            filled.violations.append(fault)
    return filled


def pointer(path: Path) -> str:
    """An RFC 6901 JSON Pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _steps(text: str) -> tuple[str, ...]:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])


def _room_for(value: JsonValue, path: Path) -> Violation | None:
    """Walks to the place of a file and makes what lacks on the way; a violation where it cannot."""
    for depth, step in enumerate(path):
        last = depth == len(path) - 1
        made: JsonValue = None if last else [] if isinstance(path[depth + 1], int) else {}
        if isinstance(value, dict) and isinstance(step, str):
            if last:
                return Violation(pointer(path), _TWICE) if step in value else None
            value = value.setdefault(step, made)
        elif isinstance(value, list) and isinstance(step, int):
            if step > len(value):
                return Violation(pointer(path[: depth + 1]), f"there is no item {len(value)} before it")
            if step == len(value):
                value.append(made)
            elif last and value[step] is not None:
                return Violation(pointer(path), _TWICE)
            value = value[step]
        else:
            kind = "an array" if isinstance(step, int) else "an object"
            return Violation(pointer(path[:depth]), f"must be {kind}, since a file belongs into it")
    return None if path or value is None else Violation("", _TWICE)
