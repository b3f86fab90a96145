"""Complaint 4: a fault arrives with 200, or everything is 500, with SOAP text in an API that speaks JSON.

loopbackio/strong-soap#346 and its PR #1272 (200), wso2/product-ei#5172, wso2/api-manager#4292 (500 and an envelope).
"""

from __future__ import annotations

import pytest

from tests.complaints.legacy import SOAP12, Bridges, Op, element, fault, schema, wsdl

WSDL = wsdl(
    schema(
        element("Get", '<xs:element name="Id" type="xs:int"/>')
        + element("GetResponse", '<xs:element name="Ok" type="xs:boolean"/>')
        + "".join(
            element(name, '<xs:element name="Id" type="xs:int"/>')
            for name in ("OrderNotFound", "OrderExists", "AccessDenied", "Rejected", "Expired")
        )
    ),
    Op("Get", faults=("t:OrderNotFound", "t:OrderExists", "t:AccessDenied", "t:Rejected", "t:Expired")),
)


def declared(name: str) -> str:
    return fault("e:Server", f"because {name}", f"<t:{name}><t:Id>1</t:Id></t:{name}>")


@pytest.mark.parametrize("sent", [200, 400, 500], ids="sent with {}".format)
@pytest.mark.parametrize(
    ("name", "status"),
    [("OrderNotFound", 404), ("OrderExists", 409), ("AccessDenied", 403), ("Rejected", 422), ("Expired", 410)],
)
async def test_a_declared_fault_has_the_status_of_its_name_or_the_configured_one(
    bridges: Bridges, name: str, status: int, sent: int
) -> None:
    async with bridges(WSDL, operations={"Get": {"faults": {"Expired": 410}}}) as old:
        old.answers(declared(name), status=sent)
        told = await old.post("get", {"id": 1})
        assert (told.status, told.json["status"], told.json["code"]) == (status, status, "fault")
        assert told.json["fault"] == {"id": 1}


@pytest.mark.parametrize("sent", [200, 500], ids="sent with {}".format)
@pytest.mark.parametrize(
    ("code", "status", "problem"),
    [
        ("e:Client", 422, "fault"),
        ("e:Server", 502, "upstream_fault"),
        ("e:Client.Authentication", 502, "upstream_unauthorized"),
        ("e:VersionMismatch", 502, "upstream_invalid"),
    ],
)
async def test_a_fault_of_no_declared_kind_has_the_status_of_whom_it_blames(
    bridges: Bridges, code: str, status: int, problem: str, sent: int
) -> None:
    async with bridges(WSDL) as old:
        old.answers(fault(code, "no"), status=sent)
        told = await old.post("get", {"id": 1})
        assert (told.status, told.json["code"]) == (status, problem)


@pytest.mark.parametrize("sent", [200, 400, 500])
async def test_soap_1_2_likewise_strong_soap_346(bridges: Bridges, sent: int) -> None:
    body = (
        "<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code>"
        '<e:Reason><e:Text xml:lang="en">unknown order</e:Text></e:Reason>'
        "<e:Detail><t:OrderNotFound><t:Id>1</t:Id></t:OrderNotFound></e:Detail></e:Fault>"
    )
    async with bridges(WSDL.replace("/wsdl/soap/", "/wsdl/soap12/")) as old:
        old.content_type = "application/soap+xml; charset=utf-8"
        old.answers(body, status=sent, space=SOAP12)
        assert (await old.post("get", {"id": 1})).status == 404


async def test_no_soap_reaches_the_client_api_manager_4292(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        for body in (declared("Rejected"), fault("e:Server", "x"), "<t:GetResponse/></e:Body></e:Oops>"):
            old.answers(body, status=500)
            told = await old.post("get", {"id": 1})
            assert told.headers["Content-Type"].startswith("application/problem+json")
            assert not any(word in told.text for word in ("Envelope", "faultcode", "<", "xmlns"))
