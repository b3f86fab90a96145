"""The client's view of a Layout in SOAP-encoded messages, where the rules of a value are those of SOAP's data model.

Every accessor may be nil (SOAP 1.1 §5.1, rule 9), whatever its schema says, and a value of any type has the plain JSON
form that encoded_any.py describes. All else is as in literal messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import msgspec

from bridge.formats.xml.layout import (
    ANY_SIMPLE,
    ANY_TYPE,
    ENCODINGS,
    SOAP_11_ENCODING,
    SOAP_12_ENCODING,
    XSD,
    Element,
    Group,
    Particle,
    Wildcard,
)
from bridge.formats.xml.plan import TYPE_KEY, VALUE_KEY, FreeUse, RecordPlan, Use, local
from bridge.formats.xml.planner import plan_record
from bridge.formats.xml.shape import Shaper
from bridge.formats.xml.view import View
from bridge.shapes.lexical import CLARK_NAME
from bridge.shapes.model import Field, ListOf, Record, Ref, Shape, TextMap, Union, XmlNode

MAP = "{http://xml.apache.org/xml-soap}Map"
"""The map type of Apache SOAP, which Axis and PHP took over."""
VECTOR = "{http://xml.apache.org/xml-soap}Vector"
"""Its array of anything."""
ARRAYS = frozenset({f"{{{SOAP_11_ENCODING}}}Array", f"{{{SOAP_12_ENCODING}}}Array"})
STRUCTS = frozenset({f"{{{SOAP_11_ENCODING}}}Struct", f"{{{SOAP_12_ENCODING}}}Struct"})
_NUMBERS = "int long short byte integer decimal float double unsignedInt unsignedLong unsignedShort unsignedByte"
NUMBERS = frozenset(f"{{{XSD}}}{name}" for name in f"{_NUMBERS} nonNegativeInteger positiveInteger".split())
PLAIN = NUMBERS | {f"{{{XSD}}}boolean", f"{{{XSD}}}string", ANY_SIMPLE}
"""What is a number, true or false, or a text in JSON."""
SPECIAL = frozenset({TYPE_KEY, VALUE_KEY, "@attributes", "@content"})
"""The keys of the typed and of the free form: an object with one of them is no map."""
INNER_ARRAY = "/#array"
"""How the key of the type of an array in an array ends, which no schema declares."""


@dataclass(frozen=True, slots=True)
class AnyUse(FreeUse):
    """A value of any type, which says its type."""


@dataclass(frozen=True, slots=True)
class MapUse(FreeUse):
    """A map of Apache SOAP."""


@dataclass(frozen=True, slots=True)
class KeyUse(FreeUse):
    """A key of a map whose keys are single values, but no texts."""


class EncodedView(View):
    """Plans for the types of a layout as they lie in SOAP-encoded messages."""

    def _use_of(self, key: str) -> Use:
        if key == ANY_TYPE or key in STRUCTS:
            return AnyUse()
        return MapUse() if key == MAP else super()._use_of(key)

    @cached_property
    def typed(self) -> tuple[str, ...]:
        # Arrays, structs and maps have forms of their own, and what is plain JSON needs none.
        own = ARRAYS | STRUCTS | PLAIN | {MAP, VECTOR}
        return tuple(key for key in super().typed if key not in own and key[1:].partition("}")[0] not in ENCODINGS)

    def record(self, key: str) -> RecordPlan:
        if key not in self._records:
            found = self.complex(key)
            content = None if found.content is None else _nillable(found.content)
            known = msgspec.structs.replace(found, content=content)
            self._records[key] = plan_record(known, self.layout, self.options.naming)
        return self._records[key]


def _nillable(group: Group) -> Group:
    return msgspec.structs.replace(group, items=tuple(map(_nillable_part, group.items)))


def _nillable_part(particle: Particle) -> Particle:
    if isinstance(particle, Group):
        return _nillable(particle)
    return msgspec.structs.replace(particle, nillable=True) if isinstance(particle, Element) else particle


class EncodedShaper(Shaper):
    """Shapes of an encoded view. `table`: that of the literal view, so that one description may hold both."""

    def __init__(self, view: EncodedView, table: dict[str, Shape]) -> None:
        super().__init__(view)
        self.table = table

    def of_use(self, use: Use) -> Shape:
        match use:
            case AnyUse():
                return self._any_value()
            case MapUse():
                return self._named("free", "Map", use)
        return super().of_use(use)

    def _any_value(self) -> Ref:
        return self._named("free", "AnyValue", AnyUse())

    def _build(self, key: str, use: Use | Wildcard | None) -> Shape:
        match use:
            case KeyUse():
                return XmlNode(named=False, typed=tuple(self._atoms()), plain=self._any_value().name, text=False)
            case AnyUse():
                return self._any()
            case MapUse():
                return Union((TextMap(value=self._any_value()), self._entries(), XmlNode(named=False, text=False)))
        return super()._build(key, use)

    def _any(self) -> Shape:
        own = self._any_value()
        return XmlNode(named=False, typed=self._forms(), plain=own.name)

    def _forms(self) -> tuple[Field, ...]:
        own = self._any_value()
        struct = TextMap(names=CLARK_NAME, value=own)
        forms = [Field(name, struct, required=True) for name in sorted(STRUCTS)]
        return (*forms, Field(MAP, self._entries(), required=True), *self._typed())

    def _atoms(self) -> Iterator[Field]:
        view = self.view
        for key in view.typed:
            if not view.is_complex(key) and view.simple(key).kind is not None:
                yield Field(key, self.scalar(key), required=True)

    def _entries(self) -> Shape:
        key, value = self._named("free", "AnyKey", KeyUse()), self._any_value()
        return ListOf(Record((Field("key", key, required=True), Field("value", value, required=True))), min_items=1)


def is_named(key: str) -> bool:
    """True for a type that `xsi:type` can name."""
    return bool(key) and not key.startswith("#") and "/" not in local(key)
