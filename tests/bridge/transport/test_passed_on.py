"""What of a caller's headers goes on to the system behind."""

from __future__ import annotations

from bridge.call import Trace
from bridge.transport.passed_on import key_header, passed_on, trace_headers
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


def test_the_key_of_a_job_goes_along_in_the_place_of_a_callers() -> None:
    job = call(
        key_field=("Idempotency-Key", "schedule:nightly:2026-11-21T06:00:00Z"), headers={"idempotency-key": "theirs"}
    )
    assert key_header(job) == {"Idempotency-Key": "schedule:nightly:2026-11-21T06:00:00Z"}
    assert passed_on(job, trusted=True) == {}
    client = call(headers={"idempotency-key": "theirs"})
    assert (key_header(client), passed_on(client, trusted=True)) == ({}, {"idempotency-key": "theirs"})


def test_a_key_begins_no_header() -> None:
    assert key_header(call(key_field=("Idempotency-Key", "a b\r\nX-Evil: é%41"))) == {
        "Idempotency-Key": "a%20b%0D%0AX-Evil:%20%C3%A9%2541"
    }
