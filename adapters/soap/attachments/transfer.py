"""Content-Transfer-Encoding taken off piece by piece (RFC 2045 §6). Pure."""

from __future__ import annotations

import binascii
import quopri
import re
from base64 import b64decode
from collections.abc import Callable

from bridge.errors import UpstreamInvalid

Decode = Callable[[bytes, bool], bytes]
"""(piece, whether it is the last) → the bytes that it completes. Raises UpstreamInvalid."""

LINE_BYTES_MAX = 64_000
_NOT_BASE64 = re.compile(rb"[\s]+")


def decoder_of(encoding: str) -> Decode:
    """For one part. What is not known is refused: nobody could tell what it means."""
    name = encoding.partition(";")[0].strip().lower()
    if name in {"", "7bit", "8bit", "binary"}:
        return _identity
    if name == "base64":
        return _Base64()
    if name == "quoted-printable":
        return _QuotedPrintable()
    raise UpstreamInvalid(cause="transfer_encoding")


def _identity(data: bytes, _last: bool, /) -> bytes:
    return data


class _Base64:
    """Groups of four; what is left over waits."""

    def __init__(self) -> None:
        self._rest = b""

    def __call__(self, data: bytes, last: bool, /) -> bytes:
        text = self._rest + _NOT_BASE64.sub(b"", data)
        whole = len(text) if last else len(text) // 4 * 4
        self._rest = text[whole:]
        try:
            return b64decode(text[:whole], validate=True)
        except binascii.Error as error:
            raise UpstreamInvalid(cause="transfer_encoding") from error


class _QuotedPrintable:
    """Whole lines; the last one waits for its end."""

    def __init__(self) -> None:
        self._rest = b""

    def __call__(self, data: bytes, last: bool, /) -> bytes:
        text = self._rest + data
        whole = len(text) if last else text.rfind(b"\n") + 1
        self._rest = text[whole:]
        if len(self._rest) > LINE_BYTES_MAX:
            raise UpstreamInvalid(cause="transfer_encoding")
        return quopri.decodestring(text[:whole])
