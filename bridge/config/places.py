"""Where each key and each value of a configuration was written. Pure; knows no YAML and no settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.errors import Place

DataPath = tuple[str | int, ...]
"""The way from the root to a value: keys, and positions in lists."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def place(self, message: str, hint: str = "") -> Place:
        return Place(self.file, self.line, self.column, message, hint)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(slots=True)
class Places:
    """The marks of one configuration, several files together."""

    root: Mark
    keys: dict[DataPath, Mark] = field(default_factory=dict)
    values: dict[DataPath, Mark] = field(default_factory=dict)

    def key(self, path: Sequence[str | int]) -> Mark:
        """Where the key was written; for the position in a list, where its value was. Else as near as is known."""
        return self._nearest(tuple(path), self.keys)

    def value(self, path: Sequence[str | int]) -> Mark:
        """Where the value begins. For one that is not there: where the key of what should hold it was written."""
        mark = self.values.get(tuple(path))
        return mark if mark is not None else self.key(path)

    def _nearest(self, path: DataPath, marks: dict[DataPath, Mark]) -> Mark:
        for length in range(len(path), 0, -1):
            mark = marks.get(path[:length]) or self.values.get(path[:length])
            if mark is not None:
                return mark
        return self.root
