"""Complaint 3: the detail of a fault is raw XML or lost although the WSDL describes it, and the header that a session
needs is lost when the answer is a fault.

mvantellingen/python-zeep#392, #1314 (typed detail), #647 (headers of a fault), #1157 (a fault without the headers that
answers usually have is no longer recognized).
"""

from __future__ import annotations

import pytest

from tests.complaints.legacy import Bridges, Op, element, fault, schema, wsdl

WSDL = wsdl(
    schema(
        element("Move", '<xs:element name="Id" type="xs:int"/>')
        + element("MoveResponse", '<xs:element name="Ok" type="xs:boolean"/>')
        + element(
            "Refused",
            '<xs:element name="Code" type="xs:int"/><xs:element name="Reason" type="t:Reason"/>'
            '<xs:element name="Field" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>',
        )
        + '<xs:complexType name="Reason"><xs:sequence><xs:element name="Text" type="xs:string" nillable="true"/>'
        "</xs:sequence></xs:complexType>"
        '<xs:complexType name="LockReason"><xs:complexContent><xs:extension base="t:Reason"><xs:sequence>'
        '<xs:element name="LockedBy" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent>'
        "</xs:complexType>"
        + element("Session", '<xs:element name="Id" type="xs:string"/><xs:element name="Turn" type="xs:int"/>')
    ),
    Op("Move", faults=("t:Refused",), headers=("t:Session",), answer_headers=("t:Session",)),
)
ASK = {"id": 1, "headers": {"session": {"id": "s", "turn": 1}}}
SESSION = "<t:Session><t:Id>079C</t:Id><t:Turn>2</t:Turn></t:Session>"
DETAIL = (
    "<t:Refused><t:Code>42</t:Code><t:Reason{kind}><t:Text>held</t:Text>{more}</t:Reason>"
    "<t:Field>a</t:Field></t:Refused>"
)
PLAIN = DETAIL.format(kind="", more="")
LOCKED = DETAIL.format(kind=' xsi:type="t:LockReason"', more="<t:LockedBy>Ada</t:LockedBy>")


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        (PLAIN, {"@type": "reason", "text": "held"}),
        (LOCKED, {"@type": "lockReason", "text": "held", "lockedBy": "Ada"}),
    ],
    ids=["declared type", "derived type"],
)
async def test_the_detail_is_typed_json_zeep_392(bridges: Bridges, detail: str, reason: object) -> None:
    async with bridges(WSDL) as old:
        old.answers(fault("e:Server", "Order is locked", detail), SESSION, status=500)
        told = await old.post("move", ASK)
        assert told.headers["Content-Type"].startswith("application/problem+json")
        assert told.json["detail"] == "Order is locked"
        assert told.json["fault"] == {"code": 42, "reason": reason, "field": ["a"]}
        assert "<" not in told.text


async def test_the_headers_of_a_fault_are_there_zeep_647(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(fault("e:Server", "Order is locked", PLAIN), SESSION, status=500)
        told = await old.post("move", ASK)
        assert (told.status, told.json["headers"]) == (422, {"session": {"id": "079C", "turn": 2}})
        old.answers(fault("e:Client", "No", ""), "<t:Session><t:Turn>x</t:Turn></t:Session>", status=500)
        told = await old.post("move", ASK)
        assert (told.status, "headers" in told.json) == (422, False), "a header that cannot be read hides no fault"


async def test_the_openapi_document_describes_the_detail_zeep_392(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        problem = (await old.operation("move"))["responses"]["422"]["content"]["application/problem+json"]["schema"]
        assert all(name in str(problem) for name in ("lockedBy", "field", "reason"))


async def test_a_detail_that_nobody_declared_is_still_a_fault_with_its_text_zeep_1314(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        wcf = '<ExceptionDetail xmlns="urn:net"><StackTrace>at Repo.Delete() line 40</StackTrace></ExceptionDetail>'
        old.answers(fault("e:Server", "The job cannot be deleted", wcf), status=500)
        told = await old.post("move", ASK)
        assert (told.status, told.json["code"]) == (502, "upstream_fault")
        assert told.json["detail"] == "The job cannot be deleted"
        assert "Repo.Delete" not in told.text, "what nobody declared may be a stack trace"


async def test_a_fault_without_the_usual_headers_is_a_fault_zeep_1157(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(fault("e:Client", "no such order", PLAIN), status=500)
        told = await old.post("move", ASK)
        assert (told.status, told.json["fault"]["code"]) == (422, 42)


async def test_the_headers_of_a_good_answer_are_there(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers("<t:MoveResponse><t:Ok>true</t:Ok></t:MoveResponse>", SESSION)
        assert (await old.post("move", ASK)).json == {"headers": {"session": {"id": "079C", "turn": 2}}, "ok": True}
