"""API keys: who asks, and what they may do. Pure; holds hashes only.

Also the rule of the first start: nothing but loopback is served without keys or an explicit `--open`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hmac import compare_digest
from ipaddress import ip_address

from bridge.call import Principal
from bridge.errors import BadRequest, ConfigError, Place, Unauthorized
from bridge.web.hosts import Headers
from bridge.web.settings import AccessSettings, KeySettings, ServerSettings

KEY_CHARACTERS_MIN = 16
EXPLAIN = "explain"
"""A scope by itself: `*` is every operation, not a look at the envelopes."""
ADMIN = "admin:"
"""How scopes of operators begin: `*` is no such, and none of them reaches an operation."""
_KEY = re.compile(r"[\x21-\x7e]{1,512}")
_BEARER = re.compile(r"[Bb]earer +([\x21-\x7e]{1,512}) *")
_REALM = 'Bearer realm="legacy-bridge"'


@dataclass(frozen=True, slots=True)
class _Known:
    digest: bytes
    principal: Principal


class Access:
    """The keys of one configuration. Without any, everyone is let in as nobody."""

    def __init__(self, settings: AccessSettings | None, *, everyone: bool = False) -> None:
        """Reads the secrets, so not on the event loop. Raises ConfigError, which names the key and never its value.

        `everyone`: others than this machine are let in without a key.
        """
        self._open = everyone
        self._known = tuple(_known(key) for key in settings.keys) if settings else ()
        if len({known.digest for known in self._known}) != len(self._known):
            raise _unusable("access.keys", "two names have the same key")

    @property
    def configured(self) -> bool:
        return bool(self._known)

    def authenticate(self, headers: Headers) -> Principal | None:
        """Who asks; None where no keys are configured. Raises Unauthorized for no key, a wrong one, or two."""
        if not self._known:
            return None
        given = _given(headers)
        if given is None:
            raise Unauthorized(headers=[("WWW-Authenticate", _REALM)])
        principal = self._find(given)
        if principal is None:
            raise Unauthorized(
                "This key is not known.", headers=[("WWW-Authenticate", f'{_REALM}, error="invalid_token"')]
            )
        return principal

    def allows(self, principal: Principal | None, target: str) -> bool:
        """Whether `upstream:operation` is within the scopes. Without configured keys everything is."""
        if not self._known:
            return True
        scopes = principal.scopes if principal else ()
        return any(_matches(scope, target) for scope in scopes if not scope.startswith(ADMIN))

    def explains(self, principal: Principal | None) -> bool:
        """Whether both sides of a call may be shown. Without keys to whoever is let in, unless that is everyone."""
        if not self._known:
            return not self._open
        return principal is not None and EXPLAIN in principal.scopes

    def administers(self, principal: Principal | None, verb: str) -> bool:
        """Whether an operator with a key may do this: `admin:*` or `admin:<verb>` is needed, `*` is not enough."""
        scopes = principal.scopes if self._known and principal else ()
        return any(scope.startswith(ADMIN) and _matches(scope, ADMIN + verb) for scope in scopes)

    def refuse_key_in_url(self, values: Sequence[str]) -> None:
        """A key in a URL ends up in logs and histories, so it is refused even where it would be right."""
        if self._known and any(self._find(value) is not None for value in values if len(value) >= KEY_CHARACTERS_MIN):
            raise BadRequest(
                "A key must not be part of the URL. Send it in the header X-API-Key, and replace this one."
            )

    def _find(self, key: str) -> Principal | None:
        digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
        found = None
        for known in self._known:  # all of them, so that the time tells nothing about which one fits
            if compare_digest(known.digest, digest):
                found = known.principal
        return found


def _given(headers: Headers) -> str | None:
    if keys := headers.getall("X-API-Key", []):
        return keys[0] if len(keys) == 1 else ""
    bearers = headers.getall("Authorization", [])
    if len(bearers) > 1:
        return ""
    match = _BEARER.fullmatch(bearers[0]) if bearers else None
    return match[1] if match else None


def _matches(scope: str, target: str) -> bool:
    if scope == "*":
        return True
    # Only `*` is a wildcard; the settings let neither `?` nor `[` into a scope.
    upstream, _, operation = scope.partition(":")
    asked_upstream, _, asked_operation = target.partition(":")
    return upstream == asked_upstream and fnmatchcase(asked_operation, operation)


def _known(key: KeySettings) -> _Known:
    principal = Principal(key.name, key.scopes)
    if key.key is None:
        return _Known(bytes.fromhex(key.key_sha256 or ""), principal)
    try:
        value = key.key.reveal()
    except ValueError as error:
        raise _unusable(f"access.keys {key.name}", str(error)) from error
    if len(value) < KEY_CHARACTERS_MIN or not _KEY.fullmatch(value):
        form = f"a key has {KEY_CHARACTERS_MIN} to 512 printable ASCII characters and no white space"
        raise _unusable(f"access.keys {key.name}", form)
    return _Known(hashlib.sha256(value.encode()).digest(), principal)


def _unusable(where: str, message: str) -> ConfigError:
    return ConfigError([Place(where, 1, 1, message)])


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_exposure(settings: ServerSettings, access: Access, open_flag: bool) -> str:
    """Why this server must not start as configured; `""` when it may."""
    if is_loopback(settings.host) or settings.open or open_flag:
        return ""
    if not access.configured:
        return (
            f"{settings.host} can be reached from other machines, and nothing says who may ask. "
            "Give keys under `access:`, or listen on 127.0.0.1, or say --open (server.open: true) to serve everyone."
        )
    if settings.tls is None and not settings.behind_proxy:
        return (
            f"Keys would cross the network in plain text on {settings.host}. Give a certificate under `server.tls:`, "
            "or name the TLS proxy in front under `server.behind_proxy:`, or say --open to accept that."
        )
    return ""
