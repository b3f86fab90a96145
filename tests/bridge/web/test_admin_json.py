"""Plain values as the JSON of operators."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bridge.shapes.json import Number, dumps
from bridge.web.admin_json import moment, plain


@dataclass(frozen=True)
class _Thing:
    created_at: float
    due_at: float | None
    at: float
    duration_s: float
    attempts_max: int
    ok: bool
    items: tuple[object, ...]


def test_names_times_and_numbers() -> None:
    thing = _Thing(0.0, None, 1.5, 0.25, 3, True, (Number("1.50"), {"keep_this": None}))
    assert dumps(plain(thing)) == (
        '{"createdAt":"1970-01-01T00:00:00.000Z","dueAt":null,"at":"1970-01-01T00:00:01.500Z","durationS":0.25,'
        '"attemptsMax":3,"ok":true,"items":[1.50,{"keep_this":null}]}'
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5.0, "1970-01-01T00:00:00.000Z"), (1e300, "9999-12-31T23:59:59.000Z"), (0.0014, "1970-01-01T00:00:00.001Z")],
)
def test_any_time_has_a_text(seconds: float, text: str) -> None:
    assert moment(seconds) == text


def test_what_is_no_value_is_not_shown() -> None:
    with pytest.raises(TypeError, match="bytes"):
        plain(b"secret")
