"""What an authorization server is asked, and what it answers (RFC 6749 §4.4, §5). Pure."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

from bridge.errors import UpstreamError, UpstreamUnauthorized, UpstreamUnreachable
from bridge.transport.settings_auth import OAuthAuth

TOKEN_LENGTH_MAX = 16_000
LIFETIME_S_MAX = 86_400.0 * 365
_ERROR = re.compile(r"[a-z_]{1,40}")
_BEARER = re.compile(r"[\x21-\x7e]+")  # what a header can carry without a blank; servers stray from RFC 6750 §2.1


@dataclass(frozen=True, slots=True)
class Token:
    """`value` goes into `Authorization: Bearer`; `lifetime_s` from the moment it was asked for."""

    value: str
    lifetime_s: float

    def __repr__(self) -> str:
        return f"Token(***, {self.lifetime_s:g})"


def token_request(auth: OAuthAuth, secret: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers."""
    form = {"grant_type": "client_credentials"}
    form |= {name: value for name in ("scope", "audience", "resource") if (value := getattr(auth, name))}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if auth.auth_style == "post":
        form |= {"client_id": auth.client_id, "client_secret": secret}
    else:  # both are form-encoded before they are joined, RFC 6749 §2.3.1
        pair = f"{quote_plus(auth.client_id)}:{quote_plus(secret)}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(pair).decode("ascii")
    return urlencode({**form, **auth.extra}).encode(), headers


def read_token(status: int, body: bytes, *, lifetime_s: float) -> Token:
    """Raises UpstreamError; its cause tells an operator what the server said, bounded and without any secret."""
    answer = _json(body)
    if status != 200:
        raise _refusal(status, answer)
    value, kind = answer.get("access_token"), answer.get("token_type", "bearer")
    if not isinstance(value, str) or len(value) > TOKEN_LENGTH_MAX or not _BEARER.fullmatch(value):
        raise UpstreamUnreachable(cause="oauth_no_token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise UpstreamUnreachable(cause="oauth_token_type")
    return Token(value, _lifetime_s(answer.get("expires_in"), lifetime_s))


def _json(body: bytes) -> Mapping[str, object]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _lifetime_s(said: object, otherwise: float) -> float:
    """`expires_in` is a number; some servers write it as a text."""
    try:
        seconds = float(said) if isinstance(said, int | float | str) else otherwise
    except (ValueError, OverflowError):
        return otherwise
    return min(seconds, LIFETIME_S_MAX) if seconds > 0 else otherwise


def _refusal(status: int, answer: Mapping[str, object]) -> UpstreamError:
    said = answer.get("error")
    named = said if isinstance(said, str) and _ERROR.fullmatch(said) else f"http_{status}"
    if status == 429 or status >= 500:
        return UpstreamUnreachable(cause=f"oauth_{named}")
    return UpstreamUnauthorized(cause=f"oauth_{named}")
