"""What is asked of whoever decides for all, and what he says. Plain values; they go over the wire as they are."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["given", "queued", "no"]


class TokensAsk(msgspec.Struct, frozen=True, array_like=True, tag="tokens"):
    """At least `count` tokens, `wanted` if there are as many. `known`: this rate was used before."""

    name: str
    rate_per_s: float
    burst: int
    count: int
    wanted: int
    known: bool


class PlaceAsk(msgspec.Struct, frozen=True, array_like=True, tag="place"):
    """One of `size` places."""

    name: str
    size: int


class LockAsk(msgspec.Struct, frozen=True, array_like=True, tag="lock"):
    """The lock of this name; with `gift` the present of its holder will do."""

    name: str
    ttl_s: float
    gift: bool


class RenewAsk(msgspec.Struct, frozen=True, array_like=True, tag="renew"):
    """The lock that an earlier ask got, for another while."""

    number: int


Ask = TokensAsk | PlaceAsk | LockAsk | RenewAsk


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """`queued` is followed by another one. `again_s`: when tokens are worth asking for again; `left`: how
    many nobody has."""

    state: State
    count: int = 0
    again_s: float = 0.0
    fence: int = 0
    gift: bytes | None = None
    left: float = 0.0


NO = Grant("no")
QUEUED = Grant("queued")
GIVEN = Grant("given")
