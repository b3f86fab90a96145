"""What goes over the socket: a length of four bytes and a message in MessagePack, bounded before it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from bridge.store.bus.contract import DATA_BYTES_MAX
from bridge.store.bus.messages import Ask, Grant, PlaceAsk

FRAME_BYTES_MAX = DATA_BYTES_MAX + 10_000
_LENGTH_BYTES = 4
M = TypeVar("M")


class Hello(msgspec.Struct, frozen=True, array_like=True, tag="hello"):
    """A worker comes. `lost`: what it published before may not have arrived."""

    lost: bool


class Claim(msgspec.Struct, frozen=True, array_like=True, tag="claim"):
    """A place that it has from before."""

    number: int
    what: PlaceAsk


class Listen(msgspec.Struct, frozen=True, array_like=True, tag="listen"):
    """Whether it wants a topic."""

    topic: str
    wanted: bool


class Publish(msgspec.Struct, frozen=True, array_like=True, tag="publish"):
    """With a `number` it wants to be told when all others have heard it."""

    topic: str
    data: bytes
    number: int = 0


class HeardIt(msgspec.Struct, frozen=True, array_like=True, tag="heard"):
    """A delivery with a number has been taken in."""

    number: int


class Asked(msgspec.Struct, frozen=True, array_like=True, tag="asked"):
    """A question."""

    number: int
    what: Ask


class Release(msgspec.Struct, frozen=True, array_like=True, tag="release"):
    """What a question got is given back, or no longer waited for."""

    number: int
    gift: bytes | None


class Lost(msgspec.Struct, frozen=True, array_like=True, tag="lost"):
    """Messages of this worker never left it."""


class Beat(msgspec.Struct, frozen=True, array_like=True, tag="beat"):
    """Still there; said both ways."""


class Deliver(msgspec.Struct, frozen=True, array_like=True, tag="deliver"):
    """A message of somebody else."""

    topic: str
    data: bytes
    number: int


class Answer(msgspec.Struct, frozen=True, array_like=True, tag="answer"):
    """What was decided on a question."""

    number: int
    grant: Grant


class Told(msgspec.Struct, frozen=True, array_like=True, tag="told"):
    """Who was to hear a message has heard it; not `all_heard` where somebody does not listen any more."""

    number: int
    all_heard: bool


class Gap(msgspec.Struct, frozen=True, array_like=True, tag="gap"):
    """Messages may be missing from here on back."""


FromPeer = Hello | Claim | Listen | Publish | HeardIt | Asked | Release | Lost | Beat
FromHub = Beat | Deliver | Answer | Told | Gap
_ENCODER = msgspec.msgpack.Encoder()
FROM_PEER: msgspec.msgpack.Decoder[FromPeer] = msgspec.msgpack.Decoder(FromPeer)
FROM_HUB: msgspec.msgpack.Decoder[FromHub] = msgspec.msgpack.Decoder(FromHub)


class BadFrame(Exception):
    """Not one of ours, or longer than ours may be."""


def framed(message: FromPeer | FromHub) -> bytes:
    body = _ENCODER.encode(message)
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


class Reading(Generic[M]):
    """Takes bytes in any pieces, gives whole messages. Holds one incomplete message at the most."""

    def __init__(self, decoder: msgspec.msgpack.Decoder[M]) -> None:
        self._decoder = decoder
        self._buffer = bytearray()

    def feed(self, piece: bytes) -> Iterator[M]:
        """Raises BadFrame."""
        self._buffer += piece
        at, end = 0, len(self._buffer)
        while end - at >= _LENGTH_BYTES:
            length = int.from_bytes(self._buffer[at : at + _LENGTH_BYTES], "big")
            if length > FRAME_BYTES_MAX:
                raise BadFrame(f"a message of {length} bytes")
            if end - at < _LENGTH_BYTES + length:
                break
            at += _LENGTH_BYTES + length
            try:
                message = self._decoder.decode(memoryview(self._buffer)[at - length : at].tobytes())
            except msgspec.MsgspecError as error:
                raise BadFrame(str(error)) from error
            yield message
        del self._buffer[:at]
