"""Arguments become a request: the examples of the standard, and whatever can be read back is what went in."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.config import HttpRequestSettings
from adapters.http.encode import in_header, in_path, in_query, request_of
from adapters.http.plan import Body, Part, Place, Plan, plan_of
from bridge.call import JsonValue
from bridge.errors import DoesNotFit
from bridge.shapes.json import Number, loads

COLOURS: list[JsonValue] = ["blue", "black", "brown"]
RGB: dict[str, JsonValue] = {"R": Number("100"), "G": Number("200"), "B": Number("150")}


def asked(text: str, args: JsonValue, **more: object) -> tuple[str, str, bytes | None]:
    method, _, path = text.partition(" ")
    made = request_of(plan_of(HttpRequestSettings.model_validate({"method": method, "path": path, **more})), args)
    return made.method, made.target, made.body


def part(place: Place, style: str, *, explode: bool, **more: bool) -> Part:
    return Part("color", "color", place, style=style, explode=explode, **more)


# The table of https://spec.openapis.org/oas/v3.1.1#style-examples, with what is reserved escaped.
@pytest.mark.parametrize(
    ("style", "explode", "text", "array", "record"),
    [
        ("matrix", False, ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
        ("matrix", True, ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
        ("label", False, ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
        ("label", True, ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
        ("simple", False, "blue", "blue,black,brown", "R,100,G,200,B,150"),
        ("simple", True, "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ],
)
def test_styles_of_a_path(style: str, explode: bool, text: str, array: str, record: str) -> None:
    one = part("path", style, explode=explode)
    assert (in_path(one, "blue"), in_path(one, COLOURS), in_path(one, RGB)) == (text, array, record)


@pytest.mark.parametrize(
    ("style", "explode", "array", "record"),
    [
        ("form", False, "color=blue,black,brown", "color=R,100,G,200,B,150"),
        ("form", True, "color=blue&color=black&color=brown", "R=100&G=200&B=150"),
        ("spaceDelimited", False, "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"),
        ("pipeDelimited", False, "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"),
        ("deepObject", True, None, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
    ],
)
def test_styles_of_a_query(style: str, explode: bool, array: str | None, record: str) -> None:
    one = part("query", style, explode=explode)
    if array is not None:
        assert "&".join(in_query(one, COLOURS)) == array
    assert "&".join(in_query(one, RGB)) == record


def test_styles_of_a_header() -> None:
    assert in_header(part("header", "simple", explode=False), RGB) == "R,100,G,200,B,150"
    assert in_header(part("header", "simple", explode=True), RGB) == "R=100,G=200,B=150"
    assert in_header(part("header", "simple", explode=False), COLOURS) == "blue,black,brown"


def test_deep_objects_go_deep() -> None:
    value: JsonValue = {"a": {"b": ["x", "y"]}, "c": True}
    assert in_query(part("query", "deepObject", explode=True), value) == [
        "color%5Ba%5D%5Bb%5D=x",
        "color%5Ba%5D%5Bb%5D=y",
        "color%5Bc%5D=true",
    ]


def test_reserved_characters_stay_where_it_is_allowed() -> None:
    assert in_query(part("query", "form", explode=True, reserved=True), "a/b?c=ü") == ["color=a/b?c=%C3%BC"]
    assert in_query(part("query", "form", explode=True), "a/b&c") == ["color=a%2Fb%26c"]


def test_arguments_go_into_path_query_and_body() -> None:
    args = loads(b'{"id": "a/b c", "page": 2, "sum": 1.50, "tags": ["x", "y"]}')
    assert asked("PUT /orders/{id}", args, query=["page"]) == (
        "PUT",
        "/orders/a%2Fb%20c?page=2",
        b'{"sum":1.50,"tags":["x","y"]}',
    )
    assert asked("GET /orders/{id}", args) == ("GET", "/orders/a%2Fb%20c?page=2&sum=1.50&tags=x&tags=y", None)


def test_bodies_of_other_forms() -> None:
    args: JsonValue = {"a": "x y&z", "b": ["1", "2"]}
    assert asked("POST /x", args, body="form")[2] == b"a=x+y%26z&b=1&b=2"
    assert asked("POST /x", {"lines": [Number("1.0")]}, body={"field": "lines"})[2] == b"[1.0]"
    assert asked("POST /x", {"note": "größe"}, body={"field": "note", "form": "text"})[2] == "größe".encode()
    with pytest.raises(DoesNotFit) as caught:
        asked("POST /x", {"note": Number("1"), "more": "x"}, body={"field": "note", "form": "text"})
    assert [one.pointer for one in caught.value.errors] == ["/more", "/note"]
    with pytest.raises(DoesNotFit) as deep:
        asked("POST /x", {"a/b": {"c": "d"}}, body="form")
    assert [one.pointer for one in deep.value.errors] == ["/a~1b"]


@pytest.mark.parametrize("value", [None, "", ".", "..", {"deep": {}}, [["1"]], [], {}])
def test_what_cannot_be_part_of_a_path_is_refused_by_its_place(value: JsonValue) -> None:
    with pytest.raises(DoesNotFit) as caught:
        asked("GET /orders/{id}", {"id": value})
    assert [one.pointer for one in caught.value.errors] == ["/id"]


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "größe", " a", None, "\x00"])
def test_what_cannot_be_a_header_is_refused(value: JsonValue) -> None:
    with pytest.raises(DoesNotFit):
        asked("GET /x", {"t": value}, header={"X-T": "t"})


def test_a_body_that_is_all_there_is_may_be_anything() -> None:
    bare = Plan("POST", "/x", body=Body(schema={"type": "array"}), known=True)
    assert request_of(bare, [Number("1.50")]).body == b"[1.50]"
    with pytest.raises(DoesNotFit):
        request_of(plan_of(HttpRequestSettings.model_validate("POST /x")), [])


def test_cookies_and_json_in_a_parameter() -> None:
    parts = (Part("sid", "sid", "cookie", style="form"), Part("q", "q", "query", style="form", as_json=True))
    made = request_of(Plan("GET", "/x", parts), {"sid": "a;b", "q": {"a": Number("1.0")}})
    assert (made.target, made.headers) == ("/x?q=%7B%22a%22%3A1.0%7D", {"Cookie": "sid=a%3Bb"})


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text not in {".", ".."})


@given(TEXTS)
def test_a_path_can_be_read_back_and_leads_nowhere_else(text: str) -> None:
    target = asked("GET /a/{b}/c", {"b": text})[1]
    first, segment, last = target[1:].split("/")
    assert (first, unquote(segment), last) == ("a", text, "c")
    assert "?" not in target
    assert "#" not in target


@given(st.dictionaries(TEXTS, st.lists(TEXTS, min_size=1)))
def test_a_query_and_a_form_can_be_read_back(args: dict[str, list[str]]) -> None:
    pairs = [(name, text) for name, texts in args.items() for text in texts]
    value: JsonValue = {name: list[JsonValue](texts) for name, texts in args.items()}
    _, _, query = asked("GET /x", value)[1].partition("?")
    assert parse_qsl(query, keep_blank_values=True, max_num_fields=None) == pairs
    body = asked("POST /x", value, body="form")[2]
    assert parse_qsl((body or b"").decode(), keep_blank_values=True) == pairs


@given(st.lists(TEXTS, min_size=1))
def test_a_list_can_be_read_back_whatever_is_in_it(texts: list[str]) -> None:
    (written,) = in_query(part("query", "form", explode=False), list[JsonValue](texts))
    assert [unquote(one) for one in written.removeprefix("color=").split(",")] == texts


@pytest.mark.parametrize("value", ["..", [".."], ["."], [""], []])
def test_no_argument_leads_to_another_address(value: JsonValue) -> None:
    with pytest.raises(DoesNotFit):
        asked("GET /orders/{id}/lines", {"id": value})
