"""What may be written under `limits:`, and what is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridge.layers.limit_settings import LimitsSettings


def limits(**written: object) -> LimitsSettings:
    return LimitsSettings.model_validate(written)


def test_a_number_a_word_and_bounds_say_how_many_at_once() -> None:
    assert limits(concurrency=4).concurrency.most == 4
    adaptive = limits(concurrency="adaptive").concurrency.adaptive
    assert adaptive is not None
    assert (adaptive.min, adaptive.max) == (1, 64)
    assert limits(concurrency={"adaptive": {"min": 2, "max": 8}}).concurrency.most == 8
    assert limits().concurrency.most == 32


@pytest.mark.parametrize(
    ("rate", "burst", "expected"), [("5/s", None, (5.0, 5)), ("60/m", None, (1.0, 1)), ("10/m", 3, (10 / 60, 3))]
)
def test_a_burst_is_what_the_rate_allows_in_a_second(rate: str, burst: int | None, expected: tuple[float, int]) -> None:
    settings = limits(rate=rate, **({"burst": burst} if burst else {}))
    assert (settings.rate, settings.burst_of_rate) == expected


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ({"rate": "0/s"}, "greater than 0"),
        ({"burst": 5}, "needs `rate`"),
        ({"concurrency": 0}, "greater than or equal to 1"),
        ({"concurrency": "many"}, "a whole number of calls, or `adaptive`"),
        ({"concurrency": True}, "a whole number of calls"),
        ({"concurrency": {"adaptive": {"min": 9, "max": 3}}}, "min is larger than max"),
        ({"concurrency": {"fixed": 3, "adaptive": {}}}, "either `fixed` or `adaptive`"),
        ({"wait": "0s"}, "greater than 0"),
        ({"background_every": 1}, "greater than or equal to 2"),
        ({"timeout": "40s", "deadline": "30s"}, "cannot be longer than deadline"),
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        limits(**written)
