"""Headers of one message, declared and not, both ways; and the faults that come in a Header."""

from __future__ import annotations

import json

import pytest

from adapters.soap.codec import OperationCodec, Projection
from adapters.soap.contract import Version
from adapters.soap.envelope import NAMESPACES
from adapters.soap.header_blocks import HeaderForm
from bridge.errors import DoesNotFit
from bridge.formats.xml import safe
from bridge.formats.xml.decode import Unreadable
from bridge.shapes.json import loads
from bridge.shapes.model import Field, ListOf, Record, Ref, Shape, XmlNode
from tests.adapters.soap.wsdls import BODY, MESSAGES, SCHEMA, binding, read, wsdl

OPEN = HeaderForm(from_clients=True, keep=True)
TENANT = {"@name": "{urn:t}Tenant", "@content": ["7"]}
STATIC = "<s:Session xmlns:s='urn:s'>1</s:Session>"


def codec(form: HeaderForm | None = None, *, declared: bool = True, version: Version = "1.1") -> OperationCodec:
    fault = "<s:headerfault message='t:RefusedFault' part='fault' use='literal'/>"
    header = f"<s:header message='t:Auth' part='token' use='literal'>{fault}</s:header>" if declared else ""
    body = BODY.replace("<w:input>", f"<w:input>{header}").replace("<w:output>", f"<w:output>{header}")
    schema = SCHEMA.replace("</xs:schema>", '<xs:element name="Refused" type="xs:int"/></xs:schema>')
    more = '<w:message name="RefusedFault"><w:part name="fault" element="t:Refused"/></w:message>'
    bound = binding(f"<w:operation name='Get'>{body}</w:operation>", version=version)
    text = wsdl(schema=schema, messages=MESSAGES + more, bindings=bound)
    return Projection(read(text), headers=form).operation("Get")


def sent(made: OperationCodec, headers: object, beside: str = "") -> list[tuple[str, str]]:
    value = loads(json.dumps({"id": 1, "headers": headers}).encode())
    root = safe.parse(made.encode_request(value, headers=beside))
    return [(str(one.tag), "".join(str(text) for text in one.itertext())) for one in root[0]]


def refused(made: OperationCodec, headers: object, beside: str = "") -> list[str]:
    with pytest.raises(DoesNotFit) as caught:
        sent(made, headers, beside)
    return [error.pointer for error in caught.value.errors]


def answer(
    made: OperationCodec, header: str, body: str = "<t:GetResponse><t:name>n</t:name></t:GetResponse>"
) -> object:
    decoded = made.decode_answer(safe.parse(envelope(made, header, body)))
    return json.loads(decoded.json or "null")


def envelope(made: OperationCodec, header: str, body: str) -> bytes:
    space = NAMESPACES[made.version]
    return (
        f'<e:Envelope xmlns:e="{space}" xmlns:t="urn:shop" xmlns:o="urn:t"><e:Header>{header}</e:Header>'
        f"<e:Body>{body}</e:Body></e:Envelope>"
    ).encode()


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_declared_and_other_blocks_stand_together() -> None:
    assert sent(codec(OPEN), {"token": "abc", "@any": [TENANT]}, STATIC) == [
        ("{urn:shop}Token", "abc"),
        ("{urn:t}Tenant", "7"),
        ("{urn:s}Session", "1"),
    ]


def test_where_none_is_declared_there_may_be_others() -> None:
    assert sent(codec(OPEN, declared=False), {"@any": [TENANT]}) == [("{urn:t}Tenant", "7")]
    assert refused(codec(OPEN, declared=False), {"tenant": 7}) == ["/headers/tenant"]
    assert refused(codec(OPEN, declared=False), "x") == ["/headers"]


def test_nobody_sends_any_unless_the_configuration_lets_them() -> None:
    assert refused(codec(), {"@any": [TENANT]}) == ["/headers/@any"]
    assert refused(codec(declared=False), {"@any": [TENANT]}) == ["/headers"]
    assert refused(codec(HeaderForm(keep=True)), {"@any": [TENANT]}) == ["/headers/@any"]


def test_a_block_that_is_there_already_is_not_sent_twice() -> None:
    made = codec(OPEN)
    assert refused(made, {"@any": [{"@name": "{urn:s}Session"}]}, STATIC) == ["/headers/@any/0/@name"]
    assert refused(made, {"@any": [{"@name": "{urn:shop}Token"}]}) == ["/headers/@any/0/@name"]
    assert refused(made, {"token": 1, "@any": [{"@name": "{urn:s}Session"}]}, STATIC) == [
        "/headers/@any/0/@name",
        "/headers/token",
    ]


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_undeclared_is_kept_where_the_configuration_says_so() -> None:
    header = '<t:Token>abc</t:Token><o:Tenant a="b">7</o:Tenant>'
    assert answer(codec(), header) == {"name": "n", "headers": {"token": "abc"}}
    kept = {"@name": "{urn:t}Tenant", "@attributes": {"a": "b"}, "@content": ["7"]}
    assert answer(codec(OPEN), header) == {"name": "n", "headers": {"token": "abc", "@any": [kept]}}
    assert answer(codec(OPEN, declared=False), header) == {
        "name": "n",
        "headers": {"@any": [{"@name": "{urn:shop}Token", "@content": ["abc"]}, kept]},
    }
    assert answer(codec(OPEN), "") == {"name": "n"}


def test_what_must_be_understood_is_refused_before_it_is_kept() -> None:
    with pytest.raises(Unreadable):
        answer(codec(OPEN), '<o:Tenant e:mustUnderstand="1">7</o:Tenant>')
    assert answer(codec(), '<t:Token e:mustUnderstand="1">abc</t:Token>') == {"name": "n", "headers": {"token": "abc"}}


@pytest.mark.parametrize("declared", [True, False])
def test_the_schema_says_so(*, declared: bool) -> None:
    def fields(form: HeaderForm | None, side: str) -> dict[str, Field]:
        described = getattr(codec(form, declared=declared).description, side)

        def members(shape: Shape) -> dict[str, Field]:
            found = described.table[shape.name] if isinstance(shape, Ref) else shape
            return {one.key: one for one in found.fields} if isinstance(found, Record) else {}

        whole = members(described.shape)
        return members(whole["headers"].shape) if "headers" in whole else {}

    own = {"token"} if declared else set()
    for side in ("input", "output"):
        assert set(fields(None, side)) == own
        assert set(fields(OPEN, side)) == {*own, "@any"}
        free = fields(OPEN, side)["@any"].shape
        assert isinstance(free, ListOf)
        assert isinstance(free.item, XmlNode)
