"""What came back, and what it becomes: the table of DESIGN, row by row."""

from __future__ import annotations

import pytest

from adapters.soap.codec import OperationCodec, Projection
from adapters.soap.contract import Version
from adapters.soap.translate import (
    Reading,
    fault_status,
    read_answer,
    read_one_way,
    refuse_by_status,
)
from bridge.errors import (
    CallError,
    Fault,
    UpstreamFault,
    UpstreamInvalid,
    UpstreamThrottled,
    UpstreamUnauthorized,
)
from bridge.transport.opened import Answer
from tests.adapters.soap.shop import NOT_FOUND, ORDER, contract, envelope, fault
from tests.cpu import costs_at_most

NOW_S = 1_700_000_000.0
HTML = b"<!DOCTYPE html><html><body>Apache Tomcat at erp01.internal: at com.example.X(X.java:1)</body></html>"
both = pytest.mark.parametrize("version", ["1.1", "1.2"])


def codec(version: Version = "1.1") -> OperationCodec:
    return Projection(contract("http://shop.example/", version)).operation("GetOrder")


def came(body: bytes, status: int = 200, kind: str = "text/xml", charset: str | None = None, **headers: str) -> Answer:
    return Answer(status, headers, kind, charset, body, len(body))


def refusal(answer: Answer, version: Version = "1.1", **how: object) -> CallError:
    with pytest.raises(CallError) as caught:
        read_answer(answer, codec(version), Reading(**how), now_s=NOW_S)  # type: ignore[arg-type]  # settings by their names
    return caught.value


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


@both
@pytest.mark.parametrize(
    "kind",
    ["text/xml", "application/xml", "application/soap+xml", "application/x+xml", "text/plain", "", "text/html",
     "application/octet-stream"],
)  # fmt: skip
def test_an_envelope_is_read_whatever_it_is_called(version: Version, kind: str) -> None:
    decoded = read_answer(came(envelope(ORDER, version), kind=kind), codec(version), Reading(), now_s=NOW_S)
    assert decoded.json == '{"orderId":1001,"total":12.50}'
    assert decoded.tolerances == {}


@pytest.mark.parametrize("begin", [b"", b"\xef\xbb\xbf", b" \r\n", b'<?xml version="1.0"?>\n'])
@pytest.mark.parametrize("kind", ["text/xml", "text/html"])
def test_what_may_stand_before_it(begin: bytes, kind: str) -> None:
    assert read_answer(came(begin + envelope(ORDER), kind=kind), codec(), Reading(), now_s=NOW_S).json


def test_the_charset_of_the_header_counts() -> None:
    body = envelope(ORDER.replace("t:Total>12.50<", "t:Total>12.50<!--ä--><")).decode().encode("iso-8859-1")
    assert read_answer(came(body, charset="ISO-8859-1"), codec(), Reading(), now_s=NOW_S).json
    assert isinstance(refusal(came(body)), UpstreamInvalid)
    assert isinstance(refusal(came(envelope(ORDER), charset="utf-7")), UpstreamInvalid)


def test_what_was_overlooked_is_counted_unless_strict() -> None:
    odd = envelope(ORDER.replace("<t:Total>", "<t:New>1</t:New><t:Total>"))
    assert read_answer(came(odd), codec(), Reading(), now_s=NOW_S).tolerances == {"unknown-element": 1}
    assert isinstance(refusal(came(odd), strict=True), UpstreamInvalid)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (came(b""), "empty"),
        (came(b" \r\n "), "empty"),
        (came(b"", status=202), "empty"),
        (came(HTML, kind="text/html"), "content_type"),
        (came(b"<html><body/></html>", kind="text/html"), "content_type"),
        (came(b'{"ok": true}', kind="application/json"), "content_type"),
        (came(b"\x00\x01\x02", kind="application/octet-stream"), "content_type"),
        (came(b"--x\r\n", kind="multipart/related"), "content_type"),
        (came(b"<a><b></a>"), "well-formed"),
        (came(envelope(ORDER)[:-20]), "well-formed"),
        (came(b"<ok/>"), "not a SOAP message"),
        (came(b"<Envelope><Body/></Envelope>"), "not a SOAP message"),
        (came(b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>'), "no Body"),
        (came(envelope("")), "Body"),
        (came(HTML), "document type declaration"),
        (came(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "document type declaration"),
        (came(envelope(ORDER.replace("12.50", "twelve"))), ""),
        (came(b"not found", status=404, kind="text/plain"), "http_404"),
        (came(envelope(ORDER), status=404), "http_404"),
        (came(b"", status=302), "http_302_redirect"),
    ],
)
def test_unusable_answers(answer: Answer, cause: str) -> None:
    error = refusal(answer)
    assert isinstance(error, UpstreamInvalid)
    assert (error.status, error.code, error.outcome) == (502, "upstream_invalid", "unknown")
    assert cause in error.cause
    assert error.detail == UpstreamInvalid.title


def test_limits() -> None:
    assert "elements" in refusal(came(envelope(ORDER)), nodes_max=3).cause
    assert "bytes" in refusal(came(envelope(ORDER)), bytes_max=50).cause


# ── statuses ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [401, 403, 407])
def test_our_credentials_were_refused(status: int) -> None:
    error = refusal(came(HTML, status=status, kind="text/html"))
    assert isinstance(error, UpstreamUnauthorized)
    assert (error.status, error.cause, error.outcome) == (502, f"http_{status}", "not_sent")


@pytest.mark.parametrize("status", [429, 503])
def test_throttled(status: int) -> None:
    error = refusal(Answer(status, {"retry-after": "7"}, "text/html", None, HTML, 1))
    assert isinstance(error, UpstreamThrottled)
    assert (error.status, error.code, error.retry_after_s) == (503, "upstream_throttled", 7.0)
    assert error.outcome == "not_sent"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (came(HTML, 503, "text/html"), "unknown"),
        (came(b"", 503), "unknown"),
        (came(envelope(ORDER), 503), "unknown"),
        (came(fault("Server", "closed for today", version="1.1"), 503), "not_sent"),
        (came(HTML, 429, "text/html"), "not_sent"),
    ],
)
def test_busy_without_a_word_of_when_to_come_back(answer: Answer, outcome: str) -> None:
    error = refusal(answer)
    assert isinstance(error, UpstreamThrottled)
    assert (error.retry_after_s, error.retryable, error.outcome) == (None, True, outcome)


@pytest.mark.parametrize("status", [500, 502, 504, 599])
def test_a_server_that_fails_without_soap(status: int) -> None:
    for body, kind in ((HTML, "text/html"), (b"", ""), (envelope(ORDER), "text/xml")):
        error = refusal(came(body, status=status, kind=kind))
        assert isinstance(error, UpstreamFault)
        assert (error.status, error.code, error.cause) == (502, "upstream_fault", f"http_{status}")
        assert (error.retryable, error.outcome) == (True, "unknown")


@pytest.mark.parametrize("status", [200, 202, 204, 400, 404, 500, 502])
def test_statuses_that_leave_it_to_the_body(status: int) -> None:
    refuse_by_status(came(b"", status=status), NOW_S)


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────


@both
@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("blame", ["Client", "Server"])
def test_a_declared_fault(version: Version, status: int, blame: str) -> None:
    error = refusal(came(fault(blame, "Order 1001 is unknown", NOT_FOUND, version=version), status=status), version)
    assert isinstance(error, Fault)
    assert (error.status, error.name, error.detail) == (404, "OrderNotFound", "Order 1001 is unknown")
    assert error.fault == b'{"orderId":1001}'


@both
def test_a_configured_status_wins(version: Version) -> None:
    data = fault("Client", "x", NOT_FOUND, version=version)
    assert refusal(came(data, status=500), version, faults={"OrderNotFound": 410}).status == 410


@pytest.mark.parametrize(
    ("status", "passes"), [(500, True), (502, True), (503, True), (504, True), (501, False), (410, False)]
)
def test_a_fault_that_blames_the_system_by_configuration_may_pass(status: int, passes: bool) -> None:
    data = fault("Client", "x", NOT_FOUND, version="1.1")
    assert refusal(came(data, status=500), faults={"OrderNotFound": status}).retryable is passes


@both
def test_a_fault_that_blames_the_client(version: Version) -> None:
    error = refusal(came(fault("Client", "Bad number", version=version), status=500), version)
    assert isinstance(error, Fault)
    assert (error.status, error.detail, error.fault, error.retryable) == (422, "Bad number", None, False)


@both
def test_a_fault_that_blames_the_server(version: Version) -> None:
    text = "java.lang.IllegalStateException: Try again\n\tat com.example.X.y(X.java:1)"
    error = refusal(came(fault("Server", text, version=version), status=500), version)
    assert isinstance(error, UpstreamFault)
    assert (error.status, error.detail, error.retryable, error.outcome) == (502, "Try again", True, None)


def test_a_fault_without_words() -> None:
    assert refusal(came(fault("Server", "", version="1.1"), status=500)).detail == UpstreamFault.title
    empty = envelope("<s:Fault/>")
    assert isinstance(refusal(came(empty, status=500)), UpstreamFault)


def test_details_nobody_declared_are_not_shown() -> None:
    data = fault("Client", "x", "<stack>at com.example.X.y(X.java:1)</stack>", version="1.1")
    assert refusal(came(data, status=500)).fault is None


@pytest.mark.parametrize(
    "code",
    ["wsse:FailedAuthentication", "wsse:FailedCheck", "wsse:InvalidSecurity", "s:Client.Authentication",
     "wsse:InvalidSecurityToken", "x:MessageExpired"],
)  # fmt: skip
def test_faults_about_our_credentials(code: str) -> None:
    error = refusal(came(fault(code, "Wrong password for shop", version="1.1"), status=500))
    assert isinstance(error, UpstreamUnauthorized)
    assert error.detail == UpstreamUnauthorized.title
    assert code.rpartition(":")[2] in error.cause


def test_credentials_in_a_subcode() -> None:
    data = fault("Client", "x", subcodes=("InvalidSecurity", "FailedAuthentication"), version="1.2")
    error = refusal(came(data, status=400), "1.2")
    assert isinstance(error, UpstreamUnauthorized)
    assert error.cause == "Sender/InvalidSecurity/FailedAuthentication"


@pytest.mark.parametrize("code", ["VersionMismatch", "MustUnderstand", "ActionNotSupported", "DestinationUnreachable"])
def test_faults_about_our_envelope_are_not_the_callers(code: str) -> None:
    assert isinstance(refusal(came(fault(code, "x", version="1.1"), status=500)), UpstreamInvalid)


def test_codes_can_be_configured() -> None:
    data = fault("Client", "Gone", subcodes=("Rejected", "NoStock"), version="1.2")
    assert refusal(came(data, status=400), "1.2", faults={"NoStock": 409, "Rejected": 400}).status == 409
    assert refusal(came(data, status=400), "1.2", faults={"Rejected": 400}).status == 400
    server = refusal(came(fault("s:Server.Busy", "x", version="1.1"), status=500), faults={"Server.Busy": 409})
    assert (type(server), server.status) == (Fault, 409)


def test_an_old_fault_from_a_new_service() -> None:
    assert isinstance(refusal(came(fault("Client", "x", version="1.1"), status=500), "1.2"), Fault)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("OrderNotFound", 404),
        ("ORDER_NOT_FOUND", 404),
        ("order-not-found-fault", 404),
        ("CustomerDoesNotExist", 404),
        ("NoSuchOrder", 404),
        ("OrderExists", 409),
        ("OrderAlreadyExistsException", 409),
        ("DuplicateKey", 409),
        ("VersionConflict", 409),
        ("AccessDenied", 403),
        ("Forbidden", 403),
        ("NotExists", 404),
        ("Locked", 422),
        ("", 422),
    ],
)
def test_names_of_faults(name: str, status: int) -> None:
    assert fault_status(name, {}) == status
    assert fault_status(name, {name: 418}) == 418


# ── one-way ──────────────────────────────────────────────────────────────────────────────────────────────────────


def taken(answer: Answer, *, strict: bool = False) -> dict[str, int]:
    return read_one_way(answer, codec(), Reading(strict=strict), now_s=NOW_S).tolerances


@pytest.mark.parametrize("answer", [came(b"", 202), came(b" \n", 200), came(envelope(""), 200), came(b"", 204)])
def test_one_way_is_done_when_taken(answer: Answer) -> None:
    assert taken(answer) == taken(answer, strict=True) == {}


@pytest.mark.parametrize("body", [b"OK", b"{}", b"<ok/>", b"<br />\n<b>Notice</b>: x", b"<broken"])
def test_what_comes_in_place_of_nothing_is_counted(body: bytes) -> None:
    assert taken(came(body, 200, "text/html")) == {"one-way-answer": 1}
    with pytest.raises(UpstreamInvalid):
        taken(came(body, 200, "text/html"), strict=True)


@pytest.mark.parametrize("kind", ["text/html", "text/xml"])
def test_a_page_is_no_sign_that_a_message_was_taken(kind: str) -> None:
    with pytest.raises(UpstreamInvalid) as caught:
        taken(came(HTML, 200, kind))
    assert (caught.value.cause, caught.value.outcome, caught.value.retryable) == ("one_way_page", "unknown", False)


def test_one_way_can_fail() -> None:
    for answer, kind in (
        (came(fault("Client", "x", version="1.1"), 500), Fault),
        (came(b"", 503), UpstreamThrottled),
        (came(HTML, 404, "text/html"), UpstreamInvalid),
    ):
        with pytest.raises(kind):
            read_one_way(answer, codec(), Reading(), now_s=NOW_S)


def test_hostile_answers_take_no_time() -> None:
    deep = envelope("<t:a>" * 5_000 + "</t:a>" * 5_000)
    many = envelope("<t:a/>" * 300_000)
    with costs_at_most(2):
        for body in (deep, many):
            assert isinstance(refusal(came(body)), UpstreamInvalid)
