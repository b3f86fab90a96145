"""Complaint 7: header parts that the WSDL declares are dropped, or land in the Body.

ardatan/graphql-mesh#9464 (in the Body), membrane/api-gateway#3163 (documented, and then discarded),
mvantellingen/python-zeep#188.
"""

from __future__ import annotations

from tests.complaints.legacy import Bridges, Op, element, schema, wsdl, xml

WSDL = wsdl(
    schema(
        '<xs:complexType name="Key"><xs:simpleContent><xs:extension base="xs:string"/></xs:simpleContent>'
        "</xs:complexType>",
        "urn:other",
    )
    + schema(
        element("Send", '<xs:element name="Text" type="xs:string"/>')
        + element("SendResponse", '<xs:element name="Id" type="xs:int"/>')
        + element("Auth", '<xs:element name="User" type="xs:string"/><xs:element name="Pin" type="xs:int"/>')
        + element("Trace", '<xs:element name="Hop" type="xs:string" maxOccurs="unbounded"/>')
    ),
    Op("Send", headers=("t:Auth", "t:Trace"), answer_headers=("t:Trace",)),
    Op("SendPlain", "t:Send", "t:SendResponse"),
)
ANSWER = "<t:SendResponse><t:Id>1</t:Id></t:SendResponse>"
AUTH = {"user": "u", "pin": 7}


async def test_a_header_part_goes_into_the_header_and_only_there_graphql_mesh_9464(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(ANSWER)
        told = await old.post("send", {"text": "x", "headers": {"trace": ["a", "b"], "auth": AUTH}})
        assert told.status == 200
        assert old.sent_header == xml("<t:Auth><t:User>u</t:User><t:Pin>7</t:Pin></t:Auth>") + xml(
            "<t:Trace><t:Hop>a</t:Hop><t:Hop>b</t:Hop></t:Trace>"
        )
        assert old.sent == xml("<t:Send><t:Text>x</t:Text></t:Send>")


async def test_what_the_document_promises_is_sent_membrane_3163(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(ANSWER)
        body = (await old.operation("send"))["requestBody"]["content"]["application/json"]["schema"]
        headers = body["properties"]["headers"]["properties"]
        assert {"auth", "trace"} <= set(headers)
        assert headers["auth"]["properties"]["pin"]["type"] == "integer"
        plain = (await old.operation("send-plain"))["requestBody"]["content"]["application/json"]["schema"]
        assert "headers" not in plain["properties"]
        told = await old.post("send-plain", {"text": "x", "headers": {"auth": AUTH}})
        assert (told.status, told.json["errors"][0]["pointer"]) == (422, "/headers"), "never silently discarded"


async def test_a_header_that_does_not_fit_is_told_with_its_place(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        told = await old.post("send", {"text": "x", "headers": {"auth": {"user": "u", "pin": "x"}, "nope": 1}})
        assert told.status == 422
        assert {one["pointer"] for one in told.json["errors"]} == {"/headers/auth/pin", "/headers/nope"}
        assert old.asked == []


async def test_the_headers_of_the_answer_come_back_zeep_188(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(ANSWER, "<t:Trace><t:Hop>z</t:Hop></t:Trace><t:Other/>")
        told = await old.post("send", {"text": "x", "headers": {"auth": AUTH}})
        assert told.json == {"headers": {"trace": ["z"]}, "id": 1}
