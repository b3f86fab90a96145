"""Complaint 8: `xsi:nil`, an empty element and no element are mixed up, in answers and in requests.

mvantellingen/python-zeep PR #753 (a nil record is an empty object), #1091, vpulim/node-soap#1412, #213, #707 (an empty
element), #623 (nil is undefined).
"""

from __future__ import annotations

import pytest

from tests.complaints.legacy import Bridges, Op, element, schema, wsdl, xml

FIELDS = (
    '<xs:element name="Text" type="xs:string" nillable="true" minOccurs="0"/>'
    '<xs:element name="Count" type="xs:int" nillable="true" minOccurs="0"/>'
    '<xs:element name="Home" type="t:Home" nillable="true" minOccurs="0"/>'
    '<xs:element name="Words" type="t:ArrayOfWord" nillable="true" minOccurs="0"/>'
    '<xs:element name="Item" type="xs:string" nillable="true" minOccurs="0" maxOccurs="unbounded"/>'
)
WSDL = wsdl(
    schema(
        element("Put", FIELDS)
        + element("PutResponse", FIELDS)
        + '<xs:complexType name="Home"><xs:sequence><xs:element name="Street" type="xs:string" minOccurs="0"/>'
        '<xs:element name="Zip" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType>'
        '<xs:complexType name="ArrayOfWord"><xs:sequence><xs:element name="Word" type="xs:string" minOccurs="0" '
        'maxOccurs="unbounded"/></xs:sequence></xs:complexType>'
    ),
    Op("Put"),
)
NIL = 'xsi:nil="true"'
# XML without the wrapper, JSON without the items that are always there.
THREE = [
    ("", {}),
    (f"<t:Text {NIL}/>", {"text": None}),
    ("<t:Text></t:Text>", {"text": ""}),
    ("<t:Text> </t:Text>", {"text": " "}),
    (f"<t:Count {NIL}/>", {"count": None}),
    (f"<t:Home {NIL}/>", {"home": None}),
    ("<t:Home/>", {"home": {}}),
    ("<t:Home><t:Street/></t:Home>", {"home": {"street": ""}}),
    (f"<t:Words {NIL}/>", {"words": None}),
    ("<t:Words/>", {"words": []}),
    ("<t:Words><t:Word/></t:Words>", {"words": [""]}),
    (f"<t:Item>a</t:Item><t:Item/><t:Item {NIL}/>", {"item": ["a", "", None]}),
]


@pytest.mark.parametrize(("inside", "value"), THREE)
async def test_answers_node_soap_623_zeep_753(bridges: Bridges, inside: str, value: dict[str, object]) -> None:
    async with bridges(WSDL) as old:
        old.answers(f"<t:PutResponse>{inside}</t:PutResponse>")
        assert (await old.post("put")).json == {"item": [], **value}


@pytest.mark.parametrize(("inside", "value"), THREE)
async def test_requests_node_soap_1412(bridges: Bridges, inside: str, value: dict[str, object]) -> None:
    async with bridges(WSDL) as old:
        old.answers("<t:PutResponse/>")
        assert (await old.post("put", value)).status == 200
        assert old.sent == xml(f"<t:Put>{inside}</t:Put>")


@pytest.mark.parametrize(
    ("spelling", "text"), [("1", None), (" true ", None), ("false", "x"), ("0", "x")], ids=["1", "blanks", "false", "0"]
)
async def test_every_spelling_of_nil_node_soap_707(bridges: Bridges, spelling: str, text: str | None) -> None:
    async with bridges(WSDL) as old:
        old.answers(f'<t:PutResponse><t:Text xsi:nil="{spelling}">{text or ""}</t:Text></t:PutResponse>')
        assert (await old.post("put")).json["text"] == text


async def test_an_empty_number_is_not_invented_zeep_1091(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers("<t:PutResponse><t:Count/></t:PutResponse>")
        assert (await old.post("put")).json == {"item": []}
        assert 'kind="empty-value"' in (await old.ask("GET", "/metrics")).text


async def test_null_where_the_schema_has_none_is_told_and_not_sent_node_soap_213(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        told = await old.post("put", {"home": {"street": None}, "words": [None]})
        assert told.status == 422
        assert {one["pointer"] for one in told.json["errors"]} == {"/home/street", "/words/0"}
        assert old.asked == []


async def test_the_openapi_document_says_what_may_be_null(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        body = (await old.operation("put"))["requestBody"]["content"]["application/json"]["schema"]
        text, street = body["properties"]["text"], str(body["properties"]["home"])
        assert "null" in text["type"]
        assert "'street': {'type': 'string'" in street
