"""A service that does not follow its own WSDL: what is let through by name, and that everybody can see it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.soap.config import RequestSettings, SoapOperationSettings, SoapSettings
from bridge.call import JsonValue
from tests.bridge.transport.faults import FaultServer, answers, http
from tests.journeys.running import Bridge, bridge, soap
from tests.journeys.upstream import ENVELOPE
from tests.servers.running import WSDLS

pytestmark = pytest.mark.journey

# Without its customer, with a date that is none, an amount as a float, and an element nobody declared.
STRAYING = answers(
    http(
        ENVELOPE.format(
            '<GetOrderResponse><order status="open"><orderId>7</orderId><ordered>29.02.2024</ordered>'
            '<total currency="CHF">1.5E2</total><promised>soon</promised></order></GetOrderResponse>'
        ).encode()
    )
)
LENIENT_ANSWERS = {"bad_dates": "text", "unknown_elements": "drop", "missing_required": "null"}


async def counted(running: Bridge, name: str) -> dict[str, float]:
    """The counts of a metric by kind."""
    lines = (await running.get("/metrics")).text.splitlines()
    found = [line for line in lines if line.startswith(f"{name}_total{{")]
    return {line.partition('kind="')[2].partition('"')[0]: float(line.rpartition(" ")[2]) for line in found}


async def test_answers_that_stray_are_read_as_configured_and_counted(tmp_path: Path) -> None:
    async with FaultServer([STRAYING] * 3) as server:
        wsdl = str(WSDLS / "orders.wsdl")
        upstreams: dict[str, JsonValue] = {
            "kept": soap(wsdl, endpoint=server.url, bad_dates="text"),
            "dropped": soap(wsdl, endpoint=server.url, **LENIENT_ANSWERS),
            "strict": soap(wsdl, endpoint=server.url, strict_answers=True, bad_dates="text"),
        }
        async with bridge(tmp_path, {"upstreams": upstreams}) as running:
            await running.ready(*upstreams)
            kept = await running.post("/v1/kept/get-order", {"orderId": 7})
            assert kept.status == 200
            assert kept.json["ordered"] == "29.02.2024"
            assert kept.json["@unknown"] == [{"@name": "{urn:example:orders}promised", "@content": ["soon"]}]
            assert "customer" not in kept.json
            assert b'"value":1.5E2' in kept.body
            dropped = await running.post("/v1/dropped/get-order", {"orderId": 7})
            assert dropped.json["customer"] is None
            assert "@unknown" not in dropped.json
            strict = await running.post("/v1/strict/get-order", {"orderId": 7})
            assert (strict.status, strict.json["code"]) == (502, "upstream_invalid")
            kinds = await counted(running, "bridge_answers_tolerated")
            assert {"bad-date", "odd-number", "unknown-element", "missing-required"} <= kinds.keys()
            await running.log.event("answer-tolerated", upstream="kept")
            await running.log.event("answer-tolerated", upstream="dropped")
            assert not running.log.told("answer-tolerated", upstream="strict")


async def test_requests_that_stray_go_out_as_configured_and_are_counted(tmp_path: Path) -> None:
    async with FaultServer([STRAYING] * 2) as server:
        wsdl = str(WSDLS / "orders.wsdl")
        rules = {"missing": "omit", "unknown": "send"}
        upstreams: dict[str, JsonValue] = {
            "bent": soap(wsdl, endpoint=server.url, bad_dates="text", requests=rules),
            "plain": soap(wsdl, endpoint=server.url, bad_dates="text"),
        }
        body = {"@unknown": [{"@name": "{urn:example:orders}key", "@content": ["A-7"]}]}
        async with bridge(tmp_path, {"upstreams": upstreams}) as running:
            await running.ready(*upstreams)
            refused = await running.post("/v1/plain/get-order", body)
            assert refused.status == 422
            assert {one["pointer"] for one in refused.json["errors"]} == {"/@unknown", "/orderId"}
            assert (await running.post("/v1/bent/get-order", body)).status == 200
            assert len(server.requests) == 1
            assert b"key>A-7<" in server.requests[0]
            assert b"orderId" not in server.requests[0]
            assert await counted(running, "bridge_requests_tolerated") == {"missing": 1, "unknown": 1}
            await running.log.event("request-tolerated", upstream="bent", kinds={"missing": 1, "unknown": 1})
            assert not running.log.told("request-tolerated", upstream="plain")


async def test_one_operation_may_be_taken_otherwise_than_the_rest(tmp_path: Path) -> None:
    async with FaultServer([STRAYING] * 2) as server:
        own = {"GetOrder": {"soap": {"unknown_elements": "drop", "missing_required": "null"}}}
        upstream = soap(str(WSDLS / "orders.wsdl"), endpoint=server.url, bad_dates="text", operations=own)
        async with bridge(tmp_path, {"upstreams": {"shop": upstream}}) as running:
            await running.ready("shop")
            dropped = await running.post("/v1/shop/get-order", {"orderId": 7})
            assert "@unknown" not in dropped.json
            assert dropped.json["customer"] is None
            document = (await running.get("/v1/shop/openapi.json")).json
            assert {"/v1/shop/get-order", "/v1/shop/echo-order"} <= document["paths"].keys()


def test_what_one_operation_does_not_say_it_has_from_its_service() -> None:
    service = SoapSettings(wsdl="a.wsdl", bad_dates="text", requests=RequestSettings(nulls="nil"))
    own = service.of(SoapOperationSettings(strict_answers=True, requests=RequestSettings(values="send")))
    assert (own.strict_answers, own.bad_dates) == (True, "text")
    assert (own.requests.nulls, own.requests.values) == ("refuse", "send")
    assert service.of(SoapOperationSettings()) is service
