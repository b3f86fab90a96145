"""A REST server of the node world behind the bridge: it judges requests by its own OpenAPI document, and tells what
arrived.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.running import Bridge, bridge
from tests.servers.rest import node_rest

pytestmark = [pytest.mark.journey]


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Bridge]:
    async with node_rest(tmp_path) as server:
        shop = {"http": {"base": server.url("v2"), "openapi": server.url("api.yaml")}}
        async with bridge(tmp_path, {"upstreams": {"shop": shop}}) as made:
            await made.ready("shop")
            yield made


async def test_each_operation_has_its_own_method_and_path(running: Bridge) -> None:
    told = (await running.get("/v1/shop/openapi.json")).json
    paths = {path.removeprefix("/v1/shop"): sorted(one) for path, one in told["paths"].items()}
    assert paths == {
        "/orders/{id}": ["get", "put"],
        "/orders": ["post"],
        "/search": ["post"],
        "/note": ["get"],
    }


async def test_parameters_arrive_as_they_were_given(running: Bridge) -> None:
    args: dict[str, Any] = {
        "expand": ["a,b", "c d"],
        "tags": ["x&y", "é", ""],
        "pipes": ["p", "q"],
        "filter": {"from": "2026-01-31", "to": "a=b"},
        "X-Tenant": "north",
        "sid": "s;1",
    }
    query = (
        "expand=a,b&expand=c%20d&tags=x%26y&tags=%C3%A9&tags=&pipes=p&pipes=q&filter.from=2026-01-31&filter.to=a%3Db"
    )
    answer = await running.get(f"/v1/shop/orders/7?{query}&X-Tenant=north&sid=s%3B1")
    assert answer.status == 200
    seen = answer.json
    assert seen["params"] == {"id": 7}
    # Whoever splits at commas after he unescaped cannot have one in an item (OpenAPI 3.1 §4.8.12.5); ours are escaped.
    assert seen["query"] == {
        **{key: args[key] for key in ("tags", "pipes", "filter")},
        "expand": seen["query"]["expand"],
    }
    assert seen["query"]["expand"][-1] == "c d"
    assert (seen["tenant"], seen["cookies"]["sid"]) == ("north", "s;1")


async def test_bodies_arrive_with_all_their_digits(running: Bridge) -> None:
    made = await running.ask("POST", "/v1/shop/orders", data=b'{"sum": 1.50, "lines": [{"sku": "a"}]}', headers=JSON)
    assert (made.status, made.json["body"]) == (201, {"sum": 1.5, "lines": [{"sku": "a"}]})
    put = await running.ask("PUT", "/v1/shop/orders/7", data=b'{"sum": 2}', headers=JSON)
    assert (put.status, put.json["params"], put.json["body"]) == (200, {"id": 7}, {"sum": 2})
    found = await running.post("/v1/shop/search", {"text": "a b&c", "kinds": ["x", "y"]})
    assert found.json["body"] == {"text": "a b&c", "kinds": ["x", "y"]}
    assert (await running.get("/v1/shop/note")).json == "größe"


JSON = {"Content-Type": "application/json"}


async def test_what_does_not_fit_never_leaves(running: Bridge) -> None:
    bad = await running.post("/v1/shop/orders", {"lines": [{"sku": "a" * 11}, {}]})
    assert bad.status == 422
    assert {one["pointer"] for one in bad.json["errors"]} == {"/sum", "/lines/0/sku", "/lines/1/sku"}
    assert bad.json["outcome"] == "not_sent"
    below = await running.get("/v1/shop/orders/0")
    assert (below.status, below.json["errors"][0]["pointer"]) == (422, "/id")


async def test_a_refusal_that_is_declared_is_told(running: Bridge) -> None:
    missing = await running.get("/v1/shop/orders/404")
    assert (missing.status, missing.json["code"], missing.json["fault"]) == (404, "fault", {"code": "E17"})


async def test_both_sides_agree_on_what_fits(running: Bridge) -> None:
    """What the bridge lets through the judge on the other side lets through, too."""
    told = (await running.get("/v1/shop/openapi.json")).json
    body = told["paths"]["/v1/shop/orders"]["post"]["requestBody"]["content"]["application/json"]
    made = await running.ask("POST", "/v1/shop/orders", data=json.dumps(body["example"]).encode(), headers=JSON)
    assert made.status == 201
