"""The name that was meant."""

from __future__ import annotations

import pytest

from bridge.config.model import Config
from bridge.config.nearest import key_hint, suggestion


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("conection", "did you mean 'connections'?"),
        ("Header-Time", "did you mean 'header_time'?"),
        ("zzz", "known here: connections, header_time"),
    ],
)
def test_suggestion(name: str, hint: str) -> None:
    assert suggestion(name, ["header_time", "connections"]) == hint


def test_a_long_list_is_not_told() -> None:
    assert suggestion("zzz", [f"name{number}" for number in range(20)]) == ""
    assert suggestion("zzz", []) == ""


@pytest.mark.parametrize(
    ("way", "key", "hint"),
    [
        (("access", "keys", 0), "scope", "did you mean 'scopes'?"),
        (("upstreams", "shop", "operations", "GetOrder"), "ttl", "it belongs under 'cache'"),
        (("upstreams", "shop", "operations", "GetOrder", "cache"), "sale", "did you mean 'stale'?"),
        (("upstreams", "shop"), "wsdl", "it belongs under 'soap'"),
        ((), "acess", "did you mean 'access'?"),
        (("state", "below"), "x", ""),
    ],
)
def test_hints_for_keys(way: tuple[str | int, ...], key: str, hint: str) -> None:
    assert key_hint(Config, way, key) == hint
