"""T7 where messages are addressed and clients may send headers: no answer says where anything goes, or is taken for the
answer to another message, and no client speaks for the bridge."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from lxml import etree

from tests.complaints.legacy import Bridges, Old, Told, fault
from tests.hostile.case import GOOD, GOOD_JSON
from tests.hostile.watch import SECRET, Canary, watched
from tests.hostile.world import WSDL

NEW, BEFORE = "http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity"
WSSE, WSU = f"{_OASIS}-secext-1.0.xsd", f"{_OASIS}-utility-1.0.xsd"
SOAP_SPACES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")


async def told_of(old: Old, canary: Canary, body: object) -> Told:
    """One call of which nothing reaches the outside."""
    canary.touched()
    with watched(*old.ports) as seen:
        data = io.BytesIO(json.dumps(body).encode())
        told = await old.ask("POST", "/v1/old/get", data=data, headers={"Content-Type": "application/json"})
    assert seen.events == []
    assert canary.touched() == []
    assert SECRET not in told.text
    return told


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────

HEADERS = {
    f"{name}-{space[-15:-11]}-{form}": f'<w:{name} xmlns:w="{space}">{content}</w:{name}>'
    for space in (NEW, BEFORE)
    for name in ("To", "ReplyTo", "FaultTo", "From", "ProblemHeader", "Action")
    for form, content in (("endpoint", "<w:Address>@HTTP@/stolen</w:Address>"), ("text", "@HTTP@/stolen"))
}
RELATIONS = {
    "other": f'<w:RelatesTo xmlns:w="{NEW}">urn:uuid:other</w:RelatesTo>',
    "empty": f'<w:RelatesTo xmlns:w="{NEW}"/>',
    "nested": f'<w:RelatesTo xmlns:w="{NEW}"><w:MessageID>x</w:MessageID></w:RelatesTo>',
    "address": f'<w:RelatesTo xmlns:w="{NEW}">@HTTP@/x</w:RelatesTo>',
    "of-the-version-before": f'<w:RelatesTo xmlns:w="{BEFORE}">urn:uuid:other</w:RelatesTo>',
    "with-a-reply-type": f'<w:RelatesTo xmlns:w="{NEW}" RelationshipType="{NEW}/reply">x</w:RelatesTo>',
    "with-a-qualified-type": f'<w:RelatesTo xmlns:w="{BEFORE}" RelationshipType="w:Reply">x</w:RelatesTo>',
    "of-1-MB": f'<w:RelatesTo xmlns:w="{NEW}">{"x" * 1_000_000}</w:RelatesTo>',
    "unspecified": f'<w:RelatesTo xmlns:w="{NEW}">{NEW}/unspecified</w:RelatesTo>',
}


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("good", [True, False])
async def test_no_answer_says_where_anything_goes(bridges: Bridges, canary: Canary, name: str, *, good: bool) -> None:
    header = HEADERS[name].replace("@HTTP@", canary.http)
    async with bridges(WSDL, addressing=True) as old:
        for _ in range(2):
            old.answers(GOOD if good else fault("e:Client", "no"), header, status=200 if good else 500)
            told = await told_of(old, canary, {})
            assert (told.status, told.text if good else "") == ((200, GOOD_JSON) if good else (422, ""))
            assert canary.http not in old.asked[-1].decode()
            assert addresses(old) == {"To": f"http://127.0.0.1:{old.upstream_port}/", "ReplyTo": f"{NEW}/anonymous"}


def addresses(old: Old) -> dict[str, str]:
    header = etree.fromstring(old.asked[-1])[0]
    found = {etree.QName(one).localname: "".join(str(text) for text in one.itertext()) for one in header}
    return {name: text for name, text in found.items() if name not in {"Action", "MessageID"}}


@pytest.mark.parametrize("name", RELATIONS)
async def test_an_answer_to_another_message_is_none(bridges: Bridges, canary: Canary, name: str) -> None:
    async with bridges(WSDL, addressing=True) as old:
        old.answers(GOOD, RELATIONS[name].replace("@HTTP@", canary.http))
        told = await told_of(old, canary, {})
        assert (told.status, told.json["code"]) == (502, "upstream_invalid")
        old.answers(GOOD)
        assert (await told_of(old, canary, {})).text == GOOD_JSON, "and the next one is served"


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────

BLOCKS: dict[str, Any] = {
    **{f"addressing-{name}": {"@name": f"{{{NEW}}}{name}", "@content": ["@HTTP@/x"]}
       for name in ("To", "ReplyTo", "FaultTo", "From", "Action", "MessageID", "RelatesTo")},
    **{f"before-{name}": {"@name": f"{{{BEFORE}}}{name}", "@content": ["@HTTP@/x"]} for name in ("To", "ReplyTo")},
    "security": {"@name": f"{{{WSSE}}}Security"},
    "timestamp": {"@name": f"{{{WSU}}}Timestamp"},
    "security-inside": {"@name": "{urn:x}a", "@content": [{"@name": f"{{{WSSE}}}UsernameToken"}]},
    "identity": {"@name": "{urn:x}a", "@attributes": {f"{{{WSU}}}Id": "Body"}},
    "identity-of-xml": {"@name": "{urn:x}a", "@attributes": {"{http://www.w3.org/XML/1998/namespace}id": "Body"}},
    "signature": {"@name": "{http://www.w3.org/2000/09/xmldsig#}Signature"},
    "encrypted": {"@name": "{http://www.w3.org/2001/04/xmlenc#}EncryptedData"},
    "assertion": {"@name": "{urn:oasis:names:tc:SAML:2.0:assertion}Assertion"},
    "session": {"@name": "{urn:s}Session", "@content": ["stolen"]},
    "without-a-namespace": {"@name": "Tenant"},
    "no-name": {"@content": ["x"]},
    "markup-in-the-name": {"@name": "{urn:x}a/><evil"},
    "markup-in-the-namespace": {"@name": '{urn:x"><evil xmlns="}a'},
    "declaration": {"@name": "{urn:x}a", "@attributes": {"xmlns:soap": "urn:evil"}},
    "declaration-of-a-prefix": {"@name": "{http://www.w3.org/2000/xmlns/}soap"},
    "control": {"@name": "{urn:x}a", "@content": ["\x00"]},
    "deep": {"@name": "{urn:x}a", "@content": [{"@name": f"{{{SOAP_SPACES[0]}}}Body"}]},
    **{f"soap-{n}-{name}": {"@name": f"{{{space}}}{name}"}
       for n, space in enumerate(SOAP_SPACES) for name in ("Header", "Body", "Envelope", "Fault", "Upgrade")},
    **{f"soap-{n}-attribute": {"@name": "{urn:x}a", "@attributes": {f"{{{space}}}mustUnderstand": "1"}}
       for n, space in enumerate(SOAP_SPACES)},
}  # fmt: skip
SENT = "<s:Session xmlns:s='urn:s'>ours</s:Session>"


@pytest.mark.parametrize("name", BLOCKS)
async def test_no_client_speaks_for_the_bridge(bridges: Bridges, canary: Canary, name: str) -> None:
    block = json.loads(json.dumps(BLOCKS[name]).replace("@HTTP@", canary.http))
    async with bridges(WSDL, addressing=True, headers={"from_clients": True, "send": [SENT]}) as old:
        old.answers(GOOD)
        told = await told_of(old, canary, {"headers": {"@any": [block]}})
        assert (told.status, told.json["code"]) == (422, "does_not_fit"), told.text
        assert old.asked == []


@pytest.mark.parametrize(
    "headers", [[], "x", 7, True, None, {"@any": {}}, {"@any": "x"}, {"@any": [1]}, {"@any": [None]}, {"other": 1},
                {"@any": [{"@name": "{urn:x}a"}] * 51}]
)  # fmt: skip
async def test_what_is_no_header(bridges: Bridges, canary: Canary, headers: object) -> None:
    async with bridges(WSDL, headers={"from_clients": True}) as old:
        told = await told_of(old, canary, {"headers": headers})
        assert (told.status, old.asked) == (422, [])


async def test_a_block_is_the_element_that_was_given(bridges: Bridges, canary: Canary) -> None:
    async with bridges(WSDL, headers={"from_clients": True}) as old:
        old.answers(GOOD)
        texts = ["</x1:a></soap:Header>", "<evil/>", "&x;", "]]>", "\r\n"]
        block = {"@name": "{urn:x}a", "@attributes": {"b": "\"'><evil/>"}, "@content": texts}
        assert (await told_of(old, canary, {"headers": {"@any": [block]}})).status == 200
        [sent] = etree.fromstring(old.asked[-1])[0]
        assert (sent.tag, sent.text, len(sent), dict(sent.attrib)) == (
            "{urn:x}a",
            "".join(texts),
            0,
            {"b": "\"'><evil/>"},
        )
