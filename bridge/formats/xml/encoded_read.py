"""SOAP-encoded XML → JSON text: arrays whose items may have any name, maps, and values that say their type themselves.

What refers to other elements has been put in place before (adapters/soap/graph.py); here a message is a tree. The
JSON forms are those of encoded_any.py.
"""

from __future__ import annotations

import re

from lxml.etree import _Element as XmlElement

from bridge.formats.xml import wild
from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.decode import Decoder
from bridge.formats.xml.decode_forms import typed_form
from bridge.formats.xml.encoded_view import ARRAYS, MAP, PLAIN, SPECIAL, STRUCTS, VECTOR, AnyUse, EncodedView, MapUse
from bridge.formats.xml.layout import ANY_SIMPLE, ANY_TYPE, ENCODINGS, SOAP_11_ENCODING, XSD, XSI
from bridge.formats.xml.plan import TYPE_KEY, VALUE_KEY, ArrayUse, ScalarUse, Use, local
from bridge.formats.xml.reading import (
    ARRAY_MARKS,
    ARRAY_TYPE,
    ITEM_TYPE,
    TYPE,
    Read,
    Seen,
    Unreadable,
    check_array,
    is_nil,
    path_of,
    scalar_json,
    text_of,
)
from bridge.shapes.json import quote

OLD_XSD = frozenset({"http://www.w3.org/1999/XMLSchema", "http://www.w3.org/2000/10/XMLSchema"})
"""What Apache SOAP 2 and early SOAP::Lite call XML Schema."""
_NEWER = {"timeInstant": "dateTime", "ur-type": "anyType"}
_ARRAY = f"{{{SOAP_11_ENCODING}}}Array"
_STRINGS = frozenset({f"{{{XSD}}}string", ANY_SIMPLE})
Entry = tuple[str, str]
"""One of a map: the JSON texts of key and value."""


class EncodedDecoder(Decoder):
    """Compiled readers for an encoded view."""

    def __init__(self, view: EncodedView, scalars: Scalars) -> None:
        super().__init__(view, scalars)
        self._any = AnyReader(self)

    def _compile(self, use: Use) -> Read:
        match use:
            case ArrayUse(key) if self.view.complex(key).item == ANY_TYPE:
                return self._any.read_array
            case AnyUse():
                return self._any.read
            case MapUse():
                return self._any.read_map
        return super()._compile(use)


def items_type(element: XmlElement) -> str:
    """The key of the type that an array says for its items, "" for none and for anything."""
    given = element.get(ARRAY_TYPE) or element.get(ITEM_TYPE) or ""
    name, _, dimensions = given.partition("[")
    key = _ARRAY if "[" in dimensions else type_key(element, name)
    return "" if key == ANY_TYPE else key


def type_key(element: XmlElement, qname: str) -> str:
    """The key of the type that a QName means in an element's scope, "" for no name."""
    return _known_as(wild.clark(element, qname)) if qname else ""


def _known_as(key: str) -> str:
    """What is a built-in type of XML Schema under another name is just that."""
    space, _, name = key[1:].rpartition("}")
    if key == VECTOR:
        return _ARRAY
    if space in OLD_XSD:
        return f"{{{XSD}}}{_NEWER.get(name, name)}"
    if space in ENCODINGS and key not in ARRAYS | STRUCTS:
        return f"{{{XSD}}}{'base64Binary' if name == 'base64' else name}"
    return key


class AnyReader:
    """Reads values of any type."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._typed: dict[str, Read] = {}

    def read(self, element: XmlElement, seen: Seen) -> str:
        return self._as(element, seen, "")

    def _as(self, element: XmlElement, seen: Seen, default: str) -> str:
        """`default`: the type of what does not say its own."""
        if is_nil(element):
            return "null"
        key = _own_type(element) or default
        if key in ARRAYS:
            return self.read_array(element, seen)
        if key == MAP:
            return self._any_map(element, seen)
        if key in STRUCTS:
            return self._struct(element, key, seen)
        if key in _STRINGS:
            return quote(text_of(element, seen))
        if key in PLAIN:
            json = scalar_json(self._decoder.scalars[key], text_of(element, seen), element, seen)
            if not json.startswith('"'):
                return json
            return f'{{"{TYPE_KEY}":{quote(key)},"{VALUE_KEY}":{json}}}'  # INF, or a number that is to be a text
        return self._typed_form(element, key, seen) or wild.to_json(element, named=False)

    def read_array(self, element: XmlElement, seen: Seen) -> str:
        check_array(element, seen)
        default = items_type(element)
        return f"[{','.join([self._as(child, seen, default) or 'null' for child in element.iterchildren('*')])}]"

    def _typed_form(self, element: XmlElement, key: str, seen: Seen) -> str:
        """Nothing for what is of no known type, or cannot be read as what it says: the free form loses nothing."""
        view = self._decoder.view
        if key not in self._typed:
            if key not in view.typed:
                return ""
            use: Use = view.plain_use_of(key) if view.is_complex(key) else ScalarUse(key)
            self._typed[key] = self._decoder.body(use)
        return typed_form(TYPE_KEY, key, self._typed[key], element, seen)

    def _struct(self, element: XmlElement, key: str, seen: Seen) -> str:
        fields = {str(child.tag): self._as(child, seen, "") for child in element.iterchildren("*")}
        if len(fields) != sum(1 for _ in element.iterchildren("*")):
            return wild.to_json(element, named=False)  # a struct has each name once
        members = ",".join(f"{quote(name)}:{json}" for name, json in fields.items() if json)
        return f'{{"{TYPE_KEY}":{quote(key)},"{VALUE_KEY}":{{{members}}}}}'

    # ── maps ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def read_map(self, element: XmlElement, seen: Seen) -> str:
        if _has_attributes(element):
            return wild.to_json(element, named=False)
        entries = self._entries(element, seen)
        if _has_names(entries):
            return _object(entries)
        return _list(entries) if _has_no_names(entries) else wild.to_json(element, named=False)

    def _any_map(self, element: XmlElement, seen: Seen) -> str:
        if _has_attributes(element):
            return wild.to_json(element, named=False)
        entries = self._entries(element, seen)
        if _has_names(entries):
            return _object(entries)
        if _has_no_names(entries):
            return f'{{"{TYPE_KEY}":{quote(MAP)},"{VALUE_KEY}":{_list(entries)}}}'
        return wild.to_json(element, named=False)

    def _entries(self, element: XmlElement, seen: Seen) -> list[Entry]:
        entries = []
        for item in element.iterchildren("*"):
            parts = {local(str(child.tag)): child for child in item.iterchildren("*")}
            if "key" not in parts:
                raise Unreadable(f"{path_of(item)} is no entry of a map: it has no key")
            key = self._as(parts["key"], seen, "") or "null"
            entries.append((key, self._as(parts["value"], seen, "") or "null" if "value" in parts else "null"))
        return entries


def _own_type(element: XmlElement) -> str:
    """The type that an element says by `xsi:type`, by being an array, or by its own name (SOAP 1.1 §5.1, rule 3)."""
    said = element.get(TYPE)
    if said is not None:
        return type_key(element, said)
    if not ARRAY_MARKS.isdisjoint(map(str, element.attrib)):
        return _ARRAY
    tag = str(element.tag)
    return _known_as(tag) if tag[1:].rpartition("}")[0] in ENCODINGS else ""


_SPECIAL_TEXTS = frozenset(map(quote, SPECIAL))


# A typed form of a single value, or the free form.
_ATOM = re.compile(r'\{("@type":"[^"]*",)?"@(value":[^\[{]|attributes"|content")')


def _has_attributes(element: XmlElement) -> bool:
    """Whether it has attributes of its own, for which a map has no place; what marks an (empty) array is none."""
    return any(name not in ARRAY_MARKS and not str(name).startswith(f"{{{XSI}}}") for name in element.attrib)


def _has_names(entries: list[Entry]) -> bool:
    """Whether they can be an object: every key a text, each there once, and none that means another form."""
    keys = {key for key, _ in entries}
    return len(keys) == len(entries) and all(key.startswith('"') for key in keys) and not keys & _SPECIAL_TEXTS


def _has_no_names(entries: list[Entry]) -> bool:
    """Whether they are a list of keys that are single values, and no texts."""
    return bool(entries) and all(key[0] not in '"[' and (key[0] != "{" or _ATOM.match(key)) for key, _ in entries)


def _object(entries: list[Entry]) -> str:
    return "{" + ",".join(f"{key}:{value}" for key, value in entries) + "}"


def _list(entries: list[Entry]) -> str:
    return "[" + ",".join(f'{{"key":{key},"value":{value}}}' for key, value in entries) + "]"
