"""Holidays as iCalendar files: what such files hold, and what is refused because it would mean other days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bridge.queue.holidays import read_holidays
from bridge.queue.ics import DAYS_MAX, YEAR_MAX, parse_ics

# The shape in which governments publish them.
PUBLISHED = """BEGIN:VCALENDAR\r
VERSION:2.0\r
METHOD:PUBLISH\r
PRODID:-//example.gov//calendars//EN\r
CALSCALE:GREGORIAN\r
BEGIN:VTIMEZONE\r
TZID:Europe/London\r
BEGIN:STANDARD\r
DTSTART:19961027T020000\r
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r
END:STANDARD\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
DTEND;VALUE=DATE:20261226\r
DTSTART;VALUE=DATE:20261225\r
SUMMARY:Christmas Day\\, the \r
 first\r
UID:1@example.gov\r
DTSTAMP:20180806T114130Z\r
BEGIN:VALARM\r
TRIGGER:-PT15M\r
DURATION:PT5M\r
END:VALARM\r
END:VEVENT\r
BEGIN:VEVENT\r
DTSTART;VALUE=DATE:20261230\r
DTEND;VALUE=DATE:20270102\r
SUMMARY:Between the years\r
END:VEVENT\r
END:VCALENDAR\r
"""


def event(*lines: str) -> str:
    return "\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"])


def test_a_file_as_it_is_published(tmp_path: Path) -> None:
    file = tmp_path / "uk.ics"
    file.write_text("\ufeff" + PUBLISHED, encoding="utf-8", newline="")
    found = read_holidays(file).days
    between = [date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1)]
    assert found == {date(2026, 12, 25): "Christmas Day, the first", **dict.fromkeys(between, "Between the years")}


def test_each_year_and_of_leap_days_those_that_there_are() -> None:
    found = parse_ics(event("DTSTART;VALUE=DATE:20241225", "RRULE:FREQ=YEARLY", "SUMMARY:Christmas"), "x.ics")
    assert sorted(found) == [date(year, 12, 25) for year in range(2024, YEAR_MAX + 1)]
    leap = parse_ics(event("DTSTART;VALUE=DATE:20240229", "RRULE:FREQ=YEARLY"), "x.ics")
    assert sorted(leap)[:2] == [date(2024, 2, 29), date(2028, 2, 29)]


def test_an_end_that_is_the_day_itself_is_one_day() -> None:
    text = event("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261225")
    assert list(parse_ics(text, "x.ics")) == [date(2026, 12, 25)]


DAY = "DTSTART;VALUE=DATE:20261225"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["DTSTART:20261225T000000Z"], r"x\.ics:3: DTSTART: '20261225T000000Z' is no whole day"),
        (["DTSTART;TZID=Europe/London:20261225T000000"], r"x\.ics:3: DTSTART: .* is no whole day"),
        (["DTSTART;VALUE=DATE:20260229"], r"x\.ics:3: DTSTART: 20260229 is no date"),
        ([DAY, DAY], r"x\.ics:4: DTSTART: it is there twice"),
        ([DAY, "RRULE:FREQ=YEARLY;BYDAY=1MO"], r"x\.ics:4: RRULE: .* only FREQ=YEARLY"),
        ([DAY, "EXDATE;VALUE=DATE:20271225"], r"x\.ics:4: EXDATE: it cannot be used"),
        ([DAY, "DURATION:P2D"], r"x\.ics:4: DURATION: it cannot be used"),
        ([DAY, "STATUS:CANCELLED"], r"x\.ics:4: STATUS: take out"),
        ([DAY, "DTEND;VALUE=DATE:20261224"], r"x\.ics:2: BEGIN: it ends before it begins"),
        ([DAY, "DTEND;VALUE=DATE:20991224"], r"x\.ics:2: BEGIN: .* longer than 366 days"),
        (["SUMMARY:x"], r"x\.ics:2: BEGIN: an event without DTSTART"),
        ([DAY, "2026-12-25 Christmas"], r"x\.ics:4: .* is no line of an iCalendar file"),
        ([DAY, "END:VTODO"], r"x\.ics:4: END: 'VTODO' was not begun"),
        ([DAY, "BEGIN:VEVENT"], r"x\.ics:4: BEGIN: 'VEVENT' cannot be used here"),
        (["END:VEVENT", "BEGIN:VTODO"], r"x\.ics:2: BEGIN: an event without DTSTART"),
        ([DAY, "END:VEVENT", "BEGIN:VTODO"], r"x\.ics:5: BEGIN: 'VTODO' cannot be used here"),
    ],
)
def test_what_would_mean_other_days_is_refused_with_its_line(lines: list[str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_ics(event(*lines), "x.ics")


def test_a_file_that_breaks_off_and_one_with_too_many_days_are_refused() -> None:
    with pytest.raises(ValueError, match=r"x\.ics:13: BEGIN: 'VEVENT' does not end"):
        parse_ics(PUBLISHED[: PUBLISHED.index("UID")], "x.ics")
    year = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:{0}0101\nDTEND;VALUE=DATE:{0}1231\nEND:VEVENT\n"
    many = "".join(year.format(1900 + number) for number in range(DAYS_MAX // 360 + 1))
    with pytest.raises(ValueError, match="more than 20000 holidays"):
        parse_ics(f"BEGIN:VCALENDAR\n{many}END:VCALENDAR\n", "x.ics")
