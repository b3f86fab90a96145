from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.call import JsonValue
from bridge.errors import BadRequest, CallError, DoesNotFit, MalformedJson
from bridge.shapes.json import Number, dumps
from bridge.shapes.model import Described, Facets, Kind, ListOf, Scalar, Shape, Union
from bridge.web.inputs import Inputs, Sources, spread
from bridge.web.params import QUERY_FIELDS_MAX, bind, convert, parse_query, pointer
from tests.bridge.web.fake import DATE, FLAG, INPUTS, NUMBER, TABLE, TEXT, WHOLE, fields, must

FIND = spread(Described(INPUTS["FindOrders"], TABLE), "GET", (), Sources())
GET = spread(Described(INPUTS["GetOrder"], TABLE), "GET", ("orderId",), Sources())
UPDATE = spread(
    Described(INPUTS["UpdateOrder"], TABLE),
    "PUT",
    ("orderId",),
    Sources(query={"since": "range.from"}, headers={"X-Tenant": "tenant"}),
)
CREATE = Inputs(body=Described(INPUTS["CreateOrder"], TABLE))


def bound(
    inputs: Inputs,
    values: Mapping[str, str] | None = None,
    query: str = "",
    body: bytes = b"",
    headers: Mapping[str, list[str]] | None = None,
) -> bytes | JsonValue:
    given_headers = headers or {}
    return bind(inputs, values or {}, parse_query(query), lambda name: given_headers.get(name, []), body)


def text(value: bytes | JsonValue) -> str:
    return value.decode() if isinstance(value, bytes) else dumps(value)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "{}"),
        ("limit=5", '{"limit":5}'),
        ("limit=123456789012345678901234567890", '{"limit":123456789012345678901234567890}'),
        ("tags=a", '{"tags":["a"]}'),
        ("tags=a&tags=b&ids=1&ids=2", '{"tags":["a","b"],"ids":[1,2]}'),
        ("tags=", '{"tags":[""]}'),
        ("tags=a,b", '{"tags":["a,b"]}'),
        ("tags=a%26b%3Dc", '{"tags":["a&b=c"]}'),
        ("tags=a+b%2Bc", '{"tags":["a b+c"]}'),
        ("tags=%C3%BC", '{"tags":["ü"]}'),
        ("range.from=2024-01-01&range.to=2024-02-01", '{"range":{"from":"2024-01-01","to":"2024-02-01"}}'),
        ("range%2Efrom=2024-01-01", '{"range":{"from":"2024-01-01"}}'),
        ("&limit=5&&", '{"limit":5}'),
        ("tags=a%2520", '{"tags":["a%20"]}'),
    ],
)
def test_a_query_becomes_json(query: str, expected: str) -> None:
    assert text(bound(FIND, query=query)) == expected


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("limt=5", 400, "did you mean limit?"),
        ("zzz=1", 400, "Unknown query parameter 'zzz'"),
        ("range=1", 400, "Unknown query parameter 'range'"),
        ("any=1", 400, "Unknown query parameter"),
        ("limit=5&limit=6", 400, "more than once"),
        ("limit=%", 400, "percent escape"),
        ("limit=%ff", 400, "not UTF-8"),
        ("&".join(["tags=a"] * (QUERY_FIELDS_MAX + 1)), 400, "more than 1000"),
        ("limit=", 422, "/limit must be a number"),
        ("limit=five", 422, "/limit must be a number"),
        ("limit=05", 422, "/limit must be a number"),
        ("limit=%2B5", 422, "/limit must be a number"),
        ("limit=0x10", 422, "/limit must be a number"),
        ("limit=1_0", 422, "/limit must be a number"),
        ("limit=NaN", 422, "/limit must be a number"),
        ("limit=%D9%A1", 422, "/limit must be a number"),
        ("limit=5%0A", 422, "/limit must be a number"),
        ("ids=1&ids=x", 422, "/ids/1 must be a number"),
    ],
)
def test_a_query_that_does_not_fit_is_refused(query: str, status: int, says: str) -> None:
    with pytest.raises(CallError) as caught:
        bound(FIND, query=query)
    assert caught.value.status == status
    assert says in caught.value.detail + "".join(f"{e.pointer} {e.detail}" for e in caught.value.errors)


def test_all_violations_come_at_once() -> None:
    with pytest.raises(DoesNotFit) as caught:
        bound(GET, {"orderId": "x"}, "verbose=1")
    assert [error.pointer for error in caught.value.errors] == ["/orderId", "/verbose"]


def test_a_required_query_parameter_is_asked_for() -> None:
    inputs = spread(Described(fields(must("from", DATE), to=DATE)), "GET", (), Sources())
    with pytest.raises(DoesNotFit) as caught:
        bound(inputs)
    assert [(error.pointer, error.detail) for error in caught.value.errors] == [
        ("/from", "the parameter from is required")
    ]


@pytest.mark.parametrize(
    ("body", "query", "headers", "expected"),
    [
        (b'{"status":"new"}', "", {}, '{"status":"new","orderId":7}'),
        (b'{"status":"new","orderId":7}', "", {}, '{"status":"new","orderId":7}'),
        (b'{"status":"new"}', "since=2024-01-01", {}, '{"status":"new","orderId":7,"range":{"from":"2024-01-01"}}'),
        (b'{"range":{"to":"x"}}', "since=y", {}, '{"range":{"to":"x","from":"y"},"orderId":7}'),
        (b'{"status":"new"}', "", {"X-Tenant": ["t"]}, '{"status":"new","orderId":7,"tenant":"t"}'),
        (b'{"status":1.10}', "", {}, '{"status":1.10,"orderId":7}'),
    ],
)
def test_parameters_join_the_body(body: bytes, query: str, headers: dict[str, list[str]], expected: str) -> None:
    assert text(bound(UPDATE, {"orderId": "7"}, query, body, headers)) == expected


@pytest.mark.parametrize(
    ("body", "query", "headers", "error", "says"),
    [
        (b'{"status":"new","orderId":8}', "", {}, DoesNotFit, "/orderId is not what the parameter orderId says"),
        (b'{"status":"new","orderId":null}', "", {}, DoesNotFit, "/orderId is not what"),
        (b'{"range":1}', "since=y", {}, DoesNotFit, "/range must be an object"),
        (b"[]", "", {}, DoesNotFit, " must be an object"),
        (b"null", "", {}, DoesNotFit, " must be an object"),
        (b"{", "", {}, MalformedJson, "Not valid JSON"),
        (b'{"a":1,"a":2}', "", {}, MalformedJson, "twice"),
        (b"", "", {}, BadRequest, "needs a JSON body"),
        (b" \n", "", {}, BadRequest, "needs a JSON body"),
        (b'{"status":"x"}', "", {"X-Tenant": ["a", "b"]}, BadRequest, "more than once"),
        (b'{"status":"x"}', "orderId=7", {}, BadRequest, "Unknown query parameter 'orderId'"),
    ],
)
def test_parameters_and_body_must_agree(
    body: bytes, query: str, headers: dict[str, list[str]], error: type[CallError], says: str
) -> None:
    with pytest.raises(error) as caught:
        bound(UPDATE, {"orderId": "7"}, query, body, headers)
    assert says in caught.value.detail + "".join(f"{e.pointer} {e.detail}" for e in caught.value.errors)


def test_a_body_alone_is_handed_on_as_it_came() -> None:
    body = b' {"not": looked at'
    assert bound(CREATE, body=body) is body


def test_an_absent_body_stays_absent_where_none_is_needed() -> None:
    assert bound(Inputs(body=Described(None))) == b""
    assert bound(Inputs(body=Described(fields(a=TEXT)))) == {}
    assert bound(Inputs(body=Described(TEXT, required=False))) == b""
    for needed in (fields(must("a", TEXT)), TEXT):
        with pytest.raises(BadRequest, match="needs a JSON body"):
            bound(Inputs(body=Described(needed)))


def test_a_body_where_none_is_taken_is_refused() -> None:
    with pytest.raises(BadRequest, match="takes no body"):
        bound(GET, {"orderId": "7"}, body=b"{}")


def test_a_query_where_none_is_taken_is_refused() -> None:
    with pytest.raises(BadRequest, match="this address takes none"):
        bound(CREATE, query="a=1", body=b"{}")


ENUM = Scalar(Kind.STRING, Facets(enumeration=("unbounded", "7")))


@pytest.mark.parametrize(
    ("written", "shape", "expected"),
    [
        ("1", NUMBER, Number("1")),
        ("-1.50e+3", NUMBER, Number("-1.50e+3")),
        ("INF", Scalar(Kind.DOUBLE), "INF"),
        ("-INF", Scalar(Kind.FLOAT), "-INF"),
        ("NaN", Scalar(Kind.DOUBLE), "NaN"),
        ("5", Scalar(Kind.INTEGER, as_text=True), "5"),
        ("true", FLAG, True),
        ("false", FLAG, False),
        ("true", TEXT, "true"),
        ("5", TEXT, "5"),
        ("2024-01-01", DATE, "2024-01-01"),
        ("5", Union((DATE, WHOLE)), Number("5")),
        ("2024-01-01", Union((WHOLE, DATE)), "2024-01-01"),
        ("unbounded", Union((WHOLE, ENUM)), "unbounded"),
        ("5", Union((ENUM, WHOLE)), Number("5")),
        ("7", Union((ENUM, WHOLE)), "7"),
        ("5", Union((TEXT, WHOLE)), "5"),
        ("true", Union((FLAG, TEXT)), True),
        ("x", Union((WHOLE, FLAG)), "x"),
    ],
)
def test_a_text_becomes_what_its_shape_says(written: str, shape: Shape, expected: JsonValue) -> None:
    value = convert(written, shape)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize("written", ["", "TRUE", "True", "1", "0", "yes", " true"])
def test_a_boolean_is_true_or_false(written: str) -> None:
    with pytest.raises(ValueError, match="must be true or false"):
        convert(written, FLAG)


@given(st.text())
def test_any_text_survives_the_query_as_a_string(written: str) -> None:
    from urllib.parse import quote_plus

    inputs = spread(Described(fields(a=TEXT, b=ListOf(TEXT))), "GET", (), Sources())
    assert bound(inputs, query=f"a={quote_plus(written)}&b={quote_plus(written)}") == {"a": written, "b": [written]}


@given(st.text())
def test_any_query_string_is_parsed_or_refused(raw: str) -> None:
    try:
        parsed = parse_query(raw)
    except BadRequest:
        return
    assert all(isinstance(item, str) for items in parsed.values() for item in items)


def test_a_pointer_escapes_its_keys() -> None:
    assert pointer(("a/b", "c~d", "")) == "/a~1b/c~0d/"
