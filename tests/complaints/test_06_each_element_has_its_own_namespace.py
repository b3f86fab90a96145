"""Complaint 6: with several schemas, or imports, every element gets the one namespace of the WSDL.

ardatan/graphql-mesh#9464, wso2/product-apim#4580 (the operation's element is not of the WSDL's namespace), #7145 (an
unqualified element inherits a default namespace), vpulim/node-soap#672.
"""

from __future__ import annotations

from lxml import etree

from tests.complaints.legacy import Bridges, Op, element, schema, wsdl, xml

TYPES = schema(
    '<xs:element name="Note" type="xs:string"/>'
    '<xs:complexType name="Address"><xs:sequence><xs:element name="Street" type="xs:string"/>'
    '<xs:element name="Zip" type="xs:string" form="unqualified"/></xs:sequence>'
    '<xs:attribute name="kind" type="xs:string" form="qualified"/></xs:complexType>',
    "urn:other",
)
WSDL = wsdl(
    TYPES
    + schema(
        '<xs:import namespace="urn:other"/>'
        + element(
            "Save",
            '<xs:element name="Home" type="o:Address"/><xs:element ref="o:Note"/>'
            '<xs:element name="Tag" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>',
        )
        + element("SaveResponse", '<xs:element name="Home" type="o:Address"/>')
    )
    + schema(
        element("listAllUsers", '<xs:element name="filter" type="xs:string"/>')
        + element("listAllUsersResponse", '<xs:element name="user" type="xs:string" maxOccurs="unbounded"/>'),
        "urn:plain",
        qualified=False,
    ),
    Op("Save"),
    Op("ListAllUsers", "p:listAllUsers", "p:listAllUsersResponse"),
    space="urn:the-wsdl-itself",
).replace("<w:definitions ", '<w:definitions xmlns:p="urn:plain" ', 1)


async def test_each_part_is_in_the_namespace_of_its_schema_graphql_mesh_9464(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(
            '<t:SaveResponse xmlns:o="urn:other"><t:Home o:kind="k"><o:Street>S</o:Street><Zip>1</Zip></t:Home>'
            "</t:SaveResponse>"
        )
        told = await old.post(
            "save", {"tag": ["a", "b"], "note": "n", "home": {"street": "S", "zip": "1", "kind": "k"}}
        )
        assert told.json == {"kind": "k", "street": "S", "zip": "1"}
        assert old.sent == xml(
            '<t:Save><t:Home o:kind="k"><o:Street>S</o:Street><Zip>1</Zip></t:Home><o:Note>n</o:Note>'
            "<t:Tag>a</t:Tag><t:Tag>b</t:Tag></t:Save>"
        )


async def test_the_operations_element_is_in_the_schemas_namespace_product_apim_4580(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers('<p:listAllUsersResponse xmlns:p="urn:plain"><user>x</user></p:listAllUsersResponse>')
        assert (await old.post("list-all-users", {"filter": "*"})).json == ["x"]
        assert old.sent == xml('<p:listAllUsers xmlns:p="urn:plain"><filter>*</filter></p:listAllUsers>')
        assert b"urn:the-wsdl-itself" not in old.asked[-1]


async def test_an_unqualified_element_inherits_no_default_namespace_product_apim_7145(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers('<p:listAllUsersResponse xmlns:p="urn:plain"><user>x</user></p:listAllUsersResponse>')
        await old.post("list-all-users", {"filter": "*"})
        names = {str(one.tag) for one in etree.fromstring(old.asked[-1]).iter()}
        assert {"filter", "{urn:plain}listAllUsers"} <= names


async def test_prefixes_of_the_answer_do_not_matter_node_soap_672(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answer = (
            '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><SaveResponse xmlns="urn:old">'
            '<Home xmlns:t="urn:other" t:kind="k"><t:Street>S</t:Street><Zip xmlns="">1</Zip></Home></SaveResponse>'
            "</Body></Envelope>"
        )
        told = await old.post("save", {"note": "n", "home": {"street": "S", "zip": "1"}})
        assert told.json == {"kind": "k", "street": "S", "zip": "1"}
