"""Routes as they are configured; those of an upstream, and which one a request meets: test_route_table.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from bridge.contracts import Operation
from bridge.errors import RouteError
from bridge.shapes.model import Described, Field, Kind, Record, Scalar
from bridge.web.routes import AnswerSetting, Route, build_routes, parse_route, template
from tests.bridge.web.fake import FakeUpstream


@pytest.mark.parametrize(
    "text",
    ["orders", "GET orders", "get /orders", "HEAD /x", "GET", "GET /a//b", "GET /{a}x", "GET /{a}/{a}", "GET /.."],
)
def test_a_route_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(RouteError):
        parse_route(text)


def test_a_template_is_split_into_its_segments() -> None:
    assert template("/v1/shop/orders/{orderId}") == ("v1", "shop", "orders", "{orderId}")


def test_of_several_files_in_an_answer_one_can_be_chosen() -> None:
    two = Described(Record((Field("scan", Scalar(Kind.BASE64)), Field("icon", Scalar(Kind.BASE64, media="image/png")))))

    def route(place: str) -> Route:
        return Route(
            "POST", "/x", "shop", "Get", default=True, describe=lambda: two, describe_answer=lambda: two,
            answers=AnswerSetting("binary", place=place),
        )  # fmt: skip

    assert route("").binary is None
    assert route("/icon").binary == Scalar(Kind.BASE64, media="image/png")
    assert route("/nowhere").binary is None


@dataclass
class Natural(FakeUpstream):
    """Operations that have a method and a path by nature."""

    addresses: Mapping[str, str] = field(default_factory=dict)

    @property
    def operations(self) -> Mapping[str, Operation]:
        return {name: replace(one, address=self.addresses.get(name, "")) for name, one in super().operations.items()}


def test_an_operation_has_its_own_method_and_path_where_it_can_come_so() -> None:
    addresses = {
        "GetOrder": "GET /orders/{orderId}",
        "UpdateOrder": "PUT /orders/{orderId}",
        "CreateOrder": "GET /new",
        "FindOrders": "GET /find/{nothing}",
        "Ping": "HEAD /ping",
        "SearchTree": "GET /tree.{x}",
    }
    upstream = Natural(addresses=addresses)
    routes = {(one.operation, one.method, one.path) for one in build_routes(upstream, {}, "/v1/shop")}
    assert ("GetOrder", "GET", "/v1/shop/orders/{orderId}") in routes
    assert ("UpdateOrder", "PUT", "/v1/shop/orders/{orderId}") in routes
    for other in ("CreateOrder", "FindOrders", "Ping", "SearchTree"):
        assert any(name == other and method == "POST" for name, method, _ in routes)
        assert not any(name == other and path.endswith(("/new", "}", "/tree.{x}")) for name, _, path in routes)


def test_a_configured_route_goes_before_the_natural_one() -> None:
    upstream = Natural(addresses={"GetOrder": "GET /orders/{orderId}"})
    routes = build_routes(upstream, {"GetOrder": parse_route("GET /one/{orderId}")}, "/v1/shop")
    assert [one.path for one in routes if one.operation == "GetOrder"] == ["/v1/shop/one/{orderId}"]
