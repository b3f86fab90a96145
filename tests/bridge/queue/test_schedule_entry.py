"""A configured schedule made ready, and what `check` says of one that would not work."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.contracts import Operation, Upstream
from bridge.errors import DoesNotFit, Violation
from bridge.queue.schedule_entry import Entry, check_schedule
from bridge.queue.schedule_settings import ScheduleSettings
from bridge.store.schedule_rows import ScheduleState

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NINE = datetime(2026, 11, 21, 9, tzinfo=UTC).timestamp()


class Shop:
    """As much of an upstream as check asks for."""

    operations: Mapping[str, Operation] = {"Export": Operation("shop", "Export")}

    async def dry_run(self, operation: str, args: bytes) -> None:
        wrong = [Violation(f"/{name}", "is not known") for name in json.loads(args) if name != "full"]
        if wrong:
            raise DoesNotFit(errors=wrong)


UPSTREAMS: dict[str, Upstream] = {"shop": Shop()}  # type: ignore[dict-item]  # as much of it as is asked for


def _settings(**given: Any) -> ScheduleSettings:
    return ScheduleSettings.model_validate({"call": "shop.Export", "every": "1h", **given})


def _entry(**given: Any) -> tuple[Entry, ScheduleState]:
    entry = Entry.of("nightly", _settings(**given))
    state = ScheduleState("nightly", entry.digest, 1, "", "", NINE, None, "", "default", 0, None, 100, b"", 0.0)
    return entry, state


def test_what_is_written_of_it() -> None:
    entry, _ = _entry(
        **{"with": {"full": True, "ratio": 0.1}}, queue="night", priority=3, attempts=2, keep=7, paused=True
    )
    found = entry.registration()
    assert json.loads(found.template) == {"operation": "shop.Export", "args": {"full": True, "ratio": 0.1}}
    assert (found.queue, found.priority, found.attempts_max, found.keep, found.paused) == ("night", 3, 2, 7, True)
    assert found.timing == "every hour"
    same, _ = _entry(misfire="all", jitter="1m", **{"with": {"full": False}})
    other, _ = _entry(every="2h")
    assert same.digest == entry.digest != other.digest


LINED_UP = [
    ({"misfire": "once"}, 1, False),
    ({"misfire": "all"}, 3, True),
    ({"misfire": "once", "overlap": "queue"}, 1, True),
    ({"misfire": "skip", "grace": "4h"}, 3, False),
]


@pytest.mark.parametrize(("given", "count", "line_up"), LINED_UP)
def test_what_is_made_up_for_runs_one_behind_the_other(given: dict[str, Any], count: int, line_up: bool) -> None:
    entry, state = _entry(**given)
    decided = entry.firing(state, NOW)
    assert decided is not None
    _, firing = decided
    assert [slot.slot for slot in firing.slots][-1] == "2026-11-21T12:00:00Z"
    assert (len(firing.slots), {slot.line_up for slot in firing.slots}) == (count, {line_up})
    assert (firing.last_slot, firing.upto.at) == (NINE, NINE + 3 * 3600)
    assert firing.next_due == NINE + 4 * 3600
    assert firing.upcoming.split()[:2] == ["2026-11-21T13:00:00Z", "2026-11-21T14:00:00Z"]


def test_nothing_to_do() -> None:
    entry, state = _entry()
    assert entry.firing(state, datetime.fromtimestamp(NINE + 3599, UTC)) is None
    assert entry.next_due(state) == NINE + 3600


async def test_a_good_one_has_nothing_told_about_it() -> None:
    assert await check_schedule(_settings(**{"with": {"full": True}}), UPSTREAMS, NOW) == []


TOLD: list[tuple[dict[str, Any], str]] = [
    ({"call": "shp.Export"}, "call: there is no upstream 'shp'"),
    ({"call": "shop.Exprt"}, "call: shop has no operation 'Exprt'"),
    ({"with": {"ful": True}}, "with/ful: is not known"),
    ({"every": None, "cron": "*/5 * * * *", "jitter": "6m"}, "jitter: it must be shorter than .* 300 s at times"),
]


@pytest.mark.parametrize(("given", "told"), TOLD)
async def test_what_would_not_work(given: dict[str, Any], told: str) -> None:
    ((line),) = await check_schedule(_settings(**given), UPSTREAMS, NOW)
    assert re.match(told, line), line


async def test_holidays_that_are_not_there_are_over_or_leave_nothing(tmp_path: Path) -> None:
    old, all_ = tmp_path / "old", tmp_path / "all"
    old.write_text("2020-12-25\n")
    all_.write_text(
        "\n".join(f"20{y:02}-{m:02}-{d:02}" for y in range(26, 31) for m in range(1, 13) for d in range(1, 29))
    )
    base = {"every": None, "at": "06:00", "on": "bank_days"}
    (missing,) = await check_schedule(_settings(**base, holidays=str(tmp_path / "none")), UPSTREAMS, NOW)
    (over,) = await check_schedule(_settings(**base, holidays=str(old)), UPSTREAMS, NOW)
    assert "is not there" in missing
    assert "knows none after 2020-12-25" in over
    month = {**base, "on": {"month_day": [1, 28]}, "shift": "skip"}
    assert await check_schedule(_settings(**month, holidays=str(all_)), UPSTREAMS, NOW) == [
        "at 06:00 on the 1st and the 28th of the month without holidays (UTC): this never runs"
    ]
