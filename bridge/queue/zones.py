"""What a wall clock somewhere says, and when that is: times that do not exist, and times that there are twice.

Pure, on IANA zones. Instants are in UTC; a wall time is a datetime without a zone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

SECOND = timedelta(seconds=1)
# No zone of our days changes twice within it.
_STEP = timedelta(days=1)


def zone(name: str) -> ZoneInfo:
    """Raises ValueError that says what would be right."""
    try:
        found = ZoneInfo(name) if name in available_timezones() else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        found = None
    if found is None:
        raise ValueError(f"{name[:60]!r} is no time zone: write one of the IANA names, such as Europe/London or UTC")
    return found


def wall_of(instant: datetime, at: ZoneInfo) -> datetime:
    """What the clocks of that zone show."""
    return instant.astimezone(at).replace(tzinfo=None, fold=0)


def instant_of(wall: datetime, at: ZoneInfo) -> datetime:
    """When the clocks there show it: the first time of two; and the moment right after the gap it fell into."""
    before = wall.replace(tzinfo=at, fold=0).astimezone(UTC)
    if wall_of(before, at) == wall:
        return before
    return _moment_of_change(wall.replace(tzinfo=at, fold=1).astimezone(UTC), before, at)


def change_between(after: datetime, until: datetime, at: ZoneInfo) -> datetime | None:
    """The first instant later than `after`, up to `until`, from which on the clocks there go by another offset."""
    low, offset = after, offset_of(after, at)
    while low < until:
        high = min(low + _STEP, until)
        if offset_of(high, at) != offset:
            return _moment_of_change(low, high, at)
        low = high
    return None


def offset_of(instant: datetime, at: ZoneInfo) -> timedelta:
    offset = instant.astimezone(at).utcoffset()
    assert offset is not None, "a zone has an offset at every instant"
    return offset


def _moment_of_change(low: datetime, high: datetime, at: ZoneInfo) -> datetime:
    """Where the offset of `low` ends, which is not that of `high`; to the second."""
    offset = offset_of(low, at)
    while high - low > SECOND:
        middle = low + timedelta(seconds=(high - low) // SECOND // 2)
        if offset_of(middle, at) == offset:
            low = middle
        else:
            high = middle
    return high
