"""Receivers that cannot be configured."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridge.queue.callback_settings import CallbackSettings

GOOD = {"url": "https://erp.example/events", "secret": "env:EVENTS_SECRET"}


def test_it_is_safe_by_default() -> None:
    settings = CallbackSettings.model_validate(GOOD)
    assert (settings.allow_private, settings.include, settings.answer_max) == (False, "answer", 64_000)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"secret": None}, "secret"),
        ({"url": "http://erp.example/events"}, "https only"),
        ({"url": "https://u:p@erp.example/"}, "credentials do not belong"),
        ({"allow_private": ["10.0.0.0/33"]}, "10.0.0.0/33"),
        ({"headers": {"webhook-signature": "env:X"}}, "set by the bridge"),
    ],
)
def test_what_is_not_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CallbackSettings.model_validate({**GOOD, **changes})


def test_inside_it_may_be_http() -> None:
    assert CallbackSettings.model_validate({**GOOD, "url": "http://erp.internal/", "allow_private": ["10.0.0.0/8"]})
