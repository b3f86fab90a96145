"""What a request may look like in a configuration."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from adapters.http.config import HttpRequestSettings, HttpSettings


def test_a_request_is_mostly_one_text() -> None:
    request = HttpRequestSettings.model_validate("GET  /orders/{orderId}/lines/{line}")
    assert (request.method, request.path, request.parameters) == (
        "GET",
        "/orders/{orderId}/lines/{line}",
        ("orderId", "line"),
    )
    assert request.filled({"orderId": "a%2Fb", "line": "7"}) == "/orders/a%2Fb/lines/7"


@pytest.mark.parametrize(
    "text",
    ["orders", "GET orders", "TRACE /x", "GET /a?b=c", "GET /a/{b", "GET /{a-b}"],
)
def test_what_is_no_request_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        HttpRequestSettings.model_validate(text)


@pytest.mark.parametrize("base", ["api.example", "ftp://api.example", "https://a:b@api.example", "https://x/?a=b"])
def test_what_is_no_base_is_refused(base: str) -> None:
    with pytest.raises(ValidationError):
        HttpSettings.model_validate({"base": base})


def test_the_slash_behind_a_base_makes_no_difference() -> None:
    assert HttpSettings.model_validate({"base": "https://api.example/v2/"}).base == "https://api.example/v2"
