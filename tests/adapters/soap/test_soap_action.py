"""How the action and the type of a request are said, by version and by what a server wants."""

from __future__ import annotations

import pytest

from adapters.soap.contract import Version
from adapters.soap.soap_action import Said, http_head

XML, SOAP = "text/xml; charset=utf-8", "application/soap+xml; charset=utf-8"


@pytest.mark.parametrize(
    ("version", "action", "how", "kind", "header"),
    [
        ("1.1", "urn:a", "quoted", XML, '"urn:a"'),
        ("1.1", "", "quoted", XML, '""'),
        ("1.1", "urn:a", "unquoted", XML, "urn:a"),
        ("1.1", "", "unquoted", XML, ""),
        ("1.1", "urn:a", "omit", XML, None),
        ("1.1", "urn:a", "urn:other", XML, '"urn:other"'),
        ("1.1", "urn:a", '"urn:quoted"', XML, '"urn:quoted"'),
        ("1.1", 'a"b\\c', "quoted", XML, r'"a\"b\\c"'),
        ("1.1", "a\r\nX-Evil: 1", "unquoted", XML, "aX-Evil: 1"),
        ("1.1", "a\r\nX-Evil: 1", "quoted", XML, '"aX-Evil: 1"'),
        ("1.2", "a\r\nX-Evil: 1", "quoted", f'{SOAP}; action="aX-Evil: 1"', None),
        ("1.2", "urn:a", "quoted", f'{SOAP}; action="urn:a"', None),
        ("1.2", "", "quoted", SOAP, None),
        ("1.2", "urn:a", "unquoted", f"{SOAP}; action=urn:a", None),
        ("1.2", "urn:a", "omit", SOAP, None),
        ("1.2", "", "urn:b", f'{SOAP}; action="urn:b"', None),
    ],
)
def test_the_action(version: Version, action: str, how: str, kind: str, header: str | None) -> None:
    head = http_head(version, action, Said(how))
    assert (head["Content-Type"], head.get("SOAPAction")) == (kind, header)


@pytest.mark.parametrize(
    ("version", "wanted", "kind", "header"),
    [
        ("1.2", "text/xml", XML, '"urn:a"'),
        ("1.2", "application/xml; charset=UTF-8", "application/xml; charset=UTF-8", '"urn:a"'),
        ("1.2", "application/soap+xml", f'{SOAP}; action="urn:a"', None),
        ("1.2", "Application/SOAP+XML; action=x", "Application/SOAP+XML; action=x; charset=utf-8", None),
        ("1.1", "application/xml", "application/xml; charset=utf-8", '"urn:a"'),
    ],
)
def test_another_content_type(version: Version, wanted: str, kind: str, header: str | None) -> None:
    head = http_head(version, "urn:a", Said(content_type=wanted))
    assert (head["Content-Type"], head.get("SOAPAction")) == (kind, header)
