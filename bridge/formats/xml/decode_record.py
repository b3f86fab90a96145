"""Reads one record: attributes and children by name, whatever their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from lxml.etree import _Element as XmlElement

from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.layout import XSI
from bridge.formats.xml.plan import TEXT_KEY, UNKNOWN_KEY, RecordPlan, ScalarUse, Slot, leaves, local
from bridge.formats.xml.reading import Read, Seen, scalar_json, text_of
from bridge.formats.xml.scalars import ScalarCodec
from bridge.shapes.json import quote

Values = list[list[str] | None]
"""By slot: the JSON texts that were found, None for none."""


class RecordReader:
    """One type's reader. `late` gives the reader of a slot, `names` the elements that fill it."""

    def __init__(
        self,
        plan: RecordPlan,
        scalars: Scalars,
        late: Callable[[Slot], Read],
        names: Callable[[Slot], list[str]],
    ) -> None:
        self.plan, self._late, self._names = plan, late, names
        self.keys = [f"{quote(slot.key)}:" for slot in plan.slots]
        self.attributes: dict[str, tuple[int, ScalarCodec]] = {}
        self.children: dict[str, tuple[int, Read, str]] = {}
        self.free_attributes = self.text = self.wildcard = self.mixed = -1
        for index, slot in enumerate(plan.slots):
            if slot.kind == "attribute":
                assert isinstance(slot.use, ScalarUse)
                self.attributes[slot.name] = (index, scalars[slot.use.type])
            elif slot.kind == "attributes":
                self.free_attributes = index
            elif slot.kind == "text":
                self.text = index
                self.text_codec = scalars[plan.type.text]
            elif slot.kind == "items":
                self._add_items(index, slot)
            elif slot.kind == "any" and not slot.name:
                self.wildcard = index
            else:
                for name in names(slot):
                    self.children[name] = (index, late(slot), "")
        self.by_local = _unique_locals(self.children)
        self.many = [slot.many or slot.kind == "items" for slot in plan.slots]
        self.always = [index for index, slot in enumerate(plan.slots) if slot.always and not plan.type.mixed]
        self.required = [index for index, slot in enumerate(plan.slots) if slot.min and not self.many[index]]
        self.free = late(Slot("any"))
        self.ordered = _ordered(plan)

    def _add_items(self, index: int, slot: Slot) -> None:
        for member in slot.members:
            if member.kind == "text":
                self.mixed = index
            elif member.kind == "any" and not member.name:
                self.wildcard = index
            else:
                for name in self._names(member):
                    self.children[name] = (index, self._late(member), quote(member.key))

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

    def _read_attributes(self, element: XmlElement, seen: Seen, values: Values, unknown: list[str]) -> None:
        free: list[str] = []
        for name, value in element.attrib.items():
            known = self.attributes.get(str(name))
            if known is not None:
                json = scalar_json(known[1], str(value), element, seen)
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

    def _read_children(self, element: XmlElement, seen: Seen, values: Values, unknown: list[str]) -> None:
        last = -1
        self._mixed_text(element.text, values)
        for child in element:
            if isinstance(child.tag, str):
                found = self.children.get(child.tag) or self._bylocal(child, seen)
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

    def _mixed_text(self, text: str | None, values: Values) -> None:
        if text and self.mixed >= 0:
            _put(values, self.mixed, f'{{"{TEXT_KEY}":{quote(text)}}}')

    def _bylocal(self, child: XmlElement, seen: Seen) -> tuple[int, Read, str] | None:
        name = self.by_local.get(local(str(child.tag))) if self.wildcard < 0 else None
        if name is None:
            return None
        seen.tolerate("wrong-namespace", child)
        return self.children[name]

    def _unknown_child(self, child: XmlElement, seen: Seen, values: Values, unknown: list[str]) -> None:
        json = self.free(child, seen)
        if self.wildcard < 0:
            seen.tolerate("unknown-element", child)
            unknown.append(json)
        elif self.plan.slots[self.wildcard].kind == "items":
            _put(values, self.wildcard, f'{{"@any":{json}}}')
        else:
            _put(values, self.wildcard, json)

    def _write(self, element: XmlElement, seen: Seen, values: Values, unknown: list[str]) -> str:
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


def _ordered(plan: RecordPlan) -> list[bool]:
    """Slots that have one place on the wire, so that an answer can have them in the wrong order."""
    if plan.type.content is None or plan.type.content.kind == "all":
        return [False] * len(plan.slots)
    places = Counter(id(leaf.slot) for leaf in leaves(plan.tree))
    return [places[id(slot)] == 1 for slot in plan.slots]


def _put(values: Values, index: int, json: str) -> None:
    found = values[index]
    if found is None:
        values[index] = [json]
    else:
        found.append(json)


def _unique_locals(names: dict[str, tuple[int, Read, str]]) -> dict[str, str]:
    counted = Counter(local(name) for name in names)
    return {local(name): name for name in names if counted[local(name)] == 1}
