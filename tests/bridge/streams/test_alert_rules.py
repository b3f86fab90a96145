"""The table of alerts: each event that is one, what it says, what ends it; and that the table fits the events."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from bridge import events
from bridge.events import Event
from bridge.events_store import KeyMissing, QueueWithoutWorker
from bridge.streams.alert_late import QueueLate, QueueOnTime
from bridge.streams.alert_rules import ENDS, HEARD, RULES, Ended, Raised, ScheduledDead, ScheduledDone, signals

DOWN = events.UpstreamUnavailable("shop", "refused", 5.0)
RAISED: list[tuple[Event, str, str, float, float | None]] = [
    (events.DeadLetters(2, 5.0), "dead-letters", "warning", 0.0, None),
    (ScheduledDead("nightly", "j", "upstream_cut", "cut"), "schedule-failed:nightly", "error", 0.0, None),
    (events.ScheduleMissed("nightly", 3, more=False, upto="…"), "schedule-missed:nightly", "warning", 0.0, 900.0),
    (events.SchedulesDelayed("disk full", 10.0), "schedules-delayed", "error", 0.0, 150.0),
    (events.JournalLost(1, "disk full"), "journal-lost", "error", 0.0, 900.0),
    (events.JournalOrphans(4), "journal-orphans", "warning", 0.0, 900.0),
    (events.QueuePaused("calls", "disk full", 20.0), "queue-paused", "error", 0.0, 180.0),
    (events.QueuePaused("other", "disk full", 20.0), "queue-paused", "error", 0.0, 180.0),
    (KeyMissing("calls", "0a1b2c3d", 2), "key-missing:0a1b2c3d", "error", 0.0, 300.0),
    (QueueLate("calls", 1200), "queue-late:calls", "error", 0.0, None),
    (QueueWithoutWorker("old", 7), "queue-without-worker:old", "warning", 0.0, 1500.0),
    (events.ClockSkewed(-3.25), "clock-skewed", "warning", 0.0, 1500.0),
    (events.TopicTrimFailed("disk full"), "topics-not-trimmed", "warning", 0.0, 120.0),
    (DOWN, "upstream-unavailable:shop", "error", 120.0, 615.0),
    (events.UpstreamUnavailable("shop", "two of one address", 0.0), "upstream-unavailable:shop", "error", 120.0, None),
    (events.CredentialsRefused("shop", "Get", "http_401", 3, 60.0), "credentials-refused:shop", "error", 0.0, 420.0),
    (events.LoginFailed("shop", "Login", "fault", "no", 3, 60.0), "login-failed:shop", "error", 0.0, 420.0),
    (events.WorkerDied(1, 7, "SIGKILL", 0.1), "worker-died", "error", 0.0, 600.0),
    (events.ConfigRefused("b.yaml", ("wrong",)), "config-refused", "warning", 0.0, None),
    (events.InternalError("edge", "Traceback …"), "internal-error", "error", 0.0, 900.0),
]


@pytest.mark.parametrize(("event", "alert", "level", "after_s", "quiet_s"), RAISED)
def test_what_raises_an_alert(event: Event, alert: str, level: str, after_s: float, quiet_s: float | None) -> None:
    [signal] = signals(event)
    assert isinstance(signal, Raised)
    assert (signal.alert, signal.level, signal.after_s) == (alert, level, after_s)
    assert signal.quiet_s == (pytest.approx(quiet_s) if quiet_s is not None else None)
    assert re.match(r"[A-Z].*[^{}]$", signal.text)
    assert "traceback" not in signal.details


@pytest.mark.parametrize(
    ("event", "alerts"),
    [
        (events.DeadLetters(0, 0.0), ["dead-letters"]),
        (ScheduledDone("nightly"), ["schedule-failed:nightly"]),
        (QueueOnTime("calls"), ["queue-late:calls"]),
        (QueueWithoutWorker("old", 0), ["queue-without-worker:old"]),
        (events.ClockSkewed(0.0), ["clock-skewed"]),
        (
            events.UpstreamReady("shop", 3, from_disk=True, duration_s=0.1),
            ["upstream-unavailable:shop", "credentials-refused:shop"],
        ),
        (events.LoggedIn("shop", "Login", "first", 0.1), ["login-failed:shop"]),
        (
            events.ConfigReloaded("b.yaml", ("access", "shop")),
            ["config-refused", "upstream-unavailable:access", "upstream-unavailable:shop"],
        ),
    ],
)
def test_what_ends_one(event: Event, alerts: list[str]) -> None:
    found = signals(event)
    assert [one.alert for one in found] == alerts
    assert all(isinstance(one, Ended) for one in found)


@pytest.mark.parametrize(
    "event",
    [
        events.LoginFailed("shop", "Login", "fault", "no", 1, 0.0),
        events.CredentialsRefused("shop", "Get", "http_401", 1, 0.0),
        events.JobDead("calls", "call", "j", 3, "upstream_cut", "cut"),
        events.ServerStarted("http://x", "1"),
    ],
)
def test_what_is_none(event: Event) -> None:
    assert signals(event) == ()


def test_every_row_of_the_table_is_tried() -> None:
    assert {type(event) for event, *_ in RAISED} == {rule.event for rule in RULES}
    assert len({rule.event for rule in RULES}) == len(RULES), "of one event there is one row"


@pytest.mark.parametrize("row", [*RULES, *ENDS], ids=lambda row: row.event.__name__)
def test_the_texts_name_fields_that_the_event_has(row: object) -> None:
    names = {field.name for field in fields(row.event)}  # type: ignore[attr-defined]  # a row of either table
    used = set(re.findall(r"{(\w+)}", row.alert + row.text))  # type: ignore[attr-defined]  # likewise
    assert used <= names


def test_what_ends_an_alert_ends_one_that_can_be_raised() -> None:
    assert {end.alert for end in ENDS} <= {rule.alert for rule in RULES}


def test_no_event_of_alerts_is_heard() -> None:
    assert not [kind for kind in HEARD if kind.__module__ == "bridge.events_alerts"]


def test_the_page_for_people_names_them_all() -> None:
    page = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text("utf-8")
    assert {f"`{rule.alert}`" for rule in RULES} <= set(re.findall(r"^\| (`[^`]+`)", page, re.MULTILINE))
