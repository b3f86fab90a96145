from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bridge.errors import (
    CallError,
    DoesNotFit,
    Fault,
    NotReady,
    TooManyRequests,
    Unavailable,
    UpstreamThrottled,
    Violation,
)
from bridge.web.problems import ERRORS_MAX, problem


def family(root: type[CallError]) -> Iterator[type[CallError]]:
    yield root
    for child in root.__subclasses__():
        yield from family(child)


def made(kind: type[CallError]) -> CallError:
    return Fault("No such order.", status=404, name="NotFound") if issubclass(kind, Fault) else kind()


@pytest.mark.parametrize("kind", [kind for kind in family(CallError) if kind.__module__ == "bridge.errors"])
def test_every_error_has_its_document(kind: type[CallError]) -> None:
    error = made(kind)
    document = problem(error, request_id="r 1", trace_id="abc")
    told = json.loads(document.body)
    assert document.status == error.status == told["status"]
    assert document.code == error.code == told["code"]
    assert told["type"] == f"urn:legacy-bridge:problem:{error.code}"
    assert told["title"] == error.title
    assert told["detail"] == error.detail
    assert told["instance"] == "urn:legacy-bridge:request:r%201"
    assert told["retryable"] is error.retryable
    assert told.get("outcome") == error.outcome
    assert told["traceId"] == "abc"
    headers = dict(document.headers)
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Cache-Control"] == "no-store"
    assert ("Retry-After" in headers) == isinstance(error, Unavailable)
    assert 400 <= document.status < 600


def test_codes_are_told_apart() -> None:
    kinds = [kind for kind in family(CallError) if kind.__module__ == "bridge.errors"]
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_an_error_of_no_known_kind_tells_nothing() -> None:
    document = problem(KeyError("secret-host"), request_id="r", trace_id="t")
    assert document.status == 500
    assert b"secret-host" not in document.body
    assert json.loads(document.body)["code"] == "internal_error"


def test_what_is_for_the_operator_stays_here() -> None:
    assert b"10.0.0.7" not in problem(NotReady(cause="10.0.0.7 refused"), request_id="r", trace_id="t").body


@pytest.mark.parametrize(("error", "seconds"), [(Unavailable(), "1"), (UpstreamThrottled(), "5")])
def test_when_to_come_back_is_told_where_nobody_knows(error: CallError, seconds: str) -> None:
    assert dict(problem(error, request_id="r", trace_id="t").headers)["Retry-After"] == seconds


@pytest.mark.parametrize(("seconds", "header"), [(0.0, "0"), (0.1, "1"), (1.0, "1"), (1.2, "2"), (-3.0, "0")])
def test_retry_after_is_rounded_up(seconds: float, header: str) -> None:
    document = problem(TooManyRequests(retry_after_s=seconds), request_id="r", trace_id="t")
    assert dict(document.headers)["Retry-After"] == header


def test_a_fault_goes_in_as_it_was_written() -> None:
    fault = Fault("Gone.", status=409, name="OrderExists", fault=b'{"total":1.10,"id":12345678901234567890}')
    body = problem(fault, request_id="r", trace_id="t").body
    assert b'"fault":{"total":1.10,"id":12345678901234567890}}' in body


def test_errors_are_listed_up_to_a_bound() -> None:
    errors = [Violation(f"/items/{number}", "is too long") for number in range(ERRORS_MAX + 23)]
    told = json.loads(problem(DoesNotFit(errors=errors), request_id="r", trace_id="t").body)
    assert len(told["errors"]) == ERRORS_MAX
    assert told["errors"][0] == {"pointer": "/items/0", "detail": "is too long"}
    assert "123 errors" in told["detail"]


def test_long_and_hostile_texts_are_cut_and_quoted() -> None:
    hostile = '"\\\x00\ud800<script>' + "x" * 10_000
    document = problem(DoesNotFit(hostile, errors=[Violation(hostile, hostile)]), request_id='"\r\n', trace_id="t")
    told = json.loads(document.body)
    assert told["detail"].startswith('"\\\x00?<script>')
    assert len(document.body) < 10_000
    assert told["instance"] == "urn:legacy-bridge:request:%22%0D%0A"


def test_headers_of_the_error_are_sent() -> None:
    document = problem(CallError(headers=[("Allow", "GET")]), request_id="r", trace_id="t")
    assert ("Allow", "GET") in document.headers
