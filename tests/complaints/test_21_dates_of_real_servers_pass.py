"""Complaint 21: dates, times and decimals that XML Schema allows, or that real servers send, crash the parser or lose
digits.

mvantellingen/python-zeep#1401 (24:00:00), #741 (seven digits, the largest date of .NET), #522 (a blank for the T, the
zero date of MySQL), #601, ardatan/graphql-mesh#2237 (a date cannot be sent).
"""

from __future__ import annotations

import pytest

from tests.complaints.legacy import Bridges, Op, element, schema, wsdl, xml

FIELDS = "".join(
    f'<xs:element name="{name}" type="xs:{kind}" minOccurs="0" nillable="true"/>'
    for name, kind in (("At", "dateTime"), ("Day", "date"), ("Hour", "time"), ("Sum", "decimal"), ("For", "duration"))
)
DUE = (
    '<xs:element name="Due" minOccurs="0"><xs:simpleType><xs:restriction base="xs:dateTime"/></xs:simpleType>'
    "</xs:element>"
)
WSDL = wsdl(schema(element("Book", FIELDS + DUE) + element("BookResponse", FIELDS + DUE)), Op("Book"))
VALID = [
    ("hour", "24:00:00"),
    ("at", "2017-12-31T24:00:00"),
    ("at", "2018-04-17T09:30:00.1234567"),
    ("at", "2018-04-17T09:30:00.1234567+02:00"),
    ("at", "9999-12-31T23:59:59.9999999"),
    ("at", "0001-01-01T00:00:00"),
    ("at", "2021-10-10T10:02:02.123+05:30"),
    ("at", "12024-01-01T00:00:00Z"),
    ("day", "2024-02-29"),
    ("day", "2024-10-11+02:00"),
    ("day", "2024-10-11Z"),
    ("day", "0001-01-01"),
    ("hour", "09:00:00.0000001-14:00"),
    ("due", "2017-10-18T00:00:00"),
    ("for", "-P1Y2M3DT4H5M6.789S"),
]


@pytest.mark.parametrize(("key", "text"), VALID)
async def test_what_the_schema_allows_passes_unchanged_both_ways_zeep_1401_741_graphql_mesh_2237(
    bridges: Bridges, key: str, text: str
) -> None:
    name = key.capitalize()
    async with bridges(WSDL) as old:
        old.answers(f"<t:BookResponse><t:{name}>{text}</t:{name}></t:BookResponse>")
        told = await old.post("book", {key: text})
        assert (told.status, told.json) == (200, {key: text})
        assert old.sent == xml(f"<t:Book><t:{name}>{text}</t:{name}></t:Book>")


@pytest.mark.parametrize(
    ("text", "json"),
    [("1.10", "1.10"), ("+0010.50", "10.50"), (".5", "0.5"), ("1.", "1"), ("-0", "-0"), ("0" * 30 + "1", "1")],
)
async def test_decimals_keep_their_digits_zeep_601(bridges: Bridges, text: str, json: str) -> None:
    async with bridges(WSDL) as old:
        old.answers(f"<t:BookResponse><t:Sum> {text} </t:Sum></t:BookResponse>")
        told = await old.post("book")
        assert (told.status, told.text) == (200, f'{{"sum":{json}}}')


BAD = [
    ("at", "2017-08-01 12:12:12"),
    ("at", "0000-00-00 00:00:00"),
    ("at", "0000-00-00T00:00:00"),
    ("due", "2017-10-18"),
    ("day", "2018-02-30"),
    ("day", "10/18/2017"),
    ("hour", "25:00:00"),
]


@pytest.mark.parametrize(("key", "text"), BAD)
async def test_what_is_no_date_is_refused_or_where_it_is_said_so_passed_as_text_zeep_522(
    bridges: Bridges, key: str, text: str
) -> None:
    name = key.capitalize()
    body = f"<t:BookResponse><t:{name}>{text}</t:{name}></t:BookResponse>"
    async with bridges(WSDL) as old:
        old.answers(body)
        told = await old.post("book")
        assert (told.status, told.json["code"]) == (502, "upstream_invalid")
    async with bridges(WSDL, bad_dates="text") as old:
        old.answers(body)
        told = await old.post("book")
        assert (told.status, told.json) == (200, {key: text})


@pytest.mark.parametrize(("key", "text"), BAD)
async def test_we_never_send_one(bridges: Bridges, key: str, text: str) -> None:
    async with bridges(WSDL, bad_dates="text") as old:
        told = await old.post("book", {key: text})
        assert (told.status, told.json["errors"][0]["pointer"]) == (422, f"/{key}")
        assert old.asked == []
