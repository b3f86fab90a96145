"""Complaint 5: elements are written in the order of the caller's keys, and the service refuses what is not in the
order of its `xs:sequence`.

vpulim/node-soap#1267, #746, #355, wso2/api-manager#2901, loopbackio/strong-soap#126.
"""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.complaints.legacy import Bridges, Op, element, schema, wsdl, xml

WSDL = wsdl(
    schema(
        element(
            "Fetch",
            '<xs:element name="Auth" type="t:Auth"/><xs:element name="Since" type="xs:dateTime"/>'
            '<xs:element name="Page" type="xs:int"/><xs:element name="PageSize" type="xs:int"/>'
            '<xs:element name="Until" type="xs:dateTime" minOccurs="0"/>',
        )
        + '<xs:complexType name="Auth"><xs:sequence><xs:element name="User" type="xs:string"/>'
        '<xs:element name="Pin" type="xs:string"/></xs:sequence></xs:complexType>'
        + element("FetchResponse", '<xs:element name="A" type="xs:int"/><xs:element name="B" type="xs:int"/>')
        + '<xs:group name="Names"><xs:sequence><xs:element name="First" type="xs:string"/>'
        '<xs:element name="Last" type="xs:string"/></xs:sequence></xs:group>'
        '<xs:complexType name="Party"><xs:sequence><xs:element name="ResellerId" type="xs:string"/></xs:sequence>'
        "</xs:complexType>"
        '<xs:complexType name="Client"><xs:complexContent><xs:extension base="t:Party"><xs:sequence>'
        '<xs:element name="CustomerId" type="xs:string"/><xs:group ref="t:Names"/></xs:sequence></xs:extension>'
        "</xs:complexContent></xs:complexType>"
        '<xs:element name="Order"><xs:complexType><xs:complexContent><xs:extension base="t:Client"><xs:sequence>'
        '<xs:element name="ProductId" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent>'
        "</xs:complexType></xs:element>" + element("OrderResponse", '<xs:element name="A" type="xs:int"/>')
    ),
    Op("Fetch"),
    Op("Order"),
)
FETCH = {
    "auth": {"pin": "1", "user": "u"},
    "since": "2014-04-06T08:15:03-07:00",
    "until": "2014-04-06T09:15:03-07:00",
    "page": 1,
    "pageSize": 10,
}
SENT = xml(
    "<t:Fetch><t:Auth><t:User>u</t:User><t:Pin>1</t:Pin></t:Auth><t:Since>2014-04-06T08:15:03-07:00</t:Since>"
    "<t:Page>1</t:Page><t:PageSize>10</t:PageSize><t:Until>2014-04-06T09:15:03-07:00</t:Until></t:Fetch>"
)


async def test_any_order_of_keys_is_the_schemas_order_on_the_wire_node_soap_355(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers("<t:FetchResponse><t:A>1</t:A><t:B>2</t:B></t:FetchResponse>")
        for keys in permutations(FETCH):
            assert (await old.post("fetch", {key: FETCH[key] for key in keys})).status == 200
            assert old.sent == SENT


async def test_what_is_left_out_leaves_no_hole_node_soap_1267(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers("<t:FetchResponse><t:A>1</t:A><t:B>2</t:B></t:FetchResponse>")
        await old.post("fetch", {key: one for key, one in reversed(FETCH.items()) if key != "until"})
        assert old.sent == SENT.replace(SENT[SENT.index("<n0:Until>") : SENT.index("</n0:Fetch>")], "")


async def test_inherited_elements_come_first_through_every_level_strong_soap_126(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers("<t:OrderResponse><t:A>1</t:A></t:OrderResponse>")
        given = {"productId": "4", "last": "L", "customerId": "3", "resellerId": "2", "first": "F"}
        assert (await old.post("order", given)).status == 200
        assert old.sent == xml(
            "<t:Order><t:ResellerId>2</t:ResellerId><t:CustomerId>3</t:CustomerId><t:First>F</t:First>"
            "<t:Last>L</t:Last><t:ProductId>4</t:ProductId></t:Order>"
        )


@pytest.mark.parametrize("strict", [False, True])
async def test_an_answer_in_another_order_is_read_and_counted_node_soap_746(bridges: Bridges, strict: bool) -> None:
    async with bridges(WSDL, strict_answers=strict) as old:
        old.answers("<t:FetchResponse><t:B>2</t:B><t:A>1</t:A></t:FetchResponse>")
        told = await old.post("fetch", FETCH)
        assert told.status == (502 if strict else 200)
        if not strict:
            assert told.text == '{"a":1,"b":2}'
            metrics = (await old.ask("GET", "/metrics")).text
            assert 'bridge_answers_tolerated_total{kind="order",operation="Fetch",upstream="old"} 1.0' in metrics
