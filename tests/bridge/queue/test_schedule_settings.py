"""`schedules:` as it is written, and what is told when it is written wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.queue.schedule_settings import ScheduleSettings, schedule_paths_from
from bridge.queue.slots import next_slot

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)


def _settings(**given: Any) -> ScheduleSettings:
    return ScheduleSettings.model_validate({"call": "shop.Export", **given})


def test_the_example_of_the_page() -> None:
    made = _settings(cron="0 6 * * *", zone="Europe/London", **{"with": {"full": True, "of": "é"}}, misfire="once")
    assert next_slot(made.spec(), NOW) == datetime(2026, 12, 25, 6, tzinfo=UTC)
    assert made.arguments == '{"full":true,"of":"é"}'.encode()
    assert made.spec().text == "at 06:00 every day (Europe/London)"


def test_a_file_of_holidays_lies_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "uk.txt").write_text("2026-12-25 Christmas Day\n")
    made = schedule_paths_from(_settings(at=["06:00"], on="bank_days", holidays="uk.txt"), tmp_path)
    assert next_slot(made.spec(), NOW) == datetime(2026, 12, 28, 6, tzinfo=UTC)
    assert schedule_paths_from(_settings(every="10m"), tmp_path).holidays is None
    with pytest.raises(ValueError, match="is not there"):
        _settings(at="06:00", on="bank_days", holidays=str(tmp_path / "none.txt")).spec()


WRITTEN = [
    ({"every": "10m"}, "every 10 minutes"),
    (
        {"every": "8h", "from": "2026-01-01T08:00", "zone": "Asia/Kolkata"},
        "every 8 hours, from 2026-01-01 02:30:00 UTC on",
    ),
    ({"every": "8h", "from": "2026-01-01T08:00+01:00"}, "every 8 hours, from 2026-01-01 07:00:00 UTC on"),
    ({"at": "06:00"}, "at 06:00 on every day (UTC)"),
    ({"at": ["18:30", "06:00"], "on": "workdays"}, "at 06:00 and 18:30 on Monday to Friday (UTC)"),
    ({"at": "06:00", "on": ["thu", "mon"]}, "at 06:00 on Monday and Thursday (UTC)"),
    ({"at": "06:00", "on": "sun"}, "at 06:00 on Sunday (UTC)"),
    ({"at": "06:00", "on": {"month_day": -1}, "shift": "previous"}, "else the bank day before (UTC)"),
    ({"cron": "@hourly"}, "every hour (UTC)"),
    ({"cron": "30 0 6 * * *"}, "at 06:00:30 every day (UTC)"),
]


@pytest.mark.parametrize(("given", "text"), WRITTEN)
def test_written_and_said(given: dict[str, Any], text: str) -> None:
    assert _settings(**given).spec().text.endswith(text)


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({}, "", "has cron, every or at: write one of them"),
    ({"cron": "* * * * *", "every": "5m"}, "every", "write only one of them"),
    ({"cron": "0 25 * * *"}, "cron", "hour: '25' is not understood"),
    ({"cron": "0 0 31 2 *"}, "cron", "would never run"),
    ({"every": "500ms"}, "every", "from 1s to 366d"),
    ({"every": "5m", "jitter": "5m"}, "jitter", "shorter than the interval"),
    ({"every": "5m", "from": "tomorrow"}, "every", "from: 'tomorrow' is no time"),
    ({"every": "5m", "on": "workdays"}, "on", "`on` belongs to `at`, and this schedule has `every`"),
    ({"cron": "0 6 * * *", "holidays": "x"}, "holidays", "`holidays` belongs to `at`"),
    ({"cron": "0 6 * * *", "from": "2026-01-01"}, "from", "`from` belongs to `every`"),
    ({"at": "6 am"}, "at", "'6 am' is no time of day"),
    ({"at": "06:00", "zone": "Europe/Londn"}, "zone", "is no time zone"),
    ({"at": "06:00", "on": "bank_days"}, "on", "bank_days need `holidays`"),
    ({"at": "06:00", "on": "bank_days", "holidays": "x", "shift": "next"}, "shift", "nothing to shift"),
    ({"at": "06:00", "on": "workdays", "holidays": "x"}, "holidays", "say what becomes of a holiday"),
    ({"at": "06:00", "on": "workdays", "shift": "next"}, "shift", "`shift` needs `holidays`"),
    ({"at": "06:00", "on": "weekend"}, "", "write every_day, workdays"),
    ({"at": "06:00", "on": []}, "", "write every_day, workdays"),
    ({"at": "06:00", "on": {"month_day": 0}}, "", "there is no day 0"),
    ({"at": "06:00", "on": {"month_day": 32}}, "", "less than or equal to 31"),
    ({"every": "5m", "call": "Export"}, "", "pattern"),
    ({"every": "5m", "with": {"text": "x" * 1_000_001}}, "with", "larger than 1 MB"),
]


@pytest.mark.parametrize(("given", "path", "told"), REFUSED)
def test_refused(given: dict[str, Any], path: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told) as caught:
        _settings(**given)
    (error, *others) = caught.value.errors()
    assert not path or error.get("ctx", {}).get("path", ()) == (path,)
    assert not path or not others


@pytest.mark.parametrize(
    ("arguments", "way"),
    [
        ({"login": {"user": "env:ERP_USER"}}, ("with", "login", "user")),
        ({"rows": [{"Password": "file:/run/secrets/erp"}]}, ("with", "rows", 0, "Password")),
    ],
)
def test_a_secret_among_the_arguments_is_refused_where_it_stands(
    arguments: dict[str, Any], way: tuple[str | int, ...]
) -> None:
    with pytest.raises(ValidationError) as caught:
        _settings(every="10m", **{"with": arguments})
    [told] = caught.value.errors()
    assert "hold no secrets" in told["msg"]
    assert told["ctx"]["path"] == way


def test_texts_that_only_look_like_it_are_arguments() -> None:
    given = {"path": "file:/data/in.xml", "note": "env: production", "password": "plain"}
    assert _settings(every="10m", **{"with": given}).with_ == given
