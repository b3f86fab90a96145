"""A multipart body (RFC 2046 §5.1) taken apart while it arrives. Pure: bytes go in, parts and their bytes come out.

Strict, because who sends one is nobody we know: CRLF everywhere, no preamble, no epilogue, no folded fields, and a
bound on each thing. Memory is that of one head and one delimiter, whatever the size of the parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

HEAD_BYTES_MAX = 8_000
FIELDS_MAX = 20
_PADDING_MAX = 100
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=?]([0-9A-Za-z'()+_,\-./:=? ]{0,68}[0-9A-Za-z'()+_,\-./:=?])?")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_PARAMETER = re.compile(r'[ \t]*([A-Za-z0-9*_-]{1,40})=(?:"((?:[^"\\]|\\.)*)"|([^\s";]*))[ \t]*(?:;|$)')
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Malformed(ValueError):
    """Not a multipart body; the text says why, without a word of it."""


@dataclass(frozen=True, slots=True)
class Begin:
    """A part begins. `fields` have lower-case names; each name stands there once."""

    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Data:
    """Some bytes of the part that has begun."""

    piece: bytes


@dataclass(frozen=True, slots=True)
class End:
    """The part is complete."""


Event = Begin | Data | End


class _At(Enum):
    """Where in the body the next byte stands."""

    START = "start"
    DELIMITED = "delimited"
    HEAD = "head"
    DATA = "data"
    OVER = "over"


class Multipart:
    """Takes one body apart. `feed` as it arrives, `finish` at its end; both raise Malformed."""

    def __init__(self, boundary: str, *, parts_max: int) -> None:
        if not _BOUNDARY.fullmatch(boundary):
            raise Malformed("the boundary is missing, or is none")
        self._dashes = b"--" + boundary.encode("ascii")
        self._delimiter = b"\r\n" + self._dashes
        self._at, self._buffer = _At.START, b""
        self._parts, self._parts_max = 0, parts_max

    def feed(self, data: bytes) -> Iterator[Event]:
        """What these bytes complete. The iterator is to be read to its end."""
        self._buffer += data
        while True:
            before = self._at, len(self._buffer)
            yield from self._step()
            if (self._at, len(self._buffer)) == before:
                return

    def finish(self) -> None:
        """Raises unless the last delimiter has come."""
        if self._at is not _At.OVER:
            raise Malformed("the body ends before its last boundary")

    def _step(self) -> Iterator[Event]:
        match self._at:
            case _At.START:
                self._start()
            case _At.DELIMITED:
                self._delimited()
            case _At.HEAD:
                yield from self._head()
            case _At.DATA:
                yield from self._data()
            case _At.OVER:
                if self._buffer not in {b"", b"\r", b"\r\n"}:
                    raise Malformed("something stands behind the last boundary")

    def _start(self) -> None:
        if len(self._buffer) >= len(self._dashes):
            if not self._buffer.startswith(self._dashes):
                raise Malformed("the body does not begin with its boundary")
            self._moved(_At.DELIMITED, len(self._dashes))
        elif not self._dashes.startswith(self._buffer):
            raise Malformed("the body does not begin with its boundary")

    def _delimited(self) -> None:
        """Behind a boundary: two dashes are the end of all, a line end begins a part."""
        if self._buffer.startswith(b"--"):
            self._moved(_At.OVER, 2)
            return
        end = self._buffer.find(b"\r\n")
        padding = self._buffer if end < 0 else self._buffer[:end]
        if len(padding) > _PADDING_MAX or padding.strip(b" \t\r" if end < 0 else b" \t") not in {b"", b"-"}:
            raise Malformed("something stands behind a boundary")
        if end < 0:
            return
        if padding.strip(b" \t"):
            raise Malformed("something stands behind a boundary")
        self._parts += 1
        if self._parts > self._parts_max:
            raise Malformed(f"the body has more than {self._parts_max} parts")
        self._moved(_At.HEAD, end)

    def _head(self) -> Iterator[Event]:
        """The buffer begins with the line end before the first field, so that no fields at all are two line ends."""
        end = self._buffer.find(b"\r\n\r\n", 0, HEAD_BYTES_MAX)
        if end >= 0:
            fields = _fields(self._buffer[2:end])
            self._moved(_At.DATA, end + 4)
            yield Begin(fields)
        elif len(self._buffer) >= HEAD_BYTES_MAX:
            raise Malformed("the head of a part is too long")

    def _data(self) -> Iterator[Event]:
        found = self._buffer.find(self._delimiter)
        upto = found
        if found < 0:
            # Only a line end begins a delimiter, so nothing else has to wait for what follows.
            upto = self._buffer.find(b"\r", max(len(self._buffer) - len(self._delimiter) + 1, 0))
            upto = len(self._buffer) if upto < 0 else upto
        if upto:
            yield Data(self._buffer[:upto])
        self._buffer = self._buffer[upto:]
        if found >= 0:
            self._moved(_At.DELIMITED, len(self._delimiter))
            yield End()

    def _moved(self, at: _At, taken: int) -> None:
        self._at, self._buffer = at, self._buffer[taken:]


def _fields(head: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in head.split(b"\r\n") if head else ():
        name, colon, value = line.partition(b":")
        try:
            text = value.decode("utf-8").strip(" \t")  # browsers send names of files as they are
        except UnicodeDecodeError as error:
            raise Malformed("the head of a part is not UTF-8") from error
        key = name.decode("latin-1").lower()
        if not colon or not _NAME.fullmatch(key) or _CONTROL.search(text):
            raise Malformed("the head of a part has a field that is none")
        if key in fields or len(fields) >= FIELDS_MAX:
            raise Malformed("the head of a part has a field twice, or too many fields")
        fields[key] = text
    return fields


def disposition(text: str) -> tuple[str, dict[str, str]]:
    """`form-data; name="photo"; filename="a.png"` → its kind and its parameters (RFC 7578 §4.2). Raises Malformed.

    Browsers write `"` as `%22` and line ends as `%0D` and `%0A`, others put a backslash before a `"`: both are undone.
    """
    kind, _, rest = text.partition(";")
    found: dict[str, str] = {}
    at = 0
    while at < len(rest):
        match = _PARAMETER.match(rest, at)
        if match is None:
            if rest[at:].strip(" \t;"):
                raise Malformed("a Content-Disposition that is none")
            break
        name, quoted, plain = match[1].lower(), match[2], match[3]
        if name in found:
            raise Malformed("a Content-Disposition with a parameter twice")
        found[name] = plain if quoted is None else _unquoted(quoted)
        at = match.end()
    return kind.strip(" \t").lower(), found


def _unquoted(text: str) -> str:
    # A lone backslash stays: that is how paths of Windows come.
    text = text.replace('\\"', '"').replace("\\\\", "\\")
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
