"""Addresses of receivers that cannot be used, and what `allow_private` comes to."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from pydantic import ValidationError

from bridge.errors import ConfigError
from bridge.settings import Secret
from bridge.transport.settings_webhook import ReceiverSettings, guard_of, revealed_address


@pytest.mark.parametrize("url", ["hooks.example/ops", "ftp://hooks.example", "https://u:p@hooks.example/"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        ReceiverSettings.model_validate({"url": url})


def test_a_header_of_ours_is_refused() -> None:
    with pytest.raises(ValidationError, match="set by the bridge"):
        ReceiverSettings.model_validate({"url": "https://hooks.example", "headers": {"Webhook-Id": "env:X"}})


def test_a_secret_address_is_read_and_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_URL", "https://hooks.example/hunter2")
    assert revealed_address(Secret("env:HOOK_URL")) == "https://hooks.example/hunter2"
    monkeypatch.setenv("HOOK_URL", "hooks.example/hunter2")
    with pytest.raises(ConfigError) as caught:
        revealed_address(Secret("env:HOOK_URL"))
    assert "hunter2" not in str(caught.value)


def test_what_may_be_reached() -> None:
    inside = ip_address("10.1.2.3")
    assert guard_of(allowed=False).reason(inside)
    assert not guard_of(allowed=True).reason(inside)
    assert not guard_of(allowed=("10.1.0.0/16",)).reason(inside)
    assert guard_of(allowed=("10.2.0.0/16",)).reason(inside)
