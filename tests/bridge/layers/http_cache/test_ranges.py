"""A part of what is kept as a whole."""

from __future__ import annotations

import pytest

from bridge.layers.http_cache.ranges import fields_of_part, part
from bridge.layers.http_cache.rules import Asking, Kept

KEPT = Kept(200, (), b"0123456789", (), 0.0, 60.0, 0.0)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=2-", (2, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=5-99", (5, 10)),
        ("bytes=10-", (0, 0)),
        ("bytes=-0", (0, 0)),
        ("bytes=5-2", None),
        ("bytes=0-1,3-4", None),
        ("bytes=-", None),
        ("lines=1-2", None),
    ],
)
def test_one_range_of_bytes_is_understood(text: str, wanted: tuple[int, int] | None) -> None:
    assert part(KEPT, Asking("GET", "/", (("range", text),))) == wanted


def test_a_head_gets_no_part() -> None:
    assert part(KEPT, Asking("HEAD", "/", (("range", "bytes=0-1"),))) is None


def test_the_fields_say_which_part_it_is() -> None:
    fields = (("Content-Length", "10"), ("ETag", '"a"'))
    assert fields_of_part(fields, 2, 4, 10) == (
        ("ETag", '"a"'),
        ("Content-Range", "bytes 2-3/10"),
        ("Content-Length", "2"),
    )
    assert ("Content-Range", "bytes */10") in fields_of_part(fields, 0, 0, 10)
