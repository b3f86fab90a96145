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
    assert (other.timeout, other.deadline, other.concurrency) == (20.0, 30.0, 4)


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
