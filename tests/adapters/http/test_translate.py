"""Arguments become a request, an answer a body or an error."""

from __future__ import annotations

import pytest

from adapters.http.config import HttpRequestSettings
from adapters.http.translate import body_of, request_of
from bridge.call import JsonValue
from bridge.contracts import Operation
from bridge.errors import CallError, DoesNotFit, Fault, UpstreamInvalid, UpstreamThrottled
from bridge.shapes.json import loads
from bridge.transport.opened import Answer

READ, WRITE = Operation("shop", "Get", safe=True), Operation("shop", "Put")


def asked(text: str, args: JsonValue, **more: object) -> tuple[str, str, bytes | None]:
    method, _, path = text.partition(" ")
    made = request_of(HttpRequestSettings.model_validate({"method": method, "path": path, **more}), args)
    return made.method, made.target, made.body


def answer(status: int, body: bytes = b"", content_type: str = "application/json", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, content_type, None, body, len(body))


def test_arguments_go_into_path_query_and_body() -> None:
    args = loads(b'{"id": "a/b c", "page": 2, "sum": 1.50, "tags": ["x", "y"]}')
    assert asked("PUT /orders/{id}", args, query=["page"]) == (
        "PUT",
        "/orders/a%2Fb%20c?page=2",
        b'{"sum":1.50,"tags":["x","y"]}',
    )
    assert asked("GET /orders/{id}", args) == ("GET", "/orders/a%2Fb%20c?page=2&sum=1.50&tags=x&tags=y", None)


@pytest.mark.parametrize("value", [None, "", ".", "..", {"deep": "1"}, ["1"]])
def test_what_cannot_be_part_of_a_path_is_refused_by_its_place(value: JsonValue) -> None:
    with pytest.raises(DoesNotFit) as caught:
        asked("GET /orders/{id}", {"id": value})
    assert [one.pointer for one in caught.value.errors] == ["/id"]


def test_a_good_answer_passes_as_it_is() -> None:
    assert body_of(answer(200, b'{"sum": 1.50}'), READ, now_s=0.0) == b'{"sum": 1.50}'
    assert body_of(answer(204), READ, now_s=0.0) == b""


@pytest.mark.parametrize("bad", [answer(200, b"<html>", "text/html"), answer(200, b'{"a":'), answer(302, b"{}")])
def test_what_is_no_json_is_no_answer(bad: Answer) -> None:
    with pytest.raises(UpstreamInvalid):
        body_of(bad, READ, now_s=0.0)


@pytest.mark.parametrize(
    ("given", "status", "code", "outcome_of_a_write"),
    [
        (answer(401), 502, "upstream_unauthorized", "not_sent"),
        (answer(404), 404, "fault", None),
        (answer(409), 409, "fault", None),
        (answer(418), 422, "fault", None),
        (answer(429, retry_after="7"), 503, "upstream_throttled", "not_sent"),
        (answer(503), 503, "upstream_throttled", "unknown"),
        (answer(500), 502, "upstream_fault", "unknown"),
    ],
)
def test_a_status_is_an_error(given: Answer, status: int, code: str, outcome_of_a_write: str | None) -> None:
    with pytest.raises(CallError) as caught:
        body_of(given, WRITE, now_s=0.0)
    assert (caught.value.status, caught.value.code, caught.value.outcome) == (status, code, outcome_of_a_write)


def test_retry_after_is_kept_and_a_fault_has_a_name() -> None:
    with pytest.raises(UpstreamThrottled) as busy:
        body_of(answer(429, retry_after="7"), READ, now_s=0.0)
    assert busy.value.retry_after_s == 7.0
    with pytest.raises(Fault) as missing:
        body_of(answer(404), READ, now_s=0.0)
    assert missing.value.name == "NotFound"
