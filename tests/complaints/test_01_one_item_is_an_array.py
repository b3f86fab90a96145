"""Complaint 1: one occurrence of a repeated element comes back as an object and two as an array, so that a client has
to look before it reads; everything is text; and the OpenAPI document says neither.

wso2/product-apim#7602, TykTechnologies/tyk#2626, loopbackio/strong-soap#268 and its PR #269, wso2/soap-to-rest#35.
"""

from __future__ import annotations

import pytest

from tests.complaints.legacy import Bridges, Op, element, schema, wsdl

WSDL = wsdl(
    schema(
        element("List", '<xs:element name="Max" type="xs:int" minOccurs="0"/>')
        + element(
            "ListResponse",
            '<xs:element name="Hit" type="t:Hit" minOccurs="0" maxOccurs="unbounded" nillable="true"/>'
            '<xs:element name="Pages" type="t:ArrayOfPage" minOccurs="0"/>'
            '<xs:element name="Code" type="xs:int" minOccurs="0" maxOccurs="25"/>',
        )
        + '<xs:complexType name="Hit"><xs:sequence><xs:element name="Id" type="xs:int"/>'
        '<xs:element name="Open" type="xs:boolean"/><xs:element name="Price" type="xs:decimal"/>'
        '<xs:element name="Tag" type="xs:string" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>'
        '<xs:complexType name="ArrayOfPage"><xs:sequence>'
        '<xs:element name="Page" type="xs:string" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>'
    ),
    Op("List"),
)
HIT = "<t:Hit><t:Id>7</t:Id><t:Open>true</t:Open><t:Price>12.50</t:Price><t:Tag>a</t:Tag></t:Hit>"
JSON = '{"id":7,"open":true,"price":12.50,"tag":["a"]}'


@pytest.mark.parametrize("times", [0, 1, 2, 30])
async def test_any_number_of_occurrences_is_an_array_product_apim_7602(bridges: Bridges, times: int) -> None:
    async with bridges(WSDL) as old:
        old.answers(f"<t:ListResponse>{HIT * times}</t:ListResponse>")
        told = await old.post("list")
        assert (told.status, told.text) == (200, '{"hit":[' + ",".join([JSON] * times) + '],"code":[]}')


async def test_a_bounded_repetition_is_an_array_too_strong_soap_268(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers("<t:ListResponse><t:Code>5</t:Code></t:ListResponse>")
        assert (await old.post("list")).json == {"hit": [], "code": [5]}


async def test_a_nil_item_keeps_its_place(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(f'<t:ListResponse>{HIT}<t:Hit xsi:nil="true"/>{HIT}</t:ListResponse>')
        assert [one and one["id"] for one in (await old.post("list")).json["hit"]] == [7, None, 7]


@pytest.mark.parametrize(
    ("pages", "expected"),
    [("", []), ("<t:Page>x</t:Page>", ["x"]), ("<t:Page>x</t:Page><t:Page>y</t:Page>", ["x", "y"])],
)
async def test_a_wrapped_list_is_an_array_whatever_its_length(
    bridges: Bridges, pages: str, expected: list[str]
) -> None:
    async with bridges(WSDL) as old:
        old.answers(f"<t:ListResponse><t:Pages>{pages}</t:Pages></t:ListResponse>")
        assert (await old.post("list")).json["pages"] == expected


async def test_numbers_and_booleans_are_not_text_tyk_2626(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(f"<t:ListResponse>{HIT}</t:ListResponse>")
        [hit] = (await old.post("list")).json["hit"]
        assert {key: type(one).__name__ for key, one in hit.items()} == {
            "id": "int",
            "open": "bool",
            "price": "float",
            "tag": "list",
        }


async def test_the_openapi_document_says_array_and_which_types_soap_to_rest_35(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        answer = (await old.operation("list"))["responses"]["200"]["content"]["application/json"]["schema"]
        properties = answer["properties"]
        assert [properties[name]["type"] for name in ("hit", "pages", "code")] == ["array"] * 3
        assert properties["code"]["maxItems"] == 25
        assert properties["code"]["items"]["type"] == "integer"
        assert {"id", "open", "price", "tag"} <= {
            name for one in properties["hit"]["items"]["anyOf"] for name in one.get("properties", ())
        }
