"""Where the rows of an answer lie on the wire: the element that holds them, found as the decoder would find it. Pure.

The decoder takes names in a wrong namespace, xsi:type and nil for what they are, and of several elements where one
belongs the first; so does this.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from lxml.etree import _Element as XmlElement

from adapters.soap.envelope import take_apart
from adapters.soap.message import MessageCodec
from adapters.soap.rows_path import RowList, Step
from bridge.formats.xml import wild
from bridge.formats.xml.decode import Decoder, Seen, Unreadable
from bridge.formats.xml.decode_record import RecordReader
from bridge.formats.xml.plan import RecordUse, VariantsUse, local
from bridge.formats.xml.reading import TYPE, is_nil
from bridge.formats.xml.view import View
from bridge.formats.xml.wildcards import allows

Kind = Literal["", "row", "other-namespace"]
_KNOWN_MAX = 1_000  # whoever puts each row into a namespace of its own shall not fill our memory with them


class Holder:
    """What holds the rows; `judge` tells by its name whether a child is one."""

    def __init__(self, element: XmlElement, judge: Callable[[str], Kind]) -> None:
        self.element, self._judge = element, judge
        self._known: dict[str, Kind] = {}

    def kind(self, name: str) -> Kind:
        if name not in self._known:
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            self._known[name] = self._judge(name)
        return self._known[name]


def fits(message: MessageCodec, rows: RowList) -> bool:
    """Whether each row can be told by its name alone."""
    if rows.slot.kind != "element":
        return False
    if rows.array:
        return not message.tools.view.complex(rows.array).item
    reader = message.tools.decoder.record(rows.steps[-1].type)
    return not any(name in reader.more for name in message.tools.decoder.names(rows.slot))


def find_holder(message: MessageCodec, rows: RowList, parent: XmlElement) -> Holder | None:
    """`parent` as the holder, if it is the one. Raises NoEnvelope."""
    way = [parent, *parent.iterancestors()][::-1]
    at = _answer_on(message, way)
    decoder = message.tools.decoder
    for step in rows.steps if at else ():
        reader = _reader(decoder, message.tools.view, step, way[at])
        if reader is None:
            return None
        if step.slot is rows.slot:
            return Holder(parent, partial(_kind_in, reader, step)) if at == len(way) - 1 else None
        at += 1
        if at == len(way) or way[at] is not _first(reader, step, way[at - 1]) or is_nil(way[at]):
            return None
    if not at or not rows.array or at != len(way) - 1:
        return None
    names = set(decoder.names(rows.slot))
    return Holder(parent, partial(_kind_of, names))


def _answer_on(message: MessageCodec, way: list[XmlElement]) -> int:
    """The place on the way of the element that the answer is; 0 when the way does not lead through it."""
    parts = take_apart(way[0])
    if parts.fault is not None or not parts.body:
        return 0
    try:
        element = message.element(parts, Seen())
    except Unreadable:
        return 0  # told at the end, when the whole is decoded
    at = 1 if message.root is None else 2
    if len(way) <= at or way[at] is not element:
        return 0
    if message.inner is None or message.nullable:
        if is_nil(element):
            return 0
        if message.inner is None:
            return at
    inner = message.inner_of(element, Seen())
    return at + 1 if len(way) > at + 1 and way[at + 1] is inner and not is_nil(inner) else 0


def _reader(decoder: Decoder, view: View, step: Step, element: XmlElement) -> RecordReader | None:
    """The reader of an element on the way; that of a derived type where it names one."""
    use, said = view.use_of(step.type) if not step.type.startswith("#") else None, element.get(TYPE)
    if not isinstance(use, VariantsUse) or not said:
        return decoder.record(step.type)
    key = wild.clark(element, said)
    if key not in (member for _, member in use.members) or not isinstance(view.plain_use_of(key), RecordUse):
        return None
    return decoder.record(key)


def _index(reader: RecordReader, step: Step) -> int:
    """The place of the slot in a reader, which may be that of a derived type; -1 when it has none."""
    slots = reader.plan.slots
    return next((at for at, slot in enumerate(slots) if slot.key == step.slot.key), -1)


def _place(reader: RecordReader, name: str) -> tuple[int, bool]:
    """The slot that an element fills, -1 for none; and whether that is so in spite of its namespace."""
    found = reader.children.get(name)
    if found is not None:
        return found[0], False
    known = reader.by_local.get(local(name))
    if known is None or any(allows(wildcard, name) for wildcard, _ in reader.wildcards.values()):
        return -1, False
    return reader.children[known][0], True


def _first(reader: RecordReader, step: Step, element: XmlElement) -> XmlElement | None:
    index = _index(reader, step)
    children = element.iterchildren("*")
    return next((child for child in children if _place(reader, str(child.tag))[0] == index), None)


def _kind_in(reader: RecordReader, step: Step, name: str) -> Kind:
    index, elsewhere = _place(reader, name)
    if index < 0 or index != _index(reader, step):
        return ""
    return "other-namespace" if elsewhere else "row"


def _kind_of(names: set[str], name: str) -> Kind:
    if name in names:
        return "row"
    return "other-namespace" if local(name) in {local(one) for one in names} else ""
