"""Cron expressions: five fields, or six that begin with seconds. cronsim reads them and finds the wall times.

What is done with wall times that do not exist or come twice is decided here, as Debian's cron does it (cron(8), Notes):
a job for a fixed time runs once, right after the gap it fell into, or at the first of the two; a job with `*` in
seconds, minutes or hours goes by elapsed time, so through both of two equal hours. cronsim's own rule is the same for
five fields, but it has none for six, and from within the second of two equal hours it would go back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from bridge.queue.zones import SECOND, change_between, instant_of, offset_of, wall_of

LENGTH_MAX = 200
SHORT = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS = {
    "second": (59, "0-59"),
    "minute": (59, "0-59"),
    "hour": (23, "0-23"),
    "day-of-month": (31, "1-31, L for the last day, LW for the last weekday"),
    "month": (12, "1-12 or JAN-DEC"),
    "day-of-week": (7, "0-7 or SUN-SAT, MON#2 for the second Monday, 5L for the last Friday"),
}
_SOMETIME = datetime(2026, 1, 1)  # noqa: DTZ001  a wall time
_ONE_WITH_STEP = re.compile(r"0*(\d+|[A-Z]{3})-0*\1/0*[1-9]\d*")
_STEP = re.compile(r"/(\d+)")


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression that was understood, and the zone whose clocks it means."""

    expression: str
    zone: ZoneInfo
    fixed: bool

    def slots(self, after: datetime) -> Iterator[datetime]:
        """The instants later than `after`, in order, without end or until there are none for fifty years."""
        return self._once(after) if self.fixed else self._elapsed(after)

    @property
    def text(self) -> str:
        said = CronSim(self.expression, _SOMETIME).explain()
        return f"{said[:1].lower()}{said[1:]} ({self.zone.key})"

    @property
    def identity(self) -> tuple[str, ...]:
        return ("cron", self.expression, self.zone.key)

    def _once(self, after: datetime) -> Iterator[datetime]:
        last = after
        for wall in CronSim(self.expression, wall_of(after, self.zone)):
            slot = instant_of(wall, self.zone)
            if slot > last:
                yield slot
                last = slot

    def _elapsed(self, after: datetime) -> Iterator[datetime]:
        at, wall = after, wall_of(after, self.zone)
        while True:
            offset, change = offset_of(at, self.zone), None
            for match in CronSim(self.expression, wall):
                slot = (match - offset).replace(tzinfo=UTC)
                if change := change_between(at, slot, self.zone):
                    break
                yield slot
                at = slot
            if change is None:
                return
            at, wall = change, wall_of(change, self.zone) - SECOND


def parse_cron(text: str, zone: ZoneInfo) -> Cron:
    """Raises ValueError that names the field and says what would be right."""
    if len(text) > LENGTH_MAX:
        raise ValueError(f"a cron expression has {LENGTH_MAX} characters at most")
    expression = " ".join(map(_plain, SHORT.get(text.strip().lower(), text).upper().split()))
    parts = expression.split()
    if len(parts) not in {5, 6}:
        raise ValueError(
            f"a cron expression has five fields (minute hour day-of-month month day-of-week), or six that begin with "
            f"seconds; this one has {len(parts)}"
        )
    names = list(_FIELDS)[6 - len(parts) :]
    for name, part in zip(names, parts, strict=True):
        _check_field(name, part)
    if next(_walls(expression), None) is None:
        raise ValueError(f"there is no such day: {text!r} would never run")
    timed = parts[: len(parts) - 3]
    return Cron(expression, zone, fixed=not any(part.startswith("*") for part in timed))


def _plain(part: str) -> str:
    """One number with a step is that number; cronsim reads `5-5/2` as `5/2`, which is more than one number."""
    found = ((term, _ONE_WITH_STEP.fullmatch(term)) for term in part.split(","))
    return ",".join(one[1] if one else term for term, one in found)


def _check_field(name: str, part: str) -> None:
    high, right = _FIELDS[name]
    for step in _STEP.findall(part):
        if int(step) > high:
            hint = "; for a longer time write it as `every:`" if name != "day-of-week" else ""
            raise ValueError(f"{name}: the step of {part!r} is larger than the field ({right}){hint}")
    alone = ["0", "0", "0", "*", "*", "*"]
    alone[list(_FIELDS).index(name)] = part
    try:
        CronSim(" ".join(alone), _SOMETIME)
    except (CronSimError, ValueError, AssertionError) as error:
        raise ValueError(f"{name}: {part!r} is not understood; it has {right}, *, a-b, a,b and */n") from error


def _walls(expression: str) -> Iterator[datetime]:
    try:
        found = CronSim(expression, _SOMETIME)
    except CronSimError:  # the day is in none of the months
        return
    yield from found
