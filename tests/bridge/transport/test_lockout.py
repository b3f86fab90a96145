"""Refusals are counted whoever speaks to the system; the whole story is told in tests/adapters/soap/test_lockout.py."""

from __future__ import annotations

import pytest

from bridge.clock import SystemClock
from bridge.errors import UpstreamUnauthorized
from bridge.events import CredentialsRefused, Event
from bridge.transport.lockout import Lockout, passwords
from bridge.transport.settings import ClientSettings
from bridge.transport.settings_lockout import LockoutSettings

BASIC = {"auth": {"basic": {"username": "shop", "password": "env:PASSWORD"}}}


def test_what_is_a_password() -> None:
    bearer = {"auth": {"bearer": "env:TOKEN"}}
    assert passwords(ClientSettings.model_validate(BASIC)) == {"http"}
    assert passwords(ClientSettings.model_validate(bearer)) == frozenset()


def test_after_a_refusal_nobody_asks_for_a_while() -> None:
    told: list[Event] = []
    lockout = Lockout("shop", frozenset({"http"}), LockoutSettings(), SystemClock(), told.append)
    refused = UpstreamUnauthorized()
    refused.refused = "http"
    with pytest.raises(UpstreamUnauthorized), lockout.watched("Get"):
        raise refused
    with pytest.raises(UpstreamUnauthorized) as again, lockout.watched("Get"):
        raise AssertionError("nothing is sent")
    assert again.value.retry_after_s is not None
    assert [type(one) for one in told] == [CredentialsRefused]
    assert lockout.refused
