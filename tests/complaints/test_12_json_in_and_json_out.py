"""Complaint 12: users want plain dictionaries, or JSON, in and out of the SOAP client, as deep as the message is,
without factories, and without converting what came back.

mvantellingen/python-zeep#78, #258, #453, #524.
"""

from __future__ import annotations

from tests.complaints.legacy import Bridges, Op, element, schema, wsdl, xml

ITEM = (
    '<xs:complexType name="Item"><xs:sequence><xs:element name="Sku" type="xs:string"/>'
    '<xs:element name="Price" type="xs:decimal"/><xs:element name="Due" type="xs:date" minOccurs="0"/>'
    '<xs:element name="Raw" type="xs:base64Binary" minOccurs="0"/>'
    '<xs:element name="Part" type="t:Item" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>'
    '<xs:attribute name="unit" type="xs:string"/></xs:complexType>'
)
ORDER = '<xs:element name="No" type="xs:long"/><xs:element name="Top" type="t:Item"/>'
WSDL = wsdl(schema(ITEM + element("Save", ORDER) + element("SaveResponse", ORDER)), Op("Save"))
JSON = (
    '{"no":9007199254740993,"top":{"unit":"kg","sku":"a","price":0.10,"due":"2024-02-29","raw":"AAEC","part":['
    '{"sku":"b","price":1234567890123456789.123456789,"part":[{"sku":"c","price":1.0,"part":[]}]},'
    '{"sku":"ä€𝄞","price":-0.5,"part":[]}]}}'
)
XML = (
    '<t:No>9007199254740993</t:No><t:Top unit="kg"><t:Sku>a</t:Sku><t:Price>0.10</t:Price><t:Due>2024-02-29</t:Due>'
    "<t:Raw>AAEC</t:Raw><t:Part><t:Sku>b</t:Sku><t:Price>1234567890123456789.123456789</t:Price>"
    "<t:Part><t:Sku>c</t:Sku><t:Price>1.0</t:Price></t:Part></t:Part>"
    "<t:Part><t:Sku>ä€𝄞</t:Sku><t:Price>-0.5</t:Price></t:Part></t:Top>"
)


async def test_a_nested_document_is_the_message_and_comes_back_byte_for_byte_zeep_524_78(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(f"<t:SaveResponse>{XML}</t:SaveResponse>")
        told = await old.post("save", JSON)
        assert old.sent == xml(f"<t:Save>{XML}</t:Save>")
        assert (told.status, told.text) == (200, JSON), "every digit and every level, no objects left to convert"


async def test_an_answer_can_be_sent_as_the_next_request_zeep_453_258(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(f"<t:SaveResponse>{XML}</t:SaveResponse>")
        first = await old.post("save", JSON)
        await old.post("save", first.text)
        assert old.asked[0] == old.asked[1]


async def test_large_numbers_as_strings_for_clients_that_would_round_them(bridges: Bridges) -> None:
    async with bridges(WSDL, numbers="string") as old:
        old.answers(f"<t:SaveResponse>{XML}</t:SaveResponse>")
        told = await old.post(
            "save",
            JSON.replace("9007199254740993", '"9007199254740993"')
            .replace("0.10", '"0.10"')
            .replace("1234567890123456789.123456789", '"1234567890123456789.123456789"')
            .replace(":1.0", ':"1.0"')
            .replace("-0.5", '"-0.5"'),
        )
        assert told.status == 200
        assert (told.json["no"], told.json["top"]["price"]) == ("9007199254740993", "0.10")
        assert old.sent == xml(f"<t:Save>{XML}</t:Save>")
