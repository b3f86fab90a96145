"""The arithmetic of HTTP Digest (RFC 7616): from a challenge and a request to the `Authorization` header. Pure.

MD5 is answered because old servers have nothing else; the strongest algorithm that is offered is taken.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from bridge.transport.challenges import Challenge

# As they are named on the wire, the strongest first, and in hashlib.
_ALGORITHMS = {"sha-512-256": "sha512_256", "sha-256": "sha256", "md5": "md5"}
_FOR_A_FIELD = "!#$&+-.^_`|~"  # RFC 8187 attr-char, besides letters and digits


@dataclass(frozen=True, slots=True)
class Offer:
    """A challenge that can be answered. `algorithm` as the server wrote it, "" when it did not."""

    realm: str
    nonce: str
    opaque: str | None
    algorithm: str
    qop: str
    stale: bool
    userhash: bool
    utf8: bool

    @property
    def base(self) -> str:
        """The algorithm without `-sess`, in lower case."""
        return (self.algorithm.lower() or "md5").removesuffix("-sess")

    @property
    def is_session(self) -> bool:
        return self.algorithm.lower().endswith("-sess")

    def hashed(self, data: bytes) -> str:
        return hashlib.new(_ALGORITHMS[self.base], data, usedforsecurity=False).hexdigest()

    def hasher(self) -> hashlib._Hash:
        """To be fed with a body in pieces."""
        return hashlib.new(_ALGORITHMS[self.base], usedforsecurity=False)


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One use of a nonce. `body_hash` for `auth-int` only."""

    method: str
    target: str
    cnonce: str
    count: int
    body_hash: str = ""


def best_offer(offered: Sequence[Challenge]) -> Offer | None:
    """The strongest of what is offered and known here; None: no Digest that we could answer."""
    offers = [_offer(one.parameters) for one in offered if one.scheme == "digest"]
    known = [one for one in offers if one is not None and one.base in _ALGORITHMS]
    return min(known, key=lambda one: list(_ALGORITHMS).index(one.base), default=None)


def _offer(given: Mapping[str, str]) -> Offer | None:
    offered = {word.strip().lower() for word in given.get("qop", "").split(",")} - {""}
    qop = next((one for one in ("auth", "auth-int") if one in offered), "")
    if "realm" not in given or "nonce" not in given or (offered and not qop):
        return None
    if not (given["realm"] + given["nonce"] + given.get("opaque", "")).isprintable():
        return None  # bytes that are no UTF-8 cannot be given back as they came
    said = {name: given.get(name, "").lower() == "true" for name in ("stale", "userhash")}
    return Offer(
        given["realm"],
        given["nonce"],
        given.get("opaque"),
        given.get("algorithm", ""),
        qop,
        said["stale"],
        said["userhash"],
        given.get("charset", "").lower() == "utf-8",
    )


def authorization(offer: Offer, account: Account, turn: Turn) -> str:
    """The value of the header."""
    normal = _normal if offer.utf8 else str
    username, password = normal(account.username), normal(account.password)
    secret = f"{username}:{offer.realm}:{password}"
    a1 = offer.hashed(secret.encode())
    if offer.is_session:
        a1 = offer.hashed(f"{a1}:{offer.nonce}:{turn.cnonce}".encode())
    a2 = f"{turn.method}:{turn.target}" + (f":{turn.body_hash}" if offer.qop == "auth-int" else "")
    count = f"{turn.count:08x}"
    between = (offer.nonce, count, turn.cnonce, offer.qop) if offer.qop else (offer.nonce,)
    response = offer.hashed(":".join((a1, *between, offer.hashed(a2.encode()))).encode())
    parts = [_named(offer, username), _quoted("realm", offer.realm), _quoted("nonce", offer.nonce)]
    parts += [_quoted("uri", turn.target), _quoted("response", response)]
    parts += [f"algorithm={offer.algorithm}"] if offer.algorithm else []
    parts += [_quoted("opaque", offer.opaque)] if offer.opaque is not None else []
    if offer.qop:
        parts += [f"qop={offer.qop}", f"nc={count}", _quoted("cnonce", turn.cnonce)]
    elif offer.is_session:
        parts += [_quoted("cnonce", turn.cnonce)]
    parts += ["userhash=true"] if offer.userhash else []
    return "Digest " + ", ".join(parts)


def _named(offer: Offer, username: str) -> str:
    if offer.userhash:
        return _quoted("username", offer.hashed(f"{username}:{offer.realm}".encode()))
    if offer.utf8 and not username.isascii():
        return f"username*=UTF-8''{quote(username, safe=_FOR_A_FIELD)}"
    return _quoted("username", username)


def _quoted(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)
