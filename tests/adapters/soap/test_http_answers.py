"""What came back without an envelope, and what it becomes: by the table of DESIGN, as for SOAP."""

from __future__ import annotations

import pytest

from adapters.soap.http_answers import read_http_answer
from adapters.soap.translate import Reading
from bridge.errors import (
    CallError,
    UpstreamFault,
    UpstreamInvalid,
    UpstreamThrottled,
    UpstreamUnauthorized,
)
from bridge.transport.opened import Answer
from tests.adapters.soap.forms import SPACE, Form, codec

NAME = {"name": "x:string"}
XML = Form(NAME)
TEXT = Form(NAME, output="<m:content type='text/plain'/>", answer="x:string")
BYTES = Form(NAME, output="<m:content type='image/png'/>", answer="x:string")
NOTHING = Form(NAME, answer="nothing")
ANY = Form(NAME, answer="")
HELLO = f'<string xmlns="{SPACE}">hello</string>'.encode()
FAULT = b"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>
  <faultcode>s:Client</faultcode><faultstring>db01.internal</faultstring></s:Fault></s:Body></s:Envelope>"""
ASMX = b"Missing parameter: name.\r\n   at System.Web.Services.Protocols (db01.internal)\r\n"


def read(form: Form, body: bytes, status: int = 200, kind: str = "text/xml", charset: str | None = None) -> str | None:
    answer = Answer(status, {}, kind, charset, body, len(body))
    return read_http_answer(answer, codec(form), Reading(), now_s=0).json


@pytest.mark.parametrize(
    ("form", "body", "kind", "charset", "json"),
    [
        (XML, HELLO, "text/xml", None, '"hello"'),
        (XML, HELLO, "text/plain", None, '"hello"'),
        (TEXT, "grüße\x01".encode(), "text/plain", None, '"grüße\\u0001"'),
        (TEXT, "grüße".encode("latin-1"), "text/plain", "iso-8859-1", '"grüße"'),
        (TEXT, b"", "", None, '""'),
        (BYTES, b"\x89P\x00", "image/png", None, '"iVAA"'),
        (NOTHING, b"anything", "text/html", None, None),
        (ANY, b"<a><b/></a>", "text/xml", None, '{"@any":{"@name":"a","@content":[{"@name":"b"}]}}'),
    ],
)
def test_an_answer_is_what_the_binding_promises(
    form: Form, body: bytes, kind: str, charset: str | None, json: str | None
) -> None:
    assert read(form, body, kind=kind, charset=charset) == json


@pytest.mark.parametrize(
    ("status", "body", "error", "cause"),
    [
        (200, FAULT, UpstreamFault, "Client"),
        (200, FAULT.replace(b"Fault>", b"Other>"), UpstreamInvalid, "the answer is a SOAP message"),
        (200, b"", UpstreamInvalid, "empty"),
        (200, b"<a", UpstreamInvalid, ""),
        (200, b"<other>x</other>", UpstreamInvalid, "the Body holds other"),
        (200, b"<!DOCTYPE html><html></html>", UpstreamInvalid, ""),
        (302, b"", UpstreamInvalid, "http_302_redirect"),
        (400, ASMX, UpstreamInvalid, "http_400"),
        (401, ASMX, UpstreamUnauthorized, "http_401"),
        (404, HELLO, UpstreamInvalid, "http_404"),
        (429, ASMX, UpstreamThrottled, "http_429"),
        (500, ASMX, UpstreamFault, "http_500"),
        (500, FAULT, UpstreamFault, "http_500"),
        (503, ASMX, UpstreamThrottled, "http_503"),
    ],
)
def test_a_failure_is_one_of_ours_and_says_nothing_of_theirs(
    status: int, body: bytes, error: type[CallError], cause: str
) -> None:
    with pytest.raises(error) as caught:
        read(XML, body, status)
    assert caught.value.cause.startswith(cause)
    assert "db01" not in f"{caught.value.detail} {caught.value.cause}"


@pytest.mark.parametrize(("body", "charset"), [(b"\xff\xfe\xfd", None), (b"a", "idna"), (b"a", "no-such")])
def test_a_text_that_cannot_be_read_is_not_guessed(body: bytes, charset: str | None) -> None:
    with pytest.raises(UpstreamInvalid) as caught:
        read(TEXT, body, kind="text/plain", charset=charset)
    assert "encoding" in caught.value.cause
