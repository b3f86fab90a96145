"""`Retry-After`: numbers, dates, and what is neither."""

from __future__ import annotations

import pytest

from bridge.transport.retry_after import retry_after_s

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
