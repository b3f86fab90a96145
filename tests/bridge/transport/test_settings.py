"""What can be written about an outbound connection, and what cannot."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridge.transport.settings import ClientSettings


def test_everything_has_a_default() -> None:
    settings = ClientSettings()
    assert settings.answer_max == 32_000_000
    assert settings.connect_timeout == 5.0
    assert settings.auth is settings.ca is settings.tls is settings.proxy is None


def test_units_are_written() -> None:
    settings = ClientSettings.model_validate({"connect_timeout": "250ms", "answer_max": "64kB", "keep_alive": "0s"})
    assert (settings.connect_timeout, settings.answer_max, settings.keep_alive) == (0.25, 64_000, 0.0)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"auth": {}}, "exactly one"),
        ({"auth": {"bearer": "env:A", "api_key": {"key": "env:B"}}}, "exactly one"),
        ({"auth": {"bearer": "hunter2"}}, "never the value itself"),
        ({"auth": {"basic": {"username": "a:b", "password": "env:A"}}}, "pattern"),
        ({"auth": {"api_key": {"header": "X Key", "key": "env:A"}}}, "pattern"),
        ({"proxy": "http://user:pw@proxy.example:3128"}, "proxy_auth"),
        ({"proxy": "socks5://proxy.example"}, "address such as"),
        ({"proxy": "http://proxy.example/path"}, "address such as"),
        ({"proxy_auth": {"username": "a", "password": "env:A"}}, "needs proxy"),
        ({"connect_timeout": "0s"}, "greater than 0"),
        ({"verify": False}, "Extra inputs"),
    ],
)
def test_refused(value: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        ClientSettings.model_validate(value)


def test_every_field_is_described_and_has_an_example() -> None:
    for name, field in ClientSettings.model_fields.items():
        assert field.description, name
        assert field.examples, name


def test_examples_are_valid() -> None:
    fields = {name: field.examples[0] for name, field in ClientSettings.model_fields.items() if field.examples}
    assert ClientSettings.model_validate(fields).proxy_auth


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_PASSWORD", "canary")
    settings = ClientSettings.model_validate({"auth": {"bearer": "env:ERP_PASSWORD"}})
    assert "canary" not in f"{settings!r} {settings}"
