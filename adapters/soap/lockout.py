"""What of a SOAP service's settings is a password that may be refused; how refusals are counted is in transport."""

from __future__ import annotations

from adapters.soap.config import SoapSettings
from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import Refused
from bridge.transport import lockout


class Lockout(lockout.Lockout):
    """That of the credentials of one service."""

    def __init__(self, upstream: str, settings: SoapSettings, clock: Clock, emit: Emit) -> None:
        super().__init__(upstream, passwords(settings), settings.lockout, clock, emit)


def passwords(settings: SoapSettings) -> frozenset[Refused]:
    """What of these settings is a password, by who would refuse it."""
    security = settings.security
    if security and security.username_token and not (security.saml and security.saml.header):
        # Where callers send assertions, it may be theirs that is refused.
        return lockout.passwords(settings) | {"message"}
    return lockout.passwords(settings)
