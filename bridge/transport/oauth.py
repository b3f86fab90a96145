"""OAuth 2.0 client credentials: a token that is fetched once for all calls, kept until shortly before its end, and
renewed once when the upstream does not take it any more.

How the authorization server is reached is handed in; what is said to it stands in oauth_tokens.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import aiohttp

from bridge.clock import Clock
from bridge.errors import UpstreamError, UpstreamUnauthorized, UpstreamUnreachable
from bridge.transport.identity import Asked, Wire, dropped
from bridge.transport.oauth_tokens import Token, read_token, token_request
from bridge.transport.origins import is_loopback
from bridge.transport.secrets import reveal
from bridge.transport.settings_auth import OAuthAuth

EARLY_S_MAX = 30.0
EARLY_SHARE = 0.1
_NAME = "Authorization"

Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[tuple[int, bytes]]]
"""Sends a form to the authorization server, with the upstream's own TLS and proxy settings: status and body."""


class OAuthIdentity:
    """A token for everybody who calls this upstream."""

    names = (_NAME,)

    def __init__(self, auth: OAuthAuth, post: Post, clock: Clock, closed: Callable[[], Awaitable[None]]) -> None:
        self._auth, self._secret = auth, reveal(auth.client_secret)
        self._post, self._clock, self._closed = post, clock, closed
        self._token: Token | None = None
        self._until = 0.0
        self._fetching: asyncio.Task[Token] | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        plain = self._auth.token_url[:6].lower() != "https:" and not is_loopback(self._auth.token_url)
        return ("auth.oauth: token_url is no https:, so the secret crosses the network in plain",) if plain else ()

    async def send(self, _: Asked, wire: Wire) -> aiohttp.ClientResponse:
        """A refused token is renewed once, and the request sent once more."""
        token = await self._current()
        response = await wire([_header(token)])
        if response.status != 401:
            return response
        await dropped(response)
        return await wire([_header(await self._newer(token))])

    async def close(self) -> None:
        if self._fetching:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])
        await self._closed()

    # ── one token for all ────────────────────────────────────────────────────────────────────────────────────────

    async def _current(self) -> Token:
        if self._token is not None and self._clock.monotonic() < self._until:
            return self._token
        return await self._fetched()

    async def _newer(self, refused: Token) -> Token:
        """Another caller may have renewed it already."""
        if self._token is refused:
            self._token = None
        return await self._current()

    async def _fetched(self) -> Token:
        """One fetch for all who wait. Whoever gives up waiting does not stop it for the others."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._fetching_done)
        return await asyncio.shield(self._fetching)

    def _fetching_done(self, task: asyncio.Task[Token]) -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # it was told to those who waited, if any still did

    async def _fetch(self) -> Token:
        body, headers = token_request(self._auth, self._secret)
        started = self._clock.monotonic()
        try:
            status, answer = await self._post(self._auth.token_url, body, headers)
        except UpstreamError as error:
            raise _elsewhere(error) from error
        token = read_token(status, answer, lifetime_s=self._auth.lifetime)
        self._token = token
        self._until = started + token.lifetime_s - min(EARLY_S_MAX, token.lifetime_s * EARLY_SHARE)
        return token


def _header(token: Token) -> tuple[str, str]:
    return _NAME, f"Bearer {token.value}"


def _elsewhere(error: UpstreamError) -> UpstreamError:
    """The authorization server failed, so nothing was sent to the upstream: whatever it was, nothing has happened."""
    if isinstance(error, UpstreamUnauthorized):
        return UpstreamUnauthorized(cause=f"oauth_{error.cause}")
    failed = UpstreamUnreachable(cause=f"oauth_{error.cause}")
    failed.retryable = error.retryable
    return failed
