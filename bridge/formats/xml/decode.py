"""XML elements → JSON text, compiled from a view: one closure per type, made when first needed.

Answers are tolerant where nothing is invented: order does not matter, unknown elements are kept under `@unknown`, a
missing required element is absent; each is counted by kind in `Seen`. With `strict` the first of them is an error.
What cannot be read without inventing (text that is no number) is always an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from lxml.etree import _Element as XmlElement

from bridge.errors import BridgeError
from bridge.formats.xml import wild
from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.layout import XSI
from bridge.formats.xml.scalars import ScalarCodec, Unfit
from bridge.formats.xml.shape import plain_use
from bridge.formats.xml.view import (
    TEXT_KEY,
    TYPE_KEY,
    UNKNOWN_KEY,
    ArrayUse,
    FreeUse,
    RecordPlan,
    RecordUse,
    ScalarUse,
    Slot,
    SubstituteUse,
    Use,
    VariantsUse,
    View,
    leaves,
    use_of_slot,
)
from bridge.shapes.json import quote

NIL, TYPE = f"{{{XSI}}}nil", f"{{{XSI}}}type"


class Unreadable(BridgeError):
    """An answer that cannot be read without inventing something; `detail` names the element."""


class Seen:
    """What one decoding overlooked, by kind."""

    __slots__ = ("strict", "tolerances")

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self.tolerances: Counter[str] = Counter()

    def tolerate(self, kind: str, element: XmlElement) -> None:
        if self.strict:
            raise Unreadable(f"{kind} at {path_of(element)}")
        self.tolerances[kind] += 1


Read = Callable[[XmlElement, Seen], str]
"""The JSON text of an element; "" when it is as if absent."""


def path_of(element: XmlElement) -> str:
    """A readable place, such as `Order/lines/sku`."""
    names = [_local(str(element.tag))]
    names.extend(_local(str(parent.tag)) for parent in element.iterancestors())
    return "/".join(reversed(names[:12]))


def text_of(element: XmlElement, seen: Seen) -> str:
    """The text of an element that should hold nothing else."""
    if len(element) == 0:
        return element.text or ""
    if any(isinstance(child.tag, str) for child in element):
        seen.tolerate("unknown-element", element)
    return (element.text or "") + "".join(child.tail or "" for child in element)


def is_nil(element: XmlElement) -> bool:
    return element.get(NIL, "").strip() in {"true", "1"}


class Decoder:
    """Compiled readers for one view."""

    def __init__(self, view: View, scalars: Scalars) -> None:
        self.view, self.scalars = view, scalars
        self._bodies: dict[Use, Read] = {}

    def element(self, use: Use, *, nillable: bool = True) -> Read:
        """A reader of one element that may be nil."""
        body = self.body(use)

        def read(element: XmlElement, seen: Seen) -> str:
            if element.attrib and is_nil(element):
                if not nillable:
                    seen.tolerate("nil", element)
                return "null"
            return body(element, seen)

        return read

    def body(self, use: Use) -> Read:
        if use not in self._bodies:
            self._bodies[use] = self._compile(use)
        return self._bodies[use]

    def _compile(self, use: Use) -> Read:
        match use:
            case ScalarUse(key):
                return _scalar(self.scalars[key])
            case RecordUse(key):
                return self._record(self.view.record(key))
            case ArrayUse(key):
                return self._array(self.view.record(key).slots[0])
            case VariantsUse():
                return self._variants(use)
            case SubstituteUse():
                return self._substitute(use)
            case FreeUse():
                return _free_unnamed

    def _record(self, plan: RecordPlan) -> Read:
        reader = _RecordReader(self, plan)
        return reader.read

    def late(self, slot: Slot) -> Read:
        """Compiled at the first use, because a type may hold itself."""
        if slot.kind == "any":
            return _free
        made: list[Read] = []

        def read(element: XmlElement, seen: Seen) -> str:
            if not made:
                made.append(self.element(use_of_slot(self.view, slot), nillable=slot.nillable))
            return made[0](element, seen)

        return read

    def names(self, slot: Slot) -> list[str]:
        """The element names that fill a slot: one, or those of a substitution group."""
        return _names(self.view, slot)

    def _array(self, slot: Slot) -> Read:
        one, names = self.late(slot), self.names(slot)
        by_local = {_local(name) for name in names}

        def read(element: XmlElement, seen: Seen) -> str:
            items = []
            for child in element.iterchildren("*"):
                if child.tag in names:
                    items.append(one(child, seen) or '""')
                elif _local(child.tag) in by_local:
                    seen.tolerate("wrong-namespace", child)
                    items.append(one(child, seen) or '""')
                else:
                    seen.tolerate("unknown-element", child)  # an array has no place for it
            return f"[{','.join(items)}]"

        return read

    def _variants(self, use: VariantsUse) -> Read:
        members = {
            key: (f'{{"{TYPE_KEY}":{quote(tag)}', self.body(plain), isinstance(plain, RecordUse))
            for tag, key in use.members
            for plain in [self.view.plain_use_of(key)]
        }

        def read(element: XmlElement, seen: Seen) -> str:
            named = element.get(TYPE)
            key = wild.clark(element, named) if named else use.type
            if key not in members:
                seen.tolerate("unknown-type", element)
                key = use.type
            if key not in members:
                raise Unreadable(f"{path_of(element)} is of an abstract type and does not say which (xsi:type)")
            head, body, bare = members[key]
            return _tagged(head, body(element, seen), bare=bare)

        return read

    def _substitute(self, use: SubstituteUse) -> Read:
        members = {}
        for tag, element in use.members:
            plain = plain_use(self.view, element)
            members[element.name] = (
                f'{{"{TYPE_KEY}":{quote(tag)}',
                self.body(plain),
                isinstance(plain, RecordUse),
            )

        def read(element: XmlElement, seen: Seen) -> str:
            found = members.get(str(element.tag))
            if found is None:
                raise Unreadable(f"{path_of(element)} cannot stand here")
            return _tagged(found[0], found[1](element, seen), bare=found[2])

        return read


class _RecordReader:
    """Reads one record: children by name, whatever their order."""

    def __init__(self, decoder: Decoder, plan: RecordPlan) -> None:
        view, self.plan = decoder.view, plan
        self.keys = [f"{quote(slot.key)}:" for slot in plan.slots]
        self.attributes: dict[str, tuple[int, ScalarCodec]] = {}
        self.children: dict[str, tuple[int, Read, str]] = {}
        self.free_attributes = self.text = self.wildcard = self.mixed = -1
        for index, slot in enumerate(plan.slots):
            if slot.kind == "attribute":
                assert isinstance(slot.use, ScalarUse)
                self.attributes[slot.name] = (index, decoder.scalars[slot.use.type])
            elif slot.kind == "attributes":
                self.free_attributes = index
            elif slot.kind == "text":
                self.text = index
                self.text_codec = decoder.scalars[plan.type.text]
            elif slot.kind == "items":
                self._add_items(decoder, view, index, slot)
            elif slot.kind == "any" and not slot.name:
                self.wildcard = index
            else:
                for name in _names(view, slot):
                    self.children[name] = (index, decoder.late(slot), "")
        self.by_local = _unique_locals(self.children)
        self.many = [slot.many or slot.kind == "items" for slot in plan.slots]
        self.always = [index for index, slot in enumerate(plan.slots) if slot.always and not plan.type.mixed]
        self.required = [index for index, slot in enumerate(plan.slots) if slot.min and not self.many[index]]
        self.free = decoder.late(Slot("any"))
        self.ordered = _ordered(plan)

    def _add_items(self, decoder: Decoder, view: View, index: int, slot: Slot) -> None:
        for member in slot.members:
            if member.kind == "text":
                self.mixed = index
            elif member.kind == "any" and not member.name:
                self.wildcard = index
            else:
                for name in _names(view, member):
                    self.children[name] = (index, decoder.late(member), quote(member.key))

    def read(self, element: XmlElement, seen: Seen) -> str:
        values: list[list[str] | None] = [None] * len(self.keys)
        unknown: list[str] = []
        if element.attrib:
            self._read_attributes(element, seen, values, unknown)
        if self.text >= 0:
            json = _scalar_json(self.text_codec, text_of(element, seen), element, seen)
            values[self.text] = [json] if json else None
        else:
            self._read_children(element, seen, values, unknown)
        return self._write(element, seen, values, unknown)

    def _read_attributes(
        self, element: XmlElement, seen: Seen, values: list[list[str] | None], unknown: list[str]
    ) -> None:
        free: list[str] = []
        for name, value in element.attrib.items():
            known = self.attributes.get(str(name))
            if known is not None:
                json = _scalar_json(known[1], str(value), element, seen)
                values[known[0]] = [json] if json else None
            elif str(name).startswith(f"{{{XSI}}}"):
                continue
            elif self.free_attributes >= 0:
                free.append(f"{quote(str(name))}:{quote(str(value))}")
            else:
                seen.tolerate("unknown-attribute", element)
                unknown.append(f'{{"@attributes":{{{quote(str(name))}:{quote(str(value))}}}}}')
        if free:
            values[self.free_attributes] = ["{" + ",".join(free) + "}"]

    def _read_children(
        self, element: XmlElement, seen: Seen, values: list[list[str] | None], unknown: list[str]
    ) -> None:
        last = -1
        self._mixed_text(element.text, values)
        for child in element:
            if isinstance(child.tag, str):
                found = self.children.get(child.tag) or self._by_local(child, seen)
                if found is None:
                    self._unknown_child(child, seen, values, unknown)
                else:
                    index, read, key = found
                    json = read(child, seen)
                    if json:
                        _put(values, index, f"{{{key}:{json}}}" if key else json)
                    if self.ordered[index]:
                        if index < last:
                            seen.tolerate("order", child)
                        last = max(last, index)
            self._mixed_text(child.tail, values)

    def _mixed_text(self, text: str | None, values: list[list[str] | None]) -> None:
        if text and self.mixed >= 0:
            _put(values, self.mixed, f'{{"{TEXT_KEY}":{quote(text)}}}')

    def _by_local(self, child: XmlElement, seen: Seen) -> tuple[int, Read, str] | None:
        name = self.by_local.get(_local(str(child.tag))) if self.wildcard < 0 else None
        if name is None:
            return None
        seen.tolerate("wrong-namespace", child)
        return self.children[name]

    def _unknown_child(self, child: XmlElement, seen: Seen, values: list[list[str] | None], unknown: list[str]) -> None:
        json = self.free(child, seen)
        if self.wildcard < 0:
            seen.tolerate("unknown-element", child)
            unknown.append(json)
        elif self.plan.slots[self.wildcard].kind == "items":
            _put(values, self.wildcard, f'{{"@any":{json}}}')
        else:
            _put(values, self.wildcard, json)

    def _write(self, element: XmlElement, seen: Seen, values: list[list[str] | None], unknown: list[str]) -> str:
        for index in self.required:
            if values[index] is None:
                seen.tolerate("missing-required", element)
        for index in self.always:
            if values[index] is None:
                values[index] = []
        members = []
        for index, found in enumerate(values):
            if found is None:
                continue
            if self.many[index]:
                members.append(f"{self.keys[index]}[{','.join(found)}]")
                continue
            members.append(self.keys[index] + found[0])
            for extra in found[1:]:
                seen.tolerate("too-many", element)
                unknown.append(f'{{"@content":[{quote(extra)}]}}')
        if unknown:
            members.append(f'"{UNKNOWN_KEY}":[{",".join(unknown)}]')
        return "{" + ",".join(members) + "}"


def _free(element: XmlElement, _: Seen) -> str:
    return wild.to_json(element)


def _free_unnamed(element: XmlElement, _: Seen) -> str:
    return wild.to_json(element, named=False)


def _ordered(plan: RecordPlan) -> list[bool]:
    """Slots that have one place on the wire, so that an answer can have them in the wrong order."""
    if plan.type.content is None or plan.type.content.kind == "all":
        return [False] * len(plan.slots)
    places = Counter(id(leaf.slot) for leaf in leaves(plan.tree))
    return [places[id(slot)] == 1 for slot in plan.slots]


def _put(values: list[list[str] | None], index: int, json: str) -> None:
    found = values[index]
    if found is None:
        values[index] = [json]
    else:
        found.append(json)


def _scalar(codec: ScalarCodec) -> Read:
    def read(element: XmlElement, seen: Seen) -> str:
        return _scalar_json(codec, text_of(element, seen), element, seen)

    return read


def _scalar_json(codec: ScalarCodec, text: str, element: XmlElement, seen: Seen) -> str:
    if not codec.blank and not text.strip():
        seen.tolerate("empty-value", element)
        return ""
    if codec.kind in _NAMES and ":" in text:
        text = wild.clark(element, text)
    try:
        return codec.to_json(text)
    except Unfit as unfit:
        raise Unreadable(f"{path_of(element)} {unfit}") from unfit


_NAMES = frozenset({"QName", "NOTATION"})


def _tagged(head: str, json: str, *, bare: bool) -> str:
    if bare:
        return head + ("}" if json == "{}" else f",{json[1:]}")
    return f'{head},"value":{json or "null"}}}'


def _names(view: View, slot: Slot) -> list[str]:
    use = use_of_slot(view, slot) if slot.kind == "element" else None
    if isinstance(use, SubstituteUse):
        return [element.name for _, element in use.members]
    return [slot.name]


def _unique_locals(names: dict[str, tuple[int, Read, str]]) -> dict[str, str]:
    counted = Counter(_local(name) for name in names)
    return {_local(name): name for name in names if counted[_local(name)] == 1}


def _local(name: str) -> str:
    return name.rpartition("}")[2]
