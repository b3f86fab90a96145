"""Cron, against Debian's own rules played minute by minute around every change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.queue.cron import parse_cron
from bridge.queue.slots import next_slot, slots_between
from tests.bridge.queue.wall_clocks import ZONES, Fields, changes, cron_minutes, local

ALL = frozenset(range(60))
DAY = frozenset(range(24))
CASES: dict[str, Fields] = {
    "30 1 * * *": Fields(frozenset({30}), frozenset({1})),
    "0 2 * * *": Fields(frozenset({0}), frozenset({2})),
    "15 2 * * *": Fields(frozenset({15}), frozenset({2})),
    "0 0 * * *": Fields(frozenset({0}), frozenset({0})),
    "10,50 0-3 * * *": Fields(frozenset({10, 50}), frozenset(range(4))),
    "0 1,2,3 * * 0": Fields(frozenset({0}), frozenset({1, 2, 3}), weekdays=frozenset({0})),
    "45 23 * * *": Fields(frozenset({45}), frozenset({23})),
    "*/10 * * * *": Fields(frozenset(range(0, 60, 10)), DAY),
    "0 * * * *": Fields(frozenset({0}), DAY),
    "*/20 1-2 * * *": Fields(frozenset(range(0, 60, 20)), frozenset({1, 2})),
    "20 2-2/3 * * *": Fields(frozenset({20}), frozenset({2})),
    "30 */2 * * *": Fields(frozenset({30}), frozenset(range(0, 24, 2))),
    "5 0 1-7 * 1": Fields(frozenset({5}), frozenset({0}), frozenset(range(1, 8)), weekdays=frozenset({1}), either=True),
}


def _is_fixed(expression: str) -> bool:
    return not any(field.startswith("*") for field in expression.split()[:2])


@pytest.mark.parametrize("name", ZONES)
def test_around_every_change_of_three_years_it_is_as_debian_does_it(name: str) -> None:
    zone = ZoneInfo(name)
    for change in (*changes(zone), datetime(2026, 2, 28, tzinfo=UTC)):
        since, until = change - timedelta(hours=26), change + timedelta(hours=26)
        for expression, fields in CASES.items():
            expected = cron_minutes(fields, _is_fixed(expression), zone, since, until)
            found = slots_between(parse_cron(expression, zone), since, until, 10_000)
            assert found == expected, (expression, change)


# What a person in London would see: the clocks go from 1:00 to 2:00, and from 2:00 back to 1:00.
TABLE = [
    ("30 1 * * *", "2026-03-29", ["02:00+01:00"]),
    ("0,30 1 * * *", "2026-03-29", ["02:00+01:00"]),
    ("0 30 1 * * *", "2026-03-29", ["02:00+01:00"]),
    ("30 1 * * *", "2026-10-25", ["01:30+01:00"]),
    ("0 30 1 * * *", "2026-10-25", ["01:30+01:00"]),
    ("30 0-2 * * *", "2026-10-25", ["00:30+01:00", "01:30+01:00", "02:30+00:00"]),
    ("30 * * * *", "2026-03-29", ["00:30+00:00", "02:30+01:00", "03:30+01:00"]),
    ("30 * * * *", "2026-10-25", ["00:30+01:00", "01:30+01:00", "01:30+00:00", "02:30+00:00", "03:30+00:00"]),
    ("*/30 1 * * *", "2026-03-29", []),
    ("*/30 1 * * *", "2026-10-25", ["01:00+01:00", "01:30+01:00", "01:00+00:00", "01:30+00:00"]),
]


@pytest.mark.parametrize(("expression", "day", "expected"), TABLE)
def test_the_table_of_the_page(expression: str, day: str, expected: list[str]) -> None:
    zone = ZoneInfo("Europe/London")
    since = datetime.fromisoformat(day).replace(tzinfo=zone)
    found = slots_between(parse_cron(expression, zone), since - timedelta(seconds=1), since + timedelta(hours=3.9), 99)
    assert [f"{slot.astimezone(zone):%H:%M}{slot.astimezone(zone).isoformat()[-6:]}" for slot in found] == expected


def test_with_seconds_it_is_second_by_second_the_same() -> None:
    for name in ("Europe/London", "Australia/Lord_Howe"):
        zone = ZoneInfo(name)
        for change in list(changes(zone))[:2]:
            since = change - timedelta(hours=1, minutes=10)
            instants = [since + timedelta(seconds=n) for n in range(1, 9000)]
            every = Fields(ALL, DAY, seconds=frozenset(range(0, 60, 7)))
            found = slots_between(parse_cron("*/7 * * * * *", zone), since, instants[-1], 10_000)
            assert found == [at for at in instants if every(local(at, zone))]


def test_from_within_the_second_of_two_equal_hours_it_never_goes_back() -> None:
    """cronsim does, for it looks at the clock on the wall."""
    zone = ZoneInfo("Europe/London")
    second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert next(CronSim("30 1 * * *", second.astimezone(zone))).astimezone(UTC) < second
    assert next_slot(parse_cron("30 1 * * *", zone), second) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@st.composite
def _field(draw: st.DrawFn, low: int, high: int) -> tuple[str, frozenset[int]]:
    whole = range(low, high + 1)
    match draw(st.sampled_from(["*", "one", "range", "list", "step", "range step"])):
        case "*":
            return "*", frozenset(whole)
        case "one":
            number = draw(st.sampled_from(whole))
            return str(number), frozenset({number})
        case "range":
            first, last = sorted(draw(st.tuples(st.sampled_from(whole), st.sampled_from(whole))))
            return f"{first}-{last}", frozenset(range(first, last + 1))
        case "list":
            some = draw(st.lists(st.sampled_from(whole), min_size=1, max_size=5))
            return ",".join(map(str, some)), frozenset(some)
        case "step":
            step = draw(st.integers(1, high))
            return f"*/{step}", frozenset(whole[::step])
        case _:
            step, (first, last) = draw(st.integers(1, high)), sorted(draw(st.tuples(*[st.sampled_from(whole)] * 2)))
            return f"{first}-{last}/{step}", frozenset(range(first, last + 1)[::step])


@st.composite
def _expressions(draw: st.DrawFn) -> tuple[str, Fields]:
    (minute, minutes), (hour, hours) = draw(_field(0, 59)), draw(_field(0, 23))
    (day, days), (month, months), (weekday, weekdays) = draw(_field(1, 31)), draw(_field(1, 12)), draw(_field(0, 6))
    if draw(st.booleans()):
        (month, months) = ("*", frozenset(range(1, 13)))
    either = not day.startswith("*") and not weekday.startswith("*")
    return f"{minute} {hour} {day} {month} {weekday}", Fields(minutes, hours, days, months, weekdays, either)


_PLACES = [
    (name, change)
    for name in ZONES
    for change in (*changes(ZoneInfo(name), 2026, 2026), datetime(2026, 5, 5, tzinfo=UTC))
]


@settings(max_examples=60, deadline=None)
@given(_expressions(), st.sampled_from(_PLACES), st.integers(-3000, 300))
def test_any_expression_next_is_the_next_minute_by_force(
    made: tuple[str, Fields], place: tuple[str, datetime], minutes: int
) -> None:
    (expression, fields), (name, change) = made, place
    zone, after = ZoneInfo(name), change + timedelta(minutes=minutes)
    try:
        spec = parse_cron(expression, zone)
    except ValueError:
        months = {31: {1, 3, 5, 7, 8, 10, 12}, 30: set(range(1, 13)) - {2}}
        assert fields.months.isdisjoint(months[min(fields.days)])
        return
    # A clock that begins here has not seen what was before, so it begins earlier.
    since, until = after - timedelta(hours=30), after + timedelta(days=2)
    expected = [at for at in cron_minutes(fields, _is_fixed(expression), zone, since, until) if at > after]
    found = next_slot(spec, after)
    assert found == expected[0] if expected else found is None or found > until, (made, place, after, found, expected)


REFUSED = [
    ("61 * * * *", "minute: '61' is not understood; it has 0-59"),
    ("* 24 * * *", "hour: '24' is not understood; it has 0-23"),
    ("* * 0 * *", "day-of-month: '0' is not understood"),
    ("* * * 13 *", "month: '13' is not understood; it has 1-12 or JAN-DEC"),
    ("* * * * FOO", "day-of-week: 'FOO' is not understood; it has 0-7 or SUN-SAT"),
    ("60 * * * * *", "second: '60' is not understood"),
    ("*/90 * * * *", "minute: the step of '\\*/90' is larger than the field .* write it as `every:`"),
    ("0 0 31 2 *", "would never run"),
    ("0 0 30 2 *", "would never run"),
    ("0 0 */15 2 MON#5", "would never run"),
    ("* * * *", "has five fields .* this one has 4"),
    ("", "this one has 0"),
    ("@often", "this one has 1"),
    ("5-1 * * * *", "minute: '5-1' is not understood"),
    ("1,,2 * * * *", "minute: '1,,2' is not understood"),
    ("1/0 * * * *", "minute: '1/0' is not understood"),
    ("² * * * *", "minute: '²' is not understood"),
    ("* * * * ²L", "day-of-week: '²L' is not understood"),
    ("0" * 300, "200 characters at most"),
]


@pytest.mark.parametrize(("expression", "told"), REFUSED)
def test_what_is_wrong_names_its_field_and_what_would_be_right(expression: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_cron(expression, ZoneInfo("Europe/London"))


@given(st.text("0123456789*/-,#LWJANMON @\t²", max_size=60))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        spec = parse_cron(text, ZoneInfo("America/Santiago"))
    except ValueError:
        return
    assert next_slot(spec, datetime(2026, 9, 5, tzinfo=UTC))


def test_short_forms_and_what_people_read() -> None:
    london = ZoneInfo("Europe/London")
    assert parse_cron("@daily", london).text == "at 00:00 every day (Europe/London)"
    assert not parse_cron("@hourly", london).fixed
    assert parse_cron(" 0  6 * * mon-fri ", london).identity == ("cron", "0 6 * * MON-FRI", "Europe/London")
    assert parse_cron("0 6 LW * *", london).text.startswith("at 06:00")


def test_a_rare_day_is_found_and_no_search_goes_on_for_ever() -> None:
    spec = parse_cron("0 0 29 2 */7", ZoneInfo("Europe/London"))
    assert next_slot(spec, datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2032, 2, 29, tzinfo=UTC)
    assert next_slot(spec, datetime(9998, 1, 1, tzinfo=UTC)) is None
