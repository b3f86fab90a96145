"""The document tells which writes may come again under their key."""

from __future__ import annotations

from typing import Any

from bridge.contracts import Keyed
from bridge.shapes.model import Described
from bridge.web.openapi_keys import add
from bridge.web.routes import Route


def route(method: str = "POST", operation: str = "CreateOrder") -> Route:
    return Route(method, "/v1/shop/orders", "shop", operation, True, lambda: Described(None))


def document() -> dict[str, Any]:
    answers: dict[str, Any] = {"200": {"description": "The answer", "headers": {"ETag": {}}}, "422": {}}
    return {"paths": {"/v1/shop/orders": {"post": {"responses": answers}, "get": {"responses": {}}}}}


def test_the_header_and_its_answers_are_told_of_a_write() -> None:
    whole = document()
    for _ in "ab":
        add(whole, [route(), route("GET", "GetOrder"), route("PUT")], {"shop.CreateOrder": Keyed(required=True)})
    post, get = whole["paths"]["/v1/shop/orders"]["post"], whole["paths"]["/v1/shop/orders"]["get"]
    [header] = post["parameters"]
    assert (header["name"], header["in"], header["required"]) == ("Idempotency-Key", "header", True)
    assert post["responses"].keys() == {"200", "409", "422"}
    assert post["responses"]["200"]["headers"].keys() == {"ETag", "Idempotency-Replayed"}
    assert get == {"responses": {}}


def test_one_whose_key_is_made_is_not_asked_for_and_a_conflict_of_its_own_stays() -> None:
    whole = document()
    own = whole["paths"]["/v1/shop/orders"]["post"]["responses"]["409"] = {"description": "OrderExists"}
    add(whole, [route()], {"shop.CreateOrder": Keyed(required=True, made=True, unquoted=True)})
    post = whole["paths"]["/v1/shop/orders"]["post"]
    [header] = post["parameters"]
    assert not header["required"]
    assert "made of the arguments" in header["description"]
    assert "A-Za-z0-9" in header["schema"]["pattern"]
    assert post["responses"]["409"] is own
