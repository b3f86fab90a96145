"""One HTTP client session an upstream: keep-alive, verified TLS, credentials, and a bound on everything.

A POST is sent once and never again by us: whether to repeat is for the retry layer, which gets told whether the
request can have left. Knows no SOAP.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

import aiohttp

from bridge.errors import UpstreamInvalid, UpstreamUnauthorized
from bridge.transport.body import Body, Progress, RequestBody
from bridge.transport.failures import failure, timed_out
from bridge.transport.inflate import ACCEPT
from bridge.transport.opened import Answer, Opened
from bridge.transport.origins import may_have_credentials, origin, redirect_target
from bridge.transport.settings import AuthSettings, BasicAuth, ClientSettings
from bridge.transport.tls import client_context, reveal

REDIRECTS_MAX = 3
USER_AGENT = "legacy-bridge"
MASK = "***"
IDLE_S = 60.0  # between two pieces of an answer that is read as it comes


class HttpSession:
    """Connections to one upstream. `trusted` are the origins that the configuration names."""

    def __init__(self, settings: ClientSettings, *, trusted: Collection[str] = ()) -> None:
        self._settings = settings
        self._trusted = {origin(url) for url in trusted} - {""}
        self._credentials = _credentials(settings.auth) if settings.auth else ()
        self._proxy_headers = dict(_basic("Proxy-Authorization", settings.proxy_auth) if settings.proxy_auth else ())
        self._open: aiohttp.ClientSession | None = None
        self._contexts: dict[bool, ssl.SSLContext] = {}
        if settings.ca or settings.tls:
            self._context(trusted=True)  # a file that cannot be used is found now, not at the first call

    def trust(self, url: str) -> None:
        """Count this address as configured from now on."""
        self._trusted |= {origin(url)} - {""}

    def trusts(self, url: str) -> bool:
        """Whether credentials would go there."""
        return may_have_credentials(url, self._trusted)

    @property
    def has_credentials(self) -> bool:
        """Whether there is anything that must not reach a foreign origin."""
        return bool(self._credentials or self._settings.tls)

    def masked_headers(self, url: str) -> tuple[tuple[str, str], ...]:
        """What is added to each request, to be shown: names as sent, secrets masked."""
        secret = tuple((name, MASK) for name, _ in self._credentials) if self.trusts(url) else ()
        return (("User-Agent", USER_AGENT), ("Accept-Encoding", ACCEPT), *secret)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float) -> Answer:
        """Send once. Raises members of UpstreamError only; any status is an Answer."""
        return await self.send("POST", url, body, headers, timeout_s=timeout_s)

    async def send(
        self, method: str, url: str, body: Body | None, headers: Mapping[str, str], *, timeout_s: float
    ) -> Answer:
        """The same by any method; redirects are not followed."""
        return await self._exchange(method, url, body, headers, timeout_s)

    async def open(
        self,
        method: str,
        url: str,
        body: Body | None,
        headers: Mapping[str, str],
        *,
        timeout_s: float,
        idle_s: float = IDLE_S,
        bytes_max: int | None = None,
    ) -> Opened:
        """Send once, and return when the head of the answer is there, within `timeout_s`. The caller closes it.

        Raises members of UpstreamError only; any status is an answer.
        """
        progress = Progress(sent=body is None)  # of a GET it makes no difference
        async with self._told(progress, timeout_s):
            response = await self._send(method, url, body, headers, progress)
        return Opened(response, bytes_max=bytes_max, idle_s=idle_s)

    async def get(self, url: str) -> bytes:
        """A document. Follows a few redirects within its origin; anything but 200 raises an UpstreamError."""
        for _ in range(REDIRECTS_MAX + 1):
            answer = await self._exchange("GET", url, None, {}, self._settings.fetch_timeout)
            if answer.status == 200:
                return answer.body
            if answer.status in {401, 403, 407}:
                raise UpstreamUnauthorized(cause=f"http_{answer.status}")
            target = redirect_target(url, answer.headers.get("location", "")) if answer.status // 100 == 3 else None
            if target is None:
                raise UpstreamInvalid(cause=f"http_{answer.status}")
            url = target
        raise UpstreamInvalid(cause="too_many_redirects")

    async def close(self) -> None:
        """Close every connection."""
        if self._open is not None:
            await self._open.close()
            self._open = None

    async def _exchange(
        self, method: str, url: str, body: Body | None, headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        progress = Progress(sent=body is None)
        async with self._told(progress, timeout_s):
            response = await self._send(method, url, body, headers, progress)
            opened = Opened(response, bytes_max=self._settings.answer_max, idle_s=timeout_s)
            try:
                return await opened.read()
            finally:
                await opened.close()

    @asynccontextmanager
    async def _told(self, progress: Progress, timeout_s: float) -> AsyncIterator[None]:
        """Bounds what is done within, and tells its failures in our own errors."""
        try:
            async with asyncio.timeout(timeout_s) as whole:
                yield
        except TimeoutError as error:
            raise (timed_out(sent=progress.sent) if whole.expired() else failure(error, sent=progress.sent)) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise failure(error, sent=progress.sent) from error

    async def _send(
        self, method: str, url: str, body: Body | None, headers: Mapping[str, str], progress: Progress
    ) -> aiohttp.ClientResponse:
        if not origin(url):
            raise failure(aiohttp.InvalidURL(url), sent=False)
        trusted, tls = self.trusts(url), url[:6].lower() == "https:"
        ours = {"user-agent", "accept-encoding", *(name.lower() for name, _ in self._credentials)}
        sent = [(name, value) for name, value in headers.items() if name.lower() not in ours]
        return await self._session().request(
            method,
            url,
            data=None if body is None else RequestBody(body, progress),
            headers=[*sent, *(self._credentials if trusted else ()), *(() if tls else self._proxy_headers.items())],
            allow_redirects=False,
            ssl=self._context(trusted=trusted) if tls else True,
            proxy=self._settings.proxy,
            proxy_headers=self._proxy_headers
            if tls
            else None,  # of the CONNECT; without TLS the request is the proxy's
        )

    def _session(self) -> aiohttp.ClientSession:
        if self._open is None:
            settings = self._settings
            self._open = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=settings.connections, keepalive_timeout=settings.keep_alive),
                timeout=aiohttp.ClientTimeout(total=None, connect=settings.connect_timeout),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": ACCEPT},
                auto_decompress=False,
                trust_env=False,
            )
        return self._open

    def _context(self, *, trusted: bool) -> ssl.SSLContext:
        # Our own certificate names us, so a foreign origin gets a context without it.
        own = self._settings.tls if trusted else None
        key = own is not None
        if key not in self._contexts:
            self._contexts[key] = client_context(self._settings.ca, own)
        return self._contexts[key]


def _credentials(auth: AuthSettings) -> tuple[tuple[str, str], ...]:
    if auth.basic:
        return _basic("Authorization", auth.basic)
    if auth.bearer:
        return (("Authorization", f"Bearer {reveal(auth.bearer)}"),)
    return ((auth.api_key.header, reveal(auth.api_key.key)),) if auth.api_key else ()


def _basic(header: str, auth: BasicAuth) -> tuple[tuple[str, str], ...]:
    pair = f"{auth.username}:{reveal(auth.password)}".encode()
    return ((header, "Basic " + base64.b64encode(pair).decode("ascii")),)
