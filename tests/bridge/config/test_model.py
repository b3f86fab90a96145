"""What the models make of a good configuration; bad ones are cases of test_check."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridge.config.check import config_of
from bridge.config.load import read
from bridge.config.model import UpstreamSettings

SHOP = 'upstreams:\n  shop:\n    soap: {wsdl: "http://erp.example/orders?wsdl"}\n'


def test_times_of_an_operation_replace_those_of_the_upstream() -> None:
    text = f"{SHOP}    limits: {{concurrency: 4}}\n    operations: {{Slow: {{timeout: 60s, deadline: 2m}}}}\n"
    shop = config_of(read(text, "bridge.yaml")).upstreams["shop"]
    slow, other = shop.layers("Slow").limits, shop.layers("Other").limits
    assert (slow.timeout, slow.deadline, slow.concurrency.most) == (60.0, 120.0, 4)
    assert (other.timeout, other.deadline, other.concurrency.most) == (20.0, 30.0, 4)


def test_routes_with_sources() -> None:
    route = (
        "{method: GET, path: '/orders/{id}', from_path: {id: orderId}, query: {since: range.from}, header: {X-C: c}}"
    )
    text = f"{SHOP}    operations: {{GetOrder: {{safe: true, route: {route}}}}}\n"
    sources = config_of(read(text, "bridge.yaml")).upstreams["shop"].routes()["GetOrder"].sources
    assert (sources.path, sources.query, sources.headers) == ({"id": "orderId"}, {"since": "range.from"}, {"X-C": "c"})


@pytest.mark.parametrize(
    ("settings", "prefix"), [({}, "/v1/shop"), ({"api": 2}, "/v2/shop"), ({"prefix": "/erp/orders"}, "/erp/orders")]
)
def test_where_an_upstream_is_mounted(settings: dict[str, object], prefix: str) -> None:
    upstream = UpstreamSettings.model_validate({"soap": {"wsdl": "a.wsdl"}, **settings})
    assert upstream.mounted_at("shop") == prefix


@pytest.mark.parametrize("name", ["Cookie", "X-API-Key", "content-LENGTH", "Host", "a b", ""])
def test_headers_that_are_never_forwarded(name: str) -> None:
    with pytest.raises(ValidationError):
        UpstreamSettings.model_validate({"soap": {"wsdl": "a.wsdl"}, "forward_headers": [name]})


def test_what_the_method_of_a_request_says_holds_unless_a_person_says_otherwise() -> None:
    def flags(**own: object) -> tuple[bool, bool]:
        upstream = UpstreamSettings.model_validate({"http": {"base": "http://x"}, "operations": {"A": own}})
        return upstream.operations["A"].safe, upstream.operations["A"].idempotent

    assert flags(request="GET /a", cache={"ttl": "60s"}) == (True, True)
    assert flags(request={"method": "DELETE", "path": "/a"}) == (False, True)
    assert flags(request="POST /a") == (False, False)
    assert flags(request="GET /a", safe=False, idempotent=False) == (False, False)


def test_only_a_document_says_what_an_operation_is() -> None:
    http = {"base": "http://x"}
    with pytest.raises(ValidationError, match="says what it is"):
        UpstreamSettings.model_validate({"http": http, "operations": {"A": {}}})
    UpstreamSettings.model_validate({"http": {**http, "openapi": "api.yaml"}, "operations": {"A": {}}})
