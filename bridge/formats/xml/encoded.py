"""JSON values → SOAP-encoded XML: every element says its type, and every array the type and number of its items.

`xsi:type` is the declared type or, of variants, the chosen one; a type without a name is not said, for only what is
derived from it would be valid there. Knows no envelope. See encoded_view.py on the rules of these messages.
"""

from __future__ import annotations

from bridge.call import JsonValue
from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.encode import Encoder
from bridge.formats.xml.encode_order import Body, Write
from bridge.formats.xml.encoded_any import AnyWriter
from bridge.formats.xml.encoded_view import ARRAYS, INNER_ARRAY, EncodedView, MapUse, is_named
from bridge.formats.xml.layout import (
    ANY_SIMPLE,
    ANY_TYPE,
    SOAP_11_ENCODING,
    SOAP_12_ENCODING,
    XSD,
    Element,
)
from bridge.formats.xml.plan import (
    NIL_KEY,
    ArrayUse,
    FreeUse,
    Slot,
    SubstituteUse,
    Use,
    VariantsUse,
)
from bridge.formats.xml.view import use_of_slot
from bridge.formats.xml.writing import Out, Path, Prefixes


class EncodedEncoder(Encoder):
    """Compiled writers for an encoded view. `encoding`: the namespace of the encoding, that of SOAP 1.1 or 1.2."""

    def __init__(self, view: EncodedView, scalars: Scalars, prefixes: Prefixes, encoding: str) -> None:
        super().__init__(view, scalars)
        self.prefixes, self.encoding = prefixes, encoding
        self.array_type = f"{{{encoding}}}Array"

    def element(self, name: str, use: Use, *, nillable: bool) -> Write:
        return self.typed(name, use, "", nillable=nillable)

    def typed(self, name: str, use: Use, declared: str, *, nillable: bool = True) -> Write:
        """A writer of one element that says its type. `declared`: the type's key, "" where only the use is known."""
        if isinstance(use, SubstituteUse):
            return self._substitute(use, nillable=nillable)
        tag, bit = self.prefixes.tag(name)
        body, attributes = self.body(use), self._nil_attributes(use)
        extra, type_bits = self.says(use, declared)
        nil, nil_bits = self._nil_says(use)

        def write(value: JsonValue, path: Path, out: Out) -> None:
            out.graph = True
            if value is None and attributes is None:
                out.mask |= bit | nil_bits | 1
                out.parts.append(f'<{tag}{nil} xsi:nil="true"/>')
            elif attributes is not None and (value is None or (type(value) is dict and NIL_KEY in value)):
                out.mask |= bit
                attributes(value, path, out, tag, "")
            else:
                out.mask |= bit | type_bits
                body(value, path, out, tag, extra)

        return write

    def says(self, use: Use, declared: str) -> tuple[str, int]:
        """The attribute that names the type of an element, and the bits of what it needs; "" where the value says."""
        name = self._type_name(use, declared)
        if not name:
            return "", 0
        tag, bit = self.prefixes.tag(name)
        return f' xsi:type="{tag}"', bit | 1

    def _nil_says(self, use: Use) -> tuple[str, int]:
        """Nothing is of an abstract type, not even nil: it takes the first that can be."""
        if isinstance(use, VariantsUse) and all(key != use.type for _, key in use.members):
            key = use.members[0][1]
            return self.says(self.view.plain_use_of(key), key)
        return "", 0

    def _type_name(self, use: Use, declared: str) -> str:
        if isinstance(use, VariantsUse | SubstituteUse) or (isinstance(use, FreeUse) and not isinstance(use, MapUse)):
            return ""
        key = declared or ("" if isinstance(use, MapUse | FreeUse) else use.type)
        if key in ARRAYS or key.endswith(INNER_ARRAY):
            return self.array_type
        if key == ANY_SIMPLE:
            return f"{{{XSD}}}string"
        return key if is_named(key) else ""

    def _compile(self, use: Use) -> Body:
        match use:
            case ArrayUse(key) if item := self.view.complex(key).item:
                return self._soap_array(self.view.record(key).slots[0], item)
            case FreeUse():
                return AnyWriter(self).writer(use)
        return super()._compile(use)

    def _slot(self, slot: Slot) -> Write:
        if slot.kind != "element":
            return super()._slot(slot)
        assert isinstance(slot.source, Element)
        declared, use, late = slot.source.type, use_of_slot(self.view, slot), list[Write]()

        def write(value: JsonValue, path: Path, out: Out) -> None:
            if not late:  # a type may hold itself
                late.append(self.typed(slot.name, use, declared))
            late[0](value, path, out)

        return self._fixed(slot, use, write)

    # ── arrays ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _soap_array(self, slot: Slot, item: str) -> Body:
        one = self._slot(slot)
        of, bits = self.items_say(item)

        def write(value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
            if type(value) is not list:
                out.error(path, "must be an array")
                return
            out.mask |= bits
            out.parts.append(f"<{tag}{extra}{of.format(len(value))}>")
            for index, inner in enumerate(value):
                one(inner, (path, index), out)
            out.parts.append(f"</{tag}>")

        return write

    def items_say(self, item: str) -> tuple[str, int]:
        """The attributes that say the type of an array's items, {} for their number, and the bits they need."""
        name, dimensions = item, ""
        while name.endswith(INNER_ARRAY):
            name, dimensions = name.removesuffix(INNER_ARRAY), dimensions + "[]"
        if self.encoding == SOAP_12_ENCODING and dimensions:
            name = self.array_type
        tag, bit = self.prefixes.tag(name if is_named(name) else ANY_TYPE)
        encoding, own = self.prefixes.prefix(self.encoding)
        if self.encoding == SOAP_11_ENCODING:
            return f' {encoding}:arrayType="{tag}{dimensions}[{{}}]"', bit | own
        return f' {encoding}:itemType="{tag}" {encoding}:arraySize="{{}}"', bit | own

    def _variant_says(self, plain: Use, key: str, _: VariantsUse, /) -> tuple[str, int]:
        return self.says(plain, key)
