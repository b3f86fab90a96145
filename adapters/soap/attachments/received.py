"""An answer that came as a package, in memory: its envelope, and the parts beside it by Content-ID. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from adapters.soap.attachments.filling import NO_VALUES, Values, Wanted
from adapters.soap.attachments.mime import Media, content_id, file_name, media, media_type
from adapters.soap.attachments.multipart import Begin, End, Event, Multipart
from bridge.errors import UpstreamInvalid
from bridge.transport.opened import Answer

PIECE_BYTES = 64_000
XOP_TYPE = "application/xop+xml"


@dataclass(frozen=True, slots=True)
class Head:
    """What a part says of itself; all of it is the other side's word."""

    content: str
    media_type: str
    name: str
    headers: Mapping[str, str] = field(repr=False)


def head_of(headers: Mapping[str, str]) -> Head:
    kind = headers.get("content-type", "")
    if media(kind).type.startswith("multipart/"):
        raise UpstreamInvalid(cause="multipart_nested")
    return Head(content_id(headers.get("content-id", "")), media_type(kind), file_name(headers), headers)


def is_package(content_type: str) -> bool:
    """By the media type of an answer, in lower case and without parameters."""
    return content_type.startswith("multipart/")


def package_of(answer_headers: Mapping[str, str]) -> tuple[Multipart, str]:
    """A reader for an answer, and the Content-ID of its envelope; "" when that is the first part."""
    said = media(answer_headers.get("content-type", ""))
    return Multipart(said.parameters.get("boundary", "")), content_id(said.parameters.get("start", ""))


def root_answer(answer: Answer, head: Head, body: bytes) -> Answer:
    """The envelope of a package as an answer of its own. An XOP part names what it is without XOP (XOP 1.0 §4.1)."""
    said: Media = media(head.headers.get("content-type", ""))
    kind = media(said.parameters.get("type", "")).type if said.type == XOP_TYPE else said.type
    headers = {**answer.headers, "content-type": head.headers.get("content-type", "")}
    charset = said.parameters.get("charset")
    return replace(answer, headers=headers, content_type=kind or "text/xml", charset=charset, body=body)


@dataclass(slots=True)
class Received:
    """The parts of one package. `bytes_max` bounds what all references together may come to."""

    parts: list[tuple[Head, bytes]]
    bytes_max: int
    used: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        names = [head.content for head, _ in self.parts if head.content]
        if len(set(names)) < len(names):
            raise UpstreamInvalid(cause="multipart_same_id")  # nobody could say which one is meant

    def _at(self, content: str) -> int | None:
        """Exactly, else in any case where that is one only."""
        exact = [index for index, (head, _) in enumerate(self.parts) if head.content == content]
        loose = exact or [
            index for index, (head, _) in enumerate(self.parts) if head.content.lower() == content.lower()
        ]
        return loose[0] if content and len(loose) == 1 else None

    def find(self, wanted: Wanted, /) -> str | None:
        index = self._of_part(wanted) if wanted.content is None else self._at(wanted.content)
        return None if index is None else self._taken(index)

    def _of_part(self, wanted: Wanted) -> int | None:
        found = next((at for at, (head, _) in enumerate(self.parts) if is_of_part(head.content, wanted.part)), None)
        if found is not None:
            return found
        rest = [at for at, (head, _) in enumerate(self.parts) if not is_named(head.content)]
        return rest[wanted.index] if wanted.index < len(rest) else None

    def _taken(self, index: int) -> str:
        data = self.parts[index][1]
        self.bytes_max -= len(data)
        if self.bytes_max < 0:
            raise UpstreamInvalid(cause="too_large")
        self.used.add(index)
        return b64encode(data).decode("ascii")

    @property
    def unused(self) -> int:
        """How many parts nothing refers to."""
        return len(self.parts) - len(self.used)


def is_of_part(content: str, part: str) -> bool:
    """Whether a Content-ID is that of a part of the message (WS-I Attachments Profile 1.0, R2933)."""
    return content.partition("=")[0] == part and "=" in content


def is_named(content: str) -> bool:
    return "=" in content


def unpacked(answer: Answer, bytes_max: int) -> tuple[Answer, Values]:
    """The envelope of an answer, and its values. An answer that is no package is returned as it is."""
    if not is_package(answer.content_type) or not answer.body.strip():
        return answer, NO_VALUES
    multipart, start = package_of(answer.headers)
    parts = list(_parts(multipart, answer.body))
    if not parts:
        raise UpstreamInvalid(cause="multipart_empty")
    at = next((index for index, (head, _) in enumerate(parts) if start and head.content == start), None)
    if at is None and start:
        raise UpstreamInvalid(cause="multipart_start")
    head, body = parts.pop(at or 0)
    return root_answer(answer, head, body), Received(parts, bytes_max)


def _parts(multipart: Multipart, data: bytes) -> Iterator[tuple[Head, bytes]]:
    head, pieces = None, list[bytes]()
    for event in _events(multipart, data):
        if isinstance(event, Begin):
            head, pieces = head_of(event.headers), []
        elif isinstance(event, End):
            assert head is not None
            yield head, b"".join(pieces)
        else:
            pieces.append(event)


def _events(multipart: Multipart, data: bytes) -> Iterator[Event]:
    """In pieces, as its cost is that of the rest for each part."""
    for begin in range(0, len(data), PIECE_BYTES):
        yield from multipart.feed(data[begin : begin + PIECE_BYTES])
    multipart.end()
