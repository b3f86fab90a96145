"""Origins decide who may see credentials."""

from __future__ import annotations

import pytest

from bridge.transport.origins import has_userinfo, is_http, is_loopback, may_have_credentials, origin, redirect_target


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Erp.Example/a?b#c", "https://erp.example:443"),
        ("http://erp.example.:80/", "http://erp.example:80"),
        ("https://user:pw@erp.example:8443/x", "https://erp.example:8443"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
        ("ftp://erp.example/", ""),
        ("file:///etc/passwd", ""),
        ("/orders.wsdl", ""),
        ("http://erp.example:99999/", ""),
        ("http://[bad/", ""),
        ("http:///x", ""),
    ],
)
def test_origin(url: str, expected: str) -> None:
    assert origin(url) == expected


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://erp.example/other/path", True),
        ("https://ERP.example:443/", True),
        ("http://erp.example/", False),
        ("https://erp.example:8443/", False),
        ("https://erp.example.evil.test/", False),
        ("https://erp.example@evil.test/", False),
        ("https://evil.test/?https://erp.example/", False),
        ("not an address", False),
    ],
)
def test_credentials_go_to_configured_origins_only(url: str, may: bool) -> None:
    assert may_have_credentials(url, {"https://erp.example:443"}) is may


def test_nothing_is_trusted_by_accident() -> None:
    assert not may_have_credentials("nonsense", {""})


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b?wsdl", "https://erp.example/b?wsdl"),
        ("b", "https://erp.example/b"),
        ("https://erp.example:443/b", "https://erp.example:443/b"),
        ("https://evil.test/b", None),
        ("http://erp.example/b", None),
        ("//evil.test/b", None),
        ("http://[::1/", None),
        ("file:///etc/passwd", None),
    ],
)
def test_redirects_stay_at_their_origin(location: str, target: str | None) -> None:
    assert redirect_target("https://erp.example/a", location) == target


@pytest.mark.parametrize(
    ("url", "stays"),
    [
        ("http://127.0.0.1/x", True),
        ("http://127.9.9.9:80/", True),
        ("http://[::1]:8080/", True),
        ("https://LocalHost./", True),
        ("http://10.0.0.1/", False),
        ("http://localhost.example/", False),
        ("http://127.0.0.1.example/", False),
        ("", False),
    ],
)
def test_what_never_leaves_this_machine(url: str, stays: bool) -> None:
    assert is_loopback(url) is stays


def test_what_is_fetched_over_the_network() -> None:
    assert is_http("HTTPS://erp.example")
    assert not is_http("orders.wsdl")
    assert not is_http("file:///x")


def test_credentials_in_an_address_are_seen() -> None:
    assert has_userinfo("http://a:b@c/")
    assert not has_userinfo("http://c/a@b")
