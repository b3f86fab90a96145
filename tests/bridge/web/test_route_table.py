from __future__ import annotations

from collections.abc import Mapping

import pytest

from bridge.errors import BadRequest, CallError, MethodNotAllowed, NotFound, NotReady, RouteError
from bridge.web.inputs import Sources
from bridge.web.route_table import RouteTable, segments_of
from bridge.web.routes import Route, RouteSetting, build_routes, parse_route
from tests.bridge.web.fake import TEXT, FakeUpstream, fields
from tests.cpu import costs_at_most

CONFIGURED = {
    "GetOrder": parse_route("GET /orders/{orderId}"),
    "CreateOrder": parse_route("POST /orders"),
    "FindOrders": parse_route("GET /orders"),
    "UpdateOrder": parse_route("PUT /orders/{orderId}"),
    "Ping": parse_route("GET /orders/latest/ping"),
}


def table(
    settings: Mapping[str, RouteSetting] | None = None,
    pending: Mapping[str, str] | None = None,
    prefix: str = "/v1/shop",
) -> RouteTable:
    return RouteTable(build_routes(FakeUpstream(), settings or {}, prefix), pending)


def outcome(routes: RouteTable, method: str, path: str) -> str:
    """What a table says to a request, as one text."""
    try:
        match = routes.match(method, path)
    except CallError as error:
        allow = "".join(f" {value}" for name, value in error.headers if name == "Allow")
        return f"{error.status}{allow}"
    values = "".join(f" {name}={value}" for name, value in match.values.items())
    return f"{match.route.operation}{values}"


PATHS = [
    # (method, path as sent, what happens)
    ("GET", "/v1/shop/orders/1001", "GetOrder orderId=1001"),
    ("HEAD", "/v1/shop/orders/1001", "GetOrder orderId=1001"),
    ("PUT", "/v1/shop/orders/1001", "UpdateOrder orderId=1001"),
    ("POST", "/v1/shop/orders", "CreateOrder"),
    ("GET", "/v1/shop/orders", "FindOrders"),
    ("POST", "/v1/shop/echo", "Echo"),
    ("GET", "/v1/shop/orders/latest/ping", "Ping"),
    ("GET", "/v1/shop/orders/latest", "GetOrder orderId=latest"),
    ("GET", "/v1/shop/orders/lates%74/ping", "Ping"),
    ("GET", "/v1/sh%6Fp/orders/7", "GetOrder orderId=7"),
    ("GET", "/v1/shop/orders/a%2Fb", "GetOrder orderId=a/b"),
    ("GET", "/v1/shop/orders/a%252Fb", "GetOrder orderId=a%2Fb"),
    ("GET", "/v1/shop/orders/%C3%BC", "GetOrder orderId=ü"),
    ("GET", "/v1/shop/orders/a;v=1", "GetOrder orderId=a;v=1"),
    ("GET", "/v1/shop/orders/a+b", "GetOrder orderId=a+b"),
    ("GET", "/v1/shop/orders/a%20b", "GetOrder orderId=a b"),
    ("GET", "/v1/shop/orders/...", "GetOrder orderId=..."),
    ("GET", "/v1/shop/orders/.a", "GetOrder orderId=.a"),
    ("GET", "/v1/shop/orders/%7BorderId%7D", "GetOrder orderId={orderId}"),
    ("GET", "/v1/shop/orders/{orderId}", "GetOrder orderId={orderId}"),
    ("GET", "/v1/shop/orders/0", "GetOrder orderId=0"),
    ("GET", "/v1/shop/orders/-1", "GetOrder orderId=-1"),
    ("GET", "/v1/shop/orders/%3F", "GetOrder orderId=?"),
    ("GET", "/v1/shop/orders/%23", "GetOrder orderId=#"),
    ("GET", "/v1/shop/orders/%25", "GetOrder orderId=%"),
    ("GET", "/v1/shop/orders/" + "9" * 5000, "GetOrder orderId=" + "9" * 5000),
    ("POST", "/v1/shop/getURL", "getURL"),
    ("POST", "/v1/shop/GetUrl", "GetUrl"),
    ("POST", "/v1/shop/search-tree", "SearchTree"),
    ("GET", "/v1/shop/get-either?", "404"),
    ("GET", "/v1/shop/get-either", "405 OPTIONS, POST"),
    ("POST", "/v1/shop/get-either", "GetEither"),
    ("HEAD", "/v1/shop/get-either", "405 OPTIONS, POST"),
    ("POST", "/v1/shop/get-url", "404"),
    ("POST", "/v1/shop/GETURL", "404"),
    ("POST", "/v1/shop/Echo", "404"),
    ("GET", "/V1/shop/orders", "404"),
    ("GET", "/v1/Shop/orders", "404"),
    ("GET", "/", "404"),
    ("GET", "//", "404"),
    ("GET", "/v1", "404"),
    ("GET", "/v1/", "404"),
    ("GET", "/v1/shop", "404"),
    ("GET", "/v1/shop/", "404"),
    ("GET", "/v1/shop/orders/", "404"),
    ("GET", "/v1/shop/orders/1/", "404"),
    ("GET", "/v1/shop//orders/1", "404"),
    ("GET", "//v1/shop/orders/1", "404"),
    ("GET", "/v1/shop/orders//ping", "404"),
    ("GET", "/v1/shop/orders/1/2", "404"),
    ("GET", "/v1/shop/orders/1/ping", "404"),
    ("GET", "/v1/shop/orders%2F1", "404"),
    ("GET", "/v1%2Fshop/orders/1", "404"),
    ("GET", "/v2/shop/orders/1", "404"),
    ("GET", "/v1/crm/orders", "404"),
    ("GET", "/v1/shopp/orders", "404"),
    ("GET", "/a" * 3000, "404"),
    ("GET", "/v1/shop/create-order", "404"),  # a configured route takes the place of the default one
    ("GET", "/v1/shop/../shop/orders/1", "400"),
    ("GET", "/v1/shop/orders/..", "400"),
    ("GET", "/v1/shop/orders/%2e%2e", "400"),
    ("GET", "/v1/shop/orders/%2E.", "400"),
    ("GET", "/v1/shop/orders/.", "400"),
    ("GET", "/./v1/shop/orders/1", "400"),
    ("GET", "/v1/shop/orders/%00", "400"),
    ("GET", "/v1/shop/orders/a%0Ab", "400"),
    ("GET", "/v1/shop/orders/%7f", "400"),
    ("GET", "/v1/shop/orders/%", "400"),
    ("GET", "/v1/shop/orders/%4", "400"),
    ("GET", "/v1/shop/orders/%zz", "400"),
    ("GET", "/v1/shop/orders/%ff", "400"),
    ("GET", "/v1/shop/orders/%c0%ae%c0%ae", "400"),
    ("GET", "/v1/shop/orders/%ed%a0%80", "400"),
    ("GET", "v1/shop/orders/1", "400"),
    ("GET", "http://127.0.0.1/v1/shop/orders/1", "400"),
    ("GET", "*", "400"),
    ("GET", "", "400"),
    ("DELETE", "/v1/shop/orders/1", "405 GET, HEAD, OPTIONS, PUT"),
    ("PATCH", "/v1/shop/orders", "405 GET, HEAD, OPTIONS, POST"),
    ("GET", "/v1/shop/echo", "405 OPTIONS, POST"),
    ("HEAD", "/v1/shop/echo", "405 OPTIONS, POST"),
    ("TRACE", "/v1/shop/echo", "405 OPTIONS, POST"),
    ("CONNECT", "/v1/shop/echo", "405 OPTIONS, POST"),
    ("BREW", "/v1/shop/echo", "405 OPTIONS, POST"),
    ("post", "/v1/shop/echo", "405 OPTIONS, POST"),
    ("GET", "/v1/shop/search-tree", "405 OPTIONS, POST"),  # safe, but its input does not fit a query
    ("PUT", "/v1/shop/orders/latest/ping", "405 GET, HEAD, OPTIONS"),
]


@pytest.mark.parametrize(("method", "path", "expected"), PATHS)
def test_a_path_leads_to_one_place(method: str, path: str, expected: str) -> None:
    assert outcome(table(CONFIGURED), method, path) == expected


def test_default_routes_are_post_for_all_and_get_for_safe_ones_that_fit() -> None:
    found = {f"{route.method} {route.path}" for route in table()}
    assert found == {
        "POST /v1/shop/get-order",
        "GET /v1/shop/get-order",
        "POST /v1/shop/find-orders",
        "POST /v1/shop/create-order",
        "POST /v1/shop/update-order",
        "POST /v1/shop/search-tree",
        "POST /v1/shop/get-either",
        "POST /v1/shop/ping",
        "GET /v1/shop/ping",
        "POST /v1/shop/echo",
        "POST /v1/shop/getURL",
        "POST /v1/shop/GetUrl",
    }


def test_default_routes_are_built_and_matched_without_a_description() -> None:
    upstream = FakeUpstream()
    routes = RouteTable(build_routes(upstream, {}, "/v1/shop"))
    assert routes.match("POST", "/v1/shop/get-order").route.operation == "GetOrder"
    assert upstream.described == []
    routes.match("GET", "/v1/shop/get-order")
    assert set(upstream.described) == {"GetOrder"}


def test_many_operations_are_quick() -> None:
    upstream = FakeUpstream(inputs={f"GetThing{number}": fields(id=TEXT) for number in range(1511)})
    with costs_at_most(0.5):
        routes = RouteTable(build_routes(upstream, {}, "/v1/shop"))
    assert len(list(routes)) == 1511
    assert upstream.described == []


def test_an_unknown_contract_is_not_ready_below_its_prefix_only() -> None:
    routes = table(CONFIGURED, {"/v1/crm": "refused"})
    for path in ("/v1/crm", "/v1/crm/", "/v1/crm/contacts/1"):
        with pytest.raises(NotReady) as caught:
            routes.match("GET", path)
        assert caught.value.retry_after_s
        assert "refused" not in caught.value.detail
    for path in ("/v1/crm2/contacts", "/v1/other"):
        with pytest.raises(NotFound):
            routes.match("GET", path)
    assert outcome(routes, "GET", "/v1/shop/orders/1") == "GetOrder orderId=1"


def test_options_knows_the_methods_of_an_address() -> None:
    routes = table(CONFIGURED)
    assert routes.allowed("/v1/shop/orders/1") == ("GET", "HEAD", "OPTIONS", "PUT")
    assert routes.allowed("/v1/shop/search-tree") == ("OPTIONS", "POST")
    with pytest.raises(NotFound):
        routes.allowed("/v1/shop/nothing")


def test_method_not_allowed_is_an_error_with_allow() -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        table().match("PUT", "/v1/shop/echo")
    assert caught.value.headers == (("Allow", "OPTIONS, POST"),)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"CreateOrder": parse_route("POST /x"), "Echo": parse_route("POST /x")}, "shop.CreateOrder and by shop.Echo"),
        ({"Ping": parse_route("POST /echo")}, "POST /v1/shop/echo: wanted by"),
        (
            {
                "GetOrder": parse_route("GET /o/{id}", Sources(path={"id": "orderId"})),
                "UpdateOrder": parse_route("PUT /o/{orderId}"),
            },
            "one address with two names",
        ),
        ({"Ping": parse_route("GET /openapi.json")}, "the bridge's own"),
        ({"GetOrder": parse_route("GET /orders/{id}")}, "id is not a simple field of the input"),
        ({"SearchTree": parse_route("GET /trees")}, "root does not fit a query parameter, and GET has no body"),
        ({"Echo": parse_route("GET /echo")}, "the input is not an object"),
        ({"Nothing": parse_route("GET /nothing")}, "shop has no operation Nothing"),
        ({"FindOrders": parse_route("GET /orders/{ids}")}, "ids is an array"),
    ],
)
def test_routes_that_cannot_stand_are_refused_readably(settings: dict[str, RouteSetting], says: str) -> None:
    with pytest.raises(RouteError) as caught:
        table(settings)
    assert says in caught.value.detail


def test_a_root_prefix_may_not_take_the_bridges_own_addresses() -> None:
    assert outcome(table({"Ping": parse_route("GET /ping")}, prefix="/"), "GET", "/ping") == "Ping"
    with pytest.raises(RouteError, match="the bridge's own"):
        table({"Ping": parse_route("GET /healthz")}, prefix="/")


def test_a_segment_is_decoded_once() -> None:
    assert segments_of("/a%252e/b") == ["a%2e", "b"]
    with pytest.raises(BadRequest):
        segments_of("/%2e%2e")


def test_a_static_segment_is_left_again_when_it_leads_nowhere() -> None:
    def route(path: str) -> Route:
        return Route("GET", path, "s", path, default=False, describe=lambda: FakeUpstream().describe("Ping").input)

    routes = RouteTable([route("/a/b/c"), route("/a/{x}/d"), route("/{y}/b/e")])
    assert outcome(routes, "GET", "/a/b/c") == "/a/b/c"
    assert outcome(routes, "GET", "/a/b/d") == "/a/{x}/d x=b"
    assert outcome(routes, "GET", "/a/b/e") == "/{y}/b/e y=a"
