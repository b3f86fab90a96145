"""The session of a service that wants a login first: one for all calls, begun once however many wait for it.

Who finds a session over says which one, so a late failure of an old one never begins a third. Refused logins are
counted and, after a few, nobody asks for a while: a wrong password must not lock the account.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from adapters.soap.calling import Extra
from adapters.soap.config_session import SessionSettings
from bridge.call import Call, JsonValue, Reply, Trace
from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import (
    BridgeError,
    CallError,
    SessionExpired,
    Stopping,
    Unavailable,
    UpstreamCut,
    UpstreamFault,
    UpstreamTimeout,
    UpstreamUnauthorized,
    UpstreamUnreachable,
)
from bridge.events import LoggedIn, LoginFailed
from bridge.settings import Secret
from bridge.shapes.json import dumps, loads
from bridge.shapes.jsonpath import Path
from bridge.transport.cookies import CookieJar
from bridge.transport.origins import origin
from bridge.transport.refusals import Refusals
from bridge.transport.tls import reveal

TOKEN_CHARACTERS_MAX = 8_000
LOGOUT_S = 5.0
_NOT_ASKED = (UpstreamUnreachable, UpstreamCut, UpstreamTimeout, Unavailable)
"""Failures that say nothing about the password."""
Sending = Callable[[Call, Extra], Awaitable[Reply]]


class Origins(Protocol):
    """Which addresses may see a secret."""

    def trusts(self, url: str) -> bool: ...

    def trust(self, url: str) -> None: ...


@dataclass(eq=False, slots=True)
class Held:
    """One session. `url`: where its calls go, "" for where they always do; `proven`: a call has got through with it."""

    token: str
    cookies: CookieJar | None
    url: str
    ends: float | None
    proven: bool = field(default=False)

    def __repr__(self) -> str:
        return "Held(***)"


class Login:
    """Keeps the session. `send` and `leave` call the operations that begin and end one."""

    def __init__(
        self,
        upstream: str,
        settings: SessionSettings,
        origins: Origins,
        *,
        send: Sending,
        leave: Callable[[Call, Held], Awaitable[Reply]] | None,
        clock: Clock,
        emit: Emit,
    ) -> None:
        self._upstream, self._settings, self._origins = upstream, settings, origins
        self._send, self._leave, self._clock, self._emit = send, leave, clock, emit
        self._token = Path(settings.token) if settings.token.startswith("$") else None
        self._endpoint = Path(settings.endpoint) if settings.endpoint else None
        self._held: Held | None = None
        self._task: asyncio.Task[Held | CallError] | None = None
        self._why = "first"
        self._refusals = Refusals(settings.attempts, settings.pause)

    async def held(self, call: Call) -> Held:
        """The session for a call, begun first if there is none. Raises members of CallError."""
        held = self._held
        if held is not None and (held.ends is None or self._clock.monotonic() < held.ends):
            return held
        if held is not None:
            self._held, self._why = None, "lifetime"
        if self._task is None:
            self._refuse_early()
            self._task = asyncio.create_task(self._log_in(call.trace), name=f"login {self._upstream}")
            self._task.add_done_callback(self._done)
        result = await self._awaited(self._task, call.deadline)
        if isinstance(result, CallError):
            raise _for_a_call(result)
        return result

    async def _awaited(self, task: asyncio.Task[Held | CallError], deadline: float) -> Held | CallError:
        try:
            async with asyncio.timeout(deadline - self._clock.monotonic()) as patience:
                # Whoever gives up waiting does not take the login from the others.
                return await asyncio.shield(task)
        except TimeoutError:
            if not patience.expired():
                raise
            return UpstreamTimeout(cause="waited for the login")
        except asyncio.CancelledError:
            if task.cancelled():
                raise Stopping from None
            raise

    @property
    def refused(self) -> bool:
        """Whether the last login was refused."""
        return self._refusals.count > 0

    def proved(self, held: Held) -> None:
        """The service took it."""
        held.proven = True
        self._refusals.accepted()

    def over(self, held: Held, *, again: bool) -> None:
        """The service says that it is over. `again`: for the second time in one call, right after a login."""
        if self._held is held:
            self._held, self._why = None, "expired"
        if again and not held.proven:
            self._refused("session_expired", "the session is over right after the login")

    async def close(self) -> None:
        """Ends the session, if there is an operation for that. Raises nothing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        held, self._held = self._held, None
        if held is None or self._leave is None or self._settings.logout is None:
            return
        try:
            async with asyncio.timeout(LOGOUT_S):
                await self._leave(self._call(self._settings.logout, {}, LOGOUT_S, _NO_TRACE), held)
        except (BridgeError, TimeoutError):
            pass  # it ends by itself, sooner or later

    # ── one login ────────────────────────────────────────────────────────────────────────────────────────────────

    def _done(self, task: asyncio.Task[Held | CallError]) -> None:
        self._task = None
        if not task.cancelled():
            task.exception()  # whoever waited has it; if nobody did, nobody needs to hear of it

    def _refuse_early(self) -> None:
        left_s = self._refusals.left_s(self._clock.monotonic())
        if left_s > 0:
            cause = f"the login was refused {self._refusals.count} times; not asked again for {left_s:.0f} s"
            raise UpstreamUnauthorized(cause=cause, retry_after_s=left_s)

    async def _log_in(self, trace: Trace) -> Held | CallError:
        settings, clock = self._settings, self._clock
        started = clock.monotonic()
        jar = CookieJar() if settings.send.cookie else None
        try:
            call = self._call(settings.login, revealed(settings.with_), settings.timeout, trace)
            async with asyncio.timeout(settings.timeout):
                reply = await self._send(call, Extra(cookies=jar))
            held = self._begun(reply, jar)
        except TimeoutError:
            return self._failed(UpstreamTimeout(cause="login"))
        except CallError as error:
            return self._failed(error)
        except BridgeError as error:
            return self._failed(UpstreamUnauthorized(cause=error.detail[:200]), counted=False)
        self._held = held
        self._emit(LoggedIn(self._upstream, settings.login, self._why, clock.monotonic() - started))
        return held

    def _call(self, operation: str, args: JsonValue, timeout_s: float, trace: Trace) -> Call:
        deadline = self._clock.monotonic() + timeout_s
        return Call(f"{self._upstream}.{operation}", dumps(args).encode(), deadline, trace)

    def _begun(self, reply: Reply, jar: CookieJar | None) -> Held:
        """What the answer to a login holds. Raises UpstreamUnauthorized when that is no session."""
        answer = loads(reply.body) if reply.body else None
        token = self._token.text_in(answer) if self._token is not None else ""
        if self._token is not None and not _is_token(token):
            raise UpstreamUnauthorized(cause="the answer to the login holds no usable token")
        if jar is not None and not len(jar):
            raise UpstreamUnauthorized(cause="the answer to the login sets no cookie")
        lifetime = self._settings.lifetime
        ends = self._clock.monotonic() + lifetime if lifetime is not None else None
        return Held(token, jar, self._url(answer), ends)

    def _url(self, answer: JsonValue) -> str:
        if self._endpoint is None:
            return ""
        url = self._endpoint.text_in(answer)
        if not (self._origins.trusts(url) or self._settings.allows(url)):
            raise UpstreamUnauthorized(cause=f"the login names an address that nobody allowed: {origin(url) or 'none'}")
        self._origins.trust(url)
        return url

    def _failed(self, error: CallError, *, counted: bool = True) -> CallError:
        paused = isinstance(error, UpstreamUnauthorized) and error.retry_after_s is not None  # see lockout.py
        if isinstance(error, _NOT_ASKED) or _is_gateways(error) or paused or not counted:
            so_far = self._refusals.count
            self._emit(LoginFailed(self._upstream, self._settings.login, error.code, error.cause, so_far, 0.0))
            return error
        self._refused(error.code, error.cause)
        return UpstreamUnauthorized(cause=f"login: {error.code}: {error.cause}"[:200])

    def _refused(self, code: str, cause: str) -> None:
        pause_s = self._refusals.refused(self._clock.monotonic())
        self._emit(LoginFailed(self._upstream, self._settings.login, code, cause, self._refusals.count, pause_s))


_NO_TRACE = Trace("0" * 31 + "1", "0" * 15 + "1", "00")


async def in_session(login: Login, call: Call, send: Callable[[Held], Awaitable[Reply]]) -> Reply:
    """A call within the session; once more when that turns out to be over. It was not executed then, so this is safe
    for writes as well."""
    held = await login.held(call)
    try:
        return await _proving(login, held, send)
    except SessionExpired:
        login.over(held, again=False)
    held = await login.held(call)
    try:
        return await _proving(login, held, send)
    except SessionExpired as error:
        login.over(held, again=True)
        raise UpstreamUnauthorized(cause=f"the session was over again right after a login: {error.cause}") from error


async def _proving(login: Login, held: Held, send: Callable[[Held], Awaitable[Reply]]) -> Reply:
    reply = await send(held)
    if not held.proven:
        login.proved(held)
    return reply


def _for_a_call(error: CallError) -> CallError:
    """A failed login as the failure of one of the calls that waited: of those nothing was sent."""
    own = type(error)(error.detail, retry_after_s=error.retry_after_s, cause=error.cause)
    own.outcome = "not_sent"
    return own


def _is_gateways(error: CallError) -> bool:
    """A page of something between us. One of 500 may be the service's own, for a password that it does not like."""
    return isinstance(error, UpstreamFault) and error.outcome == "unknown" and error.cause != "http_500"


def _is_token(text: str) -> bool:
    return 0 < len(text) <= TOKEN_CHARACTERS_MAX and text.isprintable() and bool(text.strip())


def revealed(value: Any) -> JsonValue:
    """The arguments with their secrets. Raises ConfigError that names the reference."""
    match value:
        case Secret():
            return reveal(value)
        case Mapping():
            return {key: revealed(inner) for key, inner in value.items()}
        case tuple() | list():
            return [revealed(inner) for inner in value]
    plain: JsonValue = value
    return plain
