"""HTTP Digest (RFC 7616): the server's challenge is answered, remembered for its origin, and answered in advance from
then on, until the server gives a new one.

The arithmetic is in digest_answers.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from bridge.transport.challenges import challenges
from bridge.transport.digest_answers import Account, Offer, Turn, authorization, best_offer
from bridge.transport.identity import Asked, Wire, dropped
from bridge.transport.origins import origin
from bridge.transport.secrets import reveal
from bridge.transport.settings_auth import DigestAuth

ANSWERS_MAX = 3  # to challenges of one request: the first, a stale one, and a neighbour's behind a balancer
_NAME = "Authorization"


@dataclass(slots=True)
class _Known:
    """A challenge in use. One client nonce for all its answers, since `-sess` is bound to the first."""

    offer: Offer
    cnonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    count: int = 0


class DigestIdentity:
    """A user name and a password that never cross the wire. `warn` is told once of MD5."""

    names = (_NAME,)
    warnings: tuple[str, ...] = ()

    def __init__(self, auth: DigestAuth, warn: Callable[[str], None]) -> None:
        self._account = Account(auth.username, reveal(auth.password))
        self._warn = warn
        self._known: dict[str, _Known] = {}
        self._warned = False

    async def send(self, asked: Asked, wire: Wire) -> aiohttp.ClientResponse:
        """At most ANSWERS_MAX + 1 requests; each but the last was refused, so nothing has happened."""
        at = origin(asked.url)
        used = self._known.get(at)
        in_advance, probing = used is not None, used is None and asked.is_large
        response = await wire([await self._proof(used, asked)] if used else (), empty=probing)
        for _ in range(ANSWERS_MAX):
            offer = _offered(response)
            if offer is None:
                break
            if used and (offer.nonce == used.offer.nonce or not (offer.stale or in_advance)):
                self._known.pop(at, None)  # a wrong password: it is not tried more often than there are calls
                break
            await dropped(response)
            used, in_advance, probing = self._take(at, offer), False, False
            response = await wire([await self._proof(used, asked)])
        if probing:  # the empty request was not challenged, so the real one will not be either
            await dropped(response)
            response = await wire()
        return response

    async def close(self) -> None:
        """Nothing is open."""

    def _take(self, at: str, offer: Offer) -> _Known:
        if offer.base == "md5" and not self._warned:
            self._warned = True
            self._warn("HTTP Digest with MD5: the server offers nothing newer (RFC 7616 has SHA-256)")
        known = self._known.get(at)
        if known is None or known.offer.nonce != offer.nonce:  # another call may have brought the same one meanwhile
            known = self._known[at] = _Known(offer)
        return known

    async def _proof(self, known: _Known, asked: Asked) -> tuple[str, str]:
        known.count += 1
        count, body_hash = known.count, ""
        if known.offer.qop == "auth-int":
            body_hash = await _hash(known.offer, asked)
        turn = Turn(asked.method, asked.target, known.cnonce, count, body_hash)
        return _NAME, authorization(known.offer, self._account, turn)


def _offered(response: aiohttp.ClientResponse) -> Offer | None:
    if response.status != 401:
        return None
    return best_offer(challenges(response.headers.getall("WWW-Authenticate", ())))


async def _hash(offer: Offer, asked: Asked) -> str:
    hasher = offer.hasher()
    if isinstance(asked.body, bytes):
        hasher.update(asked.body)
    elif asked.body is not None:
        async for piece in asked.body.pieces():
            hasher.update(piece)
    return hasher.hexdigest()
