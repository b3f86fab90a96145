"""Clocks on walls: hours that are not there, hours that come twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.queue.zones import change_between, instant_of, wall_of, zone
from tests.bridge.queue.wall_clocks import ZONES, changes, first_at, local


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc/passwd", "/etc/localtime", "europe/london\0", "a" * 10_000])
def test_what_is_no_zone_is_told(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone: write one of the IANA names, such as Europe/London"):
        zone(name)


@pytest.mark.parametrize("name", ZONES)
def test_every_minute_around_every_change_is_where_a_slow_clock_finds_it(name: str) -> None:
    at = zone(name)
    for change in changes(at):
        assert change_between(change - timedelta(hours=30), change + timedelta(hours=30), at) == change
        assert change_between(change, change + timedelta(days=3), at) is None
        for minutes in range(-150, 150, 7):
            wall = local(change, at) + timedelta(minutes=minutes)
            assert instant_of(wall, at) == first_at(wall, at)


def test_a_wall_time_has_no_zone_and_says_nothing_of_which_of_two_it_is() -> None:
    twice = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    london = zone("Europe/London")
    wall = datetime(2026, 10, 25, 1, 30)  # noqa: DTZ001  a wall time
    assert wall_of(twice, london) == wall_of(twice - timedelta(hours=1), london) == wall
    assert instant_of(wall, london) == twice - timedelta(hours=1)
