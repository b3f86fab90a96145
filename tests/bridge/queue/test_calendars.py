"""Calendars, against days and clocks looked at one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.queue.calendars import Calendar, Shift, parse_time
from bridge.queue.holidays import Holidays
from bridge.queue.slots import next_slot, slots_between
from tests.bridge.queue.wall_clocks import ZONES, changes, first_at, month_days

LONDON = ZoneInfo("Europe/London")
UK = Holidays({date(2026, 12, 25): "Christmas Day", date(2026, 12, 28): "Boxing Day", date(2027, 1, 1): "New Year"})
SIX = (time(6),)


def _days(calendar: Calendar, since: str, count: int = 6) -> list[str]:
    after = datetime.fromisoformat(since).replace(tzinfo=calendar.zone)
    found = slots_between(calendar, after, after + timedelta(days=400), count)
    return [f"{slot.astimezone(calendar.zone):%m-%d}" for slot in found]


BASE = Calendar(SIX, LONDON, holidays=UK)
TABLE = [
    (BASE.with_kind("bank_days"), ["12-23", "12-24", "12-29", "12-30", "12-31", "01-04"]),
    (BASE.with_kind("workdays"), ["12-23", "12-24", "12-25", "12-28", "12-29", "12-30"]),
    (Calendar(SIX, LONDON), ["12-23", "12-24", "12-25", "12-26", "12-27", "12-28"]),
    (BASE.with_weekdays(["fri"]), ["12-25", "01-01", "01-08", "01-15", "01-22", "01-29"]),
    (Calendar(SIX, LONDON, shift="skip", holidays=UK).with_weekdays(["fri"]), ["01-08", "01-15", "01-22"]),
    (Calendar(SIX, LONDON, shift="next", holidays=UK).with_weekdays(["fri"]), ["12-29", "01-04", "01-08"]),
    (Calendar(SIX, LONDON, shift="previous", holidays=UK).with_weekdays(["fri"]), ["12-24", "12-31", "01-08"]),
    (Calendar(SIX, LONDON, shift="next", holidays=UK).with_weekdays(["fri", "mon"]), ["12-29", "01-04", "01-08"]),
    (Calendar(SIX, LONDON).with_month_days([1, -1]), ["12-31", "01-01", "01-31", "02-01", "02-28", "03-01"]),
    (
        Calendar(SIX, LONDON, shift="next", holidays=UK).with_month_days([1]),
        ["01-04", "02-01", "03-01", "04-01", "05-03"],
    ),
    (Calendar(SIX, LONDON, shift="previous", holidays=UK).with_month_days([-1]), ["12-31", "01-29", "02-26", "03-31"]),
    (Calendar(SIX, LONDON, shift="skip", holidays=UK).with_month_days([31]), ["12-31", "03-31", "05-31", "08-31"]),
]


@pytest.mark.parametrize(("calendar", "expected"), TABLE, ids=lambda value: getattr(value, "text", None))
def test_the_days_of_a_winter(calendar: Calendar, expected: list[str]) -> None:
    assert _days(calendar, "2026-12-22T12:00", len(expected)) == expected


@pytest.mark.parametrize("name", ZONES)
def test_each_day_has_its_times_once_over_every_change_of_the_clocks(name: str) -> None:
    zone = ZoneInfo(name)
    times = tuple(time(hour, minute) for hour in (0, 2, 23) for minute in (15, 45))
    for change in changes(zone):
        since, until = change - timedelta(days=2), change + timedelta(days=2)
        walls = [datetime.combine(since.date() + timedelta(days=n), at) for n in range(-2, 7) for at in times]
        by_force = sorted({first_at(wall, zone) for wall in walls})
        expected = [slot for slot in by_force if since < slot <= until]
        assert slots_between(Calendar(times, zone), since, until, 1000) == expected


@st.composite
def _calendars(draw: st.DrawFn) -> Calendar:
    start = date(2026, 3, 1)
    free = draw(st.sets(st.integers(-20, 60), max_size=25))
    holidays = Holidays({start + timedelta(days=n): "" for n in free})
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    times = tuple(
        sorted(draw(st.sets(st.times().map(lambda at: at.replace(second=0, microsecond=0)), min_size=1, max_size=3)))
    )
    shift: Shift | None = draw(st.sampled_from([None, "next", "previous", "skip"]))
    made = Calendar(times, zone, shift=shift, holidays=holidays)
    match draw(st.sampled_from(["kind", "weekdays", "month_days"])):
        case "weekdays":
            return made.with_weekdays(draw(st.lists(st.sampled_from(["mon", "wed", "sat", "sun"]), min_size=1)))
        case "month_days":
            return made.with_month_days(draw(st.lists(st.sampled_from([1, 2, 15, 30, 31, -1, -5, -31]), min_size=1)))
    return made.with_kind(draw(st.sampled_from(["every_day", "workdays", "bank_days"])))


def _targets(calendar: Calendar, day: date) -> list[date]:
    """The days that run because of this one."""
    weekend, holiday = day.weekday() > 4, day in calendar.holidays.days
    named = {
        "every_day": True,
        "workdays": not weekend,
        "bank_days": not weekend and not holiday,
        "weekdays": day.weekday() in calendar.weekdays,
        "month_days": bool(calendar.month_days & set(month_days(day))),
    }[calendar.kind]
    if not named:
        return []
    if calendar.shift is None or not (holiday or (weekend and calendar.kind == "month_days")):
        return [day]
    if calendar.shift == "skip":
        return []
    step = 1 if calendar.shift == "next" else -1
    near = (day + timedelta(days=step * n) for n in range(1, 32))
    return [one for one in near if one.weekday() < 5 and one not in calendar.holidays.days][:1]


@settings(max_examples=60, deadline=None)
@given(_calendars(), st.integers(-5000, 40_000))
def test_any_calendar_next_is_the_next_by_force(calendar: Calendar, minutes: int) -> None:
    after = datetime(2026, 3, 15, tzinfo=UTC) + timedelta(minutes=minutes)
    around = [after.date() + timedelta(days=n) for n in range(-36, 70)]
    days = sorted({target for day in around for target in _targets(calendar, day)})
    near = [day for day in days if timedelta(-2) <= day - after.date() < timedelta(34)][:6]
    slots = sorted(first_at(datetime.combine(day, at), calendar.zone) for day in near for at in calendar.times)
    expected = next((slot for slot in slots if slot > after), None)
    found = next_slot(calendar, after)
    message = (calendar.text, after, found, expected)
    assert found == expected if expected else found is None or found > after + timedelta(days=32), message


@pytest.mark.parametrize(
    ("shift", "holiday", "days"),
    [
        # Friday 10 April is made up for on Monday, and the days between run as well.
        ("next", date(2026, 4, 10), [9, 11, 12, 13, 14]),
        # Monday 13 April is brought forward to Friday, before Saturday.
        ("previous", date(2026, 4, 13), [9, 10, 11, 12, 14]),
    ],
)
def test_a_day_that_is_moved_takes_none_with_it(shift: Shift, holiday: date, days: list[int]) -> None:
    made = Calendar((time(0),), ZoneInfo("UTC"), shift=shift, holidays=Holidays({holiday: ""})).with_kind("every_day")
    found = list(islice(made.slots(datetime(2026, 4, 8, 12, tzinfo=UTC)), 5))
    assert [slot.day for slot in found] == days
    named = made.with_weekdays(["mon", "sat"])
    if shift == "previous":
        found = list(islice(named.slots(datetime(2026, 4, 8, 12, tzinfo=UTC)), 3))
        assert [slot.day for slot in found] == [10, 11, 18]


def test_without_any_day_the_search_ends() -> None:
    never = Holidays({date(2026, 1, 1) + timedelta(days=n): "" for n in range(1300)})
    assert next_slot(Calendar(SIX, LONDON, "bank_days", holidays=never), datetime(2026, 1, 2, tzinfo=UTC)) is None


@pytest.mark.parametrize(("written", "read"), [("06:00", time(6)), ("23:59:59", time(23, 59, 59)), ("00:00", time(0))])
def test_times(written: str, read: time) -> None:
    assert parse_time(written) == read


@pytest.mark.parametrize(
    "text", ["6:00", "24:00", "06.00", "0600", "06:00Z", "T0600", "noon", "", "06:60", "06:00:00.5"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="is no time of day: write it as 06:00, 17:30 or 23:59:59"):
        parse_time(text)


def test_said() -> None:
    assert BASE.with_kind("bank_days").text == "at 06:00 on bank days (Europe/London)"
    two = Calendar((time(6), time(18, 30, 5)), LONDON, shift="next", holidays=UK)
    assert two.with_month_days([-1, 1, 2, 11, -2]).text == (
        "at 06:00 and 18:30:05 on the 1st, the 2nd, the 11th, the 2nd last day and the last day of the month, else the"
        " next bank day (Europe/London)"
    )
    assert two.with_weekdays(["thu", "mon"]).text.startswith("at 06:00 and 18:30:05 on Monday and Thursday, else")


def test_told_apart() -> None:
    made = {one.identity for one, _ in TABLE}
    assert len(made) == len(TABLE)
