"""What can be set about a password that the system behind refuses."""

from __future__ import annotations

from pydantic import Field

from bridge.settings import DurationS, Settings


class LockoutSettings(Settings):
    """How the bridge keeps a wrong password from locking its account. It concerns `auth` with a password (basic,
    digest, ntlm), `proxy_auth`, and a UsernameToken; a session has its own keys for it."""

    attempts: int = Field(default=3, ge=1, le=20, examples=[3])
    """How often in a row it may be refused before the bridge stops asking for a while. One that was never taken yet is
    given a short pause after each refusal."""
    pause: DurationS = Field(default=900.0, gt=0, examples=["15m"])
    """How long that is. Calls are answered at once with `upstream_unauthorized` meanwhile."""
