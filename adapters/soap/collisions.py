"""Names that meet: different names of one record that would be one JSON key, so that all of them keep their own.

For people who wonder why a key is not written like the others (DESIGN "Names"). Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.errors import BridgeError
from bridge.formats.xml.layout import ComplexType
from bridge.formats.xml.plan import Slot
from bridge.formats.xml.view import View
from bridge.shapes.naming import clean


@dataclass(frozen=True, slots=True)
class Meeting:
    """In the record `type` the elements or attributes `names` would all be `key`; they are `keys` instead."""

    type: str
    key: str
    names: tuple[str, ...]
    keys: tuple[str, ...]

    def __str__(self) -> str:
        pairs = ", ".join(f"{name} is {key}" for name, key in zip(self.names, self.keys, strict=True))
        return f"{self.type}: {' and '.join(self.names)} would both be {self.key}; {pairs}"


def meetings(view: View) -> Iterator[Meeting]:
    """Every place where names meet, in the order of the schema."""
    for name, found in view.layout.types.items():
        if not isinstance(found, ComplexType):
            continue
        try:
            slots = view.record(name).slots
        except BridgeError:
            continue  # what cannot be planned is left out, and said to be so elsewhere
        yield from _of_record(name.rpartition("}")[2], slots, view)


def _of_record(type_name: str, slots: list[Slot], view: View) -> Iterator[Meeting]:
    wanted: dict[str, list[Slot]] = {}
    for slot in slots:
        if slot.name:
            wanted.setdefault(clean(_local(slot), view.options.naming), []).append(slot)
    for key, found in wanted.items():
        if len(found) > 1:
            yield Meeting(type_name, key, tuple(map(_local, found)), tuple(slot.key for slot in found))


def _local(slot: Slot) -> str:
    return slot.name.rpartition("}")[2]
