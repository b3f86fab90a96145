"""Complaint 10: `xs:any`, `xs:anyType` and the DataSets of .NET arrive as XML elements that no JSON library takes, and
cannot be sent at all.

mvantellingen/python-zeep#686 (a DataSet), #730 and #809 (elements without a namespace in `xs:any`, to be sent back as
they came), #255, #1074.
"""

from __future__ import annotations

from typing import Any

from tests.complaints.legacy import Bridges, Op, element, schema, wsdl, xml

ANY = (
    '<xs:complexType name="Vendor"><xs:sequence><xs:any maxOccurs="unbounded" minOccurs="0" {}/></xs:sequence>'
    "</xs:complexType>"
)
PHONE = '<xs:element name="Name" type="xs:string"/><xs:element name="Vendor" type="t:Vendor" minOccurs="0"/>'
VALUE = '<xs:element name="Value" type="xs:anyType" minOccurs="0" maxOccurs="unbounded"/>'
DATASET = (
    '<xs:element name="RatesResult" minOccurs="0"><xs:complexType><xs:sequence>'
    '<xs:element ref="xs:schema"/><xs:any/></xs:sequence></xs:complexType></xs:element>'
)
WSDL = wsdl(
    schema(
        ANY.format('namespace="##local" processContents="skip"')
        + element("UpdatePhone", PHONE)
        + element("UpdatePhoneResponse", PHONE)
        + element("SetProperty", VALUE)
        + element("SetPropertyResponse", VALUE)
        + element("Rates", "")
        + element("RatesResponse", DATASET)
    ),
    Op("UpdatePhone"),
    Op("SetProperty"),
    Op("Rates"),
)
VENDOR = "<t:Name>SEP1</t:Name><t:Vendor><level>1</level><useSsl a='b'>true</useSsl><deep><x/></deep></t:Vendor>"


async def test_what_any_brings_is_json_and_can_be_sent_back_as_it_came_zeep_730_809(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(f"<t:UpdatePhoneResponse>{VENDOR}</t:UpdatePhoneResponse>")
        first = await old.post("update-phone", {"name": "x"})
        assert first.status == 200
        names = [one["@name"] for one in _free(first.json["vendor"])]
        assert names == ["level", "useSsl", "deep"]
        again = await old.post("update-phone", first.text)
        assert again.json == first.json
        assert old.sent == xml(f"<t:UpdatePhone>{VENDOR}</t:UpdatePhone>")


def _free(vendor: Any) -> list[Any]:
    return list(vendor["@any"]) if isinstance(vendor, dict) else list(vendor)


async def test_any_type_takes_text_and_typed_values_both_ways_zeep_255(bridges: Bridges) -> None:
    inside = '<t:Value>plain</t:Value><t:Value xsi:type="xs:int">5</t:Value><t:Value><in>x</in></t:Value>'
    async with bridges(WSDL) as old:
        old.answers(f"<t:SetPropertyResponse>{inside}</t:SetPropertyResponse>")
        first = await old.post("set-property", [])
        assert (first.status, first.json[0]) == (200, "plain")
        again = await old.post("set-property", first.text)
        assert again.status == 200
        assert old.sent == xml(f"<t:SetProperty>{inside}</t:SetProperty>")


ROWS = """<xs:schema id="Rates"><xs:element name="Rates"><xs:complexType><xs:choice minOccurs="0" maxOccurs="unbounded">
  <xs:element name="Row"><xs:complexType><xs:sequence><xs:element name="Day" type="xs:date"/>
  <xs:element name="Rate" type="xs:decimal"/></xs:sequence></xs:complexType></xs:element></xs:choice></xs:complexType>
  </xs:element></xs:schema>
  <d:diffgram xmlns:d="urn:schemas-microsoft-com:xml-diffgram-v1" xmlns:m="urn:schemas-microsoft-com:xml-msdata">
  <Rates><Row d:id="Row1" m:rowOrder="0"><Day>2018-02-08</Day><Rate>7.50</Rate></Row>
  <Row d:id="Row2" m:rowOrder="1"><Day>2018-02-09</Day><Rate>7.25</Rate></Row></Rates></d:diffgram>"""


async def test_the_rows_of_a_dataset_are_json_zeep_686_1074(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(f"<t:RatesResponse><t:RatesResult>{ROWS}</t:RatesResult></t:RatesResponse>")
        told = await old.post("rates")
        assert told.status == 200
        assert "<" not in told.text
        assert all(one in told.text for one in ("2018-02-08", "7.50", "2018-02-09", "7.25"))
