"""Complaint 22: the server does not follow its own WSDL, and there is no way but to patch one of the two: wanted are
leniency that can be named, and a way to mend the WSDL.

zatosource/zato#451 (mend a WSDL), mvantellingen/python-zeep#934 and #972 (an element nobody expected), #584 (documents
that are not where the WSDL says), wso2/soap-to-rest#28.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.events import AnswerTolerated
from tests.complaints.legacy import Bridges, Old, Op, element, schema, wsdl, xml

FIELDS = '<xs:element name="Id" type="xs:int"/><xs:element name="Name" type="xs:string" minOccurs="0"/>'
WSDL = wsdl(
    schema(
        element("Get", '<xs:element name="Id" type="xs:int" minOccurs="0"/>')
        + element("GetResponse", '<xs:element name="User" type="t:User"/>')
        + f'<xs:complexType name="User"><xs:sequence>{FIELDS}</xs:sequence></xs:complexType>'
    ),
    Op("Get"),
)
STRAYS = [
    ("unknown-element", "<t:Id>1</t:Id><t:created>2019</t:created>"),
    ("missing-required", "<t:Name>n</t:Name>"),
    ("order", "<t:Name>n</t:Name><t:Id>1</t:Id>"),
    ("wrong-namespace", "<Id>1</Id>"),
    ("too-many", "<t:Id>1</t:Id><t:Id>2</t:Id>"),
    ("unknown-text", "<t:Id>1</t:Id>stray"),
    ("nil", '<t:Id xsi:nil="true"/>'),
    ("empty-value", "<t:Id/>"),
]
JSON: dict[str, object] = {
    "unknown-element": {"id": 1, "@unknown": [{"@name": "{urn:old}created", "@content": ["2019"]}]},
    "missing-required": {"name": "n"},
    "order": {"id": 1, "name": "n"},
    "wrong-namespace": {"id": 1},
    "too-many": {"id": 1, "@unknown": [{"@name": "{urn:old}Id", "@content": ["2"]}]},
    "unknown-text": {"id": 1, "@unknown": [{"@content": ["stray"]}]},
    "nil": {"id": None},
    "empty-value": {},
}


def _user(inside: str) -> str:
    return f"<t:GetResponse><t:User>{inside}</t:User></t:GetResponse>"


@pytest.mark.parametrize(("kind", "inside"), STRAYS)
async def test_it_is_read_without_inventing_and_counted_zeep_934_972(bridges: Bridges, kind: str, inside: str) -> None:
    async with bridges(WSDL) as old:
        old.answers(_user(inside))
        told = await old.post("get")
        assert (told.status, told.json) == (200, JSON[kind])
        [event] = [one for one in old.events if isinstance(one, AnswerTolerated)]
        assert event.kinds[kind] == 1
        line = f'bridge_answers_tolerated_total{{kind="{kind}",operation="Get",upstream="old"}} 1.0'
        assert line in (await old.ask("GET", "/metrics")).text


@pytest.mark.parametrize(("kind", "inside"), STRAYS)
async def test_who_wants_none_of_it_says_so(bridges: Bridges, kind: str, inside: str) -> None:
    async with bridges(WSDL, strict_answers=True) as old:
        old.answers(_user(inside))
        told = await old.post("get")
        assert (told.status, told.json["code"]) == (502, "upstream_invalid")


async def test_what_would_have_to_be_invented_is_refused_either_way(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(_user("<t:Id>one</t:Id>"))
        assert (await old.post("get")).status == 502


async def test_a_wsdl_is_mended_by_a_local_copy_zato_451_zeep_584(bridges: Bridges, tmp_path: Path) -> None:
    there = "http://vendor.invalid/axis2/services/Types.xsd"
    importing = schema(f'<xs:import namespace="urn:old" schemaLocation="{there}"/>', "urn:empty")
    (tmp_path / "old.wsdl").write_text(wsdl(importing, Op("Get")), "utf-8")
    mended = schema(element("Get", FIELDS) + element("GetResponse", '<xs:element name="Fine" type="xs:boolean"/>'))
    (tmp_path / "mended.xsd").write_text(mended, "utf-8")
    soap = {
        "wsdl": str(tmp_path / "old.wsdl"),
        "endpoint": "http://127.0.0.1:9/",
        "resolve": {there: str(tmp_path / "mended.xsd")},
    }
    old = Old()
    async with bridges.opened(old, {"old": {"soap": soap}}, state=tmp_path / "state"):
        answer = (await old.operation("get"))["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer["type"] == "boolean"


@pytest.mark.parametrize(
    ("setting", "inside", "expected"),
    [
        ({"unknown_elements": "drop"}, "<t:Id>1</t:Id><t:created>2019</t:created>", {"id": 1}),
        ({"missing_required": "null"}, "<t:Name>n</t:Name>", {"id": None, "name": "n"}),
    ],
)
async def test_each_leniency_has_a_name_and_is_counted_zeep_934(
    bridges: Bridges, setting: dict[str, object], inside: str, expected: object
) -> None:
    async with bridges(WSDL, **setting) as old:
        old.answers(_user(inside))
        assert (await old.post("get")).json == expected
        assert "bridge_answers_tolerated_total{" in (await old.ask("GET", "/metrics")).text


async def test_a_request_may_do_what_the_wsdl_forbids_where_it_is_said_soap_to_rest_28(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        assert (await old.post("get", {"id": None})).status == 422
    async with bridges(WSDL, requests={"nulls": "omit"}) as old:
        old.answers(_user("<t:Id>1</t:Id>"))
        assert (await old.post("get", {"id": None})).status == 200
        assert old.sent == xml("<t:Get/>")
        assert "bridge_requests_tolerated_total{" in (await old.ask("GET", "/metrics")).text


EXACT = wsdl(
    schema(
        element("Get", '<xs:element name="Id" type="xs:int" minOccurs="0"/>')
        + element("GetResponse", '<xs:element name="User" type="t:User"/>')
        + '<xs:complexType name="User"><xs:sequence><xs:element name="Kind"><xs:simpleType>'
        '<xs:restriction base="xs:string">'
        '<xs:enumeration value="a"/><xs:enumeration value="b"/></xs:restriction></xs:simpleType></xs:element>'
        '<xs:element name="Tag" type="xs:string" minOccurs="0" maxOccurs="2"/><xs:choice minOccurs="0">'
        '<xs:element name="X" type="xs:int"/><xs:element name="Y" type="xs:int"/></xs:choice></xs:sequence>'
        '<xs:attribute name="v" type="xs:int" fixed="1"/></xs:complexType>'
    ),
    Op("Get"),
)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ('<t:User v="1"><t:Kind>a</t:Kind><t:Tag>1</t:Tag><t:Tag>2</t:Tag><t:X>1</t:X></t:User>', 200),
        ("<t:User><t:Kind>z</t:Kind></t:User>", 502),
        ("<t:User><t:Kind>a</t:Kind><t:Tag>1</t:Tag><t:Tag>2</t:Tag><t:Tag>3</t:Tag></t:User>", 502),
        ("<t:User><t:Kind>a</t:Kind><t:X>1</t:X><t:Y>1</t:Y></t:User>", 502),
        ('<t:User v="2"><t:Kind>a</t:Kind></t:User>', 502),
    ],
    ids=["as declared", "value", "count", "choice", "fixed"],
)
async def test_strict_answers_fit_in_every_respect(bridges: Bridges, said: str, status: int) -> None:
    async with bridges(EXACT, strict_answers=True) as old:
        old.answers(f"<t:GetResponse>{said}</t:GetResponse>")
        told = await old.post("get")
        assert told.status == status, told.text
    async with bridges(EXACT) as old:
        old.answers(f"<t:GetResponse>{said}</t:GetResponse>")
        assert (await old.post("get")).status == 200
