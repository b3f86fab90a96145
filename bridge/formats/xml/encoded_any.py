"""A value of any type (`xs:anyType`) in SOAP-encoded messages: plain JSON where JSON has the type, else a typed form.

    "text"                                        xsd:string
    true                                          xsd:boolean
    5, 12345678901, 123456789012345678901         xsd:int, xsd:long or xsd:integer, by size
    1.50                                          xsd:decimal
    1.5E3                                         xsd:double
    null                                          xsi:nil
    [1, "a"]                                      an array of SOAP's encoding, of items of any type
    {"colour": "red", "size": 4}                  a Map of Apache SOAP whose keys are strings
    {"@type": "{ns}Order", "@value": {…}}         a type that the schema declares or XML Schema brings along
    {"@type": "{…/encoding/}Struct", "@value": {"name": …}}            a struct without a declared type
    {"@type": "{http://xml.apache.org/xml-soap}Map", "@value": [{"key": 1, "value": "one"}]}  other simple keys
    {"@attributes": …, "@content": […]}           all else, Maps with keys of several kinds too: as in wild.py

The numbers of all integer types, of decimals and of floats are read as JSON numbers with all their digits. Whoever
must send another of these types than the number would get names it: `{"@type": "{…XMLSchema}short", "@value": 5}`.
"""

from __future__ import annotations

from typing import Protocol

from bridge.call import JsonValue
from bridge.formats.xml import wild
from bridge.formats.xml.encode_free import AnyContent, Writers
from bridge.formats.xml.encode_order import Body
from bridge.formats.xml.encode_values import check_known
from bridge.formats.xml.encoded_view import MAP, PLAIN, SPECIAL, STRUCTS, AnyUse, MapUse
from bridge.formats.xml.layout import ANY_TYPE, XSD
from bridge.formats.xml.plan import TYPE_KEY, VALUE_KEY, ScalarUse, Use
from bridge.formats.xml.scalars import ILLEGAL
from bridge.formats.xml.writing import Out, Path, Prefixes, escape, is_name
from bridge.shapes.json import Number

_INT, _LONG = 2**31, 2**63
_LONG_DIGITS = 19


class AnyWriters(Writers, Protocol):
    """What of the encoder is needed here."""

    prefixes: Prefixes
    array_type: str

    def items_say(self, item: str) -> tuple[str, int]: ...


class AnyWriter:
    """Writes values of any type."""

    def __init__(self, encoder: AnyWriters) -> None:
        self._encoder, self._typed = encoder, AnyContent(encoder, AnyUse()).write
        tag = encoder.prefixes.tag
        self._simple = {
            name: (f' xsi:type="{qname}"', bit | 1)
            for name in ("string", "boolean", "int", "long", "integer", "decimal", "double")
            for qname, bit in [tag(f"{{{XSD}}}{name}")]
        }
        self._xsd_bit = encoder.prefixes.prefix(XSD)[1]
        array, array_bit = tag(encoder.array_type)
        self._map, self._map_bit = tag(MAP)
        self._items, items_bits = encoder.items_say(ANY_TYPE)
        self._array, self._array_bits = f' xsi:type="{array}"', array_bit | items_bits | 1

    def writer(self, use: Use) -> Body:
        if isinstance(use, MapUse):
            return self._write_map
        return self.write if isinstance(use, AnyUse) else wild.write

    def write(self, value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
        if value is None:
            out.mask |= 1
            out.parts.append(f'<{tag} xsi:nil="true"/>')
        elif type(value) is list:
            self._write_array(value, path, out, tag)
        elif type(value) is not dict:
            self._write_simple(value, path, out, tag)
        elif not value.keys() & SPECIAL:
            out.mask |= self._map_bit | 1
            self._write_map(value, path, out, tag, f' xsi:type="{self._map}"')
        elif value.get(TYPE_KEY) == MAP and VALUE_KEY in value:
            out.mask |= self._map_bit | 1
            self._write_map(value[VALUE_KEY], (path, VALUE_KEY), out, tag, f' xsi:type="{self._map}"')
        elif value.get(TYPE_KEY) in STRUCTS and VALUE_KEY in value:
            self._write_struct(value, path, out, tag)
        elif value.get(TYPE_KEY) in PLAIN and value.keys() == {TYPE_KEY, VALUE_KEY}:
            key = str(value[TYPE_KEY])
            out.mask |= self._xsd_bit | 1
            extra = f' xsi:type="{out.qname(key)}"'
            self._encoder.body(ScalarUse(key))(value[VALUE_KEY], (path, VALUE_KEY), out, tag, extra)
        else:
            self._typed(value, path, out, tag, extra)

    def _write_simple(self, value: JsonValue, path: Path, out: Out, tag: str) -> None:
        if isinstance(value, bool):
            name, text = "boolean", "true" if value else "false"
        elif isinstance(value, Number):
            name, text = _number_type(value), str(value)
        else:
            name, text = "string", escape(str(value))
            if ILLEGAL.search(text):
                out.error(path, "holds a character that XML cannot carry")
        says, bits = self._simple[name]
        out.mask |= bits
        out.parts.append(f"<{tag}{says}>{text}</{tag}>")

    def _write_array(self, value: list[JsonValue], path: Path, out: Out, tag: str) -> None:
        out.mask |= self._array_bits
        out.parts.append(f"<{tag}{self._array}{self._items.format(len(value))}>")
        for index, item in enumerate(value):
            self.write(item, (path, index), out, "item", "")
        out.parts.append(f"</{tag}>")

    def _write_struct(self, value: dict[str, JsonValue], path: Path, out: Out, tag: str) -> None:
        fields, name = value[VALUE_KEY], value[TYPE_KEY]
        check_known(value, frozenset({TYPE_KEY, VALUE_KEY}), path, out, "")
        if type(fields) is not dict:
            out.error((path, VALUE_KEY), "must be an object")
            return
        out.mask |= 1
        out.parts.append(f'<{tag} xsi:type="{out.qname(str(name))}">')
        for key, one in fields.items():
            place: Path = ((path, VALUE_KEY), key)
            if is_name(key):
                self.write(one, place, out, out.qname(key), "")
            else:
                out.error(place, "must be a name of the form {namespace}local")
        out.parts.append(f"</{tag}>")

    # ── maps ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _write_map(self, value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
        if type(value) is dict and value.keys() & SPECIAL:
            wild.write(value, path, out, tag)
            return
        out.parts.append(f"<{tag}{extra}>")
        if type(value) is dict:
            for key, one in value.items():
                self._write_entry(key, one, (path, key), (path, key), out)
        elif type(value) is list:
            for index, entry in enumerate(value):
                place: Path = (path, index)
                if type(entry) is dict and entry.keys() == {"key", "value"}:
                    self._write_entry(entry["key"], entry["value"], (place, "key"), (place, "value"), out)
                else:
                    out.error(place, 'must be an object with "key" and "value"')
        else:
            out.error(path, 'must be an object, or an array of objects with "key" and "value"')
        out.parts.append(f"</{tag}>")

    def _write_entry(self, key: JsonValue, value: JsonValue, key_path: Path, path: Path, out: Out) -> None:
        out.parts.append("<item>")
        self.write(key, key_path, out, "key", "")
        self.write(value, path, out, "value", "")
        out.parts.append("</item>")


def _number_type(number: str) -> str:
    """The XML Schema type that holds a JSON number as it is written."""
    if "e" in number or "E" in number:
        return "double"
    if "." in number:
        return "decimal"
    if len(number.lstrip("-")) > _LONG_DIGITS:
        return "integer"
    value = int(number)
    if -_INT <= value < _INT:
        return "int"
    return "long" if -_LONG <= value < _LONG else "integer"
