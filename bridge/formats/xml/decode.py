"""XML elements → JSON text, compiled from a view: one closure per type, made when first needed.

Answers are tolerant where nothing is invented: order does not matter, unknown elements are kept under `@unknown`, a
missing required element is absent; each is counted by kind in `Seen`. With `strict` the first of them is an error.
An item of an array that holds nothing keeps its place as null. Where the JSON is an array or a single value there is
no place for `@unknown`: what is unknown there is only counted.
What cannot be read without inventing (text that is no number) is always an error.
"""

from __future__ import annotations

from lxml.etree import _Element as XmlElement

from bridge.formats.xml import wild
from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.decode_forms import free, free_object, free_unnamed, scalar, tagged, takes_blank, typed_form
from bridge.formats.xml.decode_record import RecordReader
from bridge.formats.xml.layout import XSI, Element, Wildcard
from bridge.formats.xml.plan import (
    NAME_KEY,
    TYPE_KEY,
    ArrayUse,
    FreeUse,
    RecordUse,
    ScalarUse,
    Slot,
    SubstituteUse,
    Use,
    VariantsUse,
    local,
)
from bridge.formats.xml.reading import (
    TYPE,
    Read,
    Seen,
    Unreadable,
    check_array,
    count_attributes,
    is_nil,
    path_of,
)
from bridge.formats.xml.scalar_numbers import Unfit
from bridge.formats.xml.view import View, members_of, names_of, use_of_slot
from bridge.shapes.json import quote

__all__ = ["Decoder", "Read", "Seen", "Unreadable"]


class Decoder:
    """Compiled readers for one view."""

    def __init__(self, view: View, scalars: Scalars) -> None:
        self.view, self.scalars = view, scalars
        self._bodies: dict[Use, Read] = {}
        self._records: dict[str, RecordReader] = {}

    def element(self, use: Use, *, nillable: bool = True) -> Read:
        """A reader of one element that may be nil."""
        body, nil = self.body(use), self._nil(use)

        def read(element: XmlElement, seen: Seen) -> str:
            if element.attrib and is_nil(element):
                if not nillable:
                    seen.tolerate("nil", element)
                return nil(element, seen)
            return body(element, seen)

        return read

    def _nil(self, use: Use) -> Read:
        """`null`, or where there are attributes an object that keeps them."""
        record = self._records.get(use.type) if isinstance(use, RecordUse) else None

        def read(element: XmlElement, seen: Seen) -> str:
            if len(element) or (element.text and element.text.strip()):
                seen.tolerate("nil-content", element)
            if isinstance(use, SubstituteUse) and element.tag != use.head:
                seen.tolerate("nil-substitute", element)  # null does not say which
            named = [name for name in element.attrib if not str(name).startswith(f"{{{XSI}}}")]
            if named and record is not None:
                return record.read_nil(element, seen)
            if named and isinstance(use, VariantsUse):
                return self._nil_variant(use, element, seen)
            if named and isinstance(use, FreeUse):
                return wild.to_json(element, named=False)
            count_attributes(element, seen)
            return "null"

        return read

    def _nil_variant(self, use: VariantsUse, element: XmlElement, seen: Seen) -> str:
        """An object that keeps the attributes and says of which type they are."""
        said = element.get(TYPE)
        key = wild.clark(element, said) if said else use.type
        record, tag = self._records.get(key), next((tag for tag, one in use.members if one == key), None)
        if record is None or tag is None:
            count_attributes(element, seen)
            return "null"
        return f'{{"{TYPE_KEY}":{quote(tag)},{record.read_nil(element, seen)[1:]}'

    def body(self, use: Use) -> Read:
        if use not in self._bodies:
            self._bodies[use] = self._compile(use)
        return self._bodies[use]

    def record(self, key: str) -> RecordReader:
        """The reader of one type, for whoever has to know where its elements belong."""
        self.body(RecordUse(key))
        return self._records[key]

    def _compile(self, use: Use) -> Read:
        match use:
            case ScalarUse(key):
                return scalar(self.scalars[key])
            case RecordUse(key):
                self._records[key] = RecordReader(
                    self.view.record(key), self.scalars, self.late, self.names, self.view.options
                )
                return self._records[key].read
            case ArrayUse(key) if self.view.complex(key).item:
                return self.soap_array(self.view.record(key).slots[0])
            case ArrayUse(key):
                return self._array(self.view.record(key).slots[0])
            case VariantsUse():
                return self._variants(use)
            case SubstituteUse():
                return self._substitute(use)
            case FreeUse():
                return self._content(use)

    def late(self, slot: Slot) -> Read:
        """Compiled at the first use, because a type may hold itself."""
        if slot.kind == "any":
            return self._wildcard(slot.source) if isinstance(slot.source, Wildcard) else free
        made: list[Read] = []

        def read(element: XmlElement, seen: Seen) -> str:
            if not made:
                use = use_of_slot(self.view, slot)
                made.append(self._default(slot, use, self.element(use, nillable=slot.nillable)))
            return made[0](element, seen)

        return read

    def _wildcard(self, wildcard: Wildcard) -> Read:
        """A reader of what stands at a wildcard: typed where it is known there."""
        known = self.view.known_at(wildcard)
        made: dict[str, Read] = {}

        def read(element: XmlElement, seen: Seen) -> str:
            name = str(element.tag)
            if name not in known:
                return wild.to_json(element)
            if name not in made:
                use = self.view.declared_use(known[name])
                slot = Slot("element", name=name, use=use, source=known[name])
                made[name] = self._default(slot, use, self.element(use, nillable=slot.nillable))
            return typed_form(NAME_KEY, name, made[name], element, seen) or wild.to_json(element)

        return read if known else free

    def _content(self, use: FreeUse) -> Read:
        """A reader of `xs:anyType`: typed where it names a type that is known."""
        known = frozenset(self.view.typed) if use.typed else frozenset[str]()
        made: dict[str, Read] = {}

        def read(element: XmlElement, seen: Seen) -> str:
            named = element.get(TYPE)
            key = wild.clark(element, named) if named else ""
            if key not in known:
                return wild.to_json(element, named=False)
            if key not in made:
                made[key] = self.body(self.view.plain_use_of(key) if self.view.is_complex(key) else ScalarUse(key))
            return typed_form(TYPE_KEY, key, made[key], element, seen) or wild.to_json(element, named=False)

        if known:
            return read
        return free_unnamed if use.text else free_object

    def _default(self, slot: Slot, use: Use, inner: Read) -> Read:
        """An empty element has the value that the schema says (XML Schema part 1, §3.3.4); an empty text stays one
        where it is a value of the type that is not fixed to another."""
        source = slot.source
        text = (source.fixed or source.default) if isinstance(source, Element) else None
        if text is None or not isinstance(use, ScalarUse):
            return inner
        if takes_blank(self.scalars[use.type]) and not (isinstance(source, Element) and source.fixed):
            return inner
        try:
            json = self.scalars[use.type].to_json(text)
        except Unfit:
            return inner

        def read(element: XmlElement, seen: Seen) -> str:
            empty = len(element) == 0 and not (element.text and element.text.strip())
            return json if empty and not is_nil(element) else inner(element, seen)

        return read

    def names(self, slot: Slot) -> list[str]:
        """The element names that fill a slot: one, or those of a substitution group."""
        return names_of(self.view, slot)

    def _array(self, slot: Slot) -> Read:
        one, names = self.late(slot), self.names(slot)
        by_local = {local(name) for name in names}

        def read(element: XmlElement, seen: Seen) -> str:
            items = []
            if element.attrib:
                count_attributes(element, seen)
            if element.text and element.text.strip():
                seen.tolerate("unknown-text", element)
            for child in element.iterchildren("*"):
                if child.tail and child.tail.strip():
                    seen.tolerate("unknown-text", element)
                if child.tag in names:
                    items.append(one(child, seen) or "null")
                elif local(child.tag) in by_local:
                    seen.tolerate("wrong-namespace", child)
                    items.append(one(child, seen) or "null")
                else:
                    seen.tolerate("unknown-element", child)  # an array has no place for it
            return f"[{','.join(items)}]"

        return read

    def soap_array(self, slot: Slot) -> Read:
        """Every child is an item: in an array of SOAP's encodings names mean nothing (SOAP 1.1 §5.4.2)."""
        one = self.late(slot)

        def read(element: XmlElement, seen: Seen) -> str:
            check_array(element, seen)
            return f"[{','.join([one(child, seen) or 'null' for child in element.iterchildren('*')])}]"

        return read

    def _variants(self, use: VariantsUse) -> Read:
        members = {
            key: (f'{{"{TYPE_KEY}":{quote(tag)}', self.body(plain), isinstance(plain, RecordUse))
            for tag, key in use.members
            for plain in [self.view.plain_use_of(key)]
        }

        locals_of = [local(key) for key in members]
        by_local = {local(key): key for key in members if locals_of.count(local(key)) == 1}

        def read(element: XmlElement, seen: Seen) -> str:
            named = element.get(TYPE)
            key = wild.clark(element, named) if named else use.type
            if named and key not in members and ":" in key and not key.startswith("{"):
                # Its prefix is not declared (node soap does that); the name alone may still say which.
                seen.tolerate("unknown-prefix", element)
                key = by_local.get(key.rpartition(":")[2], key)
            if key not in members:
                seen.tolerate("unknown-type", element)
                key = use.type
            if key not in members:
                raise Unreadable(f"{path_of(element)} is of an abstract type and does not say which (xsi:type)")
            head, body, bare = members[key]
            return tagged(head, body(element, seen), bare=bare)

        return read

    def _substitute(self, use: SubstituteUse) -> Read:
        plain: dict[str, tuple[str, Use]] = {}
        derived: dict[tuple[str, str], tuple[str, Use]] = {}
        for tag, member, found in members_of(self.view, use):
            head = f'{{"{TYPE_KEY}":{quote(tag)}'
            if member.name not in plain:
                plain[member.name] = (head, found)
            elif isinstance(found, VariantsUse):
                for _, key in found.members:  # by its local name alone where the prefix is not declared
                    derived[member.name, key] = derived[member.name, f":{local(key)}"] = (head, found)

        def read(element: XmlElement, seen: Seen) -> str:
            name, said = str(element.tag), element.get(TYPE)
            if name not in plain:
                raise Unreadable(f"{path_of(element)} cannot stand here")
            head, found = plain[name]
            if said:
                key = wild.clark(element, said)
                key = key if key.startswith("{") else f":{key.rpartition(':')[2]}"
                head, found = derived.get((name, key), (head, found))
            return tagged(head, self.body(found)(element, seen), bare=isinstance(found, RecordUse))

        return read
