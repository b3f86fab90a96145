"""Security of an upstream, opened at a fixed time, and the two things that it does."""

from __future__ import annotations

from typing import Any

from lxml import etree

from adapters.soap.config_security import SecuritySettings
from adapters.soap.security.decrypting import Bounds
from adapters.soap.security.protection import Security, open_security
from adapters.soap.wire import Outgoing
from bridge.clock import SystemClock
from bridge.formats.xml import safe
from tests.adapters.soap.security.keys import NOW

REQUEST = (
    b'<?xml version="1.0" encoding="utf-8"?>\n'
    b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="urn:old" xmlns:a='
    b'"http://www.w3.org/2005/08/addressing"><soap:Header><a:To>urn:x</a:To><t:Tenant t:k="1">7 &amp; 8</t:Tenant>'
    b'</soap:Header><soap:Body><t:Get><t:Id q="&lt;">\xc3\xa4&#13;1</t:Id></t:Get></soap:Body></soap:Envelope>'
)


class At(SystemClock):
    """Always the same second."""

    def __init__(self, now_s: float = NOW) -> None:
        self.now_s = now_s

    def wall(self) -> float:
        return self.now_s


def security(now_s: float = NOW, bounds: Bounds | None = None, **settings: Any) -> Security:
    made = open_security(SecuritySettings.model_validate(settings), At(now_s), bounds or Bounds())
    assert made is not None
    return made


def protected(request: bytes = REQUEST, headers: dict[str, str] | None = None, **settings: Any) -> bytes:
    """What is sent."""
    out = security(**settings).protect(Outgoing(body=request), headers or {})
    assert out.body is not None
    return out.body


def opened(root: etree._Element | bytes, sent: str = "", **settings: Any) -> etree._Element:
    """What is read. Raises InsecureAnswer."""
    data = root if isinstance(root, bytes) else etree.tostring(root)
    return security(**settings).open(safe.parse(data), sent)


def body_text(root: etree._Element) -> str:
    """The Text of the answer that a decoder would find."""
    body = root.find("{*}Body")
    assert body is not None
    return body.findtext("{urn:old}GetResponse/{urn:old}Text", "")
