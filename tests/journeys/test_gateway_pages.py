"""A page where an answer belongs: what a write and a read are told, and how often each is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.events import CallRetried, RequestDone
from tests.complaints.legacy import Bridges, Old, Op, Told, element, fault, schema, wsdl

WSDL = wsdl(schema(element("Order", "") + element("OrderResponse", "")), Op("Order"))
PAGE = "<html><head><title>504 Gateway Time-out</title></head><body>nginx at erp01</body></html>"
READ = {"Order": {"idempotent": True}}


@pytest.fixture
def bridges(tmp_path: Path) -> Bridges:
    return Bridges(tmp_path)


def shows(old: Old, status: int, **headers: str) -> None:
    """The gateway shows its page from now on."""
    old.answer, old.status, old.content_type, old.more_headers = PAGE, status, "text/html", headers


def said(told: Told) -> tuple[int, str, bool, str | None]:
    return told.status, told.json["code"], told.json["retryable"], told.json.get("outcome")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
async def test_what_became_of_a_write_is_not_known(bridges: Bridges, status: int) -> None:
    async with bridges(WSDL) as old:
        shows(old, status)
        assert said(await old.post("order")) == (504, "outcome_unknown", False, "unknown")
        assert len(old.asked) == 1


@pytest.mark.parametrize(("status", "code"), [(502, (502, "upstream_fault")), (503, (503, "upstream_throttled"))])
async def test_a_read_is_tried_again(bridges: Bridges, status: int, code: tuple[int, str]) -> None:
    async with bridges(WSDL, operations=READ) as old:
        shows(old, status)
        assert said(await old.post("order")) == (*code, True, "unknown")
        assert len(old.asked) == 5
        assert [event.attempts for event in old.events if isinstance(event, RequestDone)] == [5]
        # nobody asked for a pause, so ours are kept: 250 ms, and twice as long each time, at most
        pauses = [event.delay_s for event in old.events if isinstance(event, CallRetried)]
        assert all(pause <= 0.25 * 2**at for at, pause in enumerate(pauses))


async def test_a_write_that_was_refused_has_not_happened(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        shows(old, 503, **{"Retry-After": "7"})
        told = await old.post("order")
        assert (*said(told), told.headers["Retry-After"]) == (503, "upstream_throttled", True, "not_sent", "7")
        shows(old, 429)
        assert said(await old.post("order")) == (503, "upstream_throttled", True, "not_sent")
        old.more_headers, old.content_type = {}, "text/xml"
        old.answers(fault("e:Server", "closed"), status=503)
        assert said(await old.post("order")) == (503, "upstream_throttled", True, "not_sent")
