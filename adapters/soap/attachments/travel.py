"""How the binary values of one operation travel: the steps around encoding and sending that stand in calling.py."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from adapters.soap.attachments.collecting import Collected
from adapters.soap.attachments.packing import packed
from adapters.soap.attachments.placing import MEDIA_UNKNOWN, placed
from adapters.soap.config_attachments import AttachmentSettings, Send
from adapters.soap.contract import Mtom
from adapters.soap.wire import Outgoing
from bridge.call import JsonValue, Upload
from bridge.errors import PayloadTooLarge
from bridge.formats.xml.attached import Attached
from bridge.shapes import json

DEFAULTS = AttachmentSettings()


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of one call, with what came beside them. `values`: by JSON Pointer, a file or its base64 text."""

    args: bytes | JsonValue
    values: Mapping[str, str]
    collected: Collected

    @property
    def given(self) -> bool:
        return bool(self.values) or not isinstance(self.args, bytes) or bool(self.args.strip())

    def value(self) -> JsonValue:
        """Raises MalformedJson or DoesNotFit."""
        args = self.args
        if isinstance(args, bytes):
            args = json.loads(args) if args.strip() else None
        return placed(args, self.values) if self.values else args


@dataclass(frozen=True, slots=True)
class Travel:
    """`policy`: what the WSDL says of MTOM. `memory_max` bounds files that must be in the text to be
    signed; `answer`: where the file of an answer is, "" for the only one."""

    names: Callable[[], str]
    settings: AttachmentSettings = DEFAULTS
    policy: Mtom = ""
    memory_max: int = 32_000_000
    answer: str = ""

    def _send(self, *, has_bytes: bool) -> Send:
        """Where MTOM is allowed it is taken for files, each way: servers answer a message in its own form."""
        mtom = self.policy == "required" or (self.policy == "optional" and has_bytes)
        return self.settings.send or ("mtom" if mtom else "inline")

    async def given(
        self, args: bytes | JsonValue, uploads: Mapping[str, Upload], *, in_text: bool, wants_bytes: bool = False
    ) -> Given:
        """What is to be encoded. `in_text`: nothing may leave the envelope, for it is signed or encrypted, or is no
        envelope at all; `wants_bytes`: the answer should hold a file. Raises PayloadTooLarge."""
        if in_text:
            values = await self._texts(uploads)
            return Given(args, values, Collected("inline", 0, {}, self.names))
        files = {self.names(): pointer for pointer in uploads}
        attached = {pointer: _attached(name, uploads[pointer]) for name, pointer in files.items()}
        by_name = {name: uploads[pointer] for name, pointer in files.items()}
        send = self._send(has_bytes=bool(uploads) or wants_bytes)
        return Given(args, attached, Collected(send, self.settings.threshold, by_name, self.names))

    async def _texts(self, uploads: Mapping[str, Upload]) -> dict[str, str]:
        if sum(upload.length for upload in uploads.values()) > self.memory_max:
            raise PayloadTooLarge("Files of this size cannot be sent to this service, whose messages are signed whole.")
        return {
            pointer: b64encode(b"".join([piece async for piece in upload.pieces()])).decode()
            for pointer, upload in uploads.items()
        }

    def packed(self, out: Outgoing, given: Given) -> Outgoing:
        """What is sent in place of the bare envelope; the same where everything stands in it."""
        collected = given.collected
        if out.body is None or (collected.send != "mtom" and not collected.parts and not collected.files):
            return out
        package = packed(out.body, out.headers, collected, self.names)
        return replace(out, package=package.body, headers=package.headers)


def _attached(name: str, upload: Upload) -> Attached:
    return Attached.of(name, upload.length, "" if upload.media_type == MEDIA_UNKNOWN else upload.media_type)
