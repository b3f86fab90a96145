"""Where a command takes its upstreams from: names made of addresses, `URL=PATH`, and what cannot be meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.cli.sources import resolve_map, source, upstream_name
from bridge.errors import ConfigError


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("https://erp.example/Orders.asmx?wsdl", "orders"),
        ("https://erp.example/services/StockService?wsdl", "stock-service"),
        ("/tmp/Sales 2.WSDL", "sales-2"),
        ("https://erp.example/", "service"),
        ("2006.wsdl", "service"),
        ("https://erp.example/über.svc", "ber"),
    ],
)
def test_names(location: str, name: str) -> None:
    assert upstream_name(location) == name


def test_names_do_not_meet() -> None:
    found = source(None, ["/a/shop.wsdl", "/b/shop.wsdl", "erp=/c/shop.wsdl"]).config
    assert list(found.upstreams) == ["shop", "shop-2", "erp"]


def test_resolve() -> None:
    assert resolve_map(["http://a/?x=1=/tmp/a.xsd"]) == {"http://a/?x=1": "/tmp/a.xsd"}
    for wrong in ("http://a/", "=x", "x="):
        with pytest.raises(ConfigError, match="URL=PATH"):
            resolve_map([wrong])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"wsdls": ()}, "name a configuration file"),
        ({"wsdls": ("a=/a.wsdl", "a=/b.wsdl")}, "the name a is taken"),
        ({"wsdls": ("ftp://a/b",)}, "http"),
        ({"wsdls": ("/a.wsdl",), "endpoint": "erp.example"}, "http:// or https://"),
    ],
)
def test_what_cannot_be_meant(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        source(None, **given)


def test_a_file_and_a_wsdl_together(tmp_path: Path) -> None:
    (tmp_path / "bridge.yaml").write_text("upstreams: {shop: {soap: {wsdl: shop.wsdl}}}")
    found = source(tmp_path / "bridge.yaml", ["/a/stock.wsdl"], state="here")
    assert list(found.config.upstreams) == ["shop", "stock"]
    assert found.config.state == "here"
    shop = found.config.upstreams["shop"].soap
    assert shop is not None
    assert shop.wsdl == str(tmp_path / "shop.wsdl")
