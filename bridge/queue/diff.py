"""What an edit changes: two JSON values compared member by member. Pure.

A change names its place as a JSON Pointer (RFC 6901). Lists are compared by position: what they hold has no name that
one could follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bridge.call import JsonValue
from bridge.shapes.json import dumps

CHANGES_MAX = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `before` and `after` are JSON texts, `""` where there is nothing."""

    pointer: str
    kind: Literal["added", "removed", "changed"]
    before: str = ""
    after: str = ""


def changes(before: JsonValue, after: JsonValue) -> tuple[Change, ...]:
    """From one to the other, in the order of the first; at most `CHANGES_MAX`."""
    found = []
    for change in _compared(before, after, ""):
        found.append(change)
        if len(found) >= CHANGES_MAX:
            break
    return tuple(found)


def lines(found: tuple[Change, ...]) -> list[str]:
    """For people: what goes with `-`, what comes with `+`."""
    told = []
    for change in found:
        place = change.pointer or "(everything)"
        if change.kind != "added":
            told.append(f"- {place}: {change.before}")
        if change.kind != "removed":
            told.append(f"+ {place}: {change.after}")
    return told


def _compared(before: JsonValue, after: JsonValue, pointer: str) -> Iterator[Change]:
    match before, after:
        case dict(), dict():
            for key in [*before, *(key for key in after if key not in before)]:
                yield from _member(before, after, key, f"{pointer}/{_escaped(key)}")
        case list(), list():
            for index in range(max(len(before), len(after))):
                place = f"{pointer}/{index}"
                if index >= len(after):
                    yield Change(place, "removed", before=dumps(before[index]))
                elif index >= len(before):
                    yield Change(place, "added", after=dumps(after[index]))
                else:
                    yield from _compared(before[index], after[index], place)
        case _:
            if not _same(before, after):
                yield Change(pointer, "changed", dumps(before), dumps(after))


def _member(before: dict[str, JsonValue], after: dict[str, JsonValue], key: str, place: str) -> Iterator[Change]:
    if key not in after:
        yield Change(place, "removed", before=dumps(before[key]))
    elif key not in before:
        yield Change(place, "added", after=dumps(after[key]))
    else:
        yield from _compared(before[key], after[key], place)


def _same(before: JsonValue, after: JsonValue) -> bool:
    """A number and a text with the same letters are two things; so are true and 1."""
    return type(before) is type(after) and before == after


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
