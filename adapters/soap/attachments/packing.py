"""An envelope with its parts as one body: multipart/related for XOP or for attachments (RFC 2387, MTOM §3). Pure.

Files are not read here: the body holds them as segments, which are read when it leaves, and again if it is sent again.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass

from adapters.soap.attachments.collecting import DOMAIN, Collected, OutPart
from adapters.soap.attachments.mime import disposition, media
from bridge.call import Upload
from bridge.transport.body import Body, Segment, Segments

_HOLE = re.compile(rb"(base64|hex):([0-9a-f]{32})")
_GROUP = 57 * 1024  # a multiple of three, so that the groups of base64 do not part


@dataclass(frozen=True, slots=True)
class Packed:
    """What leaves, and the headers that say so."""

    body: Body
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class AsText:
    """A file in the form that stands in the text of an envelope."""

    file: Upload
    hexadecimal: bool = False

    @property
    def length(self) -> int:
        return self.file.length * 2 if self.hexadecimal else -(-self.file.length // 3) * 4

    async def pieces(self) -> AsyncIterator[bytes]:
        rest = b""
        async for piece in self.file.pieces():
            if self.hexadecimal:
                yield piece.hex().upper().encode()
                continue
            data = rest + piece
            whole = len(data) // 3 * 3
            rest = data[whole:]
            for begin in range(0, whole, _GROUP):
                yield b64encode(data[begin : min(begin + _GROUP, whole)])
        if rest:
            yield b64encode(rest)


def packed(envelope: bytes, headers: Mapping[str, str], collected: Collected, names: Callable[[], str]) -> Packed:
    """The body and the headers of a message. Without parts it is the envelope alone, but for MTOM, where services
    that demand it take nothing else."""
    root = tuple(_with_files(envelope, collected.files))
    if collected.send != "mtom" and not collected.parts:
        return Packed(_body(root), dict(headers))
    boundary, root_id = f"=_{names()}", f"root.{names()}@{DOMAIN}"
    content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), "text/xml")
    outer, inner = _types(content_type, xop=collected.send == "mtom")
    outer = f'multipart/related; {outer}; start="<{root_id}>"; boundary="{boundary}"'
    begin = f"--{boundary}\r\n{_head(inner, '8bit', root_id)}".encode()
    parts: list[bytes | Segment] = [begin, *root]
    for part in collected.parts:
        parts.append(f"\r\n--{boundary}\r\n{_part_head(part)}".encode())
        parts.append(part.data)
    parts.append(f"\r\n--{boundary}--\r\n".encode())
    others = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return Packed(_body(tuple(parts)), {**others, "Content-Type": outer, "MIME-Version": "1.0"})


def _with_files(envelope: bytes, files: Mapping[str, Upload]) -> Iterator[bytes | Segment]:
    """The envelope with the files that stay in its text."""
    at = 0
    for hole in _HOLE.finditer(envelope) if files else ():
        file = files.get(hole[2].decode())
        if file is None:
            continue  # it only looks like one
        yield envelope[at : hole.start()]
        yield AsText(file, hexadecimal=hole[1] == b"hex")
        at = hole.end()
    yield envelope[at:]


def _types(content_type: str, *, xop: bool) -> tuple[str, str]:
    """The parameters of the package, and the type of its root part."""
    said = media(content_type)
    action = said.parameters.get("action", "")
    told = f'; action="{_quoted(action)}"' if action else ""
    if not xop:
        return f'type="{said.type}"{told}', content_type
    outer = f'type="application/xop+xml"; start-info="{said.type}"{told}'
    return outer, f'application/xop+xml; charset=utf-8; type="{said.type}"{told}'


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _head(kind: str, encoding: str, content: str) -> str:
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\nContent-ID: <{content}>\r\n\r\n"


def _part_head(part: OutPart) -> str:
    named = f"Content-Disposition: {disposition(part.name)}\r\n" if part.name else ""
    return named + _head(part.media_type, "binary", part.content)


def _body(parts: tuple[bytes | Segment, ...]) -> Body:
    if all(isinstance(part, bytes) for part in parts):
        return b"".join(part for part in parts if isinstance(part, bytes))
    return Segments(parts)
