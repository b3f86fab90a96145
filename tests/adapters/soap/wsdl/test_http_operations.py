"""Where the parts of an operation without envelope travel, and which operations cannot."""

from __future__ import annotations

import pytest

from adapters.soap.contract import Part
from adapters.soap.documents import DocumentSet
from adapters.soap.http_codec import DOCUMENT
from adapters.soap.wsdl.reader import read_contract
from tests.adapters.soap.forms import ENCODED, FORM, HERE, SPACE, XML, Form, contract, operation, wsdl

STRING = "{http://www.w3.org/2001/XMLSchema}string"
BASE64 = "{http://www.w3.org/2001/XMLSchema}base64Binary"
ANY = DOCUMENT.key
NAME = {"name": "x:string"}


@pytest.mark.parametrize(
    ("given", "verb", "kind", "content_type"),
    [
        (ENCODED, "GET", "query", ""),
        (ENCODED, "POST", "form", "application/x-www-form-urlencoded"),
        (FORM, "POST", "form", "application/x-www-form-urlencoded"),
        (FORM, "GET", "query", ""),
        ("", "GET", "query", ""),
        ("", "POST", "form", "application/x-www-form-urlencoded"),
        ("<m:mimeXml part='name'/>", "POST", "xml", "text/xml; charset=utf-8"),
        ("<m:content type='application/xml; charset=UTF-8'/>", "POST", "xml", "application/xml; charset=UTF-8"),
        ("<m:content type='text/csv'/>", "POST", "text", "text/csv; charset=utf-8"),
        ("<m:content type='text/*'/>", "POST", "text", "text/plain; charset=utf-8"),
        ("<m:content type='image/png'/>", "POST", "binary", "image/png"),
    ],
)
def test_how_a_request_travels(given: str, verb: str, kind: str, content_type: str) -> None:
    http = operation(Form(NAME, given), verb).http
    assert http is not None
    assert (http.verb, http.input, http.content_type) == (verb, kind, content_type)


@pytest.mark.parametrize(
    ("given", "answer", "kind", "part"),
    [
        ("<m:mimeXml part='Body'/>", "=t:string", "xml", Part("Body", element=f"{{{SPACE}}}string")),
        ("<m:mimeXml part='Wrong'/>", "=t:string", "xml", Part("Body", element=f"{{{SPACE}}}string")),
        ("<m:content type='text/xml'/>", "x:string", "xml", Part("Body", type=STRING)),
        ("<m:mimeXml part='Body'/>", "", "xml", Part("Body", type=ANY)),
        ("", "=t:string", "xml", Part("Body", element=f"{{{SPACE}}}string")),
        ("<m:content type='text/plain'/>", "x:int", "text", Part("Body", type=STRING)),
        (
            "<m:content type='image/gif'/><m:content type='image/png'/>",
            "x:hexBinary",
            "binary",
            Part("Body", type=BASE64),
        ),
        ("<m:content type='*/*'/>", "x:string", "binary", Part("Body", type=BASE64)),
    ],
)
def test_what_comes_back(given: str, answer: str, kind: str, part: Part) -> None:
    found = operation(Form(NAME, output=given, answer=answer))
    assert found.problem == ""
    assert found.http is not None
    assert found.output is not None
    assert (found.http.output, found.output.parts) == (kind, (part,))


def test_an_answer_without_parts_is_nothing_and_no_answer_is_one_way() -> None:
    nothing, one_way = operation(Form(NAME, answer="nothing")), operation(Form(NAME, one_way=True))
    assert nothing.http is not None
    assert nothing.http.output == "nothing"
    assert nothing.output is not None
    assert nothing.output.parts == ()
    assert one_way.output is None


def test_named_values_lie_in_an_element_of_the_operations_name_and_a_structure_by_itself() -> None:
    assert operation(Form(NAME)).input.wrapper == "Do"
    assert operation(Form({"order": "=t:Order"})).input.wrapper == ""


@pytest.mark.parametrize(
    ("location", "meant"),
    [("/Do", "/Do"), ("Do", "/Do"), ("", ""), ("?op=Do", "?op=Do"), ("@evil.example/x", "/@evil.example/x")],
)
def test_a_location_is_behind_the_address(location: str, meant: str) -> None:
    http = operation(Form(NAME, location=location)).http
    assert http is not None
    assert http.location == meant


@pytest.mark.parametrize(
    ("form", "verb", "reason"),
    [
        (Form(NAME, location="http://evil.example/Do"), "GET", "is not relative"),
        (Form(NAME, location="/a b"), "GET", "is not relative"),
        (Form(NAME, location="/a#b"), "GET", "is not relative"),
        (Form(NAME, location="\\\\evil.example"), "GET", "is not relative"),
        (Form(NAME, "<h:urlReplacement/>", "/Do/(other)"), "GET", "the part name has no place in the location"),
        (Form({"l": "t:Strings"}, "<h:urlReplacement/>", "/Do/(l)"), "GET", "an array"),
        (Form({"d": "t:Deep"}), "GET", "d has structure"),
        (Form({"e": "t:Either"}), "GET", "e has structure"),
        (Form({"m": "t:Marked"}), "GET", "m has structure"),
        (Form({"q": "x:QName"}), "GET", "qualified name"),
        (Form(NAME, "<m:content type='image/png'/>"), "GET", "a GET does not have"),
        (Form({"a": "x:string", "b": "x:string"}, "<m:content type='text/xml'/>"), "POST", "does not say which"),
        (Form(NAME, "<m:multipartRelated/>"), "POST", "MIME package"),
        (Form(NAME, "<m:content type='multipart/form-data'/>"), "POST", "multipart/form-data, which is not supported"),
    ],
)
def test_what_cannot_travel_says_why(form: Form, verb: str, reason: str) -> None:
    found = contract(form, verb)
    assert reason in found.operations["Do"].problem
    assert any("operation Do is left out" in line for line in found.warnings)


def test_a_name_that_no_element_can_have_harms_its_operation_alone() -> None:
    text = wsdl(Form(NAME)).replace(b'operation name="Do"', b'operation name="Do it"')
    found = read_contract(DocumentSet(HERE, {HERE: text}))
    assert found.operations["Do it"].problem == "its name 'Do it' cannot be the name of an XML element"
    alone = wsdl(Form({"Body": "=t:Order"}, XML), "POST").replace(b'operation name="Do"', b'operation name="Do it"')
    assert not read_contract(DocumentSet(HERE, {HERE: alone})).operations["Do it"].problem
