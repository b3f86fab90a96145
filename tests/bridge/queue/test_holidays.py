"""The file of holidays."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from bridge.queue.holidays import BYTES_MAX, Holidays, neighbour, parse_holidays, read_holidays
from bridge.queue.ics import DAYS_MAX

CHRISTMAS = date(2026, 12, 25)
FILE = """\ufeff# United Kingdom
2026-12-25 Christmas Day   # a Friday

  2026-12-28  Boxing Day
2027-01-01
"""


def test_dates_names_comments_and_empty_lines(tmp_path: Path) -> None:
    file = tmp_path / "uk.txt"
    file.write_text(FILE, encoding="utf-8")
    found = read_holidays(file)
    assert found.days == {CHRISTMAS: "Christmas Day", date(2026, 12, 28): "Boxing Day", date(2027, 1, 1): ""}
    assert found.last == date(2027, 1, 1)
    assert CHRISTMAS in found
    assert [found.is_bank_day(date(2026, 12, day)) for day in (24, 25, 26, 29)] == [True, False, False, True]
    renamed = Holidays(dict.fromkeys(found.days, "?"))
    assert renamed.digest == found.digest
    assert Holidays({CHRISTMAS: ""}).digest != found.digest


@pytest.mark.parametrize(
    "line", ["25.12.2026", "2026-13-01 x", "2026-W52-5", "20261225", "2026-02-29", "DTSTART:20261225"]
)
def test_a_line_that_is_no_date_is_named(line: str) -> None:
    with pytest.raises(
        ValueError, match=r"uk\.txt:2: .* is no date: write one a line, such as `2026-12-25 Christmas Day`"
    ):
        parse_holidays(f"2026-12-24\n{line}\n", "uk.txt")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    large, binary = tmp_path / "large", tmp_path / "binary"
    large.write_bytes(b"#" * (BYTES_MAX + 1))
    binary.write_bytes(b"\xff\xfe2026")
    for file, told in (
        (tmp_path / "none", "is not there"),
        (tmp_path, "no regular file"),
        (large, "larger"),
        (binary, "UTF-8"),
    ):
        with pytest.raises(ValueError, match=told):
            read_holidays(file)
    many = "\n".join((date(2000, 1, 1) + timedelta(days=n)).isoformat() for n in range(DAYS_MAX + 1))
    with pytest.raises(ValueError, match="more than 20000 holidays"):
        parse_holidays(many, "many")


def test_the_nearest_bank_day_is_looked_for_a_month_and_no_longer() -> None:
    found = parse_holidays(FILE.lstrip("\ufeff"), "uk")
    assert neighbour(CHRISTMAS, 1, found) == date(2026, 12, 29)
    assert neighbour(date(2026, 12, 28), -1, found) == date(2026, 12, 24)
    always = Holidays({CHRISTMAS + timedelta(days=n): "" for n in range(40)})
    assert neighbour(CHRISTMAS, 1, always) is None
