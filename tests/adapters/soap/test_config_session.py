"""What a session may be configured to be, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from adapters.soap.config_session import SessionSettings, header_steps
from bridge.settings import Secret
from bridge.shapes.json import Number

LEAST = {"login": "Login", "token": "$.id", "send": {"http_header": "X-S"}}


def settings(**more: object) -> SessionSettings:
    return SessionSettings.model_validate({**LEAST, **more})


def test_secrets_and_numbers_in_the_arguments() -> None:
    given = {"user": "u", "password": "env:P", "deep": {"list": ["file:/run/p", 1, 1.5, True, None]}, "url": "envy: no"}
    made = settings(**{"with": given}).with_
    assert made["password"] == Secret("env:P")
    assert made["deep"]["list"] == (Secret("file:/run/p"), "1", "1.5", True, None)
    assert type(made["deep"]["list"][1]) is Number
    assert made["url"] == "envy: no"
    assert settings(with_={"a": "b"}).with_ == {"a": "b"}


def test_without_a_rule_a_session_is_over_by_401() -> None:
    assert settings().expired.statuses == {401}
    assert settings(expired={"fault": ["X"]}).expired.statuses == set()
    assert settings(expired={"when": "@.code == 1", "status": [440]}).expired.statuses == {440}


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("{urn:x}A", (("urn:x", "A"),)),
        ("{urn:x}A/b", (("urn:x", "A"), ("urn:x", "b"))),
        ("{urn:x}A/{}b/c", (("urn:x", "A"), ("", "b"), ("", "c"))),
        ("{http://x/y}A/{http://z/}b", (("http://x/y", "A"), ("http://z/", "b"))),
    ],
)
def test_headers(text: str, steps: tuple[tuple[str, str], ...]) -> None:
    assert header_steps(text) == steps


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"token": "id"}, "RFC 9535"),
        ({"token": "$.id["}, "RFC 9535"),
        ({"send": {}}, "exactly one"),
        ({"send": {"http_header": "X-S", "element": "$.a"}}, "exactly one"),
        ({"send": {"cookie": False}}, "True"),
        ({"send": {"cookie": True}}, "go together"),
        ({"token": "cookie"}, "go together"),
        ({"send": {"header": "SessionHeader/id"}}, "namespace"),
        ({"send": {"header": "{urn:x}A//b"}}, "written"),
        ({"send": {"header": "{urn:x}A<b"}}, "written"),
        ({"send": {"header": "{urn:x}A b"}}, "written"),
        ({"send": {"http_header": "Cookie"}}, "cookie: true"),
        ({"send": {"http_header": "Host"}}, "cannot carry"),
        ({"send": {"http_header": "X S"}}, "pattern"),
        ({"send": {"header": "{urn:x}A", "prefix": "Bearer "}}, "prefix belongs"),
        ({"send": {"http_header": "X-S", "prefix": "a\nb"}}, "pattern"),
        ({"send": {"element": "$..token"}}, "names only"),
        ({"send": {"element": "$"}}, "names only"),
        ({"expired": {"when": "@.code = 1"}}, "RFC 9535"),
        ({"expired": {"status": [200]}}, "400"),
        ({"expired": {"fault": ["@.code = 'x'"]}}, "RFC 9535"),
        ({"logout": "Login"}, "two operations"),
        ({"endpoint_origins": ["https://x.example"]}, "needs endpoint"),
        ({"endpoint": "$.url", "endpoint_origins": ["x.example"]}, "origin"),
        ({"endpoint": "$.url", "endpoint_origins": ["https://x.example/path"]}, "origin"),
        ({"endpoint": "$.url", "endpoint_origins": ["https://u:p@x.example"]}, "origin"),
        ({"endpoint": "$.url", "endpoint_origins": ["https://*.com"]}, "origin"),
        ({"endpoint": "$.url", "endpoint_origins": ["https://a.*.example"]}, "origin"),
        ({"per": "key"}, "service"),
        ({"attempts": 0}, "1"),
        ({"with": ["a"]}, "dict"),
        ({"with": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": {"k": 1}}}}}}}}}}}}, "deeper"),
        ({"with": {"a": object()}}, "texts, numbers"),
    ],
)
def test_what_is_refused(more: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        settings(**more)


@pytest.mark.parametrize(
    ("allowed", "url", "expected"),
    [
        ("https://erp.example", "https://erp.example/x", True),
        ("https://erp.example", "https://erp.example:443/x", True),
        ("https://erp.example", "http://erp.example/x", False),
        ("https://erp.example", "https://na1.erp.example/x", False),
        ("https://*.erp.example", "https://na1.erp.example/x", True),
        ("https://*.erp.example", "https://a.b.ERP.example/x", True),
        ("https://*.erp.example", "https://erp.example/x", False),
        ("https://*.erp.example", "https://evilerp.example/x", False),
        ("https://*.erp.example", "https://erp.example.evil.test/x", False),
        ("https://*.erp.example", "https://na1.erp.example:8443/x", False),
        ("https://*.erp.example:8443", "https://na1.erp.example:8443/x", True),
        ("https://*.erp.example", "http://na1.erp.example/x", False),
        ("https://*.erp.example", "https://na1.erp.example@evil.test/x", False),
        ("https://*.erp.example", "nonsense", False),
    ],
)
def test_which_addresses_a_login_may_name(allowed: str, url: str, *, expected: bool) -> None:
    assert settings(endpoint="$.url", endpoint_origins=[allowed]).allows(url) is expected


@pytest.mark.parametrize(
    "key", ["password", "userPassword", "Passwd", "api_key", "apiKey", "PIN", "client-secret", "UserPIN", "passWord"]
)
@pytest.mark.parametrize("inside", [lambda one: one, lambda one: {"auth": {"parts": [one]}}])
def test_a_secret_does_not_stand_in_a_configuration(key: str, inside: Callable[[object], object]) -> None:
    with pytest.raises(ValidationError, match="a secret does not stand in a configuration") as caught:
        settings(**{"with": inside({key: "Plain-PW"})})
    assert caught.value.errors()[0]["ctx"]["path"][-1] == key
    for fine in ("env:PASSWORD", "file:/run/secrets/x", "", None, 1234, Number("1234")):
        settings(**{"with": inside({key: fine})})


@pytest.mark.parametrize("key", ["user", "tokenType", "secretary", "spin", "pinCode", "passenger", ""])
def test_what_is_no_secret_may(key: str) -> None:
    settings(**{"with": {key: "text"}})
