"""Cookies go where their attributes let them, and there is a bound on what is kept."""

from __future__ import annotations

import pytest

from bridge.transport.cookies import COOKIE_CHARACTERS_MAX, COOKIES_MAX, SEPARATOR, CookieJar, cookied, note_cookies

HERE = "https://erp.example/soap/orders"


def jar(*set_cookies: str, url: str = HERE) -> CookieJar:
    made = CookieJar()
    made.take(url, SEPARATOR.join(set_cookies))
    return made


@pytest.mark.parametrize(
    ("set_cookie", "url"),
    [
        ("SID=1", HERE),
        ("SID=1; Path=/", "https://erp.example/other"),
        ("SID=1; Path=/soap", "https://erp.example/soap/x"),
        ("SID=1; Secure", HERE),
        ("SID=1; HttpOnly; SameSite=Strict", HERE),
        ("SID=1; Domain=erp.example", "https://na1.erp.example/soap/orders"),
        ("SID=1; Max-Age=60", HERE),
    ],
)
async def test_it_goes_there(set_cookie: str, url: str) -> None:
    assert jar(set_cookie).header(url) == "SID=1"


@pytest.mark.parametrize(
    ("set_cookie", "url"),
    [
        ("SID=1; Path=/soap", "https://erp.example/other"),
        ("SID=1; Secure", "http://erp.example/soap/orders"),
        ("SID=1", "https://na1.erp.example/soap/orders"),
        ("SID=1", "https://evil.test/soap/orders"),
        ("SID=1; Domain=evil.test", "https://evil.test/"),
        ("SID=1; Domain=evil.test", HERE),
        ("SID=1; Max-Age=0", HERE),
    ],
)
async def test_it_does_not_go_there(set_cookie: str, url: str) -> None:
    assert jar(set_cookie).header(url) == ""


async def test_addresses_without_a_name_have_cookies_too() -> None:
    assert jar("SID=1; Path=/", url="http://127.0.0.1:8080/x").header("http://127.0.0.1:8080/y") == "SID=1"


async def test_several_come_and_one_changes() -> None:
    kept = jar("A=1", "B=x=y")
    assert kept.header(HERE) == "A=1; B=x=y"
    kept.take(HERE, "A=2")
    assert kept.header(HERE) == "A=2; B=x=y"
    assert set(kept.secrets()) == {"2", "x=y"}


async def test_too_many_and_too_large_ones_are_passed_over() -> None:
    kept = jar(*(f"C{number}=1" for number in range(COOKIES_MAX * 2)))
    assert len(kept) == COOKIES_MAX
    kept.take(HERE, "MORE=1")
    assert len(kept) == COOKIES_MAX
    kept.take(HERE, "C0=new")
    assert "C0=new" in kept.header(HERE)
    assert len(jar(f"A={'x' * COOKIE_CHARACTERS_MAX}")) == 0
    assert len(jar("", "  ", "no cookie at all")) <= 1


async def test_headers_with_and_without() -> None:
    kept = jar()
    note_cookies(kept, HERE, {"set-cookie": "SID=1"})
    note_cookies(None, HERE, {"set-cookie": "SID=2"})
    note_cookies(kept, HERE, {})
    assert cookied({"A": "b"}, kept, HERE) == {"A": "b", "Cookie": "SID=1"}
    assert cookied({"A": "b"}, None, HERE) == cookied({"A": "b"}, CookieJar(), HERE) == {"A": "b"}
