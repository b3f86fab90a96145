"""What a person may see of a message: everything but credentials."""

from __future__ import annotations

import pytest

from adapters.soap.shown import SHOWN_BYTES_MAX, shown
from bridge.transport.masked import MASK, shown_headers

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>{header}</s:Header>'
    "<s:Body><Get>äöü &amp; 1</Get></s:Body></s:Envelope>"
)
SECURITY = (
    f'<w:Security xmlns:w="{WSSE}" xmlns:u="{WSU}"><u:Timestamp><u:Created>2026-11-21T10:00:00Z</u:Created>'
    "</u:Timestamp><w:UsernameToken><w:Username>shop</w:Username><w:Password>pass-word</w:Password>"
    "<w:Nonce>bm9uY2U=</w:Nonce></w:UsernameToken><x>tail<y/>of-it</x></w:Security>"
)


def test_of_a_security_header_only_who_and_when_are_seen() -> None:
    text = shown(ENVELOPE.format(header=SECURITY).encode()).decode()
    for secret in ("pass-word", "bm9uY2U=", "tail", "of-it"):
        assert secret not in text
    for open_ in ("2026-11-21T10:00:00Z", ">shop<", "äöü &amp; 1", f"<w:Password>{MASK}</w:Password>"):
        assert open_ in text


def test_without_a_secret_it_is_what_was_on_the_wire() -> None:
    message = ENVELOPE.format(header='<t:Tenant xmlns:t="urn:t">7</t:Tenant>')
    assert shown(message.encode()).decode() == message


def test_secrets_are_masked_wherever_they_stand_also_in_their_escaped_form() -> None:
    message = ENVELOPE.format(header="<a>s3cr&amp;t</a><b k='token-1'/>").encode()
    text = shown(message, ["s3cr&t", "token-1"]).decode()
    assert ("s3cr" in text, "token-1" in text, text.count(MASK)) == (False, False, 2)


def test_a_short_secret_does_not_mask_half_of_the_message() -> None:
    assert MASK not in shown(ENVELOPE.format(header="").encode(), ["1"]).decode()


@pytest.mark.parametrize(
    "page",
    [
        b"<html>it broke<br>",
        f"<!-- x --><broken>{SECURITY}".encode(),
        f"--cut\r\n\r\n{SECURITY[:-20]}".encode(),
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b"\xff\xfe\x00",
        b"",
    ],
)
def test_what_is_no_message_is_shown_as_text_without_its_security_header(page: bytes) -> None:
    text = shown(page).decode()
    assert "pass-word" not in text
    assert "root:" not in text


def test_a_huge_message_is_cut() -> None:
    assert len(shown(b"<a>" + b"x" * 2 * SHOWN_BYTES_MAX + b"</a>")) == SHOWN_BYTES_MAX


def test_headers_are_named_and_only_harmless_ones_have_their_value() -> None:
    given = {"Content-Type": "text/xml", "Cookie": "a=b", "X-Session": "t", "SOAPAction": '"urn:token-1"'}
    assert shown_headers(given, ["token-1"]) == (
        ("Content-Type", "text/xml"),
        ("Cookie", MASK),
        ("X-Session", MASK),
        ("SOAPAction", f'"urn:{MASK}"'),
    )
