"""What may stand under `cache:`, and what it means."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bridge.layers.cache_settings import AHEAD, CacheSettings


@pytest.mark.parametrize(("written", "part"), [(False, None), (True, AHEAD), (0.5, 0.5)])
def test_ahead_of_its_end(written: object, part: float | None) -> None:
    assert CacheSettings.model_validate({"ttl": "60s", "refresh_ahead": written}).ahead == part


@pytest.mark.parametrize(
    "wrong",
    [{"swr": "x"}, {"refresh_ahead": 1.5}, {"refresh_ahead": 0.0}, {"negative": {"Gone": "0s"}}, {"swrr": "1s"}],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CacheSettings.model_validate({"ttl": "60s", **wrong})


def test_all_that_can_be_said() -> None:
    settings = CacheSettings.model_validate(
        {"ttl": "60s", "swr": "30s", "stale": "10m", "negative": {"OrderNotFound": "30s"}, "public": True}
    )
    assert (settings.swr, settings.stale, settings.negative) == (30.0, 600.0, {"OrderNotFound": 30.0})
