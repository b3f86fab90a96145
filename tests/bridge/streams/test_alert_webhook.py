"""Secrets of the receiver that cannot be used, and what it may be."""

from __future__ import annotations

import pytest

from bridge.clock import SystemClock
from bridge.errors import ConfigError, UpstreamUnreachable
from bridge.streams.alert_settings import WebhookSettings
from bridge.streams.alert_webhook import Webhook


def test_a_secret_address_that_is_none_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_TEST_URL", "hooks.example/hunter2")
    settings = WebhookSettings.model_validate({"url": "env:ALERT_TEST_URL"})
    with pytest.raises(ConfigError, match="an address is absolute") as caught:
        Webhook(settings, SystemClock(), lambda _: None)
    assert "hunter2" not in str(caught.value)


async def test_where_it_must_not_be_inside_nothing_is_sent_there() -> None:
    settings = WebhookSettings.model_validate({"url": "http://127.0.0.1:9", "allow_private": False})
    webhook = Webhook(settings, SystemClock(), lambda _: None)
    try:
        with pytest.raises(UpstreamUnreachable) as caught:
            await webhook.send("msg_1", b"{}")
    finally:
        await webhook.close()
    assert caught.value.cause == "address_refused"
