"""One HTTP client session an upstream: keep-alive, verified TLS, credentials, and a bound on everything.

A POST is sent once and never again by us: whether to repeat is for the retry layer, which gets told whether the
request can have left. Knows no SOAP.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from types import SimpleNamespace

import aiohttp
from yarl import URL

from bridge.clock import Clock, SystemClock
from bridge.errors import UpstreamInvalid, UpstreamUnauthorized
from bridge.transport.body import Body, Progress, RequestBody
from bridge.transport.failures import failure, timed_out, unanswered
from bridge.transport.fixed import basic
from bridge.transport.guard import Guard
from bridge.transport.hop import Fields
from bridge.transport.identities import Means, identity_of
from bridge.transport.identity import Asked, Headers, Identity
from bridge.transport.inflate import ACCEPT
from bridge.transport.lanes import Lanes
from bridge.transport.opened import Answer, Opened
from bridge.transport.origins import may_have_credentials, origin, redirect_target
from bridge.transport.settings import ClientSettings
from bridge.transport.tls import client_context, tls_warnings

REDIRECTS_MAX = 3
USER_AGENT = "legacy-bridge"
MASK = "***"
TOKEN_ANSWER_MAX = 1_000_000
HANDSHAKE_S_MIN = 1.0  # so long a connection that proves us is kept between two messages, whatever keep_alive says
IDLE_S = 60.0  # between two pieces of an answer that is read as it comes
_OURS = ("user-agent", "accept-encoding")
_AUTOMATIC = ("Content-Type", "Accept", "User-Agent")


def _nobody(_: str) -> None:
    """Where nobody listens."""


class HttpSession:
    """Connections to one upstream. `trusted` are the origins that the configuration names; `warn` takes what an
    operator should know and only the wire tells; `guard` says which addresses are connected to, none: all."""

    def __init__(
        self,
        settings: ClientSettings,
        *,
        trusted: Collection[str] = (),
        clock: Clock | None = None,
        warn: Callable[[str], None] = _nobody,
        guard: Guard | None = None,
    ) -> None:
        self._settings, self._clock = settings, clock or SystemClock()
        # Of a proxy it is the proxy that connects; where it may go is for whoever runs it.
        self._guard = guard if settings.proxy is None else None
        self._trusted = {origin(url) for url in trusted} - {""}
        self._identity = self._identity_of(settings, warn)
        self._proxy_headers = dict(basic(settings.proxy_auth, "Proxy-Authorization") if settings.proxy_auth else ())
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
        return bool(self._identity or (self._settings.tls and self._settings.tls.shows_certificate))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an operator should know about these settings at each start."""
        identity = self._identity.warnings if self._identity else ()
        return (*identity, *tls_warnings(self._settings.tls, now_s=self._clock.wall()))

    def masked_headers(self, url: str) -> tuple[tuple[str, str], ...]:
        """What is added to each request, to be shown: names as sent, secrets masked."""
        secret = tuple((name, MASK) for name in self._names) if self.trusts(url) else ()
        return (("User-Agent", USER_AGENT), ("Accept-Encoding", ACCEPT), *secret)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float) -> Answer:
        """Send once. Raises members of UpstreamError only; any status is an Answer."""
        return await self.send("POST", url, body, headers, timeout_s=timeout_s)

    async def send(
        self,
        method: str,
        url: str,
        body: Body | None,
        headers: Mapping[str, str],
        *,
        timeout_s: float,
        encoded: bool = False,
    ) -> Answer:
        """The same by any method; redirects are not followed. `encoded`: the address is sent exactly as it is written,
        where else an escape that is not needed (`%2C`) would be undone."""
        return await self._exchange(method, url, body, headers, timeout_s, encoded=encoded)

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
        encoded: bool = False,
    ) -> Opened:
        """Send once, and return when the head of the answer is there, within `timeout_s`. The caller closes it.

        Raises members of UpstreamError only; any status is an answer.
        """
        progress = Progress(sent=body is None)  # of a GET it makes no difference
        async with self._told(progress, timeout_s):
            response = await self._send(method, url, body, headers, progress, encoded=encoded)
        return Opened(response, bytes_max=bytes_max, idle_s=idle_s)

    async def relay(
        self, method: str, url: str, body: Body | None, fields: Fields, *, timeout_s: float, idle_s: float = IDLE_S
    ) -> Opened:
        """The same for a request that is passed on as it came: its address, its fields and the coding of the answer
        stay as they are; our own credentials are added."""
        progress = Progress(sent=body is None)
        async with self._told(progress, timeout_s):
            response = await self._send(method, url, body, fields, progress, raw=True)
        return Opened(response, bytes_max=None, idle_s=idle_s, raw=True)

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
        if self._identity is not None:
            await self._identity.close()
        if self._open is not None:
            await self._open.close()
            self._open = None

    async def _exchange(
        self,
        method: str,
        url: str,
        body: Body | None,
        headers: Mapping[str, str],
        timeout_s: float,
        *,
        encoded: bool = False,
    ) -> Answer:
        progress = Progress(sent=body is None)
        async with self._told(progress, timeout_s):
            response = await self._send(method, url, body, headers, progress, encoded=encoded)
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
            told = failure(error, sent=progress.sent)
            told.stale = progress.kept and unanswered(error)
            raise told from error

    async def _send(
        self,
        method: str,
        url: str,
        body: Body | None,
        headers: Mapping[str, str] | Fields,
        progress: Progress,
        *,
        raw: bool = False,
        encoded: bool = False,
    ) -> aiohttp.ClientResponse:
        if not origin(url):
            raise failure(aiohttp.InvalidURL(url), sent=False)
        trusted, tls = self.trusts(url), url[:6].lower() == "https:"
        ours = {*(() if raw else _OURS), *(name.lower() for name in self._names)}
        given = headers.items() if isinstance(headers, Mapping) else headers
        sent = [(name, value) for name, value in given if name.lower() not in ours]
        own = self._settings.tls if trusted else None
        target = URL(url, encoded=raw or encoded)

        async def wire(
            more: Headers = (), /, *, empty: bool = False, over: aiohttp.ClientSession | None = None
        ) -> aiohttp.ClientResponse:
            progress.sent, progress.kept = body is None and not empty, False
            return await (over or self._session()).request(
                method,
                target,
                skip_auto_headers=_AUTOMATIC if raw else None,
                data=None if body is None or empty else RequestBody(body, progress),
                headers=[*sent, *more, *(() if tls else self._proxy_headers.items())],
                allow_redirects=False,
                ssl=self._context(trusted=trusted) if tls else True,
                server_hostname=own.server_name if own and tls else None,
                proxy=self._settings.proxy,
                # Of the CONNECT; without TLS the request is the proxy's.
                proxy_headers=self._proxy_headers if tls else None,
                trace_request_ctx=progress,
            )

        if self._identity is None or not trusted:
            return await wire()
        return await self._identity.send(Asked(method, url, target.raw_path_qs, body), wire)

    def _session(self) -> aiohttp.ClientSession:
        if self._open is None:
            settings = self._settings
            make = self._guard.socket if self._guard is not None else None
            connector = aiohttp.TCPConnector(
                limit=settings.connections, keepalive_timeout=settings.keep_alive, socket_factory=make
            )
            self._open = self._over(connector)
        return self._open

    def _over(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=None, connect=self._settings.connect_timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": ACCEPT},
            auto_decompress=False,
            trust_env=False,
            trace_configs=[_watching()],
        )
        # By itself it sends GET, PUT, DELETE a second time when a connection breaks, also one that was just opened.
        session._retry_connection = False  # noqa: SLF001  there is no other switch, and the test of it would tell
        return session

    def _context(self, *, trusted: bool) -> ssl.SSLContext:
        # Our own certificate names us, so a foreign origin gets a context without it.
        own = self._settings.tls if trusted else None
        key = own is not None
        if key not in self._contexts:
            self._contexts[key] = client_context(self._settings.ca, own)
        return self._contexts[key]

    # ── who we are ───────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _names(self) -> tuple[str, ...]:
        return self._identity.names if self._identity else ()

    def _identity_of(self, settings: ClientSettings, warn: Callable[[str], None]) -> Identity | None:
        if settings.auth is None:
            return None
        authority = _Authority(settings, self._clock)
        return identity_of(settings.auth, Means(self._clock, warn, self._lanes, authority.post, authority.close))

    def _lanes(self) -> Lanes:
        settings = self._settings
        return Lanes(
            self._over,
            limit=settings.connections,
            keep_alive_s=max(settings.keep_alive, HANDSHAKE_S_MIN),
            wait_s=settings.connect_timeout,
        )


def _watching() -> aiohttp.TraceConfig:
    """Notes of each request whether its connection had been kept."""

    async def reused(_session: object, context: SimpleNamespace, _about: object) -> None:
        context.trace_request_ctx.kept = True

    tracing = aiohttp.TraceConfig()
    tracing.on_connection_reuseconn.append(reused)
    return tracing


class _Authority:
    """The way to an authorization server: through the same proxy, with the same certificates, as nobody yet."""

    def __init__(self, settings: ClientSettings, clock: Clock) -> None:
        own = settings.tls if settings.tls and settings.tls.shows_certificate else None
        # What the upstream's old server needs is not said about this one.
        tls = own and own.model_copy(update={"server_name": None, "legacy": False})
        changes = {"auth": None, "tls": tls, "answer_max": TOKEN_ANSWER_MAX}
        self._settings, self._clock = settings.model_copy(update=changes), clock
        self._session: HttpSession | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if self._session is None:
            self._session = HttpSession(self._settings, trusted=[url], clock=self._clock)
        answer = await self._session.post(url, body, headers, timeout_s=self._settings.fetch_timeout)
        return answer.status, answer.body

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
