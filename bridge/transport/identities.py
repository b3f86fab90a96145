"""From `auth:` to the identity that it describes: the table of what ships."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bridge.clock import Clock
from bridge.transport.digest import DigestIdentity
from bridge.transport.fixed import FixedIdentity, api_key, basic
from bridge.transport.identity import Identity
from bridge.transport.lanes import Lanes
from bridge.transport.ntlm import NtlmIdentity
from bridge.transport.oauth import OAuthIdentity, Post
from bridge.transport.secrets import reveal
from bridge.transport.settings_auth import AuthSettings


@dataclass(frozen=True, slots=True)
class Means:
    """What identities need of the session they belong to. `post` reaches the authorization server, `closed` leaves it;
    `warn` takes a line for the operator."""

    clock: Clock
    warn: Callable[[str], None]
    lanes: Callable[[], Lanes]
    post: Post
    closed: Callable[[], Awaitable[None]]


def identity_of(auth: AuthSettings, means: Means) -> Identity:
    """Raises ConfigError for a secret that cannot be read, and for a library that is not there."""
    if auth.basic:
        return FixedIdentity(basic(auth.basic))
    if auth.digest:
        return DigestIdentity(auth.digest, means.warn)
    if auth.ntlm:
        return NtlmIdentity(auth.ntlm, means.lanes())
    if auth.oauth:
        return OAuthIdentity(auth.oauth, means.post, means.clock, means.closed)
    if auth.bearer:
        return FixedIdentity([("Authorization", f"Bearer {reveal(auth.bearer)}")])
    assert auth.api_key  # the settings demand exactly one kind
    return FixedIdentity(api_key(auth.api_key))
