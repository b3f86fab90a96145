"""Which list of an answer its rows are: the only one, or the one that a person named. Pure.

A list is a repeated element that is reached without passing through another one. `lists` finds them in the plans of
the answer, so the same walk says where they are in JSON and where they lie on the wire.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.soap.message import MessageCodec
from bridge.errors import ContractError
from bridge.formats.xml.plan import ArrayUse, RecordUse, Slot, Use, VariantsUse
from bridge.formats.xml.view import View, use_of_slot
from bridge.shapes.model import Described, ListOf, Record, Ref, Shape, Variants

_LISTS_MAX, _STEPS_MAX = 200, 5_000


@dataclass(frozen=True, slots=True)
class Step:
    """From one element to one that it holds: the type of the first, and the slot that the second fills."""

    type: str
    slot: Slot


@dataclass(frozen=True, slots=True)
class RowList:
    """A list of an answer. `path`: its keys in the JSON, none when the answer is the list.

    `steps` lead from the element of the answer to what holds the rows; `array` is the type of that where it is an
    array of its own, else the last step's slot is repeated. `slot` is what a row fills.
    """

    path: tuple[str, ...]
    steps: tuple[Step, ...]
    slot: Slot
    array: str = ""

    @property
    def name(self) -> str:
        return ".".join(self.path)


def chosen(message: MessageCodec | None, wanted: str) -> RowList | None:
    """The list that is sent as rows: the one of this name, or the only one. Raises ContractError when there is none
    of this name."""
    found = lists(message) if message is not None else []
    if not wanted:
        # A wildcard for whatever may come one day is no list that anybody means, unless there is no other.
        likely = [one for one in found if one.slot.kind == "element"] or found
        return likely[0] if len(likely) == 1 else None
    named = next((one for one in found if one.name == wanted), None)
    if named is None:
        known = ", ".join(one.name or "(the answer itself)" for one in found[:20])
        raise ContractError(f"rows: the answer has no list {wanted!r}; it has {known or 'none'}")
    return named


def lists(message: MessageCodec) -> list[RowList]:
    """All lists of an answer, nearest first; no more than a person could choose from."""
    use = message.use if message.inner is None else use_of_slot(message.tools.view, message.inner)
    found: list[RowList] = []
    if use is None:
        return found
    level: list[_Place] = [_Place(use, (), (), frozenset())]
    steps = 0
    while level and len(found) < _LISTS_MAX and steps < _STEPS_MAX:
        below: list[_Place] = []
        for place in level:
            steps += 1
            for one in _inside(message.tools.view, place):
                (found if isinstance(one, RowList) else below).append(one)  # type: ignore[arg-type]  # each to its own
        level = below
    return found[:_LISTS_MAX]


@dataclass(frozen=True, slots=True)
class _Place:
    use: Use
    path: tuple[str, ...]
    steps: tuple[Step, ...]
    types: frozenset[str]


def _inside(view: View, place: _Place) -> Iterator[RowList | _Place]:
    """The lists of one element, and the elements that it holds."""
    use = place.use
    if isinstance(use, ArrayUse):
        yield RowList(place.path, place.steps, view.record(use.type).slots[0], use.type)
    if isinstance(use, VariantsUse):
        use = view.plain_use_of(use.type)  # whatever member comes, it has the fields of the declared type
    if not isinstance(use, RecordUse) or use.type in place.types:
        return
    for slot in view.record(use.type).slots:
        path, steps = (*place.path, slot.key), (*place.steps, Step(use.type, slot))
        if slot.many and slot.kind in {"element", "any"}:
            yield RowList(path, steps, slot)
        elif slot.kind == "element" and not slot.many:
            yield _Place(use_of_slot(view, slot), path, steps, place.types | {use.type})


def row_of(answer: Described, path: tuple[str, ...]) -> Described:
    """The shape of one row, by the shape of the answer. Raises ContractError when that has no list there."""
    shape = _plain(answer.shape, answer)
    for key in path:
        fields = shape.fields if isinstance(shape, Record) else ()
        shape = next((_plain(field.shape, answer) for field in fields if field.key == key), None)
    if not isinstance(shape, ListOf):
        raise ContractError(f"rows: {'.'.join(path) or 'the answer'} is no list")
    return Described(shape.item, answer.table, nullable=shape.nullable_items)


def _plain(shape: Shape | None, answer: Described) -> Shape | None:
    """What a reference, or one of several derived types, comes to."""
    while isinstance(shape, Ref | Variants):
        shape = answer.table[shape.name] if isinstance(shape, Ref) else _declared(shape)
    return shape


def _declared(shape: Variants) -> Shape | None:
    """The member that is the declared type; where that is abstract any other has its fields."""
    plain = [member for member in shape.members if not member.wrapped]
    return next((member.shape for member in sorted(plain, key=lambda one: not one.default)), None)
