"""Free XML on the way out: the typed form of what is known there, `{"@name" or "@type": …, "@value": …}`, else wild.py.

What both forms mean is written in wild.py; which elements and types are known, in view.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from bridge.call import JsonValue
from bridge.formats.xml import wild
from bridge.formats.xml.encode_order import Body, Write
from bridge.formats.xml.layout import Wildcard
from bridge.formats.xml.plan import (
    ANY_KEY,
    NAME_KEY,
    TYPE_KEY,
    VALUE_KEY,
    FreeUse,
    RecordPlan,
    ScalarUse,
    Slot,
    Use,
)
from bridge.formats.xml.view import View, names_of
from bridge.formats.xml.wildcards import allows, told
from bridge.formats.xml.writing import Out, Path


class Writers(Protocol):
    """What of the encoder is needed here."""

    view: View

    def element(self, name: str, use: Use, *, nillable: bool) -> Write: ...

    def body(self, use: Use) -> Body: ...


def check_of_twins(plan: RecordPlan, view: View) -> Write | None:
    """A check that nothing at a wildcard has the name of a sibling that would be read in its place; None where no
    name could meet. A sibling that is there already, and only once, leaves the second to the wildcard."""
    wild = [slot for slot in plan.slots if slot.kind == "items" or (slot.kind == "any" and not slot.name)]
    sources = [member.source for slot in wild for member in (slot.members or (slot,)) if member.kind == "any"]
    if not sources:
        return None
    declared = {
        name: (slot, member.key)
        for slot in plan.slots
        for member in (slot.members if slot.kind == "items" else (slot,))
        if member.kind == "element"
        for name in names_of(view, member)
    }
    if not any(isinstance(one, Wildcard) and allows(one, name) for one in sources for name in declared):
        return None

    def check(value: JsonValue, path: Path, out: Out) -> None:
        assert isinstance(value, dict)
        for found, where in _at_wildcards(value, wild, path):
            name = found.get(NAME_KEY)
            if type(name) is not str or name not in declared:
                continue
            slot, key = declared[name]
            if slot.many or slot.kind == "items" or slot.key not in value:
                out.error((where, NAME_KEY), f"would be read as the property {key}; write it as that")

    return check


def _at_wildcards(
    value: dict[str, JsonValue], wild: list[Slot], path: Path
) -> Iterator[tuple[dict[str, JsonValue], Path]]:
    for slot in wild:
        held, where = value.get(slot.key), (path, slot.key)
        many = held if type(held) is list else [held]
        for index, item in enumerate(many):
            here: Path = (where, index) if many is held else where
            if slot.kind == "items":
                found = item.get(ANY_KEY) if type(item) is dict else None
                here = (here, ANY_KEY)
            else:
                found = item
            if type(found) is dict:
                yield found, here


class AnyElement:
    """Writes one element at a wildcard. Namespaces are enforced; see wildcards.py on `strict`."""

    def __init__(self, encoder: Writers, wildcard: Wildcard) -> None:
        self._encoder, self._wildcard = encoder, wildcard
        self._known = encoder.view.known_at(wildcard)
        self._writers: dict[str, Write] = {}

    def write(self, value: JsonValue, path: Path, out: Out) -> None:
        if type(value) is not dict or VALUE_KEY not in value:
            self._check(value.get(NAME_KEY) if type(value) is dict else None, path, out)
            wild.write(value, path, out)
            return
        name = value.get(NAME_KEY)
        if _is_typed(value, NAME_KEY, self._known, path, out) and type(name) is str:
            self._writer(name)(value[VALUE_KEY], (path, VALUE_KEY), out)

    def _check(self, name: JsonValue, path: Path, out: Out) -> None:
        if type(name) is str and not allows(self._wildcard, name):
            out.error((path, NAME_KEY), f"must be a name in {told(self._wildcard)}")

    def _writer(self, name: str) -> Write:
        if name not in self._writers:
            element = self._known[name]
            use = self._encoder.view.declared_use(element)
            self._writers[name] = self._encoder.element(name, use, nillable=element.nillable)
        return self._writers[name]


class AnyContent:
    """Writes the content of an element of `xs:anyType`."""

    def __init__(self, encoder: Writers, use: FreeUse) -> None:
        self._encoder, self._use = encoder, use
        self._known = dict.fromkeys(encoder.view.typed) if use.typed else {}
        self._bodies: dict[str, Body] = {}

    def write(self, value: JsonValue, path: Path, out: Out, tag: str = "", extra: str = "") -> None:
        if type(value) is str and not self._use.text:
            out.error(path, 'must be an object with "@attributes" and "@content" as needed')
        elif type(value) is dict and VALUE_KEY in value:
            kind = value.get(TYPE_KEY)
            if _is_typed(value, TYPE_KEY, self._known, path, out) and type(kind) is str:
                extra += f' xsi:type="{out.qname(kind)}"'
                out.mask |= 1
                self._body(kind)(value[VALUE_KEY], (path, VALUE_KEY), out, tag, extra)
        else:
            wild.write(value, path, out, tag, extra)

    def _body(self, key: str) -> Body:
        if key not in self._bodies:
            view = self._encoder.view
            self._bodies[key] = self._encoder.body(view.plain_use_of(key) if view.is_complex(key) else ScalarUse(key))
        return self._bodies[key]


def _is_typed(value: dict[str, JsonValue], key: str, known: Mapping[str, object], path: Path, out: Out) -> bool:
    name = value.get(key)
    if type(name) is not str or name not in known:
        what = "an element" if key == NAME_KEY else "a type"
        out.error((path, key), f'must name {what} with a typed form here; for any other use "@content"')
    elif value.keys() - {key, VALUE_KEY}:
        out.error(path, f'can have nothing beside "{key}" and "{VALUE_KEY}"')
    else:
        return True
    return False
