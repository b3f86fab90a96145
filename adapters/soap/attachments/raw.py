"""The one binary value of an answer as a stream: its bytes leave while the upstream still sends them.

The envelope is read first, by the same decoder as ever, with a mark in the place of each value; the mark that stands at
the wanted place says which part is meant. Parts that come before it are kept or passed over, never in memory.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

from adapters.soap.attachments.choosing import chosen
from adapters.soap.attachments.filling import NO_VALUES, Values, Wanted
from adapters.soap.attachments.mime import OCTETS, is_media_type, media_type
from adapters.soap.attachments.multipart import Begin, End, Event, Multipart
from adapters.soap.attachments.received import (
    Head,
    head_of,
    is_named,
    is_of_part,
    is_package,
    package_of,
    root_answer,
    unpacked,
)
from adapters.soap.codec import Decoded
from bridge.call import Meta, Reply, Stream
from bridge.errors import CallError, UpstreamInvalid
from bridge.transport.call_log import CallLog, ending
from bridge.transport.failures import timed_out
from bridge.transport.opened import Answer, Opened
from bridge.transport.spool import Spool

PIECE_BYTES = 64_000
Read = Callable[[Answer, Values], Awaitable[Decoded]]


class Marks:
    """Marks in the place of values, each a valid base64 text that nobody can guess. What is still to come is not known,
    so there is one for whatever is wanted."""

    def __init__(self, names: Callable[[], str]) -> None:
        self._names, self.wanted = names, dict[str, Wanted]()

    def find(self, wanted: Wanted, /) -> str | None:
        mark = self._names()
        self.wanted[mark] = wanted
        return mark


@dataclass(frozen=True, slots=True)
class Wish:
    """What the client wants: the value at one of these places. `bytes_max` bounds the envelope and what is inside,
    `left_s` the time until the value begins; `media`: what the schema says of it; `whole`: nothing of the answer may be
    given before all of it was judged."""

    where: tuple[str, ...]
    bytes_max: int
    names: Callable[[], str]
    left_s: float
    media: str = ""
    whole: bool = False


@dataclass(slots=True)
class _Package:
    """The parts of an answer one after the other, as they come; those that came too early are kept."""

    events: AsyncIterator[Event]
    kept: list[tuple[Head, Spool]]

    async def next(self) -> Head | None:
        """The head of the next part, whatever is left of the one before passed over."""
        async for event in self.events:
            if isinstance(event, Begin):
                return head_of(event.headers)
        return None

    async def data(self) -> AsyncIterator[bytes]:
        """The bytes of this part, to its end."""
        async for event in self.events:
            if isinstance(event, End):
                return
            if isinstance(event, bytes):
                yield event
        raise AssertionError("a reader of parts ends with an error or behind a part")

    async def keep(self, head: Head) -> None:
        spool = Spool()
        self.kept.append((head, spool))
        async for piece in self.data():
            await spool.write(piece)


async def raw_reply(opened: Opened, read: Read, wish: Wish, log: CallLog) -> Reply:
    """The reply whose stream gives the bytes. Raises members of CallError; then the answer is closed.

    The operator hears of the call when the stream is closed, or of its failure at once.
    """
    kept: list[tuple[Head, Spool]] = []
    outcomes: list[str] = []
    try:
        with ending(outcomes.append):
            return await _in_time(opened, kept, read, wish, log)
    finally:
        if outcomes != ["ok"]:
            await opened.close()
            _drop(kept)
            log.tell(outcomes[0], opened)


async def _in_time(opened: Opened, kept: list[tuple[Head, Spool]], read: Read, wish: Wish, log: CallLog) -> Reply:
    try:
        async with asyncio.timeout(max(wish.left_s, 0)):
            return _watched(await _begun(opened, kept, read, wish), opened, kept, log)
    except TimeoutError as error:
        raise timed_out(sent=True) from error


async def _begun(opened: Opened, kept: list[tuple[Head, Spool]], read: Read, wish: Wish) -> Reply:
    if not is_package(opened.content_type):
        body = await bounded(opened.pieces(), wish.bytes_max)
        return _at_once(await read(_answer(opened, body), NO_VALUES), wish)
    if wish.whole:
        body = await bounded(opened.pieces(), wish.bytes_max)
        return _at_once(await read(*unpacked(_answer(opened, body), wish.bytes_max)), wish)
    multipart, start = package_of(opened.headers)
    return await _from_package(opened, _Package(_events(opened, multipart), kept), start, read, wish)


def _watched(reply: Reply, opened: Opened, kept: list[tuple[Head, Spool]], log: CallLog) -> Reply:
    """Its stream lets go of everything when it is closed, and tells how it went."""
    assert reply.stream is not None
    told = ["cancelled"]

    async def pieces(inner: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for piece in inner:
                yield piece
        except CallError as error:
            told[0] = error.code
            raise
        told[0] = "ok"

    async def close() -> None:
        _drop(kept)
        await opened.close()
        if told:
            log.tell(told.pop(), opened, reply.meta.tolerances)

    return replace(reply, stream=replace(reply.stream, pieces=pieces(reply.stream.pieces), close=close))


def _drop(kept: list[tuple[Head, Spool]]) -> None:
    for _, spool in kept:
        spool.close()


async def _from_package(opened: Opened, package: _Package, start: str, read: Read, wish: Wish) -> Reply:
    head = await package.next()
    while head is not None and start and head.content != start:
        await package.keep(head)
        head = await package.next()
    if head is None:
        raise UpstreamInvalid(cause="multipart_start" if start else "multipart_empty")
    envelope = await bounded(package.data(), wish.bytes_max)
    marks = Marks(wish.names)
    decoded = await read(root_answer(_answer(opened, b""), head, envelope), marks)
    value = chosen(decoded.json or "", wish.where)
    wanted = marks.wanted.get(value)
    if wanted is None:
        return _at_once(decoded, wish)
    found, pieces = await _found(package, wanted)
    stream = Stream(pieces, opened.close, _media(wanted, found, wish), name=found.name)
    return Reply(b"", Meta(tolerances=decoded.tolerances), stream)


async def _found(package: _Package, wanted: Wanted) -> tuple[Head, AsyncIterator[bytes]]:
    unnamed = 0
    for head, spool in package.kept:
        if _is_it(wanted, head, unnamed):
            return head, spool.pieces()
        unnamed += not is_named(head.content)
    while (following := await package.next()) is not None:
        if _is_it(wanted, following, unnamed):
            return following, package.data()
        unnamed += not is_named(following.content)
    raise UpstreamInvalid(cause="missing_part")


def _is_it(wanted: Wanted, head: Head, unnamed: int) -> bool:
    """`unnamed`: how many parts without a name of the message came before."""
    if wanted.content is not None:
        return wanted.content != "" and head.content.lower() == wanted.content.lower()
    return is_of_part(head.content, wanted.part) or (not is_named(head.content) and unnamed == wanted.index)


def _at_once(decoded: Decoded, wish: Wish) -> Reply:
    """A value that stood in the text."""
    data = b64decode(chosen(decoded.json or "", wish.where))

    async def pieces() -> AsyncIterator[bytes]:
        for begin in range(0, len(data), PIECE_BYTES):
            yield data[begin : begin + PIECE_BYTES]

    async def close() -> None:
        """There is nothing to let go of but what `_watched` closes."""

    said = wish.media if is_media_type(wish.media) and "*" not in wish.media else OCTETS
    stream = Stream(pieces(), close, said, len(data))
    return Reply(b"", Meta(tolerances=decoded.tolerances), stream)


def _media(wanted: Wanted, head: Head, wish: Wish) -> str:
    """What the envelope says, else the part itself, else the schema."""
    said = media_type(wanted.media)
    if said == OCTETS:
        said = head.media_type
    return wish.media if said == OCTETS and is_media_type(wish.media) and "*" not in wish.media else said


async def _events(opened: Opened, multipart: Multipart) -> AsyncIterator[Event]:
    async for piece in opened.pieces():
        for event in multipart.feed(piece):
            yield event
    multipart.end()


async def bounded(pieces: AsyncIterator[bytes], bytes_max: int) -> bytes:
    """All of it, or UpstreamInvalid when it is more than that."""
    data = bytearray()
    async for piece in pieces:
        data += piece
        if len(data) > bytes_max:
            raise UpstreamInvalid(cause="too_large")
    return bytes(data)


def _answer(opened: Opened, body: bytes) -> Answer:
    return Answer(opened.status, opened.headers, opened.content_type, opened.charset, body, opened.bytes_in)
