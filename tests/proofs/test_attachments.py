"""A slice of `make bench-attachments`: a file each way through the whole bridge, which holds neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.attachments import MB, measure, report

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]

BYTES, GROWTH_BYTES_MAX = 48 * MB, 32 * MB
"""Whoever held the file, once or in base64, would be over it."""


async def test_a_file_each_way_is_the_same_and_is_never_held(tmp_path: Path) -> None:
    ways = await measure(BYTES, tmp_path)
    assert [way.same for way in ways] == [True, True]
    assert max(way.growth for way in ways) < GROWTH_BYTES_MAX, report(ways)
