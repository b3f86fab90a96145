"""A binary value as the whole body of an answer: saved by a browser, never run as a page of ours.

Name and type come from the system behind, so neither is trusted.
"""

from __future__ import annotations

from collections.abc import Collection

from aiohttp import hdrs
from multidict import istr

from bridge.call import Stream
from bridge.web.file_names import attachment, harmless_type
from bridge.web.stream_answer import IDLE_S, StreamAnswer
from bridge.web.trace import Notes

_SANDBOX = istr("Content-Security-Policy")
_POLICY = istr("Cross-Origin-Resource-Policy")


def binary_answer(
    stream: Stream, notes: Notes, *, status: int = 200, keep_types: Collection[str] = (), idle_s: float = IDLE_S
) -> StreamAnswer:
    """`keep_types`: types that a browser might run, and that somebody wants as they are."""
    headers: dict[str, str] = {
        hdrs.CONTENT_DISPOSITION: attachment(stream.name),
        _SANDBOX: "sandbox; default-src 'none'",
        _POLICY: "same-origin",  # no page of others embeds it; what CORS lets them fetch is not concerned
        hdrs.VARY: "Accept",
    }
    media_type = harmless_type(stream.media_type, keep_types)
    return StreamAnswer(stream, notes, media_type=media_type, headers=headers, status=status, idle_s=idle_s)
