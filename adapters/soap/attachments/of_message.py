"""Parts of a message that travel beside the envelope (mime:content, WSDL 1.1 §5): to clients binary values like others.

They stand in the JSON object of the message, each under the name of its part. Pure.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from adapters.soap.attachments.filling import Values, Wanted
from adapters.soap.contract import AttachedPart
from bridge.call import JsonValue
from bridge.formats.xml.scalar_numbers import Unfit
from bridge.formats.xml.scalars import atomic
from bridge.formats.xml.writing import Out, Path
from bridge.shapes.json import quote
from bridge.shapes.model import Facets, Field, Kind, Scalar
from bridge.shapes.naming import Style, assign

_BASE64 = atomic(Kind.BASE64, Facets())


@dataclass(frozen=True, slots=True)
class MessageAttachments:
    """Those of one message, with the keys that they have for clients."""

    parts: tuple[tuple[str, AttachedPart], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.parts)

    def fields(self, *, required: bool) -> tuple[Field, ...]:
        return tuple(
            Field(key, Scalar(Kind.BASE64, name="base64Binary", media=part.media), required=required, doc=part.doc)
            for key, part in self.parts
        )

    def encode(self, value: JsonValue, path: Path, out: Out) -> JsonValue:
        """The value without them; they are handed to `out.attach`."""
        given = value if isinstance(value, dict) else {}
        for key, part in self.parts:
            if key not in given:
                if out.attach is not None:  # else there is nowhere to put them, and nobody misses them
                    out.error((path, key), "is required")
                continue
            try:
                text = _BASE64.to_text(given[key])
            except Unfit as unfit:
                out.error((path, key), str(unfit))
                continue
            if out.attach is not None:
                out.attach.part_of_message(part.name, text, given[key], part.media)
        keys = {key for key, _ in self.parts}
        return {key: one for key, one in value.items() if key not in keys} if isinstance(value, dict) else value

    def decode(self, values: Values) -> str:
        """The JSON members of those that came."""
        wanted = ((key, Wanted(part=part.name, index=index)) for index, (key, part) in enumerate(self.parts))
        found = ((key, values.find(one)) for key, one in wanted)
        return ",".join(f'{quote(key)}:"{text}"' for key, text in found if text is not None)


def message_attachments(parts: tuple[AttachedPart, ...], taken: Collection[str], naming: Style) -> MessageAttachments:
    """`taken`: the keys that the message has already."""
    keys = assign([part.name for part in parts], naming)
    free = (f"{key}{'_attachment' if naming == 'snake' else 'Attachment'}" if key in taken else key for key in keys)
    return MessageAttachments(tuple(zip(free, parts, strict=True)))
