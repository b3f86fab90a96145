"""Complaint 9: `xs:choice`, nested, repeated or inside a sequence, is parsed wrong, sent wrong, or documented as if all
of its branches were required.

mvantellingen/python-zeep#1345 (a sequence in a choice), #1255 (two repeated choices in one sequence), #760 (a choice
between elements of several namespaces), membrane/api-gateway#3161, TechSpokes/typescript-wsdl-client#147.
"""

from __future__ import annotations

import pytest

from tests.complaints.legacy import Bridges, Op, element, schema, wsdl, xml


def string(name: str, more: str = "") -> str:
    return f'<xs:element name="{name}" type="xs:string" {more}/>'


def both(name: str, content: str) -> str:
    return element(name, content) + element(f"{name}Response", content)


TWO = (
    f'<xs:choice maxOccurs="2">{string("A")}{string("B")}</xs:choice>'
    f'<xs:choice maxOccurs="2">{string("C")}{string("D")}</xs:choice>'
)
MAYBE = 'minOccurs="0"'
WITHIN = f"<xs:choice><xs:sequence>{string('One')}{string('Two', MAYBE)}</xs:sequence>{string('Other')}</xs:choice>"
NESTED = f"""{string("Name")}<xs:choice>
  <xs:sequence>{string("Street")}<xs:choice>{string("House")}{string("Plot")}</xs:choice></xs:sequence>
  {string("Box")}</xs:choice>{string("City", MAYBE)}"""
SPACES = '<xs:choice><xs:element ref="o:Signature"/><xs:element ref="t:Stamp"/>' + string("Pointer") + "</xs:choice>"
WSDL = wsdl(
    schema('<xs:element name="Signature" type="xs:base64Binary"/>', "urn:other")
    + schema(
        '<xs:import namespace="urn:other"/><xs:element name="Stamp" type="xs:int"/>'
        + both("Two", TWO)
        + both("Within", WITHIN)
        + both("Nested", NESTED)
        + both("Spaces", SPACES)
    ),
    *(Op(name) for name in ("Two", "Within", "Nested", "Spaces")),
)
CASES = [
    (
        "two",
        "<t:A>1</t:A><t:B>2</t:B><t:D>3</t:D><t:D>4</t:D>",
        {"items": [{"a": "1"}, {"b": "2"}], "items2": [{"d": "3"}, {"d": "4"}]},
    ),
    ("within", "<t:Other>x</t:Other>", {"other": "x"}),
    ("within", "<t:One>x</t:One>", {"one": "x"}),
    ("within", "<t:One>x</t:One><t:Two>y</t:Two>", {"one": "x", "two": "y"}),
    ("nested", "<t:Name>n</t:Name><t:Box>7</t:Box>", {"name": "n", "box": "7"}),
    (
        "nested",
        "<t:Name>n</t:Name><t:Street>s</t:Street><t:Plot>p</t:Plot><t:City>c</t:City>",
        {"name": "n", "street": "s", "plot": "p", "city": "c"},
    ),
    ("spaces", "<o:Signature>AAEC</o:Signature>", {"signature": "AAEC"}),
    ("spaces", "<t:Stamp>5</t:Stamp>", {"stamp": 5}),
    ("spaces", "<t:Pointer>p</t:Pointer>", {"pointer": "p"}),
]


@pytest.mark.parametrize(("operation", "inside", "value"), CASES)
async def test_each_branch_both_ways_zeep_1345_1255_760(
    bridges: Bridges, operation: str, inside: str, value: object
) -> None:
    name = operation.capitalize()
    async with bridges(WSDL) as old:
        old.answers(f'<t:{name}Response xmlns:o="urn:other">{inside}</t:{name}Response>')
        told = await old.post(operation, value)
        assert (told.status, told.json) == (200, value)
        assert old.sent == xml(f"<t:{name}>{inside}</t:{name}>")


@pytest.mark.parametrize(
    ("operation", "value"),
    [
        ("within", {}),
        ("within", {"two": "y"}),
        ("within", {"one": "x", "other": "y"}),
        ("nested", {"name": "n", "street": "s"}),
        ("nested", {"name": "n", "box": "7", "plot": "p"}),
        ("spaces", {"stamp": 5, "pointer": "p"}),
        ("two", {"items": [{"a": "1"}], "items2": []}),
        ("two", {"items": [{"a": "1"}] * 3, "items2": [{"c": "1"}]}),
    ],
)
async def test_what_is_no_branch_is_refused_before_it_is_sent(bridges: Bridges, operation: str, value: object) -> None:
    async with bridges(WSDL) as old:
        told = await old.post(operation, value)
        assert (told.status, told.json["code"]) == (422, "does_not_fit")
        assert old.asked == []


async def test_the_openapi_document_requires_no_branch_typescript_wsdl_client_147(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        schema_ = (await old.operation("nested"))["requestBody"]["content"]["application/json"]["schema"]
        assert {"name", "street", "house", "plot", "box", "city"} <= set(schema_["properties"])
        assert schema_["required"] == ["name"]
        assert "oneOf" in str(schema_), "the branches exclude each other"
