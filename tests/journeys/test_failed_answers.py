"""An answer that says it failed, all the way: problem document, metrics, cache, retry, rows, documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.events import CallNotRetried, CallRetried, ContractWarning, UpstreamCalled
from tests.complaints.legacy import Bridges, Op, element, fault, schema, wsdl

INFO = '<xs:complexType><xs:sequence><xs:element name="n" type="xs:decimal"/></xs:sequence></xs:complexType>'
ANSWER = (
    '<xs:element name="success" type="xs:boolean"/><xs:element name="errorCode" type="xs:decimal" minOccurs="0"/>'
    '<xs:element name="errorText" type="xs:string" minOccurs="0"/>'
    f'<xs:element name="info" minOccurs="0">{INFO}</xs:element>'
)
WSDL = wsdl(
    schema(
        element("Get", '<xs:element name="Id" type="xs:int"/>')
        + element("GetResponse", ANSWER)
        + element("List", "")
        + element("ListResponse", '<xs:element name="row" type="xs:string" maxOccurs="unbounded"/>')
        + element("Lost", '<xs:element name="Id" type="xs:int"/>')
    ),
    Op("Get", faults=("t:Lost",)),
    Op("List"),
)
RULES = [
    {
        "when": "@.errorCode == 17",
        "status": 404,
        "code": "order_not_found",
        "message": "$.errorText",
        "detail": "$.info",
    },
    {"when": "@.errorCode == 9", "status": 503, "code": "shop_closed"},
    "@.success == false",
]


@pytest.fixture
def bridges(tmp_path: Path) -> Bridges:
    return Bridges(tmp_path)


def answer(more: str = "", success: str = "true") -> str:
    return f"<t:GetResponse><t:success>{success}</t:success>{more}</t:GetResponse>"


async def test_a_rule_makes_a_problem_document(bridges: Bridges) -> None:
    async with bridges(WSDL, operations={"Get": {"fail_when": RULES}}) as old:
        old.answers(answer())
        assert (await old.post("get", {"id": 1})).json == {"success": True}
        said = "<t:errorCode>17.0</t:errorCode><t:errorText>None at http://erp01:8080/x</t:errorText>"
        old.answers(answer(said + "<t:info><t:n>1.50</t:n></t:info>"))
        told = await old.post("get", {"id": 1})
        assert told.headers["Content-Type"] == "application/problem+json"
        assert (told.status, told.json["code"], told.json["detail"]) == (404, "order_not_found", "None at …")
        assert '"fault":{"n":1.50}' in told.text
        assert told.json["type"] == "urn:legacy-bridge:problem:order_not_found"
        old.answers(answer(success="false"))
        told = await old.post("get", {"id": 1})
        assert (told.status, told.json["code"], told.json["fault"]) == (422, "failed", {"success": False})
        outcomes = [one.outcome for one in old.events if isinstance(one, UpstreamCalled)]
        assert outcomes == ["ok", "order_not_found", "failed"]
        metrics = (await old.ask("GET", "/metrics")).text
        assert 'outcome="order_not_found"' in metrics


async def test_it_is_never_kept_and_an_old_answer_helps_where_the_system_is_blamed(bridges: Bridges) -> None:
    cached = {"safe": True, "cache": {"ttl": "10ms", "stale": "1h"}, "fail_when": RULES}
    async with bridges(WSDL, operations={"Get": {**cached, "route": "GET /{id}"}}) as old:
        old.answers(answer(success="false"))
        for _ in range(2):
            assert (await old.ask("GET", "/v1/old/1")).status == 422
        assert len(old.asked) == 2
        old.answers(answer())
        while (await old.ask("GET", "/v1/old/1")).status != 200:
            pass
        old.answers(answer("<t:errorCode>9</t:errorCode>"))
        count = len(old.asked)
        while len(old.asked) == count:
            told = await old.ask("GET", "/v1/old/1")
        assert told.status == 200


async def test_only_what_blames_the_system_is_tried_again_and_only_where_it_may(bridges: Bridges) -> None:
    again = {"when": "@.errorCode == 9", "status": 503, "retry_after": "1ms"}
    operations = {"Get": {"idempotent": True, "fail_when": [again, "@.success == false"]}}
    async with bridges(WSDL, operations=operations) as old:
        old.answers(answer("<t:errorCode>9</t:errorCode>"))
        told = await old.post("get", {"id": 1})
        assert (told.status, told.json["code"], told.headers["Retry-After"]) == (503, "failed", "1")
        assert len(old.asked) == 5
        assert {one.delay_s for one in old.events if isinstance(one, CallRetried)} == {0.001}
        old.answers(answer(success="false"))
        assert (await old.post("get", {"id": 1})).status == 422
        assert len(old.asked) == 6
    async with bridges(WSDL, operations={"Get": {"fail_when": again}}) as old:
        old.answers(answer("<t:errorCode>9</t:errorCode>"))
        assert (await old.post("get", {"id": 1})).status == 503
        assert len(old.asked) == 1
        assert [one.code for one in old.events if isinstance(one, CallNotRetried)] == ["failed"]


async def test_a_rule_of_the_service_concerns_the_answers_that_have_its_fields(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        url = f"http://127.0.0.1:{old.upstream_port}/"
        path = next(bridges.folder.glob("*.wsdl"))
        upstreams = {"old": {"soap": {"wsdl": str(path), "endpoint": url}, "fail_when": "@.success != true"}}
        assert old.session
        await old.session.close()
        async with bridges.opened(old, upstreams):
            old.answers("<t:ListResponse><t:row>a</t:row></t:ListResponse>")
            assert (await old.post("list")).json == ["a"]
            old.answers(answer(success="false"))
            assert (await old.post("get", {"id": 1})).status == 422
            assert not [one for one in old.events if isinstance(one, ContractWarning)]


@pytest.mark.parametrize(
    ("faults", "body", "status"),
    [
        ({"{urn:old}Lost": 410}, fault("e:Server", "x", "<t:Lost><t:Id>1</t:Id></t:Lost>"), 410),
        ({"Server.Busy": 503}, fault("e:Server.Busy", "x"), 503),
        ({"@.code == 'E17'": 409}, fault("e:E17", "x"), 409),
        ({"@.detail.id == 7": 404, "Lost": 410}, fault("e:Server", "x", "<t:Lost><t:Id>7</t:Id></t:Lost>"), 404),
        ({"@.detail.id == 8": 404, "Lost": 410}, fault("e:Server", "x", "<t:Lost><t:Id>7</t:Id></t:Lost>"), 410),
        ({"search(@.text, 'lock')": 423}, fault("e:Client", "it is locked"), 423),
    ],
)
async def test_a_fault_is_told_by_type_code_or_condition(
    bridges: Bridges, faults: dict[str, int], body: str, status: int
) -> None:
    async with bridges(WSDL, operations={"Get": {"faults": faults}}) as old:
        old.answers(body, status=500)
        told = await old.post("get", {"id": 1})
        assert (told.status, told.json["code"]) == (status, "fault")


async def test_documents_list_the_statuses_with_their_codes(bridges: Bridges) -> None:
    operations = {"Get": {"fail_when": RULES, "faults": {"@.code == 'E17'": 418}}}
    async with bridges(WSDL, operations=operations) as old:
        responses = (await old.operation("get"))["responses"]
        own = {
            status: responses[status]["content"]["application/problem+json"]["schema"]
            for status in ("404", "422", "503", "418")
        }
        codes = {status: schema["allOf"][1]["properties"]["code"]["enum"] for status, schema in own.items()}
        assert {"order_not_found", "not_found", "fault"} == set(codes["404"])
        assert {"failed", "does_not_fit", "fault"} == set(codes["422"])
        assert {"shop_closed", "upstream_throttled", "unavailable"} <= set(codes["503"])
        assert codes["418"] == ["fault"]
        detail, whole = (json.dumps(own[status]["allOf"][1]["properties"]["fault"]) for status in ("404", "422"))
        assert '"n": {' in detail
        assert '"success": {' not in detail
        assert '"success": {' in whole


async def test_rows_do_not_leave_before_they_are_judged(bridges: Bridges) -> None:
    async with bridges(WSDL, operations={"List": {"fail_when": "@[?@ == 'ERROR']"}}) as old:
        rows = {"Accept": "application/x-ndjson"}
        old.answers("<t:ListResponse><t:row>a</t:row><t:row>b</t:row></t:ListResponse>")
        assert (await old.ask("POST", "/v1/old/list", headers=rows)).text == '"a"\n"b"\n'
        old.answers("<t:ListResponse><t:row>a</t:row><t:row>ERROR</t:row></t:ListResponse>")
        assert (await old.ask("POST", "/v1/old/list", headers=rows)).status == 422
