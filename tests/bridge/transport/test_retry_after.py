"""`Retry-After`: numbers, dates, and what is neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.transport.retry_after import RETRY_AFTER_MAX_S, asked_s, retry_after_s

NOW_S = 1_700_000_000.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("", None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("99999999999999", 86_400.0),
        ("-5", None),
        ("soon", None),
        ("²", None),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60.0),
        ("Tue, 14 Nov 2023 22:10:00 GMT", 0.0),
        ("Tue, 14 Nov 2099 22:10:00 GMT", 86_400.0),
        ("Tue, 99 Nov 2023 22:10:00 GMT", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after_s(value, NOW_S) == seconds


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (503, {"retry-after": "7", "x-ratelimit-reset": "60"}, 7.0),
        (429, {"retry-after": "0"}, 0.0),
        (429, {"retry-after-ms": "1500"}, 1.5),
        (503, {"x-ms-retry-after-ms": "250"}, 0.25),
        (429, {"x-ratelimit-reset": "60"}, 60.0),
        (429, {"x-ratelimit-reset": "1700000042"}, 42.0),
        (429, {"x-ratelimit-reset": "1700000042500"}, 42.5),
        (429, {"x-rate-limit-reset": "1700000005.25"}, 5.25),
        (429, {"x-ratelimit-reset-after": "0.5"}, 0.5),
        (429, {"x-ratelimit-reset": "Tue, 14 Nov 2023 22:14:20 GMT"}, 60.0),
        (429, {"x-ratelimit-reset": "1699999990"}, None),
        (429, {"x-ratelimit-reset": "0"}, None),
        (429, {"x-ratelimit-reset": "99999999999999999999"}, 86_400.0),
        (429, {"x-ratelimit-reset": "soon"}, None),
        (429, {"x-ratelimit-reset": "500000"}, 86_400.0),
        (429, {"ratelimit-reset": "11", "ratelimit-remaining": "0"}, 11.0),
        (429, {"ratelimit": '"default";r=0;t=30'}, 30.0),
        (429, {"ratelimit": '"burst";r=0;t=2, "daily";r=5;t=900'}, 2.0),
        (429, {"ratelimit": "limit=100, remaining=0, reset=12"}, 12.0),
        (503, {"x-ratelimit-reset": "60", "x-ratelimit-remaining": "4999"}, None),
        (503, {"x-ratelimit-reset": "60"}, None),
        (503, {"x-ratelimit-reset": "60", "x-ratelimit-remaining": "0"}, 60.0),
        (503, {"ratelimit": '"default";r=0;t=30'}, 30.0),
        (503, {"ratelimit": '"default";r=10;t=30'}, None),
        (429, {}, None),
    ],
)
def test_what_else_is_told(status: int, headers: dict[str, str], seconds: float | None) -> None:
    assert asked_s(status, headers, NOW_S) == seconds


@given(st.dictionaries(st.sampled_from(["ratelimit", "x-ratelimit-reset", "retry-after", "retry-after-ms"]), st.text()))
def test_whatever_stands_there_is_a_time_within_bounds_or_nothing(headers: dict[str, str]) -> None:
    asked = asked_s(429, headers, NOW_S)
    assert asked is None or 0.0 <= asked <= RETRY_AFTER_MAX_S
