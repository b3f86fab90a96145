"""Ids and trace context: exactly right or new."""

from __future__ import annotations

import re

import pytest
from multidict import CIMultiDict

from bridge.web.trace import read_request_id, read_trace

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "text",
    [f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00", f"cc-{TRACE}-{SPAN}-01", f"cc-{TRACE}-{SPAN}-01-more"],
)
def test_a_valid_trace_goes_on_with_a_span_of_our_own(text: str) -> None:
    trace = read_trace(CIMultiDict({"Traceparent": text, "tracestate": "vendor=1"}))
    assert (trace.trace_id, trace.flags, trace.state) == (TRACE, text[53:55], "vendor=1")
    assert re.fullmatch("[0-9a-f]{16}", trace.span_id)
    assert trace.span_id != SPAN
    assert trace.header() == f"00-{TRACE}-{trace.span_id}-{trace.flags}"


@pytest.mark.parametrize(
    "text",
    ["", "x", f"00-{TRACE}-{SPAN}", f"00-{TRACE}-{SPAN}-01-", f"00-{TRACE}-{SPAN}-01-more", f"ff-{TRACE}-{SPAN}-01",
     f"00-{TRACE.upper()}-{SPAN}-01", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01",
     f"00-{TRACE[1:]}-{SPAN}-01",     f" 00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-0g", f"00-{TRACE}-{SPAN}-01\n"],
)  # fmt: skip
def test_a_bad_trace_is_replaced(text: str) -> None:
    trace = read_trace(CIMultiDict({"traceparent": text, "tracestate": "vendor=1"}))
    assert re.fullmatch("[0-9a-f]{32}", trace.trace_id)
    assert trace.trace_id != TRACE
    assert trace.state == ""


def test_a_state_that_is_no_text_is_dropped() -> None:
    parent = f"00-{TRACE}-{SPAN}-01"
    assert read_trace(CIMultiDict({"traceparent": parent, "tracestate": "a=\x1b[31m"})).state == ""
    assert read_trace(CIMultiDict({"traceparent": parent, "tracestate": "a" * 600})).state == ""


@pytest.mark.parametrize("header", ["Bridge-Request-Id", "x-request-id"])
def test_a_harmless_request_id_is_kept(header: str) -> None:
    headers = CIMultiDict({header: "Order-1.2_~x"})
    assert read_request_id(headers, read_trace(headers)) == "Order-1.2_~x"


@pytest.mark.parametrize("given", ["", "a b", "a" * 65, "a\n", "<script>", "a;b", "ä", '"'])
def test_any_other_request_id_is_that_of_the_trace(given: str) -> None:
    headers = CIMultiDict({"X-Request-Id": given})
    trace = read_trace(headers)
    assert read_request_id(headers, trace) == trace.trace_id


def test_requests_of_one_trace_have_ids_of_their_own() -> None:
    headers = CIMultiDict({"traceparent": f"00-{TRACE}-{SPAN}-01"})
    ids = {read_request_id(headers, read_trace(headers)) for _ in range(2)}
    assert len(ids) == 2
    assert all(each.startswith(f"{TRACE}-") and len(each) <= 64 for each in ids)
