from __future__ import annotations

import pytest

from bridge.web.cors import Cors, is_preflight

SHOP = "https://shop.example"
LISTED = Cors((SHOP,), ("Content-Type", "X-API-Key"), 60.0)


def test_nothing_is_said_unless_configured() -> None:
    assert Cors().headers(SHOP) == ()
    assert Cors().preflight(SHOP, ("GET",)) == ()
    assert not Cors().allows(SHOP)


def test_a_listed_origin_is_named_and_the_answer_varies() -> None:
    headers = dict(LISTED.headers(SHOP))
    assert headers["Access-Control-Allow-Origin"] == SHOP
    assert headers["Vary"] == "Origin"
    assert "ETag" in headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", f"{SHOP}.evil", "http://shop.example", "*"])
def test_another_origin_learns_nothing(origin: str) -> None:
    assert LISTED.headers(origin) == (("Vary", "Origin"),)
    assert LISTED.preflight(origin, ("GET",)) == (("Vary", "Origin"),)


def test_any_origin_needs_no_vary() -> None:
    headers = dict(Cors(("*",)).headers("https://anywhere.example"))
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Vary" not in headers


def test_a_preflight_tells_what_is_allowed() -> None:
    headers = dict(LISTED.preflight(SHOP, ("GET", "HEAD", "OPTIONS")))
    assert headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert headers["Access-Control-Allow-Headers"] == "Content-Type, X-API-Key"
    assert headers["Access-Control-Max-Age"] == "60"


@pytest.mark.parametrize(
    ("method", "origin", "wanted", "expected"),
    [
        ("OPTIONS", SHOP, "GET", True),
        ("OPTIONS", SHOP, "", False),
        ("OPTIONS", "", "GET", False),
        ("GET", SHOP, "GET", False),
    ],
)
def test_a_preflight_is_told_from_other_requests(method: str, origin: str, wanted: str, expected: bool) -> None:
    assert is_preflight(method, origin, wanted) is expected
