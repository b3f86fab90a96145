"""The only file that calls zeep: WS-Security headers, made by its building blocks.

zeep is imported when a header is configured, and not before: a start without one does not pay for it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from lxml import etree

from adapters.soap.config_security import SecuritySettings
from bridge.clock import Clock
from bridge.errors import ConfigError, Place
from bridge.transport.tls import reveal

TIMESTAMP_S = 300
MASK = "***"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"  # of the frame zeep writes into; it is thrown away


@dataclass(frozen=True, slots=True)
class UsernameTokenHeader:
    """Makes the `wsse:Security` element of one request after the other, each with its own nonce and time."""

    username: str
    password: str
    digest: bool
    timestamp: bool
    clock: Clock

    def __repr__(self) -> str:
        return f"UsernameTokenHeader({self.username})"

    def fresh(self) -> str:
        """The element for one request."""
        return self._made(self.password, digest=self.digest)

    def masked(self) -> str:
        """The same to be shown: no password, no digest of it."""
        return self._made(MASK, digest=False)

    def _made(self, password: str, *, digest: bool) -> str:
        from zeep.wsse.username import UsernameToken

        now = dt.datetime.fromtimestamp(self.clock.wall(), dt.UTC)
        make: Any = UsernameToken  # zeep has no types
        token = make(
            self.username,
            password,
            use_digest=digest,
            created=now,
            zulu_timestamp=True,
            timestamp_token=_timestamp(now) if self.timestamp else None,
        )
        envelope = etree.Element(f"{{{_SOAP}}}Envelope")
        header = etree.SubElement(envelope, f"{{{_SOAP}}}Header")
        etree.SubElement(envelope, f"{{{_SOAP}}}Body")
        token.apply(envelope, {})
        element = header[0]
        header.remove(element)  # so that the frame's namespace does not come along
        etree.cleanup_namespaces(element)
        return etree.tostring(element).decode("ascii")


def wsse_header(settings: SecuritySettings | None, clock: Clock) -> UsernameTokenHeader | None:
    """What makes the security header of the requests, None when none is configured. Raises ConfigError."""
    token = settings.username_token if settings else None
    if token is None:
        return None
    header = UsernameTokenHeader(token.username, reveal(token.password), token.digest, token.timestamp, clock)
    try:
        header.fresh()  # zeep is loaded here, not under the first call, and what XML cannot hold is found now
    except ValueError as error:
        reference = token.password.reference
        places = [Place(reference, 1, 1, "user name or password hold a character that XML cannot carry")]
        raise ConfigError(places) from error
    return header


def _timestamp(now: dt.datetime) -> etree._Element:
    from zeep.wsse import utils

    zeep: Any = utils  # it has no types
    expires = now + dt.timedelta(seconds=TIMESTAMP_S)
    stamp: etree._Element = zeep.WSU.Timestamp()
    stamp.append(zeep.WSU.Created(zeep.get_timestamp(now, zulu_timestamp=True)))
    stamp.append(zeep.WSU.Expires(zeep.get_timestamp(expires, zulu_timestamp=True)))
    return stamp
