"""What `bus:` may say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridge.store.bus.settings import BusSettings


@pytest.mark.parametrize(
    ("written", "within"),
    [
        ("memory", True),
        ("redis://redis.internal", False),
        ("rediss://redis.internal:6380/2", False),
        ({"url": "unix:///run/redis.sock", "prefix": "shop"}, False),
    ],
)
def test_what_is_understood(written: object, within: bool) -> None:
    assert BusSettings.model_validate(written).within_machine is within


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("redis://:secret@host", "does not belong into the URL"),
        ("http://host", "a bus is"),
        ("redis:", "a bus is"),
        ({"url": "memory", "prefix": "a b"}, "pattern"),
        ({"url": "memory", "password": "secret"}, "reference"),
    ],
)
def test_what_is_refused(written: object, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        BusSettings.model_validate(written)
