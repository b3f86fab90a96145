"""Schedules on several nodes: the long proof, and its judge seen red on planted bugs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.proofs import schedules
from tests.proofs.schedules_world import World

MARCH = datetime(2026, 3, 26, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize("planted", ["zone", "policy"])
async def test_the_judge_sees_a_bug(planted: str, tmp_path: Path) -> None:
    world = World(f"sqlite:///{tmp_path / 'bridge.db'}", 2, ["Europe/London", "Europe/Berlin"], *MARCH, seed=1)
    world.planted = planted
    counts = await world.run(12)
    assert counts.missed + counts.beyond > 0


def test_the_page_says_what_was_wrong() -> None:
    bad = schedules.Counts(instants=12, missed=1, wrong=["london: missed 01:15"])
    assert not schedules.Line("sqlite", bad).good
    assert "- london: missed 01:15" in schedules.page([schedules.Line("sqlite", bad)])
    good = schedules.Line("sqlite", schedules.Counts(instants=2400))
    assert good.good
    assert "python -m tests.proofs.schedules 400" in schedules.page([good])


@pytest.mark.long
def test_at_full_length() -> None:
    for line in schedules.run(schedules.INSTANTS):
        print(line.cells())
        assert line.good, line.counts.wrong
