"""The header blocks of one message as the member `headers`: declared ones by name, others under `@any` where the
configuration lets them in. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from adapters.soap.contract import Message, Part
from adapters.soap.envelope import Parts
from adapters.soap.header_blocks import free_field, names_in, read_free, write_free
from adapters.soap.toolbox import Toolbox
from bridge.call import JsonValue
from bridge.formats.xml.decode import Seen
from bridge.formats.xml.plan import ANY_KEY, RecordUse
from bridge.formats.xml.writing import Out, Path
from bridge.shapes.json import quote
from bridge.shapes.model import Record, Ref, Shape


class MessageHeaders:
    """Compiled for one message. `declared`: how its declared headers lie, None for none; `free`: others are there, too.

    False where the message has no place for headers.
    """

    def __init__(self, tools: Toolbox, declared: RecordUse | None, *, free: bool) -> None:
        self._tools, self._declared, self._free = tools, declared, free
        self._write = None if declared is None else tools.encoder.body(declared)
        self._slots = [] if declared is None else tools.view.record(declared.type).slots
        self._read = {slot.name: (quote(slot.key), tools.decoder.late(slot)) for slot in self._slots}

    def __bool__(self) -> bool:
        return self._declared is not None or self._free

    @property
    def names(self) -> frozenset[str]:
        """Of the declared ones."""
        return frozenset(self._read)

    def key_of(self, name: str) -> str:
        """What clients call a declared one; "" when it is not declared."""
        return next((slot.key for slot in self._slots if slot.name == name), "")

    def shape(self) -> Shape:
        declared: Shape = Record(()) if self._declared is None else self._tools.shaper.shape(self._declared)
        if not self._free:
            return declared
        record = self._tools.shaper.table[declared.name] if isinstance(declared, Ref) else declared
        assert isinstance(record, Record)
        return replace(record, fields=(*record.fields, free_field()))

    def encode(self, value: JsonValue, path: Path, out: Out, beside: str) -> str:
        """The XML of the blocks. `beside`: that of the blocks which are sent in any case."""
        text = ""
        if self._free and type(value) is dict and ANY_KEY in value:
            write_free(value[ANY_KEY], (path, ANY_KEY), out, self.names | names_in(beside))
            text = _taken(out)
            value = {key: one for key, one in value.items() if key != ANY_KEY}
        if self._write is None:
            if value != {}:
                _refuse(value, path, out)
            return text
        self._write(value, path, out, "h", "")
        return _taken(out).removeprefix("<h>").removesuffix("</h>") + text

    def decode(self, parts: Parts, seen: Seen) -> str:
        """Those that are there, as a JSON object; "" when there are none. Raises Unreadable."""
        known = {str(one.tag): one for one in parts.headers if one.tag in self._read}
        texts = [(self._read[name][0], self._read[name][1](one, seen)) for name, one in known.items()]
        members = [f"{key}:{text}" for key, text in texts if text]
        if self._free and (free := read_free(parts.headers, self._read)):
            members.append(f"{quote(ANY_KEY)}:{free}")
        return f"{{{','.join(members)}}}" if members else ""


def _taken(out: Out) -> str:
    text = "".join(out.parts)
    out.parts.clear()
    return text


def _refuse(value: JsonValue, path: Path, out: Out) -> None:
    if type(value) is not dict:
        out.error(path, "must be an object")
        return
    for key in value:
        out.error((path, key), "is not known here")


def message_headers(
    tools: Toolbox, message: Message, make: Callable[[tuple[Part, ...]], str], *, free: bool
) -> MessageHeaders:
    """`make` adds the type of some parts to the view and gives its key."""
    # Some WSDLs list one header twice; it is still one.
    parts = tuple({one.part.element or one.part.name: one.part for one in message.headers}.values())
    return MessageHeaders(tools, RecordUse(make(parts)) if parts else None, free=free)
