"""Credentials that are the same for each request: a user name and a password, a token, a key."""

from __future__ import annotations

import base64

import aiohttp

from bridge.transport.identity import Asked, Headers, Wire
from bridge.transport.secrets import reveal
from bridge.transport.settings_auth import ApiKeyAuth, BasicAuth


class FixedIdentity:
    """The same headers with each request, without being asked for them."""

    warnings: tuple[str, ...] = ()

    def __init__(self, headers: Headers) -> None:
        self._headers = tuple(headers)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self._headers)

    async def send(self, _: Asked, wire: Wire) -> aiohttp.ClientResponse:
        return await wire(self._headers)

    async def close(self) -> None:
        """Nothing is open."""


def basic(auth: BasicAuth, header: str = "Authorization") -> Headers:
    """HTTP Basic, in UTF-8 (RFC 7617)."""
    pair = f"{auth.username}:{reveal(auth.password)}".encode()
    return ((header, "Basic " + base64.b64encode(pair).decode("ascii")),)


def api_key(auth: ApiKeyAuth) -> Headers:
    """A key in a header of its own."""
    return ((auth.header, reveal(auth.key)),)
