"""One direction of an operation: how its parts lie in the Body, and which wrappers the client does not see.

A message with one element that holds one element is that element's value. A request is always an object, so it is
only unwrapped when what remains is one; an answer may be anything. Either is null where its element is nil.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lxml.etree import _Element as XmlElement

from adapters.soap.attachments.filling import NO_VALUES, Values
from adapters.soap.attachments.of_message import message_attachments
from adapters.soap.contract import Message
from adapters.soap.envelope import Parts
from adapters.soap.message_headers import message_headers
from adapters.soap.message_root import declared, inner_slot, made_type, root_of
from adapters.soap.toolbox import Toolbox
from bridge.call import JsonValue
from bridge.errors import DoesNotFit, Violation
from bridge.formats.xml.attached import Attach
from bridge.formats.xml.decode import Read, Seen, Unreadable
from bridge.formats.xml.encode_values import write_nil
from bridge.formats.xml.plan import RecordUse, Slot, VariantsUse
from bridge.formats.xml.reading import is_nil
from bridge.formats.xml.view import may_be_null, use_of_slot
from bridge.formats.xml.writing import Out
from bridge.shapes.json import quote
from bridge.shapes.model import Described, Field, Record, Ref, Shape

_RPC_RESULT = "{http://www.w3.org/2003/05/soap-rpc}result"
"""It only says which of its neighbours is the result (SOAP 1.2 part 2 §4.2.1), in answers of any use."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """XML of the headers' content and of the whole Body, the namespaces both need, and what was let through."""

    headers: str
    body: str
    declarations: str
    bent: Mapping[str, int]


class MessageCodec:
    """Compiled for one message. `request`: see the module's rule on unwrapping. `headers`: the tools for those;
    `free`: undeclared ones have a place, too."""

    def __init__(
        self,
        tools: Toolbox,
        message: Message,
        key: str,
        *,
        request: bool,
        headers: Toolbox | None = None,
        free: bool = False,
    ) -> None:
        self.tools, self.message = tools, message
        self.root, self.use = root_of(tools.view, message, key)
        self.inner = None if self.use is None else inner_slot(tools.view, self.use, request=request)
        own = headers or tools
        self.headers = message_headers(
            own, message, lambda parts: own.view.add(made_type(own.view, f"#{key}.headers", parts, least=0)), free=free
        )
        self._by_position = tools.encoded and bool(message.wrapper) and not request
        attached = message.attachments if tools.options.attachments else ()
        beside = self.headers or attached
        if beside and self.inner and not isinstance(use_of_slot(tools.view, self.inner), RecordUse):
            self.inner = None
        self.nullable = self._may_be_nil()
        if self.nullable and self.inner is not None and may_be_null(tools.view, self.inner):
            self.inner = None  # null could mean either
        taken = {slot.key for slot in self._slots()} | {self._headers_key()}
        self.attachments = message_attachments(attached, taken, tools.options.naming)
        self._request = request
        self._prepare()

    def _may_be_nil(self) -> bool:
        """Whether null is the message as a whole: its element may be nil, and needs no attributes even then."""
        if self.root is None or self.message.wrapper or self.tools.encoded:
            return False
        abstract = isinstance(self.use, VariantsUse) and all(key != self.use.type for _, key in self.use.members)
        whole = Slot("element", source=declared(self.tools.view, self.root))
        return not abstract and may_be_null(self.tools.view, whole)

    def _prepare(self) -> None:
        encoder, decoder = self.tools.encoder, self.tools.decoder
        self._write = None if self.use is None else encoder.body(self.use)
        self._read: Read | None = None if self.use is None else decoder.element(self.use)
        self._read_inner = None if self.inner is None else decoder.late(self.inner)
        self._says = self._said()

    def _said(self) -> tuple[str, int]:
        """What the first element says of its encoding and type; SOAP 1.2 (part 1 §5.1.1) lets no Body say it."""
        if self.root is None or self.message.wrapper:
            on_body = self.root is None and "1.2" in self.tools.style
            return ("" if on_body else self.tools.style), 0
        assert self.use is not None
        says, bits = self.tools.says(self.use, declared(self.tools.view, self.root).type)
        return self.tools.style + says, bits

    # ── what the client is told ──────────────────────────────────────────────────────────────────────────────────

    def described(self) -> Described:
        shaper = self.tools.shaper
        if self.use is None and not self.headers and not self.attachments:
            return Described(None, shaper.table, required=False)
        if self.inner is not None:
            shape = shaper.shape(use_of_slot(self.tools.view, self.inner))
            nullable = self.nullable or may_be_null(self.tools.view, self.inner)
            required = self.inner.min > 0
        else:
            shape = shaper.shape(self.use) if self.use is not None else Record(())
            nullable, required = self.nullable, True
        if self.attachments:
            shape = self._with(shape, *self.attachments.fields(required=self._request))
        if self.headers:
            shape = self._with(shape, Field(self._headers_key(), self.headers.shape()))
        return Described(shape, shaper.table, nullable=nullable, required=required)

    def _with(self, shape: Shape, *fields: Field) -> Shape:
        record = self.tools.shaper.table[shape.name] if isinstance(shape, Ref) else shape
        return replace(record, fields=(*record.fields, *fields)) if isinstance(record, Record) else shape

    def header_place(self, name: str) -> tuple[str, ...]:
        """The keys under which clients write a declared header; () when it is not declared."""
        key = self.headers.key_of(name)
        return (self._headers_key(), key) if key else ()

    def _headers_key(self) -> str:
        return "@headers" if any(slot.key == "headers" for slot in self._slots()) else "headers"

    def keys(self) -> dict[str, str]:
        """What a client calls the elements of the message, by their names."""
        return {slot.name: slot.key for slot in self._slots()}

    def _slots(self) -> list[Slot]:
        use = self.use if self.inner is None else use_of_slot(self.tools.view, self.inner)
        return self.tools.view.record(use.type).slots if isinstance(use, RecordUse) else []

    # ── JSON → XML ───────────────────────────────────────────────────────────────────────────────────────────────

    def encode(
        self, value: JsonValue, *, given: bool = True, beside: str = "", attach: Attach | None = None
    ) -> Encoded:
        """Raises DoesNotFit with every violation. `given` False: there is no value at all, not even null. `beside`: the
        header blocks that are sent in any case; `attach` takes what does not stand in the text."""
        out = Out(self.tools.encoder.prefixes, self.tools.options.requests, attach)
        headers = ""
        if self.attachments:
            value = self.attachments.encode(value, (None, self.inner.key) if self.inner else None, out)
        if self.headers:
            value, headers = self._encode_headers(value, out, beside)
        self._encode_body(value, out, given=given)
        if out.errors:
            raise DoesNotFit(errors=self._outside(out.errors))
        return Encoded(headers, "".join(out.parts), out.declarations(), out.bent)

    def _encode_headers(self, value: JsonValue, out: Out, beside: str) -> tuple[JsonValue, str]:
        key = self._headers_key()
        if not isinstance(value, dict) or key not in value:
            return value, ""
        path = ((None, self.inner.key), key) if self.inner else (None, key)
        text = self.headers.encode(value[key], path, out, beside)
        return {name: one for name, one in value.items() if name != key}, text

    def _encode_body(self, value: JsonValue, out: Out, *, given: bool) -> None:
        if self.use is None or self._write is None:
            if value not in ({}, None):
                out.error(None, "this operation takes no input")
            out.parts.append("<soap:Body/>")
            return
        nil = value is None and given and self.nullable
        if self.inner is not None and not nil:
            value = self._wrapped(value, given=given)
        elif not given:
            value = {}
        says, bits = self._says
        if self.root is None:
            self._write(value, None, out, "soap:Body", says)
            return
        tag, bit = out.prefixes.tag(self.root)
        out.mask |= bit | bits
        out.parts.append("<soap:Body>")
        if nil:
            write_nil(tag, None, out, nillable=True)
        else:
            self._write(value, None, out, tag, says)
        out.parts.append("</soap:Body>")

    def _wrapped(self, value: JsonValue, *, given: bool) -> JsonValue:
        assert self.inner is not None
        if given:
            return {self.inner.key: value}
        return {self.inner.key: {}} if self.inner.min else {}

    def _outside(self, errors: list[Violation]) -> list[Violation]:
        """Pointers as the client sees them: without the wrapper that it never wrote."""
        if self.inner is None:
            return errors
        hidden = "/" + self.inner.key.replace("~", "~0").replace("/", "~1")
        return [Violation(error.pointer.removeprefix(hidden), error.detail) for error in errors]

    # ── XML → JSON ───────────────────────────────────────────────────────────────────────────────────────────────

    def decode(self, parts: Parts, seen: Seen, values: Values = NO_VALUES) -> str | None:
        """The JSON text, or None for "nothing". Raises Unreadable. `values`: what came beside the envelope."""
        json = self._decode_body(parts, seen)
        if json is None and self.use is None and (self.headers or self.attachments):
            json = "{}"  # nothing but these is declared: they need an object to stand in
        json = _joined(json, self.attachments.decode(values)) if self.attachments and json else json
        headers = self.headers.decode(parts, seen)
        if not headers:
            return json
        if json is None or not json.startswith("{"):
            seen.tolerate("lost-header", parts.headers[0])  # there is no object that they could stand in
            return json
        return _joined(json, f"{quote(self._headers_key())}:{headers}")

    def _decode_body(self, parts: Parts, seen: Seen) -> str | None:
        if self._read is None:
            return None
        element = self.element(parts, seen)
        if self.message.wrapper:
            for name in element.findall(_RPC_RESULT):
                element.remove(name)
        if self._by_position:
            self._name_result(element)
        if self.inner is None or self._read_inner is None or (self.nullable and is_nil(element)):
            return self._read(element, seen)
        return self._decode_inner(element, seen)

    def element(self, parts: Parts, seen: Seen) -> XmlElement:
        """What holds the message: its root element, or the Body itself where it has none."""
        if not parts.body:
            raise Unreadable("the Body is empty")
        if self.root is None:
            return _body_of(parts)
        for one in parts.body:
            if one.tag == self.root:
                return one
        found = parts.body[0]
        # In rpc style the name means nothing (SOAP 1.1 §7.1); else it has that name, or is no answer to us.
        if not self.message.wrapper and _local(found) != self.root.rpartition("}")[2]:
            raise Unreadable(f"the Body holds {_local(found)[:80]}, which is not what was declared")
        seen.tolerate("wrong-wrapper", found)
        return found

    def _name_result(self, element: XmlElement) -> None:
        """The result of a call is the first accessor, whatever it is called (SOAP 1.1 §7.1)."""
        assert isinstance(self.use, RecordUse)
        declared = [slot.name for slot in self.tools.view.record(self.use.type).slots]
        children = [child for child in element if isinstance(child.tag, str)]
        named = {_local(child) for child in children}
        if children and declared and declared[0] not in named and _local(children[0]) not in declared:
            children[0].tag = declared[0]

    def inner_of(self, element: XmlElement, seen: Seen) -> XmlElement | None:
        """What the client gets of a wrapper that it does not see."""
        assert self.inner is not None
        children = [child for child in element if isinstance(child.tag, str)]
        local = self.inner.name.rpartition("}")[2]
        names = self.tools.decoder.names(self.inner)
        chosen = next((child for child in children if child.tag in names), None)
        if chosen is None:
            chosen = next((child for child in children if _local(child) == local), None)
            if chosen is not None:
                seen.tolerate("wrong-namespace", chosen)
        return chosen

    def _decode_inner(self, element: XmlElement, seen: Seen) -> str | None:
        assert self.inner is not None
        assert self._read_inner is not None
        children = [child for child in element if isinstance(child.tag, str)]
        chosen = self.inner_of(element, seen)
        for child in children:
            if child is not chosen:
                seen.tolerate("unknown-element", child)
        if chosen is None and children:
            raise Unreadable(f"the answer holds {_local(children[0])[:80]}, and nothing of what was declared")
        if chosen is None:
            if self.inner.min:
                seen.tolerate("missing-required", element)
            return None
        return self._read_inner(chosen, seen) or None


def _joined(json: str, members: str) -> str:
    """An object with further members."""
    if not members or not json.startswith("{"):
        return json
    return f"{{{members}}}" if json == "{}" else f"{json[:-1]},{members}}}"


def _local(element: XmlElement) -> str:
    return str(element.tag).rpartition("}")[2]


def _body_of(parts: Parts) -> XmlElement:
    holder = parts.body[0].getparent()
    assert holder is not None
    return holder
