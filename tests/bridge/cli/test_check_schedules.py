"""Schedules that would not work are found before anything is served, with their line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bridge.cli.running import WSDL, Line

HEAD = f"upstreams:\n  shop:\n    soap:\n      wsdl: {WSDL}\n      endpoint: http://127.0.0.1:9/\n"


LINE = 7


def findings(line: Line, folder: Path, schedule: str, head: str = HEAD) -> tuple[int, list[str]]:
    file = folder / "bridge.yaml"
    file.write_text(f"{head}schedules:\n  nightly: {schedule}\n")
    done = line("check", file, "--json")
    told = json.loads(done.stdout)
    assert all(one["place"]["line"] == LINE for one in told["findings"])
    of_upstreams = [one for each in told["upstreams"] for one in each["findings"]]
    return done.exit_code, [one["text"] for one in (*told["findings"], *of_upstreams)]


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        ("{cron: '0 6 * * *', call: shop.Gone}", "the schedule nightly: call: shop has no operation"),
        ("{cron: '0 6 * * *', call: stock.Count}", "the schedule nightly: call: there is no upstream 'stock'"),
        ("{every: 1m, call: shop.GetOrder, with: {orderId: many}}", "the schedule nightly: with/orderId"),
        ("{every: 1m, call: shop.GetOrder}", "the schedule nightly: with"),
        (
            "{every: 1m, call: shop.GetOrder, with: {orderId: env:ORDER}}",
            "orderId: env:ORDER would be sent as it stands",
        ),
        (
            "{at: '06:00', on: bank_days, holidays: days/none.txt, call: shop.GetOrder, with: {orderId: 1}}",
            "the schedule nightly: holidays: ",
        ),
    ],
)
def test_what_would_not_work_is_told(line: Line, tmp_path: Path, schedule: str, says: str) -> None:
    code, told = findings(line, tmp_path, schedule)
    assert code == 2
    assert any(says in one for one in told), told


def test_serve_tells_of_a_bad_file_of_holidays_at_its_line_and_does_not_begin(line: Line, tmp_path: Path) -> None:
    (tmp_path / "uk.txt").write_text("2026-12-25\n25.12.2026\n")
    lines = [
        "schedules:",
        "  nightly:",
        "    at: '06:00'",
        "    on: bank_days",
        "    holidays: uk.txt",
        "    call: shop.GetOrder",
        "  weekly: {at: '06:00', on: bank_days, holidays: none.txt, call: shop.GetOrder}",
    ]
    file = tmp_path / "bridge.yaml"
    file.write_text(HEAD + "\n".join(lines) + "\n")
    done = line("serve", file, "--port", "0")
    assert done.exit_code == 2
    assert f"{file}:10:15: holidays: {tmp_path}/uk.txt:2: '25.12.2026' is no date" in done.stderr
    assert f"{file}:12:50: holidays: the holidays file {tmp_path}/none.txt is not there" in done.stderr
    assert not (tmp_path / "bridge.db").exists()


def test_one_that_works_is_not_complained_of_and_finds_its_holidays_beside_the_file(line: Line, tmp_path: Path) -> None:
    (tmp_path / "days").mkdir()
    (tmp_path / "days" / "uk.txt").write_text("2099-12-25 Christmas Day\n")
    calendar = "{at: '06:00', on: bank_days, holidays: days/uk.txt, call: shop.GetOrder, with: {orderId: 1}}"
    assert findings(line, tmp_path, calendar) == (0, [])


def test_a_call_of_an_upstream_that_cannot_be_read_is_told_once(line: Line, tmp_path: Path) -> None:
    head = "upstreams:\n  shop:\n    soap:\n      wsdl: gone.wsdl\n\n"
    _, told = findings(line, tmp_path, "{every: 1m, call: shop.GetOrder}", head)
    assert not any("schedule" in one for one in told)
