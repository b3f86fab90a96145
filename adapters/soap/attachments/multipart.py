"""A multipart body read in pieces as they come (RFC 2046 §5.1), bounded in everything. Pure.

Boundaries with a bare line feed, a preamble, an epilogue and blanks behind a boundary are read; a package without its
closing boundary was cut and is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.soap.attachments.transfer import Decode, decoder_of
from bridge.errors import UpstreamInvalid

BOUNDARY_CHARACTERS_MAX = 200
HEADER_BYTES_MAX = 16_000
HEADERS_MAX = 50
PARTS_MAX = 1_000
PREAMBLE_BYTES_MAX = 64_000
_PADDING_MAX = 200
_FOLD = re.compile(rb"\r?\n[ \t]+")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Begin:
    """A part begins; `headers` in lower case, the first of a name counts."""

    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class End:
    """The part ends."""


Event = Begin | bytes | End


class Multipart:
    """Takes pieces, gives events. Raises UpstreamInvalid for what is no package of parts."""

    def __init__(self, boundary: str) -> None:
        mark = boundary.encode("latin-1", "replace")
        if not mark.strip() or len(mark) > BOUNDARY_CHARACTERS_MAX or not boundary.isprintable():
            raise UpstreamInvalid(cause="multipart_boundary")
        self._mark = b"--" + mark
        self._delimiter = b"\r\n" + self._mark
        self._data = b""
        self._state = self._preamble
        self._decode: Decode | None = None
        self._parts = 0
        self._closed = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """What these bytes complete. Read to its end before more is fed."""
        self._data += data
        while True:
            state, length = self._state, len(self._data)
            yield from self._state()
            if self._state == state and len(self._data) == length:
                return

    def end(self) -> None:
        """Call when the last piece is in."""
        if not self._closed:
            raise UpstreamInvalid(cause="multipart_cut")

    def _preamble(self) -> Iterator[Event]:
        at = self._data.find(self._mark)
        while at > 0 and self._data[at - 1] != 0x0A:
            at = self._data.find(self._mark, at + 1)
        if at < 0:
            if len(self._data) > PREAMBLE_BYTES_MAX:
                raise UpstreamInvalid(cause="multipart_boundary")
            return
        found = self._line_end(at + len(self._mark))
        if found is None:
            return
        line_end, closing = found
        if line_end < 0:
            raise UpstreamInvalid(cause="multipart_boundary")
        if self._data[line_end - 2 : line_end] != b"\r\n" and not closing:
            self._delimiter = b"\n" + self._mark  # whoever ends this line so ends the others so
        self._data = self._data[line_end:]
        self._next(closing=closing)
        yield from ()

    def _line_end(self, at: int) -> tuple[int, bool] | None:
        """Where the line of a boundary ends (-1: it is none), and whether it closes; None when more is needed."""
        rest = self._data[at : at + _PADDING_MAX]
        if rest.startswith(b"--"):
            return at + 2, True
        if len(rest) < 2 and not rest.startswith(b"\n"):
            return None
        bare = rest.lstrip(b" \t")
        if bare.startswith(b"\n"):
            return at + len(rest) - len(bare) + 1, False
        if bare.startswith(b"\r\n"):
            return at + len(rest) - len(bare) + 2, False
        waiting = len(rest) < _PADDING_MAX and bare in {b"", b"\r"}
        return None if waiting else (-1, False)

    def _next(self, *, closing: bool) -> None:
        self._closed = closing
        self._state = self._epilogue if closing else self._headers

    def _headers(self) -> Iterator[Event]:
        if self._data.startswith((b"\r\n", b"\n")):
            block, self._data = b"", self._data[1 + self._data.startswith(b"\r") :]
        else:
            found = _BLANK_LINE.search(self._data, 0, HEADER_BYTES_MAX + 4)
            if found is None:
                if len(self._data) > HEADER_BYTES_MAX:
                    raise UpstreamInvalid(cause="multipart_headers")
                return
            block, self._data = self._data[: found.start()], self._data[found.end() :]
        self._parts += 1
        if self._parts > PARTS_MAX:
            raise UpstreamInvalid(cause="multipart_parts")
        headers = _read_headers(block)
        self._decode = decoder_of(headers.get("content-transfer-encoding", ""))
        # A part may be empty: then its boundary follows at once, the line feed before it being that of the headers.
        self._data = self._delimiter[: -len(self._mark)] + self._data
        self._state = self._body_begins
        yield Begin(headers)

    def _body_begins(self) -> Iterator[Event]:
        """The line feed that was put before the body begins its boundary, or is taken away again."""
        end = len(self._delimiter)
        if len(self._data) < end and self._delimiter.startswith(self._data):
            return
        found = self._line_end(end) if self._data.startswith(self._delimiter) else (-1, False)
        if found is None:
            return
        if found[0] < 0:
            self._data = self._data[end - len(self._mark) :]
        self._state = self._body
        yield from ()

    def _body(self) -> Iterator[Event]:
        assert self._decode is not None
        data, begin = self._data, 0
        while (at := data.find(self._delimiter, begin)) >= 0:
            found = self._line_end(at + len(self._delimiter))
            if found is None:
                break
            line_end, closing = found
            if line_end >= 0:
                yield from self._plain(data[:at], last=True)
                yield End()
                self._data = data[line_end:]
                self._next(closing=closing)
                return
            begin = at + 1
        keep = at if at >= 0 else max(len(data) - len(self._delimiter) + 1, 0)
        if keep:
            self._data = data[keep:]
            yield from self._plain(data[:keep], last=False)

    def _plain(self, data: bytes, *, last: bool) -> Iterator[bytes]:
        assert self._decode is not None
        plain = self._decode(data, last)
        if plain:
            yield plain

    def _epilogue(self) -> Iterator[Event]:
        self._data = b""
        yield from ()


def _read_headers(block: bytes) -> dict[str, str]:
    lines = _FOLD.sub(b" ", block).splitlines()
    if len(lines) > HEADERS_MAX:
        raise UpstreamInvalid(cause="multipart_headers")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name.strip():
            raise UpstreamInvalid(cause="multipart_headers")
        headers.setdefault(name.strip().lower().decode("latin-1"), _text(value.strip()))
    return headers


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
