"""Takes binary values out of an envelope while it is written, and keeps them for the package (MTOM §2, XOP §3.1). Pure.

A value leaves the text only where a reader gets the same value back: XOP takes base64 in its canonical form, which is
the only one that requests may have, and never an attribute.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapters.soap.attachments.filling import XOP
from adapters.soap.attachments.mime import OCTETS, cid_address, is_media_type
from adapters.soap.config_attachments import Send
from bridge.call import Upload
from bridge.formats.xml.attached import Attached
from bridge.formats.xml.writing import escape_attribute
from bridge.shapes.model import Kind

DOMAIN = "legacy-bridge"


@dataclass(frozen=True, slots=True)
class OutPart:
    """A part of the package: bytes, or a file that is read when it leaves."""

    content: str
    media_type: str
    data: bytes | Upload
    name: str = ""


class Collected:
    """One message under way; an `Attach` of the encoder. `names` gives a new name that nobody can guess."""

    def __init__(self, send: Send, threshold: int, files: Mapping[str, Upload], names: Callable[[], str]) -> None:
        self.send, self.files, self.parts = send, files, list[OutPart]()
        self._threshold, self._names = threshold, names
        self._expected = ""

    def expect(self, media: str) -> None:
        self._expected = media

    def element(self, kind: Kind, text: str, value: object, *, reference: bool) -> tuple[str, str]:
        if reference:
            return "", cid_address(self._part(text, value, ""))
        if self.send == "swa" and self._leaves(kind, text, value):
            return f' href="{escape_attribute(cid_address(self._part(text, value, "", kind)))}"', ""
        return "", self.content(kind, text, value, "")

    def content(self, kind: Kind, text: str, value: object, media: str) -> str:
        if self.send != "mtom" or kind is not Kind.BASE64 or not self._leaves(kind, text, value):
            self._expected = ""
            return text
        address = escape_attribute(cid_address(self._part(text, value, media)))
        return f'<xop:Include xmlns:xop="{XOP}" href="{address}"/>'

    def part_of_message(self, name: str, text: str, value: object, media: str) -> None:
        """A part of the message that stands beside the envelope and is named by it (WS-I Attachments Profile 1.0)."""
        declared = _one_type(media)  # of several, or of any kind, the file itself says which
        self._part(text, value, "" if declared == OCTETS else declared, prefix=f"{name}=")

    def _leaves(self, kind: Kind, text: str, value: object) -> bool:
        size = len(text) // 2 if kind is Kind.HEX else len(text) // 4 * 3 - text[-2:].count("=")
        return type(value) is Attached or (size > 0 and size >= self._threshold)

    def _part(self, text: str, value: object, media: str, kind: Kind = Kind.BASE64, *, prefix: str = "") -> str:
        content = f"{prefix}{self._names()}@{DOMAIN}"
        expected, self._expected = self._expected, ""
        if type(value) is Attached:
            file = self.files[value]
            kind_of_file = media or value.media or expected
            self.parts.append(OutPart(content, _one_type(kind_of_file), file, file.name))
        else:
            data = b64decode(text) if kind is Kind.BASE64 else bytes.fromhex(text)
            self.parts.append(OutPart(content, _one_type(media or expected), data))
        return content


def _one_type(media: str) -> str:
    bare = media.partition(";")[0].strip().lower()
    return bare if is_media_type(bare) and "*" not in bare else OCTETS
