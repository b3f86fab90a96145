"""Where calls go, and whether credentials go with them."""

from __future__ import annotations

import pytest

from adapters.soap.config import SoapSettings
from adapters.soap.endpoint import Endpoint, endpoint

HOME = "https://erp.example/orders?wsdl"


def chosen(advertised: str, wsdl: str = HOME, **values: object) -> Endpoint:
    return endpoint(advertised, SoapSettings.model_validate({"wsdl": wsdl, **values}))


@pytest.mark.parametrize(
    ("advertised", "values", "url", "trusted"),
    [
        ("https://erp.example/orders", {}, "https://erp.example/orders", True),
        ("https://ERP.example:443/orders", {}, "https://ERP.example:443/orders", True),
        ("http://erp.example/orders", {}, "https://erp.example/orders", True),
        ("http://erp.example:80/orders", {}, "https://erp.example/orders", True),
        ("http://erp.example:8080/orders", {}, "http://erp.example:8080/orders", False),
        ("http://erp01.internal/orders", {}, "http://erp01.internal/orders", False),
        ("https://erp.example.evil.test/", {}, "https://erp.example.evil.test/", False),
        ("https://erp.example@evil.test/", {}, "https://erp.example@evil.test/", False),
        (
            "http://erp01.internal/orders",
            {"rewrite": {"http://erp01.internal/": "https://api.example/"}},
            "https://api.example/orders",
            True,
        ),
        (
            "http://erp01.evil.test/orders",
            {"rewrite": {"http://erp01": "https://api.example"}},
            "https://api.example.evil.test/orders",
            False,
        ),
        ("http://anything/", {"endpoint": "http://chosen.example/x"}, "http://chosen.example/x", True),
        ("http://anywhere.example/x", {"wsdl": "orders.wsdl"}, "http://anywhere.example/x", True),
        ("REPLACE_WITH_ACTUAL_URL", {}, "", False),
        ("", {"wsdl": "orders.wsdl"}, "", False),
        ("jms:queue", {}, "", False),
    ],
)
def test_where_and_with_what(advertised: str, values: dict[str, object], url: str, trusted: bool) -> None:
    found = chosen(advertised, **values)  # type: ignore[arg-type]  # `wsdl` is a str where it is given
    assert (found.url, found.trusted) == (url, trusted)
    assert bool(found.warnings) is (not trusted or (url != advertised and not values))


def test_warnings_say_what_to_do() -> None:
    assert "set endpoint: http://evil.test/x" in chosen("http://evil.test/x").warnings[0]
    assert "set endpoint:" in chosen("").warnings[0]
