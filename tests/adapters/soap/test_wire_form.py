"""What stays of a message in the journal: everything but secrets, wherever a system repeats them; or nothing."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from adapters.soap.wire_form import WIRE_BYTES_MAX, Sent, answer_side, request_side
from bridge.call import JsonValue, Side
from bridge.layers.kept_trail import CREDENTIALS, Hidden
from bridge.store.journal_settings import MASKED
from bridge.transport.opened import Answer

CANARY = "cana/ry&47+11"
ESCAPED = CANARY.replace("&", "&amp;")
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>{}</s:Header>'
    "<s:Body><m>kept &amp; seen</m>{}</s:Body></s:Envelope>"
)
SECURITY = (
    '<w:Security xmlns:w="{}"><w:UsernameToken><w:Username>shop</w:Username><w:Password Type="a#b">{}</w:Password>'
    "</w:UsernameToken></w:Security>"
)


def hidden(values: JsonValue = None) -> Hidden:
    return Hidden((*MASKED, *CREDENTIALS), str, values)


def answered(body: str, hide: Hidden, headers: dict[str, str] | None = None) -> Side:
    data = body.encode()
    return answer_side(Answer(500, headers or {}, "text/xml", None, data, len(data)), (), hide)


@pytest.mark.parametrize(
    "hostile",
    [
        SECURITY.format(WSSE, ESCAPED),
        SECURITY.format("urn:some/older/draft", ESCAPED),
        f"<password>{ESCAPED}</password>",
        f"<t:Login xmlns:t='urn:t'><t:userPassword><a><b>x</b>{ESCAPED}</a></t:userPassword></t:Login>",
        f"<user name='ada' PassWord='{ESCAPED}'/>",
        f"<entry key='password'>{ESCAPED}</entry>",
        f"<param name='apiKey' value='{ESCAPED}'/>",
        f"<entry><key>session-token</key><value>{ESCAPED}</value></entry>",
        f"<text>&lt;wsse:Password&gt;{ESCAPED}&lt;/wsse:Password&gt;</text>",
        f"<text><![CDATA[<login password='{CANARY}'/>]]></text>",
        f'<json>{{"x": "{ESCAPED}"}}</json>',
        f"<text>got headers:\nHost: here\nAuthorization: Basic {ESCAPED}\nCookie: sid={ESCAPED}</text>",
        f"<text>we were told Bearer {ESCAPED}</text>",
        f"<text>login failed (user=ada, password={ESCAPED})</text>",
        f"<!-- {CANARY} --><?debug {CANARY}?>",
        f"<password>{''.join(f'&#{ord(one)};' for one in CANARY)}</password>",
        f"<password>{ESCAPED}</password><text>not valid: {ESCAPED}.</text><x y='{ESCAPED}'/>",
        f"<pin>17</pin><text>{ESCAPED}</text><password><![CDATA[{CANARY}]]></password>",
    ],
)
@pytest.mark.parametrize("place", ["header", "body"])
def test_no_secret_is_left_wherever_it_stands(hostile: str, place: str) -> None:
    message = ENVELOPE.format(*((hostile, "") if place == "header" else ("", hostile)))
    sides = (
        answered(message, hidden()),
        request_side(Sent("POST", "http://here/", (), message.encode(), len(message)), (), hidden()),
    )
    for side in sides:
        assert side.message is not None
        assert CANARY not in side.message
        assert ESCAPED not in side.message
        assert "kept &amp; seen" in side.message


@pytest.mark.parametrize(
    ("headers", "secrets", "values", "body"),
    [
        ((("Authorization", f"Basic {CANARY}"),), (), None, None),
        ((("Cookie", f"a=1; sid={CANARY}; b=2"),), (), None, None),
        ((("X-Api-Key", CANARY),), (), None, None),
        ((), (CANARY,), None, None),
        ((), (), {"login": {"userPassword": [CANARY]}}, None),
        ((), (), None, ENVELOPE.format(SECURITY.format(WSSE, ESCAPED), "")),
        ((), (), None, ENVELOPE.format("", f"<x><iban>{ESCAPED}</iban></x>")),
    ],
)
def test_what_was_secret_on_the_way_there_is_so_on_the_way_back(
    headers: tuple[tuple[str, str], ...], secrets: tuple[str, ...], values: JsonValue, body: str | None
) -> None:
    hide = hidden(values)
    sent = request_side(Sent("POST", "http://here/", headers, (body or "").encode(), 1), secrets, hide)
    side = answered(ENVELOPE.format("", f"<text>no such thing: {ESCAPED}!</text>"), hide, {"server": f"x {CANARY}"})
    assert CANARY not in repr((sent, side))
    assert ESCAPED not in repr((sent, side))
    assert "no such thing: ***!" in (side.message or "")


def test_a_short_secret_is_hidden_where_it_stands_alone() -> None:
    hide = hidden({"pin": "17"})
    assert "pin 17 of 1798" not in (answered(ENVELOPE.format("", "<t>the code 17 of 1798</t>"), hide).message or "17")
    assert "the code *** of 1798" in (answered(ENVELOPE.format("", "<t>the code 17 of 1798</t>"), hide).message or "")


@pytest.mark.parametrize(
    "body",
    [
        f"<html><br>password: {CANARY}",
        f"password={CANARY}&user=ada",
        f'<!DOCTYPE a [<!ENTITY x "{CANARY}">]><a>&x;</a>',
        f"<a><password>{CANARY}",
        base64.b64encode(CANARY.encode()).decode(),
        "<a>" + "x" * WIRE_BYTES_MAX + "</a>",
    ],
)
def test_what_cannot_be_masked_for_sure_is_not_kept(body: str) -> None:
    side = answered(body, hidden())
    assert (side.message, side.bytes) == (None, len(body.encode()))


def test_an_address_keeps_neither_user_nor_values() -> None:
    secret = quote(CANARY, safe="")
    sent = Sent("GET", f"https://u:{secret}@here:81/a/{secret}?code={secret}&x=1&{secret}#{secret}", (), None, 0)
    assert request_side(sent, (), hidden({"pin": CANARY})).line == "GET https://here:81/a/***?code=***&x=***&***"


def test_what_is_no_secret_stays_as_it_was() -> None:
    body = ENVELOPE.format("<t:Tenant xmlns:t='urn:t'>7</t:Tenant>", "<note>äöü: 3 &lt; 4</note>").replace("'", '"')
    side = answered(body, hidden(), {"content-type": "text/xml; charset=utf-8", "set-cookie": "a=b"})
    assert side.message == body
    assert side.headers == (("content-type", "text/xml; charset=utf-8"), ("set-cookie", "***"))
