"""The mock without envelopes: it finds the operation by its place and is strict about names."""

from __future__ import annotations

import pytest

from adapters.soap.http_answers import read_http_answer
from adapters.soap.mock import MockService
from adapters.soap.mock_http import Asked
from adapters.soap.translate import Reading
from bridge.shapes.json import loads
from bridge.transport.opened import Answer
from tests.adapters.soap.forms import ENCODED, FORM, Form, codec, contract

FORM_TYPE = "application/x-www-form-urlencoded"
TWO = {"a": "x:string", "b": "x:int"}
PLACES = "<h:urlReplacement/>"
QUERY = MockService(contract(Form(TWO, location="/Do?op=1")))
POSTED = MockService(contract(Form(TWO, FORM), "POST"))
PATH = MockService(contract(Form(TWO, PLACES, "/p/(a)-(b)?q=(b)")))
BODY = MockService(contract(Form({"order": "=t:Order"}, "<m:mimeXml part='order'/>"), "POST"))
TEXT = MockService(contract(Form({"a": "x:string"}, "<m:content type='text/plain'/>"), "POST"))


@pytest.mark.parametrize(
    ("mind", "asked"),
    [
        (QUERY, Asked("GET", "/Do", "b=7&op=1&a=")),
        (POSTED, Asked("POST", "/Do", "", b"a=x+y&b=7", FORM_TYPE)),
        (PATH, Asked("GET", "/p/x%2Fy-7", "q=7")),
        (BODY, Asked("POST", "/Do", "", b'<Order xmlns="urn:forms"><no>1</no></Order>', "text/xml")),
        (TEXT, Asked("POST", "/Do", "", "ä".encode("latin-1"), "text/plain", "latin-1")),
    ],
)
def test_a_request_that_fits_is_answered(mind: MockService, asked: Asked) -> None:
    answered = mind.answer_http(asked)
    assert answered is not None
    assert (answered.status, answered.operation) == (200, "Do"), answered.body
    answer = Answer(200, {}, "text/xml", None, answered.body, len(answered.body))
    assert read_http_answer(answer, mind.codecs["Do"], Reading(strict=True), now_s=0).json is not None


@pytest.mark.parametrize(
    ("mind", "asked", "reason"),
    [
        (QUERY, Asked("GET", "/Do", "op=1&a=x"), "Missing parameter: b."),
        (QUERY, Asked("GET", "/Do", "op=1&a=x&b=7&c=1"), "Unknown parameter: c."),
        (QUERY, Asked("GET", "/Do", "op=1&a=x&b=7&b=8"), "The parameter b is there 2 times."),
        (QUERY, Asked("GET", "/Do", "op=1&a=x&b=seven"), "b"),
        (QUERY, Asked("GET", "/Do", "op=1&a=%FF&b=7"), "not UTF-8"),
        (QUERY, Asked("GET", "/Do", "op=1&" + "a=x&" * 10_001), "too many"),
        (POSTED, Asked("POST", "/Do", "", b"a=x&b=7", "text/plain"), "The body is text/plain"),
        (POSTED, Asked("POST", "/Do", "more=1", b"a=x&b=7", FORM_TYPE), "Unknown parameter: more."),
        (PATH, Asked("GET", "/p/x-seven", "q=seven"), "b"),
        (PATH, Asked("GET", "/p/x-7", "q=8"), "The parameter b is there 2 times."),
        (BODY, Asked("POST", "/Do", "", b"<Order/>", "text/xml"), ""),
        (BODY, Asked("POST", "/Do", "a=1", b"<Order/>", "text/xml"), "Unknown parameter: a."),
        (TEXT, Asked("POST", "/Do", "", b"\x00", "text/plain"), "characters"),
        (TEXT, Asked("POST", "/Do", "", b"\xff", "text/plain"), "encoding"),
    ],
)
def test_a_request_that_does_not_is_refused_with_the_reason(mind: MockService, asked: Asked, reason: str) -> None:
    answered = mind.answer_http(asked)
    assert answered is not None
    assert (answered.status, answered.content_type) == (400, "text/plain; charset=utf-8")
    assert reason in answered.body.decode()


@pytest.mark.parametrize(
    "asked",
    [
        Asked("POST", "/Do", "op=1&a=x&b=7"),
        Asked("GET", "/do", "op=1&a=x&b=7"),
        Asked("GET", "/Do", "a=x&b=7"),
        Asked("GET", "", "wsdl"),
    ],
)
def test_another_place_is_no_operations(asked: Asked) -> None:
    assert QUERY.answer_http(asked) is None


def test_who_has_no_envelopes_answers_none() -> None:
    assert QUERY.answer(b"<x/>").status == 404


def test_a_failure_that_was_asked_for() -> None:
    answered = MockService(contract(Form({})), fault_rate=1).answer_http(Asked("GET", "/Do"))
    assert answered is not None
    assert answered.status == 500


def test_a_one_way_operation_is_taken() -> None:
    answered = MockService(contract(Form({}, ENCODED, one_way=True))).answer_http(Asked("GET", "/Do"))
    assert answered is not None
    assert (answered.status, answered.body) == (202, b"")


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_what_we_send_the_mock_takes(verb: str) -> None:
    form = Form({"text": "x:string", "list": "t:Strings", "when": "x:dateTime"})
    made = codec(form, verb)
    out = made.request(loads('{"text":"& ü=+","list":["","b c"],"when":"2024-02-29T00:00:00Z"}'.encode()))
    kind = out.headers.get("Content-Type", "")
    answered = MockService(contract(form, verb)).answer_http(
        Asked(out.verb, out.path, out.query, out.body or b"", kind)
    )
    assert answered is not None
    assert answered.status == 200, answered.body
