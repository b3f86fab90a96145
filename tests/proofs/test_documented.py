"""The judge of answers takes what a document tells of, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.proofs.documented import Case, Documented, Wrong

ITEM = {"type": "object", "properties": {"price": {"$ref": "#/components/schemas/Price"}}, "required": ["price"]}
PRICE = {"type": "number", "multipleOf": 0.01, "maximum": 9007199254740993}
ANSWERS = {
    "200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}},
    "204": {"description": ""},
}


def documented(**operation: Any) -> tuple[Documented, Any]:
    text = json.dumps(
        {
            "paths": {"/item": {"get": {"operationId": "it.Get", "responses": ANSWERS, **operation}}},
            "components": {"schemas": {"Item": ITEM, "Price": PRICE}},
        }
    )
    document = Documented(text.encode())
    [(id_, path, method, read)] = document.operations()
    assert (id_, path, method) == ("it.Get", "/item", "GET")
    return document, read


def case(**operation: Any) -> Case:
    document, read = documented(**operation)
    return document.case("/item", "GET", read)


def judged(status: int, body: bytes, content_type: str = "application/json") -> None:
    document, read = documented()
    document.judge(document.case("/item", "GET", read), status, content_type, body)


def test_the_request_is_what_the_document_shows() -> None:
    name = {"in": "query", "schema": {}}
    shown = [
        {**name, "name": "ids", "required": True, "example": [1, 2]},
        {**name, "name": "paid", "required": True, "example": True},
        {**name, "name": "text", "required": False, "example": "a b&c"},
        {**name, "name": "more", "required": False},
    ]
    made = case(parameters=shown)
    assert (made.target, made.body) == ("/item?ids=1&ids=2&paid=true&text=a%20b%26c", None)
    assert str(made) == "GET /item"


def test_an_example_of_a_body_keeps_its_digits() -> None:
    document = Documented(
        b'{"paths": {"/item": {"post": {"operationId": "it.Put", "responses": {}, "requestBody": {"required": true, '
        b'"content": {"application/json": {"example": {"price": 1.50}}}}}}}, "components": {"schemas": {}}}'
    )
    [(_, path, method, operation)] = document.operations()
    made = document.case(path, method, operation)
    assert (made.body, made.headers) == (b'{"price":1.50}', {"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ({"requestBody": {"required": True, "content": {"application/json": {}}}}, "no example of its body"),
        ({"parameters": [{"name": "id", "in": "query", "required": True}]}, "no example of the parameter id"),
        ({"parameters": [{"name": "id", "in": "path", "required": True, "example": 1}]}, "id stands in the path"),
    ],
)
def test_what_no_example_can_ask_for_is_wrong(operation: dict[str, Any], reason: str) -> None:
    with pytest.raises(Wrong, match=reason):
        case(**operation)


def test_what_the_document_tells_of_is_right() -> None:
    judged(200, b'{"price": 12.50}', "application/json; charset=utf-8")
    judged(200, b'{"price": 9007199254740993.00}')
    judged(204, b"", "")


@pytest.mark.parametrize(
    ("status", "body", "content_type", "reason"),
    [
        (200, b'{"price": "12.50"}', "application/json", 'at /price: "12.50" is not of type "number"'),
        (200, b'{"price": 12.505}', "application/json", "at /price"),
        (200, b'{"price": 9007199254740994}', "application/json", "at /price"),
        (200, b"{}", "application/json", "at /: .price. is a required property"),
        (200, b"", "", "the content is of no type"),
        (200, b"<price/>", "text/xml", "the content is text/xml"),
        (200, json.dumps({"more": "x" * 500}).encode(), "application/json", "its schema at /: [^;]*; {"),
        (204, b"{}", "application/json", "tells of no content: {}"),
        (202, b"", "", "does not tell of this status"),
        (502, b'{"code": "bad", "detail": "No.", "errors": [{"pointer": "/a", "detail": "b"}]}', "", "bad: No. /a b"),
        (404, b"not here", "text/plain", "not here"),
    ],
)
def test_what_it_does_not_tell_of_is_wrong(status: int, body: bytes, content_type: str, reason: str) -> None:
    with pytest.raises(Wrong, match=reason):
        judged(status, body, content_type)
