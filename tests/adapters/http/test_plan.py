"""Which argument goes where, by a request of the configuration, and what a client is told of it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from adapters.http.config import HttpRequestSettings
from adapters.http.plan import Body, Part, Plan, input_of, names_in, plan_of
from bridge.shapes.model import AnyJson, Record


def plan(text: object) -> Plan:
    return plan_of(HttpRequestSettings.model_validate(text))


def test_a_plain_request() -> None:
    made = plan("PUT /orders/{id}/lines/{line}")
    assert [(part.name, part.place, part.required) for part in made.parts] == [
        ("id", "path", True),
        ("line", "path", True),
    ]
    assert made.body == Body()
    assert made.filled({"id": "a", "line": "7"}) == "/orders/a/lines/7"
    assert plan("GET /orders").rest_in_query
    assert plan("GET /orders").body is None


def test_what_goes_into_query_and_header() -> None:
    made = plan({"method": "POST", "path": "/x", "query": {"page_size": "size"}, "header": {"X-Tenant": "tenant"}})
    assert [(part.name, part.field, part.place) for part in made.parts] == [
        ("page_size", "size", "query"),
        ("X-Tenant", "tenant", "header"),
    ]
    shape = input_of(made).shape
    assert isinstance(shape, Record)
    assert ([one.key for one in shape.fields], shape.open) == (["size", "tenant"], True)


@pytest.mark.parametrize(
    ("body", "form", "field"), [("rest", "json", ""), ("form", "form", ""), ({"field": "lines"}, "json", "lines")]
)
def test_what_is_the_body(body: object, form: str, field: str) -> None:
    made = plan({"method": "POST", "path": "/x", "body": body}).body
    assert made is not None
    assert (made.form, made.field) == (form, field)


def test_a_get_may_have_a_body_and_a_post_none() -> None:
    assert plan({"method": "GET", "path": "/x", "body": "rest"}).body == Body()
    assert plan({"method": "POST", "path": "/x", "body": "none"}).body is None


@pytest.mark.parametrize(
    "more", [{"header": {"Host": "a"}}, {"header": {"a b": "a"}}, {"body": "all"}, {"body": {"form": "text"}}]
)
def test_what_cannot_be_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        plan({"method": "POST", "path": "/x", **more})


def test_a_body_that_is_all_there_is_is_the_input() -> None:
    schema = {"anyOf": [{"type": "string"}, {"type": "array"}]}
    assert isinstance(input_of(Plan("POST", "/x", body=Body(schema=schema), known=True)).shape, AnyJson)
    beside = Plan(
        "POST", "/x", (Part("a", "a", "query"),), Body(field="body", required=True, schema=schema), known=True
    )
    shape = input_of(beside).shape
    assert isinstance(shape, Record)
    assert [(one.key, one.required) for one in shape.fields] == [("a", False), ("body", True)]


def test_names_in_a_path() -> None:
    assert names_in("/a/{b-c}/{d}.{b-c}") == ("b-c", "d")
