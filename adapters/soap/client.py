"""The only file that calls zeep: tokens of WS-Security, made by its building blocks.

zeep is imported when a token is configured, and not before: a start without one does not pay for it.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
from dataclasses import dataclass
from typing import Any

from lxml import etree

MASK = "***"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"  # of the frame zeep writes into; it is thrown away
_NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class UsernameTokens:
    """Makes the `wsse:UsernameToken` of one request after the other, each with its own nonce and time."""

    username: str
    password: str
    digest: bool = False
    nonce: bool = False
    created: bool = False

    def __repr__(self) -> str:
        return f"UsernameTokens({self.username})"

    def made(self, now: dt.datetime) -> etree._Element:
        """The token for one request. Raises ValueError for characters that XML cannot carry."""
        from zeep.wsse.username import UsernameToken

        make: Any = UsernameToken  # zeep has no types
        token = make(self.username, self.password, use_digest=self.digest, created=now, zulu_timestamp=True)
        envelope = etree.Element(f"{{{_SOAP}}}Envelope")
        header = etree.SubElement(envelope, f"{{{_SOAP}}}Header")
        etree.SubElement(envelope, f"{{{_SOAP}}}Body")
        token.apply(envelope, {})
        element = header[0][0]
        header[0].remove(element)  # so that the frame's namespace does not come along
        etree.cleanup_namespaces(element)
        if not self.digest:
            self._add(element, now)
        return element

    def _add(self, element: etree._Element, now: dt.datetime) -> None:
        """What zeep adds to digests only, and some services want with a password as well."""
        zeep: Any = _building_blocks()
        if self.nonce:
            nonce = zeep.WSSE.Nonce(base64.b64encode(os.urandom(_NONCE_BYTES)).decode("ascii"))
            nonce.set("EncodingType", _base64())
            element.append(nonce)
        if self.created:
            element.append(zeep.WSU.Created(zeep.get_timestamp(now, zulu_timestamp=True)))


def timestamp(now: dt.datetime, ttl_s: float) -> etree._Element:
    """A `wsu:Timestamp` that is good for so long."""
    zeep: Any = _building_blocks()
    expires = now + dt.timedelta(seconds=ttl_s)
    stamp: etree._Element = zeep.WSU.Timestamp()
    stamp.append(zeep.WSU.Created(zeep.get_timestamp(now, zulu_timestamp=True)))
    stamp.append(zeep.WSU.Expires(zeep.get_timestamp(expires, zulu_timestamp=True)))
    return stamp


def _building_blocks() -> Any:
    from zeep.wsse import utils

    return utils


def _base64() -> str:
    from zeep.wsse.username import UsernameToken

    return f"{UsernameToken.soap_message_secutity_ns}#Base64Binary"  # spelt so there
