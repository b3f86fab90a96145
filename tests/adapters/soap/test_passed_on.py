"""What of a caller's headers goes on to the system behind."""

from __future__ import annotations

from adapters.soap.passed_on import passed_on, trace_headers
from bridge.call import Trace
from tests.adapters.soap.opened import call

GIVEN = {
    "X-Tenant": "7",
    "Host": "x",
    "CONTENT-TYPE": "x",
    "MIME-Version": "9",
    "X-Saml": "s",
    "X-Bad": "a\nb",
    "X-Tab": "a\tb",
}


def test_harmless_ones_go_on_to_whom_we_trust_and_to_nobody_else() -> None:
    asked = call(headers=GIVEN)
    assert passed_on(asked, trusted=True) == {"X-Tenant": "7", "X-Saml": "s", "X-Tab": "a\tb"}
    assert passed_on(asked, trusted=True, private=frozenset({"x-saml"})) == {"X-Tenant": "7", "X-Tab": "a\tb"}
    assert passed_on(asked, trusted=False) == {}


def test_the_trace_goes_along() -> None:
    trace = Trace("0" * 31 + "1", "0" * 15 + "2")
    assert trace_headers(call(trace=trace)) == {"traceparent": f"00-{trace.trace_id}-{trace.span_id}-01"}
    assert trace_headers(call(trace=Trace("1" * 32, "2" * 16, state="a=b")))["tracestate"] == "a=b"
