"""Messages come whole out of any pieces; what is too long or no message ends the connection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.store.bus.frames import (
    FRAME_BYTES_MAX,
    FROM_HUB,
    FROM_PEER,
    Answer,
    Asked,
    BadFrame,
    Beat,
    Claim,
    Deliver,
    FromPeer,
    Hello,
    Publish,
    Reading,
    Release,
    framed,
)
from bridge.store.bus.messages import Grant, LockAsk, PlaceAsk, RenewAsk, TokensAsk

SPOKEN: tuple[FromPeer, ...] = (
    Hello(lost=True),
    Claim(3, PlaceAsk("up", 2)),
    Publish("a", b"\x00\xff", 7),
    Asked(1, TokensAsk("t", 0.5, 2, 1, 2, known=True)),
    Asked(2, LockAsk("k", 3.0, gift=True)),
    Asked(3, RenewAsk(2)),
    Release(2, b"gift"),
    Release(2, None),
    Beat(),
)


@given(cut=st.integers(1, 40))
def test_any_pieces_give_the_same_messages(cut: int) -> None:
    wire = b"".join(map(framed, SPOKEN))
    reading = Reading(FROM_PEER)
    got = [message for at in range(0, len(wire), cut) for message in reading.feed(wire[at : at + cut])]
    assert tuple(got) == SPOKEN


def test_what_the_hub_says_is_read_as_it_was_written() -> None:
    spoken = (Deliver("a", b"1", 0), Answer(5, Grant("given", fence=9, gift=b"x")), Answer(6, Grant("no", again_s=0.5)))
    assert tuple(Reading(FROM_HUB).feed(b"".join(map(framed, spoken)))) == spoken


@pytest.mark.parametrize(
    "wire",
    [
        (FRAME_BYTES_MAX + 1).to_bytes(4, "big"),
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00\x00\x00\x01\xc1",
        framed(Answer(1, Grant("given"))),
    ],
    ids=["too long", "another protocol", "no MessagePack", "what only a hub says"],
)
def test_what_is_none_of_ours_is_refused(wire: bytes) -> None:
    with pytest.raises(BadFrame):
        list(Reading(FROM_PEER).feed(wire))
