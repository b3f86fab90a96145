"""The signature against the vector of the standard, and keys that cannot be used."""

from __future__ import annotations

import base64

import pytest

from bridge.errors import ConfigError
from bridge.settings import Secret
from bridge.transport.standard_webhooks import signature, signed_headers, signing_key

# https://github.com/standard-webhooks/standard-webhooks, libraries/python/tests/test_webhooks.py
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_is_that_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_TEST_SECRET", SECRET)
    assert signature(signing_key(Secret("env:ALERT_TEST_SECRET")), ID, AT, BODY) == SIGNATURE


@pytest.mark.parametrize(
    "value",
    [
        "hunter2-hunter2",
        "whsec_hunter2",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + "QUFB" * 22 + "\u00e9",
    ],
)
def test_a_key_that_is_none_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ALERT_TEST_SECRET", value)
    with pytest.raises(ConfigError, match="24 to 64 bytes in base64") as caught:
        signing_key(Secret("env:ALERT_TEST_SECRET"))
    assert value not in str(caught.value)


@pytest.mark.parametrize("length", [24, 64])
def test_a_key_may_be_so_long(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    monkeypatch.setenv("ALERT_TEST_SECRET", base64.b64encode(b"x" * length).decode())
    assert signing_key(Secret("env:ALERT_TEST_SECRET")) == b"x" * length


def test_while_one_key_takes_over_from_another_both_sign() -> None:
    old, new = b"o" * 24, b"n" * 24
    headers = signed_headers([new, old], ID, AT, BODY)
    assert headers["webhook-signature"].split(" ") == [signature(key, ID, AT, BODY) for key in (new, old)]
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (ID, str(AT))


def test_without_a_key_nothing_is_signed() -> None:
    assert "webhook-signature" not in signed_headers([], ID, AT, BODY)
