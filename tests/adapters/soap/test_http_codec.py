"""The wire form of messages without envelope: what is sent, what an answer stands for, what a mock answers."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.codec import OperationCodec
from adapters.soap.http_codec import HttpCodec
from adapters.soap.wire import Outgoing
from bridge.errors import DoesNotFit
from bridge.shapes.json import loads
from tests.adapters.soap.forms import ENCODED, FORM, SPACE, Form, codec

PLACES = "<h:urlReplacement/>"
NAME = {"name": "x:string"}
TWO = {"a": "x:string", "b": "x:int"}


def wire(made: OperationCodec) -> HttpCodec:
    assert made.http is not None
    return made.http


def sent(form: Form, request: str, verb: str = "GET") -> Outgoing:
    return codec(form, verb).request(loads(request.encode()))


def test_a_query() -> None:
    out = sent(Form(NAME, ENCODED, "/Do?fixed=1"), '{"name":"a&b=c +%#é漢"}')
    assert (out.verb, out.path, out.body) == ("GET", "/Do", None)
    assert out.query == "fixed=1&name=a%26b%3Dc%20%2B%25%23%C3%A9%E6%BC%A2"
    assert out.headers == {"Accept": "text/xml"}


def test_a_form() -> None:
    out = sent(Form(TWO, FORM, "/Do?fixed=1"), '{"a":"x y","b":-1}', "POST")
    assert (out.verb, out.path, out.query, out.body) == ("POST", "/Do", "fixed=1", b"a=x%20y&b=-1")
    assert out.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_parts_take_their_places() -> None:
    out = sent(Form(TWO, PLACES, "/A(a)B(b)/(a)/(other)?q=(b)"), '{"a":"x/y (b)","b":7}')
    assert out.path == "/Ax%2Fy%20%28b%29B7/x%2Fy%20%28b%29/(other)"
    assert out.query == "q=7"


def test_a_post_with_parts_in_the_path_has_an_empty_body() -> None:
    assert sent(Form(NAME, PLACES, "/(name)"), '{"name":"x"}', "POST").body == b""


@pytest.mark.parametrize("value", ["..", ".", "x/..", "..\\\\x", "a/./b"])
def test_a_value_that_climbs_is_refused_where_it_stands(value: str) -> None:
    with pytest.raises(DoesNotFit) as caught:
        sent(Form({"Name": "x:string"}, PLACES, "/p/(Name)/x"), f'{{"name":"{value}"}}')
    assert [error.pointer for error in caught.value.errors] == ["/name"]


def test_two_harmless_values_do_not_climb_together() -> None:
    with pytest.raises(DoesNotFit):
        sent(Form({"a": "x:string", "b": "x:string"}, PLACES, "/(a)(b)/x"), '{"a":".","b":"."}')


def test_dots_inside_a_name_are_no_climbing() -> None:
    assert sent(Form(NAME, PLACES, "/(name)"), '{"name":"v1..2"}').path == "/v1..2"


def test_a_document_has_the_element_as_its_root() -> None:
    out = sent(Form({"order": "=t:Order"}, "<m:mimeXml part='order'/>"), '{"no":1,"tag":["x"]}', "POST")
    root = etree.fromstring(out.body or b"")
    assert root.tag == f"{{{SPACE}}}Order"
    assert [child.text for child in root] == ["1", "x"]
    assert out.headers["Content-Type"] == "text/xml; charset=utf-8"


def test_a_document_by_type_has_the_name_of_its_part() -> None:
    out = sent(Form({"list": "t:Strings"}, "<m:content type='text/xml'/>"), '{"list":["x"]}', "POST")
    assert etree.fromstring(out.body or b"").tag == "list"


@pytest.mark.parametrize(
    ("kind", "request_json", "body"),
    [("text/plain", '{"name":"ä\\n"}', "ä\n".encode()), ("image/png", '{"name":"iVA="}', b"\x89P")],
)
def test_texts_and_bytes_are_sent_as_they_are(kind: str, request_json: str, body: bytes) -> None:
    out = sent(Form(NAME, f"<m:content type='{kind}'/>"), request_json, "POST")
    assert out.body == body
    assert out.headers["Content-Type"].startswith(kind)


@pytest.mark.parametrize(
    ("form", "value", "kind", "body"),
    [
        (
            Form(NAME, output="<m:content type='text/csv'/>", answer="x:string"),
            '"a;ä"',
            "text/csv; charset=utf-8",
            "a;ä",
        ),
        (Form(NAME, output="<m:content type='image/png'/>", answer="x:string"), '"iVA="', "image/png", b"\x89P"),
        (
            Form(NAME, output="<m:content type='*/*'/>", answer="x:string"),
            '"iVA="',
            "application/octet-stream",
            b"\x89P",
        ),
        (Form(NAME, answer="nothing"), "null", "", b""),
    ],
)
def test_what_a_server_of_it_answers(form: Form, value: str, kind: str, body: str | bytes) -> None:
    made = codec(form)
    envelope = made.encode_answer(loads(value.encode()), given=value != "null")
    assert wire(made).answer(envelope) == (kind, body.encode() if isinstance(body, str) else body)


@pytest.mark.parametrize("answer", ["=t:string", "x:string"])
def test_an_answer_of_xml_is_the_element_whatever_a_part_by_type_calls_it(answer: str) -> None:
    made = codec(Form(NAME, answer=answer))
    root = etree.fromstring(f'<string xmlns="{SPACE}">x &amp; y</string>')
    assert made.decode_answer(wire(made).envelope_of(root), strict=True).json == '"x & y"'


def test_a_null_that_the_element_may_be() -> None:
    made = codec(Form(NAME))
    nil = 'xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    root = etree.fromstring(f'<string {nil} xmlns="{SPACE}"/>')
    assert made.decode_answer(wire(made).envelope_of(root)).json == "null"


def test_null_is_told_and_written_where_the_element_may_be_nil() -> None:
    made = codec(Form(NAME))
    assert made.description.output.nullable
    _, body = wire(made).answer(made.encode_answer(None))
    assert made.decode_answer(wire(made).envelope_of(etree.fromstring(body)), strict=True).json == "null"
    assert not codec(Form(NAME, answer="=t:Order")).description.output.nullable
