"""Reads one record: attributes and children by name, whatever their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from lxml.etree import _Element as XmlElement

from bridge.formats.xml.attribution import attribution_of
from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.layout import XSI, Wildcard
from bridge.formats.xml.plan import ANY_KEY, NIL_KEY, TEXT_KEY, UNKNOWN_KEY, RecordPlan, ScalarUse, Slot, leaves, local
from bridge.formats.xml.reading import TYPE, Read, Seen, scalar_json, text_of
from bridge.formats.xml.scalars import ScalarCodec
from bridge.formats.xml.view import ViewOptions
from bridge.formats.xml.wild import clark, to_json
from bridge.formats.xml.wildcards import allows
from bridge.shapes.json import quote

Values = list[list[str] | None]
"""By slot: the JSON texts that were found, None for none."""
Place = tuple[int, Read, str]
"""Where an element belongs: the slot, its reader, and its quoted key where the slot is `items`."""


class RecordReader:
    """One type's reader. `late` gives the reader of a slot, `names` the elements that fill it."""

    def __init__(
        self,
        plan: RecordPlan,
        scalars: Scalars,
        late: Callable[[Slot], Read],
        names: Callable[[Slot], list[str]],
        options: ViewOptions,
    ) -> None:
        self.drops_unknown = options.unknown_elements == "drop"
        self.fills_missing = options.missing_required == "null"
        self.plan, self._late, self._names = plan, late, names
        self.keys = [f"{quote(slot.key)}:" for slot in plan.slots]
        self.attributes: dict[str, tuple[int, ScalarCodec]] = {}
        self.children: dict[str, Place] = {}
        self.more: dict[str, list[Place]] = {}
        self.wildcards: dict[int, tuple[Wildcard, Read]] = {}
        self.free_attributes = self.text = self.mixed = -1
        self.any_attribute = Wildcard()
        for index, slot in enumerate(plan.slots):
            if slot.kind == "attribute":
                assert isinstance(slot.use, ScalarUse)
                self.attributes[slot.name] = (index, scalars[slot.use.type])
            elif slot.kind == "attributes":
                assert isinstance(slot.source, Wildcard)
                self.free_attributes, self.any_attribute = index, slot.source
            elif slot.kind == "text":
                self.text = index
                self.text_codec = scalars[plan.type.text]
            elif slot.kind == "items":
                self._add_items(index, slot)
            elif slot.kind == "any" and not slot.name:
                self._add_wildcard(index, slot)
            else:
                self._add(index, slot, "")
        self.by_local = _unique_locals(self.children)
        self.many = [slot.many or slot.kind == "items" for slot in plan.slots]
        self.always = [index for index, slot in enumerate(plan.slots) if slot.always and not plan.type.mixed]
        self.required = [index for index, slot in enumerate(plan.slots) if slot.min and not self.many[index]]
        self.ordered = _ordered(plan)
        self.reach = _reach(plan)
        self.attribution = attribution_of(plan.tree, names) if self.more else None
        self.numbers = {slot: index for index, slot in enumerate(plan.slots)}

    def _add_items(self, index: int, slot: Slot) -> None:
        for member in slot.members:
            if member.kind == "text":
                self.mixed = index
            elif member.kind == "any" and not member.name:
                self._add_wildcard(index, member)
            else:
                self._add(index, member, quote(member.key))

    def _add_wildcard(self, index: int, slot: Slot) -> None:
        assert isinstance(slot.source, Wildcard)
        self.wildcards[index] = (slot.source, self._late(slot))

    def _add(self, index: int, slot: Slot, key: str) -> None:
        read = self._late(slot)
        for name in self._names(slot):
            place = (index, read, key)
            if name in self.children:
                self.more.setdefault(name, [self.children[name]]).append(place)
            else:
                self.children[name] = place

    def read(self, element: XmlElement, seen: Seen) -> str:
        values: Values = [None] * len(self.keys)
        unknown: list[str] = []
        if element.attrib:
            self._read_attributes(element, seen, values, unknown)
        if self.text >= 0:
            json = scalar_json(self.text_codec, text_of(element, seen), element, seen)
            values[self.text] = [json] if json else None
        else:
            self._read_children(element, seen, values, unknown)
        return self._write(element, seen, values, unknown)

    def read_nil(self, element: XmlElement, seen: Seen) -> str:
        """An element without content that still has attributes."""
        values: Values = [None] * len(self.keys)
        unknown: list[str] = []
        self._read_attributes(element, seen, values, unknown)
        members = [f'"{NIL_KEY}":true', *(self.keys[at] + found[0] for at, found in enumerate(values) if found)]
        return _object(members, [] if self.drops_unknown else unknown)

    def _read_attributes(self, element: XmlElement, seen: Seen, values: Values, unknown: list[str]) -> None:
        free: list[str] = []
        for name, value in element.attrib.items():
            known = self.attributes.get(str(name))
            if known is not None:
                json = scalar_json(known[1], str(value), element, seen)
                values[known[0]] = [json] if json else None
            elif name == TYPE:
                if not _is_named(clark(element, str(value)), self.plan.type.key):
                    seen.tolerate("unknown-type", element)
            elif str(name).startswith(f"{{{XSI}}}"):
                continue
            elif self.free_attributes >= 0 and allows(self.any_attribute, str(name)):
                free.append(f"{quote(str(name))}:{quote(str(value))}")
            else:
                seen.tolerate("unknown-attribute", element)
                unknown.append(f'{{"@attributes":{{{quote(str(name))}:{quote(str(value))}}}}}')
        if free:
            values[self.free_attributes] = ["{" + ",".join(free) + "}"]

    def _read_children(self, element: XmlElement, seen: Seen, values: Values, unknown: list[str]) -> None:
        last = -1
        if element.text:
            self._stray_text(element.text, element, seen, values, unknown)
        told = self._told(element) if self.attribution else {}
        for child in element:
            if isinstance(child.tag, str):
                last = self._read_child(child, last, seen, values, unknown, told.get(child))
            if child.tail:
                self._stray_text(child.tail, element, seen, values, unknown)

    def _told(self, element: XmlElement) -> dict[XmlElement, Place]:
        """The places of the children whose names stand in several slots, by the whole row of them."""
        assert self.attribution is not None
        children = [child for child in element if isinstance(child.tag, str)]
        slots = self.attribution.slots([str(child.tag) for child in children])
        return {
            child: place
            for child, slot in zip(children, slots, strict=True)
            for place in self.more.get(str(child.tag), ())
            if slot is not None and place[0] == self.numbers[slot]
        }

    def _read_child(
        self, child: XmlElement, last: int, seen: Seen, values: Values, unknown: list[str], told: Place | None
    ) -> int:
        """Puts a child where it belongs; the last ordered slot that was met."""
        name = str(child.tag)
        by_name = self._free_place(self.more[name], last, values) if name in self.more else self.children.get(name)
        found = told or by_name
        found = found or self._bylocal(child, seen)
        if found is None:
            self._unknown_child(child, last, seen, values, unknown)
            return last
        index, read, key = found
        if values[index] is not None and not self.many[index]:
            self._unknown_child(child, last, seen, values, unknown, more=True)  # there may be a wildcard behind it
            return last
        json = read(child, seen) or ("null" if self.many[index] else "")
        if json:
            _put(values, index, f"{{{key}:{json}}}" if key else json)
        if not self.ordered[index]:
            return last
        if index < last:
            seen.tolerate("order", child)
        return max(last, index)

    def _free_place(self, places: list[Place], last: int, values: Values) -> Place:
        """An element of two slots fills the first that has room and has not been passed: where the order is wrong."""
        open_ = (place for place in places if place[0] >= last and (self.many[place[0]] or values[place[0]] is None))
        return next(open_, places[-1])

    def _stray_text(self, text: str, element: XmlElement, seen: Seen, values: Values, unknown: list[str]) -> None:
        if self.mixed >= 0:
            _put(values, self.mixed, f'{{"{TEXT_KEY}":{quote(text)}}}')
        elif text.strip():
            seen.tolerate("unknown-text", element)
            unknown.append(f'{{"@content":[{quote(text)}]}}')

    def _bylocal(self, child: XmlElement, seen: Seen) -> Place | None:
        name = self.by_local.get(local(str(child.tag)))
        if name is None or (self.wildcards and self._fitting(str(child.tag))):
            return None
        seen.tolerate("wrong-namespace", child)
        return self.children[name]

    def _fitting(self, name: str) -> list[int]:
        """The wildcards that a name may stand at."""
        return [index for index, (wildcard, _) in self.wildcards.items() if allows(wildcard, name)]

    def _unknown_child(
        self, child: XmlElement, last: int, seen: Seen, values: Values, unknown: list[str], *, more: bool = False
    ) -> None:
        fitting = self._fitting(str(child.tag)) if self.wildcards else []
        left = [at for at in fitting if self.many[at] or values[at] is None]
        open_ = [at for at in left if self.reach[at] >= last]
        if not left:
            seen.tolerate("too-many" if fitting or more else "unknown-element", child)
            unknown.append(to_json(child))
            return
        index = (open_ or left)[0]
        json = self.wildcards[index][1](child, seen)
        if self.plan.slots[index].kind == "items":
            _put(values, index, f'{{"{ANY_KEY}":{json}}}')
        else:
            _put(values, index, json)

    def _write(self, element: XmlElement, seen: Seen, values: Values, unknown: list[str]) -> str:
        for index in self.required:
            if values[index] is None:
                seen.tolerate("missing-required", element)
                if self.fills_missing:
                    values[index] = ["null"]
        for index in self.always:
            if values[index] is None:
                values[index] = []
        members = [
            self.keys[index] + (f"[{','.join(found)}]" if self.many[index] else found[0])
            for index, found in enumerate(values)
            if found is not None
        ]
        return _object(members, [] if self.drops_unknown else unknown)


def _object(members: list[str], unknown: list[str]) -> str:
    if unknown:
        members.append(f'"{UNKNOWN_KEY}":[{",".join(unknown)}]')
    return "{" + ",".join(members) + "}"


def _ordered(plan: RecordPlan) -> list[bool]:
    """Slots that have one place on the wire, so that an answer can have them in the wrong order."""
    if plan.type.content is None or plan.type.content.kind == "all":
        return [False] * len(plan.slots)
    places = Counter(id(leaf.slot) for leaf in leaves(plan.tree))
    return [places[id(slot)] == 1 for slot in plan.slots]


def _reach(plan: RecordPlan) -> list[int]:
    """By slot: the last slot that may have been met while there is still a place for it. With one place: itself."""
    numbers = {slot: index for index, slot in enumerate(plan.slots)}
    found, furthest = list(range(len(numbers))), 0
    for leaf in leaves(plan.tree):
        furthest = max(furthest, numbers[leaf.slot])
        found[numbers[leaf.slot]] = furthest
    return found


def _put(values: Values, index: int, json: str) -> None:
    found = values[index]
    if found is None:
        values[index] = [json]
    else:
        found.append(json)


def _unique_locals(names: dict[str, Place]) -> dict[str, str]:
    counted = Counter(local(name) for name in names)
    return {local(name): name for name in names if counted[local(name)] == 1}


def _is_named(given: str, key: str) -> bool:
    """Whether `xsi:type` names this type; one with an undeclared prefix (counted in decode.py) by its local name."""
    return given == key or (not given.startswith("{") and given.rpartition(":")[2] == local(key))
