"""What may be configured of alerts, and what may not."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridge.settings import Secret
from bridge.streams.alert_settings import AlertSettings


def test_a_whole_one() -> None:
    webhook = {"url": "https://hooks.example/ops", "secret": "env:S", "headers": {"X-Team": "env:T"}}
    found = AlertSettings.model_validate({"webhook": webhook, "repeat": "15m"})
    assert found.webhook is not None
    assert (found.webhook.url, found.webhook.secret) == ("https://hooks.example/ops", Secret("env:S"))
    assert (found.repeat, found.settle, found.webhook.give_up) == (900.0, 30.0, 86400.0)


def test_an_address_may_be_a_secret() -> None:
    found = AlertSettings.model_validate({"webhook": {"url": "env:ALERT_URL"}})
    assert found.webhook is not None
    assert found.webhook.url == Secret("env:ALERT_URL")


@pytest.mark.parametrize(
    ("webhook", "says"),
    [
        ({"url": "hooks.example/ops"}, "an address is absolute"),
        ({"url": "ftp://hooks.example/ops"}, "an address is absolute"),
        ({"url": "https://me:pw@hooks.example/"}, "credentials do not belong in an address"),
        ({"url": "https://x", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "never the value itself"),
        ({"url": "https://x", "headers": {"Webhook-Id": "env:X"}}, "Webhook-Id is set by the bridge"),
        ({"url": "https://x", "headers": {"X Y": "env:X"}}, "String should match pattern"),
        ({"url": "https://x", "timeout": "2h"}, "less than or equal to 60"),
    ],
)
def test_what_cannot_be(webhook: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        AlertSettings.model_validate({"webhook": webhook})
    assert says in str(caught.value)
