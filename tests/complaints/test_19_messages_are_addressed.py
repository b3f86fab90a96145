"""Complaint 19: the action of WS-Addressing is wrong, its addresses and its version cannot be set.

mvantellingen/python-zeep#777 (an action that the service refuses), #1316 (another `To` than the address that is
called), #1311 (a service of the version before), #838 (WS-ReliableMessaging is asked for: it is not spoken here, and
what the WSDL offers without it can be called).
"""

from __future__ import annotations

from lxml import etree

from tests.complaints.legacy import Bridges, Old, Op, element, envelope, schema, wsdl

NEW, BEFORE = "http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing"
METADATA = 'xmlns:m="http://www.w3.org/2007/05/addressing/metadata"'
POLICY = 'xmlns:p="http://www.w3.org/ns/ws-policy"'
SCHEMA = schema(
    element("Label", '<xs:element name="Id" type="xs:int"/>')
    + element("LabelResponse", '<xs:element name="Text" type="xs:string"/>')
    + element("Busy", '<xs:element name="Until" type="xs:string"/>')
)
PLAIN = wsdl(SCHEMA, Op("Label", faults=("t:Busy",)))
DEMANDING = PLAIN.replace(
    "<w:operation ", f"<p:Policy {POLICY}><m:Addressing {METADATA}/></p:Policy><w:operation ", 2
).replace('<w:input message="d:LabelIn"/>', f'<w:input {METADATA} m:Action="urn:old/Label" message="d:LabelIn"/>')
ANSWER = "<t:LabelResponse><t:Text>x</t:Text></t:LabelResponse>"


def addressed(old: Old, space: str = NEW) -> dict[str, str]:
    header = etree.fromstring(old.asked[-1]).find("{*}Header")
    found = [] if header is None else [one for one in header if etree.QName(one).namespace == space]
    return {etree.QName(one).localname: "".join(str(text) for text in one.itertext()) for one in found}


async def test_the_action_is_the_one_that_the_service_knows_zeep_777(bridges: Bridges) -> None:
    async with bridges(PLAIN, addressing=True) as old:
        old.answers(ANSWER)
        assert (await old.post("label", {"id": 1})).json == "x"
        assert addressed(old)["Action"] == "urn:old#Label" == old.asked_headers["SOAPAction"].strip('"')
    async with bridges(PLAIN.replace('soapAction="urn:old#Label"', 'soapAction=""'), addressing=True) as old:
        old.answers(ANSWER)
        await old.post("label", {"id": 1})
        assert addressed(old)["Action"] == "urn:old:Old:LabelRequest", "made of names, as the rules have it"


async def test_an_explicit_action_and_the_one_in_http_agree_zeep_777(bridges: Bridges) -> None:
    async with bridges(DEMANDING) as old:
        old.answers(ANSWER)
        await old.post("label", {"id": 1})
        assert addressed(old)["Action"] == "urn:old/Label"
        assert old.asked_headers["SOAPAction"] == '"urn:old/Label"', "two different ones are refused by .NET"
    other = {"Label": {"soap": {"addressing": {"action": "soap_action"}}}}
    async with bridges(DEMANDING, operations=other) as old:
        old.answers(ANSWER)
        await old.post("label", {"id": 1})
        assert addressed(old)["Action"] == "urn:old#Label" == old.asked_headers["SOAPAction"].strip('"')
    mine = {"Label": {"soap": {"addressing": {"action": "urn:mine"}}}}
    async with bridges(DEMANDING, operations=mine) as old:
        old.answers(ANSWER)
        await old.post("label", {"id": 1})
        assert addressed(old)["Action"] == "urn:mine"


async def test_to_may_be_another_address_zeep_1316(bridges: Bridges) -> None:
    async with bridges(PLAIN, addressing={"to": "urn:etnic:routing", "from": "urn:shop"}) as old:
        old.answers(ANSWER)
        await old.post("label", {"id": 1})
        assert (addressed(old)["To"], addressed(old)["From"]) == ("urn:etnic:routing", "urn:shop")
    async with bridges(PLAIN, addressing=True) as old:
        old.answers(ANSWER)
        await old.post("label", {"id": 1})
        assert addressed(old)["To"] == f"http://127.0.0.1:{old.upstream_port}/"
        assert addressed(old)["ReplyTo"] == f"{NEW}/anonymous"


async def test_the_version_before_zeep_1311(bridges: Bridges) -> None:
    async with bridges(PLAIN, addressing={"version": "2004/08"}) as old:
        old.answers(ANSWER)
        await old.post("label", {"id": 1})
        assert addressed(old) == {}
        found = addressed(old, BEFORE)
        assert found.keys() == {"Action", "MessageID", "To", "ReplyTo"}
        assert found["ReplyTo"] == f"{BEFORE}/role/anonymous"


async def test_what_the_wsdl_demands_is_done_unless_it_is_turned_off_zeep_838(bridges: Bridges) -> None:
    async with bridges(DEMANDING) as old:
        old.answers(ANSWER)
        assert (await old.post("label", {"id": 1})).status == 200
        assert addressed(old)["MessageID"].startswith("urn:uuid:")
    async with bridges(DEMANDING, addressing=False) as old:
        old.answers(ANSWER)
        assert (await old.post("label", {"id": 1})).status == 200
        assert addressed(old) == {}
    async with bridges(PLAIN) as old:
        old.answers(ANSWER)
        await old.post("label", {"id": 1})
        assert addressed(old) == {}


async def test_an_answer_belongs_to_its_request(bridges: Bridges) -> None:
    async with bridges(PLAIN, addressing=True) as old:
        old.answers(ANSWER, f'<w:RelatesTo xmlns:w="{NEW}">urn:uuid:somebody-else</w:RelatesTo>')
        told = await old.post("label", {"id": 1})
        assert (told.status, told.json["code"]) == (502, "upstream_invalid")
        assert "somebody-else" not in told.text


async def test_faults_of_one_element_are_told_apart_by_their_action(bridges: Bridges) -> None:
    two = PLAIN.replace(
        '<w:fault name="Busy" message="d:LabelBusy"/>',
        '<w:fault name="Busy" message="d:LabelBusy"/><w:fault name="Closed" message="d:LabelBusy"/>',
    )
    async with bridges(two, addressing=True, operations={"Label": {"faults": {"Busy": 409, "Closed": 410}}}) as old:
        for name, status in (("Busy", 409), ("Closed", 410)):
            body = (
                "<e:Fault><faultcode>e:Server</faultcode><faultstring>no</faultstring>"
                "<detail><t:Busy><t:Until>noon</t:Until></t:Busy></detail></e:Fault>"
            )
            action = f'<w:Action xmlns:w="{NEW}">urn:old:Old:Label:Fault:{name}</w:Action>'
            old.answer, old.status = envelope(body, action), 500
            told = await old.post("label", {"id": 1})
            assert (told.status, told.json["fault"]) == (status, {"until": "noon"})
