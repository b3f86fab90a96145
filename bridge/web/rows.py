"""Answers row by row: the items of a list, one JSON text each, as newline-delimited JSON or as a JSON text sequence.

Who asks for it gets the list alone; what stands beside it in the answer is not sent. Knows media types, framings and
the description of an operation, and no upstream.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import hdrs

from bridge.call import Reply, Stream
from bridge.contracts import Description, RowsInfo
from bridge.web import negotiate
from bridge.web.stream_answer import Framing, StreamAnswer
from bridge.web.trace import Notes

NDJSON, SEQUENCE = "application/x-ndjson", "application/json-seq"
MEDIA = (NDJSON, "application/ndjson", "application/jsonl", SEQUENCE)
"""By which names rows can be asked for; the answer is called as it was asked for."""
TOLD = (NDJSON, SEQUENCE)
_RS = b"\x1e"


def is_named(accept: str) -> bool:
    """Whether a client may want rows: without this nobody has to know what an operation answers with."""
    lower = accept.lower()
    return any(media in lower for media in MEDIA)


def chosen(accept: str, describe: Callable[[], Description]) -> str:
    """The media type of the rows, "" when the answer is to be plain JSON. Raises NotAcceptable.

    Rows are only sent to whoever names them; a wildcard means JSON.
    """
    weights = dict(reversed(negotiate.weighted(accept)))
    named = [media for media in MEDIA if weights.get(media, 0.0) > 0] if is_named(accept) else []
    offered = named if named and describe().rows is not None else []
    best = negotiate.require_accept(accept, (*offered, negotiate.JSON))
    return best if best in offered else ""


def answer(reply: Reply, stream: Stream, notes: Notes, media: str, *, idle_s: float) -> StreamAnswer:
    """The answer on its way."""
    framing: Framing | None = sequence if media == SEQUENCE else None
    headers: dict[str, str] = {hdrs.VARY: "Accept"}
    return StreamAnswer(
        stream, notes, media_type=media, headers=headers, status=reply.meta.status, idle_s=idle_s, framing=framing
    )


def sequence(piece: bytes) -> bytes:
    """Rows with a record separator before each (RFC 7464); none of them holds a line feed."""
    return _RS + piece[:-1].replace(b"\n", b"\n" + _RS) + piece[-1:]


def told(rows: RowsInfo) -> str:
    """For the documents: what the rows are."""
    which = f"the items of `{'.'.join(rows.path)}`" if rows.path else "its items"
    return f"as {' or '.join(TOLD)} {which}, one JSON text each, while they arrive (the schema is that of one)"
