"""Bad configurations, one small file each (why, given, expect), and what a good one means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bridge.config.check import check_operations, config_of, exposure_place, read_config
from bridge.config.load import read
from bridge.errors import ConfigError
from bridge.shipped import shipped

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
SHOP = 'upstreams:\n  shop:\n    soap: {wsdl: "http://erp.example/orders?wsdl"}\n'


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_bad_configuration(case: Path, tmp_path: Path) -> None:
    told: dict[str, Any] = YAML(typ="safe", pure=True).load(case)
    for name, text in {"bridge.yaml": told["given"], **told.get("files", {})}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_config(tmp_path / "bridge.yaml")
    assert [str(place).replace(f"{tmp_path}/", "") for place in caught.value.places] == told["expect"]


def test_the_demo_is_right() -> None:
    config, _ = read_config(shipped("config/demo.yaml"))
    shop = config.upstreams["shop"]
    assert shop.mounted_at("shop") == "/v1/shop"
    assert {name: (route.method, route.path) for name, route in shop.routes().items()} == {
        "GetOrder": ("GET", "/orders/{orderId}"),
        "ListOrders": ("GET", "/orders"),
        "CreateOrder": ("POST", "/orders"),
        "PayOrder": ("POST", "/orders/{orderId}/payment"),
        "GetCustomer": ("GET", "/customers/{customerId}"),
        "GetStock": ("GET", "/stock/{sku}"),
    }
    layers = shop.layers("GetOrder")
    assert layers.cache is not None
    assert (layers.cache.ttl, layers.cache.stale, layers.limits.timeout, layers.retry.attempts) == (60.0, 600.0, 5.0, 3)


def test_paths_of_documents_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "bridge.yaml").write_text("include: [parts/*.yaml]\n")
    (tmp_path / "parts/shop.yaml").write_text("upstreams: {shop: {soap: {wsdl: orders.wsdl}}}\n")
    config, _ = read_config(tmp_path / "bridge.yaml")
    soap = config.upstreams["shop"].soap
    assert soap is not None
    assert soap.wsdl == str(tmp_path / "parts/orders.wsdl")


def test_secrets_that_are_there_are_no_fault(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("0123456789abcdef\n")
    text = f"access: {{keys: [{{name: web, key: 'file:{secret}'}}]}}\n"
    access = config_of(read(text, "bridge.yaml")).access
    assert access is not None
    assert access.keys[0].key is not None
    assert access.keys[0].key.reveal() == "0123456789abcdef"


def test_operations_that_the_contract_does_not_have() -> None:
    document = read(f"{SHOP}    operations:\n      GetOrder: {{safe: true}}\n      GetOrdr: {{}}\n", "bridge.yaml")
    places = check_operations(document, "shop", ["GetOrder", "PayOrder"])
    assert [str(place) for place in places] == [
        "bridge.yaml:6:7: shop has no operation 'GetOrdr' (did you mean 'GetOrder'?)"
    ]
    assert check_operations(document, "other", []) == []


def test_the_refusal_to_listen_has_a_place() -> None:
    document = read("server:\n  host: 0.0.0.0\n", "bridge.yaml")
    assert str(exposure_place(document, "too open")) == "bridge.yaml:2:9: too open"


def test_an_empty_file_is_the_defaults() -> None:
    assert config_of(read("# nothing\n", "bridge.yaml")).server.port == 8080
