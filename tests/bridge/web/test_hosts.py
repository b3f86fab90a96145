"""Hosts, targets, origins and forwarded addresses, as tables."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from multidict import CIMultiDict

from bridge.errors import BadRequest, CallError, Forbidden, Misdirected
from bridge.web.hosts import (
    Authority,
    HostRules,
    check_target,
    client_address,
    parse_authority,
    read_host,
    seen_from,
)

LOCAL = Authority("localhost", 8080)
PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("text", "name", "port"),
    [
        ("localhost", "localhost", None),
        ("LOCALHOST:80", "localhost", 80),
        ("shop.example.", "shop.example", None),
        ("[::1]", "[::1]", None),
        ("[::1]:8080", "[::1]", 8080),
        ("a_b-c.d:0", "a_b-c.d", 0),
    ],
)
def test_an_authority_is_read(text: str, name: str, port: int | None) -> None:
    assert parse_authority(text) == Authority(name, port)


@pytest.mark.parametrize(
    "text",
    ["", " ", "a b", "a,b", "a@b", "a/b", "a:b", "a:", "a:70000", "a:-1", "::1", "[::1", "[zz]", "[127.0.0.1]", ".",
     "..", "a..b", ".a", "a\x00", "ä", "a\n", "a:1:2", "[::1]x", "a" * 300, "http://a", "a?b", "a#b", "%61", "a:８０"],
)  # fmt: skip
def test_what_is_no_authority_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        parse_authority(text)


@pytest.mark.parametrize("name", ["localhost", "x.localhost", "127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]"])
def test_loopback_has_many_names(name: str) -> None:
    assert Authority(name).is_loopback


@pytest.mark.parametrize(
    "name", ["localhost.evil.example", "notlocalhost", "128.0.0.1", "[::2]", "0.0.0.0", "127.0.0.1.nip.io"]
)
def test_what_only_looks_like_loopback_is_not(name: str) -> None:
    assert not Authority(name).is_loopback


def test_one_host_is_needed_and_one_only() -> None:
    assert read_host(["localhost"], (1, 1)) == Authority("localhost")
    assert read_host([], (1, 0)) is None
    for hosts in ([], ["a", "a"]):
        with pytest.raises(BadRequest):
            read_host(hosts, (1, 1))


@pytest.mark.parametrize(
    "target",
    ["/", "/a/b", "/a%20b", "/%E2%82%AC", "/a?b=c/../d//e;f#".rstrip("#"), "/a.b/..c/d..", "/~a/(b)!$&'*+,=:@", "/?",
     "http://localhost:8080/a", "HTTP://LOCALHOST:8080", "/%61"],
)  # fmt: skip
def test_a_plain_target_passes(target: str) -> None:
    check_target(target, LOCAL)


@pytest.mark.parametrize(
    "target",
    ["", "*", "a", "a/b", "/#a", "/a#", "/a b", "/a\tb", "/a\x7f", "/a\\b", '/"', "/<a>", "/é", "/a//b", "//a", "/a//",
     "/.", "/..", "/a/.", "/a/..", "/a/../b", "/./a", "/%2e", "/%2E%2e/a", "/.%2e/a", "/a;b", "/a%3bb", "/a%2fb",
     "/a%2Fb", "/a%5cb", "/a%00", "/a%0ab", "/a%1fb", "/a%7f", "/%", "/%4", "/%zz", "/%ff", "/%c0%af", "/%ed%a0%80",
     "/?a b", "/?a#b", "/?\x00", "localhost:8080", "http://other/", "http://localhost/", "http://localhost:8080@a/",
     "ftp://localhost:8080/", "http:///a", "https:/a", "http://localhost:8080/../a", "http://localhost:8080//a"],
)  # fmt: skip
def test_a_doubtful_target_is_refused(target: str) -> None:
    with pytest.raises(BadRequest) as refused:
        check_target(target, LOCAL)
    assert not target or len(target) < 4 or target not in refused.value.detail


RULES = HostRules(hosts=frozenset({"bridge.example"}), origins=frozenset({"https://shop.example"}))


@pytest.mark.parametrize(
    ("rules", "host", "error"),
    [
        (RULES, "localhost", None),
        (RULES, "bridge.example", None),
        (RULES, "evil.example", Misdirected),
        (RULES, "10.0.0.5", Misdirected),
        (HostRules(beyond_loopback=True), "10.0.0.5", None),
        (HostRules(beyond_loopback=True), "[2001:db8::1]", None),
        (HostRules(beyond_loopback=True), "evil.example", Misdirected),
        (HostRules(keyless=False), "any.example", None),
    ],
)
def test_whose_hosts_are_answered(rules: HostRules, host: str, error: type[CallError] | None) -> None:
    if error is None:
        rules.check_host(Authority(host))
    else:
        with pytest.raises(error):
            rules.check_host(Authority(host))


@pytest.mark.parametrize(
    ("origins", "scheme", "refused"),
    [
        ([], "http", False),
        (["http://localhost:8080"], "http", False),
        (["HTTP://LOCALHOST:8080"], "http", False),
        (["https://localhost:8080"], "http", False),
        (["http://localhost:8080"], "https", True),
        (["http://localhost:3000"], "http", True),
        (["http://localhost"], "http", True),
        (["https://shop.example"], "http", False),
        (["https://shop.example:444"], "http", True),
        (["https://evil.example"], "http", True),
        (["null"], "http", True),
        ([""], "http", True),
        (["http://localhost:8080@evil"], "http", True),
        (["http://localhost:8080", "https://shop.example"], "http", True),
        (["chrome-extension://localhost:8080"], "http", True),
    ],
)
def test_whose_pages_may_call(origins: list[str], scheme: str, refused: bool) -> None:
    if refused:
        with pytest.raises(Forbidden):
            RULES.check_origin(origins, scheme, LOCAL)
    else:
        RULES.check_origin(origins, scheme, LOCAL)


def test_default_ports_are_the_same_origin() -> None:
    RULES.check_origin(["http://a.localhost"], "http", Authority("a.localhost", 80))
    RULES.check_origin(["https://a.localhost:443"], "https", Authority("a.localhost"))


def test_with_keys_or_any_origin_no_page_is_foreign() -> None:
    HostRules(keyless=False).check_origin(["https://evil.example"], "http", LOCAL)
    HostRules(origins=frozenset({"*"})).check_origin(["https://evil.example"], "http", LOCAL)


@pytest.mark.parametrize(
    ("peer", "headers", "client"),
    [
        ("203.0.113.1", {"X-Forwarded-For": "1.1.1.1"}, "203.0.113.1"),
        ("10.0.0.1", {}, "10.0.0.1"),
        ("10.0.0.1", {"X-Forwarded-For": "1.1.1.1"}, "1.1.1.1"),
        ("10.0.0.1", {"X-Forwarded-For": "6.6.6.6, 1.1.1.1, 10.0.0.2"}, "1.1.1.1"),
        ("10.0.0.1", {"X-Forwarded-For": "1.1.1.1, evil, 10.0.0.2"}, "10.0.0.2"),
        ("10.0.0.1", {"X-Forwarded-For": "evil"}, "10.0.0.1"),
        ("10.0.0.1", {"X-Forwarded-For": "1.1.1.1:4711"}, "1.1.1.1"),
        ("10.0.0.1", {"X-Forwarded-For": "[2001:db8::1]:4711"}, "2001:db8::1"),
        ("10.0.0.1", {"X-Forwarded-For": ""}, "10.0.0.1"),
        ("10.0.0.1", {"X-Forwarded-For": "1.1.1.1" + ", 10.0.0.2" * 100}, "10.0.0.2"),
        ("::ffff:10.0.0.1", {"X-Forwarded-For": "1.1.1.1"}, "1.1.1.1"),
        ("fd00::1", {"Forwarded": 'for="[2001:db8::2]:99";proto=https'}, "2001:db8::2"),
        ("10.0.0.1", {"Forwarded": "for=6.6.6.6, for=1.1.1.1"}, "1.1.1.1"),
        ("10.0.0.1", {"Forwarded": "for=_hidden, for=unknown"}, "10.0.0.1"),
        ("10.0.0.1", {"Forwarded": ";;=,=;"}, "10.0.0.1"),
        ("10.0.0.1", {"X-Forwarded-For": "1.1.1.1", "Forwarded": "for=6.6.6.6"}, "1.1.1.1"),
    ],
)
def test_only_our_own_proxies_are_believed(peer: str, headers: dict[str, str], client: str) -> None:
    assert client_address(peer, CIMultiDict(headers), PROXIES) == client


def test_our_proxy_tells_scheme_and_host() -> None:
    told = CIMultiDict({"X-Forwarded-Proto": "gopher, https", "X-Forwarded-Host": "evil, bridge.example"})
    seen = seen_from("10.0.0.1", "http", "localhost", told, PROXIES)
    assert (seen.scheme, seen.host) == ("https", "bridge.example")
    seen = seen_from("10.0.0.1", "http", "localhost", CIMultiDict({"Forwarded": "host=b.example;proto=HTTPS"}), PROXIES)
    assert (seen.scheme, seen.host) == ("https", "b.example")
    seen = seen_from("203.0.113.1", "http", "localhost", told, PROXIES)
    assert (seen.client, seen.scheme, seen.host) == ("203.0.113.1", "http", "localhost")
    seen = seen_from("10.0.0.1", "http", "localhost", CIMultiDict({"X-Forwarded-Proto": "javascript"}), PROXIES)
    assert seen.scheme == "http"
