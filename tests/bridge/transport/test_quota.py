"""What upstreams say about their quota, in all the ways they say it; and nothing where it is not understood."""

from __future__ import annotations

import pytest

from bridge.errors import Quota, UpstreamThrottled
from bridge.transport.quota import heard, quota_of

NOW = 1_700_000_000.0
SAID: list[tuple[int, dict[str, str], Quota | None]] = [
    (200, {}, None),
    (200, {"ratelimit": '"default";r=50;t=30'}, Quota(50, 30.0)),
    (200, {"ratelimit": '"burst";r=9;t=1, "day";r=3;t=4000'}, Quota(3, 4000.0)),
    (200, {"ratelimit": "default;r=5"}, Quota(5)),
    (200, {"ratelimit": '"default";r=abc'}, None),
    (200, {"ratelimit-remaining": "7", "ratelimit-reset": "9", "ratelimit-limit": "100, 100;w=60"}, Quota(7, 9.0, 100)),
    (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000060"}, Quota(0, 60.0)),
    (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000060500"}, Quota(0, 60.5)),
    (200, {"x-rate-limit-remaining": "4", "x-rate-limit-reset": "12.5"}, Quota(4, 12.5)),
    (200, {"x-ratelimit-remaining": "4", "x-ratelimit-reset": "Tue, 14 Nov 2023 22:14:20 GMT"}, Quota(4, 60.0)),
    (200, {"x-ratelimit-remaining": "4", "x-ratelimit-reset": "soon"}, Quota(4)),
    (200, {"x-ratelimit-remaining": "-1"}, None),
    (200, {"x-ratelimit-remaining": "٣"}, None),
    (200, {"retry-after": "5"}, None),
    (503, {"retry-after": "5"}, None),
    (429, {}, Quota(refused=True)),
    (429, {"retry-after": "5"}, Quota(reset_s=5.0, refused=True)),
    (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "8"}, Quota(0, 8.0, refused=True)),
    (429, {"retry-after": "5", "ratelimit": '"a";r=0;t=8'}, Quota(0, 5.0, refused=True)),
    (200, {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "99999999999999"}, Quota(1, 86_400.0)),
]


@pytest.mark.parametrize(("status", "headers", "expected"), SAID)
def test_what_is_said_is_understood(status: int, headers: dict[str, str], expected: Quota | None) -> None:
    assert quota_of(status, headers, NOW) == expected


def test_a_hostile_header_costs_little_and_says_nothing() -> None:
    assert quota_of(200, {"ratelimit": ";r=" * 100_000}, NOW) is None
    assert quota_of(200, {"ratelimit": "a" * 1_000_000 + ";r=1"}, NOW) is None


def test_an_error_tells_what_its_answer_said() -> None:
    with pytest.raises(UpstreamThrottled) as caught, heard(429, {"retry-after": "3"}, NOW):
        raise UpstreamThrottled
    assert caught.value.quota == Quota(reset_s=3.0, refused=True)
