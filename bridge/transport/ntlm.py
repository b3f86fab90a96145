"""NTLM and Negotiate over HTTP (MS-NTHT, RFC 4559): the handshake that proves who we are on one connection.

The only file that knows pyspnego, which is imported when NTLM is configured. The first message of a handshake goes
without the body, since it is answered with a challenge and nothing else.
"""

from __future__ import annotations

import base64
import os
from binascii import Error as NotBase64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from bridge.errors import UpstreamError, UpstreamInvalid, UpstreamUnauthorized
from bridge.transport.challenges import challenges
from bridge.transport.identity import Asked, Wire, dropped
from bridge.transport.lanes import Lane, Lanes
from bridge.transport.origins import origin
from bridge.transport.secrets import reveal, unusable
from bridge.transport.settings_auth import NtlmAuth

ROUNDS_MAX = 4
FORGOTTEN_MAX = 3  # refusals in a row on proven connections: then the server wants proof with each request
_NAME = "Authorization"
_SCHEMES = {"ntlm": "NTLM", "negotiate": "Negotiate"}


class NtlmIdentity:
    """A Windows account. Each connection proves it once, and is used by one request at a time."""

    names = (_NAME,)
    warnings: tuple[str, ...] = ()

    def __init__(self, auth: NtlmAuth, lanes: Lanes) -> None:
        self._spnego = _library()
        name = f"{auth.domain}\\{auth.username}" if auth.domain else auth.username
        self._username, self._password, self._workstation = name, reveal(auth.password), auth.workstation or ""
        self._lanes, self._scheme, self._forgotten = lanes, "ntlm", 0

    async def send(self, asked: Asked, wire: Wire) -> aiohttp.ClientResponse:
        """Each request but the last was refused, or carried no body, so nothing has happened."""
        lane = await self._lanes.take(origin(asked.url))
        try:
            response = await self._over(lane, wire)
        except BaseException:  # a cancelled call as well gives its connection back
            lane.prove(proven=False)
            self._lanes.give(lane)
            raise
        lane.when_free(lambda: self._lanes.give(lane))
        return response

    async def close(self) -> None:
        await self._lanes.close()

    async def _over(self, lane: Lane, wire: Wire) -> aiohttp.ClientResponse:
        if lane.is_proven and self._forgotten < FORGOTTEN_MAX:
            response = await wire(over=lane.session)
            if response.status != 401 or not _offered(response):
                self._forgotten = 0
                return response
            self._forgotten += 1
            await dropped(response)
        try:
            return await self._handshake(lane, wire)
        except _Again:  # by the other scheme, or over a new connection
            return await self._handshake(lane, wire, last=True)

    async def _handshake(self, lane: Lane, wire: Wire, *, last: bool = False) -> aiohttp.ClientResponse:
        context, scheme, token = self._context(lane.origin), self._scheme, b""
        for _ in range(ROUNDS_MAX):
            proof = base64.b64encode(self._step(context, token, lane)).decode()
            try:
                response = await wire([(_NAME, f"{_SCHEMES[scheme]} {proof}")], empty=not token, over=lane.session)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                if token or last:
                    raise
                raise _Again from error
            if response.status != 401:
                return await self._accepted(response, lane, wire, whole=bool(token))
            offered = _offered(response)
            if not token and not last and scheme not in offered and offered:
                self._scheme = next(iter(offered))
                await dropped(response)
                raise _Again
            if not offered.get(scheme) or context.complete:
                return response  # refused
            await dropped(response)
            token = _decoded(offered[scheme])
            if lane.transport is None:
                raise UpstreamUnauthorized(cause="ntlm_connection_not_kept")
        raise UpstreamUnauthorized(cause="ntlm_no_end")

    async def _accepted(
        self, response: aiohttp.ClientResponse, lane: Lane, wire: Wire, *, whole: bool
    ) -> aiohttp.ClientResponse:
        if not whole:  # it asks for no proof here, so the request goes without
            await dropped(response)
            response = await wire(over=lane.session)
        lane.prove(proven=True)
        return response

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _context(self, to: str) -> Any:
        options = self._spnego.NegotiateOptions
        ours = options.use_ntlm if self._scheme == "ntlm" else options.use_negotiate
        return self._spnego.client(
            self._username,
            self._password,
            hostname=urlsplit(to).hostname or "unspecified",
            service="HTTP",
            protocol=self._scheme,
            options=ours,
        )

    def _step(self, context: Any, token: bytes, lane: Lane) -> bytes:
        try:
            with _workstation(self._workstation):
                return context.step(token or None, channel_bindings=self._bindings(lane) if token else None) or b""
        except Exception as error:  # whatever the library makes of bytes from outside
            raise _bad_challenge() from error

    def _bindings(self, lane: Lane) -> Any:
        """What ties the proof to this TLS connection (RFC 5929 §4), so that nobody in between can use it elsewhere."""
        tls = lane.transport.get_extra_info("ssl_object") if lane.transport else None
        hashed = end_point(tls.getpeercert(binary_form=True)) if tls else None
        if hashed is None:
            return None
        return self._spnego.channel_bindings.GssChannelBindings(application_data=b"tls-server-end-point:" + hashed)


class _Again(Exception):
    """The handshake is to be tried once more; nothing but its first message was sent."""


def end_point(certificate: bytes) -> bytes | None:
    """The hash of a server's certificate by the algorithm of its signature, SHA-256 in place of MD5 and SHA-1."""
    read = x509.load_der_x509_certificate(certificate)
    algorithm = read.signature_hash_algorithm
    if algorithm is None:
        return None
    return read.fingerprint(hashes.SHA256() if isinstance(algorithm, hashes.MD5 | hashes.SHA1) else algorithm)


def _offered(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Scheme → token, "" for none."""
    offered = challenges(response.headers.getall("WWW-Authenticate", ()))
    return {one.scheme: one.token for one in offered if one.scheme in _SCHEMES}


def _decoded(token: str) -> bytes:
    try:
        return base64.b64decode(token, validate=True)
    except NotBase64 as error:
        raise _bad_challenge() from error


def _bad_challenge() -> UpstreamError:
    """A challenge comes with a 401, so whatever was asked was not done."""
    error: UpstreamError = UpstreamInvalid(cause="ntlm_bad_challenge")
    error.outcome = "not_sent"
    return error


@contextmanager
def _workstation(name: str) -> Iterator[None]:
    """The library takes this from the environment, else the real name of this machine. Nothing waits in between."""
    before = os.environ.get("NETBIOS_COMPUTER_NAME")
    os.environ["NETBIOS_COMPUTER_NAME"] = name
    try:
        yield
    finally:
        if before is None:
            del os.environ["NETBIOS_COMPUTER_NAME"]
        else:
            os.environ["NETBIOS_COMPUTER_NAME"] = before


def _library() -> Any:
    try:
        import spnego
        import spnego.channel_bindings
        import spnego.exceptions
    except ImportError as error:
        raise unusable("auth.ntlm", "NTLM needs a library: pip install legacy-bridge[ntlm]") from error
    return spnego
