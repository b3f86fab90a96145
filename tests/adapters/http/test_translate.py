"""An answer becomes a body or an error."""

from __future__ import annotations

import pytest

from adapters.http.plan import Declared
from adapters.http.translate import Reading, body_of, declared_for, name_of
from bridge.contracts import Operation
from bridge.errors import CallError, Fault, UpstreamFault, UpstreamInvalid, UpstreamThrottled, UpstreamUnauthorized
from bridge.rules.failing import Judging, verdict
from bridge.rules.settings import FailRule
from bridge.transport.opened import Answer

READ, WRITE = Operation("shop", "Get", safe=True), Operation("shop", "Put")


def answer(status: int, body: bytes = b"", content_type: str = "application/json", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, content_type, None, body, len(body))


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
        (answer(504), 502, "upstream_fault", "unknown"),
        (answer(400), 422, "fault", None),
        (answer(403), 403, "fault", None),
        (answer(410), 410, "fault", None),
        (answer(412), 412, "fault", None),
        (answer(451), 451, "fault", None),
        (answer(405), 502, "upstream_invalid", "not_sent"),
        (answer(415), 502, "upstream_invalid", "not_sent"),
        (answer(304), 502, "upstream_invalid", "unknown"),
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


ERROR = b'{"error": {"code": "E17", "host": "db.internal"}, "sum": 1.50}'


def failed(given: Answer, how: Reading) -> CallError:
    with pytest.raises(CallError) as caught:
        body_of(given, WRITE, how, now_s=0.0)
    return caught.value


def test_whose_password_was_refused_is_told() -> None:
    for status, refused in ((401, "http"), (407, "proxy")):
        error = failed(answer(status), Reading())
        assert isinstance(error, UpstreamUnauthorized)
        assert error.refused == refused


@pytest.mark.parametrize(
    ("faults", "status"),
    [
        ({"404": 410}, 410),
        ({"NotFound": 409}, 409),
        ({"@.detail.error.code == 'E17'": 403}, 403),
        ({"@.detail.error.code == 'E18'": 403}, 404),
        ({"404": 504}, 504),
    ],
)
def test_a_person_says_which_status_a_refusal_has(faults: dict[str, int], status: int) -> None:
    assert failed(answer(404, ERROR), Reading(faults)).status == status


def test_a_refusal_that_is_made_a_failure_may_be_tried_again() -> None:
    error = failed(answer(409, ERROR), Reading({"409": 503}))
    assert isinstance(error, UpstreamFault)
    assert (error.status, error.retryable, error.outcome) == (503, True, "unknown")


def test_what_stands_in_a_refusal_is_told_only_where_it_is_declared_or_allowed() -> None:
    assert failed(answer(404, ERROR), Reading()).fault is None
    written = b'{"error":{"code":"E17","host":"db.internal"},"sum":1.50}'
    assert failed(answer(404, ERROR), Reading(errors_pass=True)).fault == written
    declared = (Declared("404", {"type": "object"}), Declared("4XX"))
    assert failed(answer(404, ERROR), Reading(declared=declared)).fault == written
    assert failed(answer(409, ERROR), Reading(declared=declared)).fault is None
    assert failed(answer(404, b"<html>", "text/html"), Reading(errors_pass=True)).fault is None


def test_the_title_of_a_problem_is_told_without_hosts() -> None:
    body = b'{"title": "No such order at https://erp01.internal/x", "detail": "on db.internal"}'
    error = failed(answer(404, body, "application/problem+json"), Reading())
    assert error.detail.startswith("No such order at")
    assert "internal" not in error.detail


def test_an_answer_is_declared_by_its_status_its_class_or_for_all_others() -> None:
    one, most, rest = Declared("404", {}), Declared("4XX", {}), Declared("default", {})
    assert declared_for(404, (rest, most, one)) is one
    assert declared_for(409, (rest, most, one)) is most
    assert declared_for(500, (rest, most, one)) is rest


def test_a_text_becomes_a_json_string() -> None:
    how = Reading(text=True)
    assert body_of(Answer(200, {}, "text/plain", "latin-1", "größe".encode("latin-1"), 5), READ, how, now_s=0.0) == (
        '"größe"'.encode()
    )
    with pytest.raises(UpstreamInvalid):
        body_of(answer(200, b"{}"), READ, how, now_s=0.0)
    with pytest.raises(UpstreamInvalid):
        body_of(Answer(200, {}, "text/plain", "utf-8", b"\xff", 1), READ, how, now_s=0.0)


def test_a_good_answer_may_say_that_it_failed() -> None:
    judging = Judging(lambda: [verdict(FailRule(when="@.ok == false", status=404), str)])
    assert failed(answer(200, b'{"ok": false}'), Reading(judging=judging)).status == 404
    assert body_of(answer(200, b'{"ok": true}'), READ, Reading(judging=judging), now_s=0.0) == b'{"ok": true}'


def test_a_status_has_a_name() -> None:
    assert [name_of(status) for status in (404, 422, 418, 499)] == [
        "NotFound",
        "UnprocessableEntity" if name_of(422) == "UnprocessableEntity" else "UnprocessableContent",
        "I'mATeapot",
        "Status499",
    ]
