"""Which events are alerts: one table. An event either raises an alert, ends some, or is none. Pure.

Two events with the same `alert` are the same alert. What has no end of its own is over when it has not been heard of
for a while (`quiet_s`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from bridge import events
from bridge.events import Event
from bridge.events_store import KeyMissing, QueueWithoutWorker
from bridge.streams.alert_late import QueueLate, QueueOnTime

Level = Literal["warning", "error"]
Details = Mapping[str, Any]
DEAD_LETTERS = "dead-letters"
SCHEDULE_FAILED = "schedule-failed"


@dataclass(frozen=True, slots=True)
class Raised:
    """It is so now. Told only when it has been so for `after_s`."""

    alert: str
    level: Level
    text: str
    details: Details
    after_s: float = 0.0
    quiet_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """It is over. `text` says why."""

    alert: str
    text: str


@dataclass(frozen=True, slots=True)
class ScheduledDead(Event):
    """A JobDead of which the store said that it was the run of a schedule."""

    schedule: str
    job_id: str
    code: str
    cause: str


@dataclass(frozen=True, slots=True)
class ScheduledDone(Event):
    """A JobDone likewise."""

    schedule: str


def _always(_: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """What an event raises. `alert` and `text` have the fields of the event in braces. `quiet_s` None: it ends by an
    event of `ENDS` only. A pause that the event speaks of is waited for besides."""

    event: type[Event]
    level: Level
    alert: str
    text: str
    quiet_s: float | None
    after_s: float = 0.0
    when: Callable[[Any], bool] = _always


@dataclass(frozen=True, slots=True)
class End:
    """What an event ends."""

    event: type[Event]
    alert: str
    text: str
    when: Callable[[Any], bool] = _always


RULES: tuple[Rule, ...] = (
    Rule(
        *(events.DeadLetters, "warning", DEAD_LETTERS),
        "Jobs were given up and wait for a person: {depth}. Look at them with `legacy-bridge dead list`.",
        quiet_s=None,
        when=lambda event: event.depth > 0,
    ),
    Rule(
        *(ScheduledDead, "error", SCHEDULE_FAILED + ":{schedule}"),
        "A run of the schedule {schedule} was given up ({code}): {cause}",
        quiet_s=None,
    ),
    Rule(
        *(events.ScheduleMissed, "warning", "schedule-missed:{schedule}"),
        "The schedule {schedule} missed {missed} of its times up to {upto}, and they are not made up for.",
        quiet_s=900.0,
    ),
    Rule(
        *(events.SchedulesDelayed, "error", "schedules-delayed"),
        "No schedule is fired, because the store cannot be used: {reason}",
        quiet_s=120.0,
    ),
    Rule(
        *(events.JournalLost, "error", "journal-lost"),
        "Entries of the journal could not be written down and are lost: {cause}",
        quiet_s=900.0,
    ),
    Rule(
        *(events.JournalOrphans, "warning", "journal-orphans"),
        "A process ended with calls under way ({entries}): whether they were done is not known.",
        quiet_s=900.0,
    ),
    Rule(
        *(events.QueuePaused, "error", "queue-paused"),
        "Jobs are not worked on, because the store cannot be used: {cause}",
        quiet_s=120.0,
    ),
    Rule(
        *(KeyMissing, "error", "key-missing:{key_id}"),
        "Jobs of the queue {queue} are sealed with the key {key_id}, which this node does not have: give it among "
        "store.old_keys, and restart.",
        quiet_s=300.0,
    ),
    Rule(
        *(QueueLate, "error", "queue-late:{queue}"),
        "A job of the queue {queue} could run and has waited for {waited_s} s. Look at `legacy-bridge queues list`.",
        quiet_s=None,
    ),
    Rule(
        *(QueueWithoutWorker, "warning", "queue-without-worker:{queue}"),
        "Jobs lie in the queue {queue} ({jobs}), which the configuration does not name any more: nobody works on them. "
        "Look at them with `legacy-bridge jobs list --queue {queue}`; name it under `queues`, and restart.",
        quiet_s=1500.0,
        when=lambda event: event.jobs > 0,
    ),
    Rule(
        *(events.ClockSkewed, "warning", "clock-skewed"),
        "The clock of this machine is {ahead_s:.1f} s ahead of that of the store's server (behind when negative): see "
        "to what sets it (NTP, chrony).",
        quiet_s=1500.0,
        when=lambda event: event.ahead_s != 0,
    ),
    Rule(
        *(events.TopicTrimFailed, "warning", "topics-not-trimmed"),
        "Topics grow beyond what they are to keep, because the store cannot be used: {reason}",
        quiet_s=120.0,
    ),
    Rule(
        *(events.UpstreamUnavailable, "error", "upstream-unavailable:{upstream}"),
        "The upstream {upstream} cannot be used: {reason}",
        quiet_s=600.0,
        after_s=120.0,
    ),
    Rule(
        *(events.CredentialsRefused, "error", "credentials-refused:{upstream}"),
        "The upstream {upstream} refuses our password ({cause}); it is not tried again for a while, so that its "
        "account is not locked.",
        quiet_s=300.0,
        when=lambda event: event.pause_s > 0,
    ),
    Rule(
        *(events.LoginFailed, "error", "login-failed:{upstream}"),
        "No session with the upstream {upstream} can be had ({code}): {cause}",
        quiet_s=300.0,
        when=lambda event: event.pause_s > 0,
    ),
    Rule(
        *(events.WorkerDied, "error", "worker-died"),
        "A worker process ended by itself ({how}) and is started anew.",
        quiet_s=600.0,
    ),
    Rule(
        *(events.ConfigRefused, "warning", "config-refused"),
        "A changed configuration was refused, and the old one is still in force.",
        quiet_s=None,
    ),
    Rule(
        *(events.InternalError, "error", "internal-error"),
        "The bridge has a fault of its own ({where}); the log has the particulars.",
        quiet_s=900.0,
    ),
)

ENDS: tuple[End, ...] = (
    End(events.DeadLetters, DEAD_LETTERS, "No dead letter is left.", when=lambda event: event.depth == 0),
    End(ScheduledDone, SCHEDULE_FAILED + ":{schedule}", "A run of the schedule {schedule} went well."),
    End(QueueOnTime, "queue-late:{queue}", "No job of the queue {queue} waits for long, or it is paused."),
    End(
        QueueWithoutWorker, "queue-without-worker:{queue}", "No job is left in it.", when=lambda event: event.jobs == 0
    ),
    End(events.ClockSkewed, "clock-skewed", "The clocks agree.", when=lambda event: event.ahead_s == 0),
    End(events.UpstreamReady, "upstream-unavailable:{upstream}", "The upstream {upstream} is ready."),
    End(events.UpstreamReady, "credentials-refused:{upstream}", "The upstream {upstream} is ready."),
    End(events.LoggedIn, "login-failed:{upstream}", "There is a session with the upstream {upstream} again."),
    End(events.ConfigReloaded, "config-refused", "A new configuration is in force."),
)

_RAISE = {rule.event: rule for rule in RULES}
_END = {kind: tuple(end for end in ENDS if end.event is kind) for kind in {end.event for end in ENDS}}
HEARD = frozenset({*_RAISE, *_END, events.JobDead, events.JobDone})
"""The events that have to do with alerts at all."""
_UNTOLD = frozenset({"traceback"})
"""Fields that never leave in an alert."""


def signals(event: Event) -> tuple[Raised | Ended, ...]:
    """What an event says of alerts."""
    rule = _RAISE.get(type(event))
    raised = (_raised(rule, event),) if rule is not None and rule.when(event) else ()
    return (*raised, *_ended(event))


def _raised(rule: Rule, event: Event) -> Raised:
    details = _fields(event)
    text, alert = rule.text.format_map(details), rule.alert.format_map(details)
    told = {name: value for name, value in details.items() if name not in _UNTOLD}
    return Raised(alert, rule.level, text, told, rule.after_s, _quiet_s(rule, details))


def _ended(event: Event) -> tuple[Ended, ...]:
    details = _fields(event)
    ends = tuple(
        Ended(end.alert.format_map(details), end.text.format_map(details))
        for end in _END.get(type(event), ())
        if end.when(event)
    )
    if isinstance(event, events.ConfigReloaded):  # an upstream that is another one now, or gone
        changed = (f"upstream-unavailable:{name}" for name in event.changed)
        ends += tuple(Ended(alert, "The configuration has changed.") for alert in changed)
    return ends


def _quiet_s(rule: Rule, details: Details) -> float | None:
    """Long enough for it to be heard of again, if it is still so."""
    retry_in_s = details.get("retry_in_s")
    if rule.quiet_s is None or retry_in_s == 0:  # it is told once, and is so until something changes
        return None
    return float(rule.quiet_s + 3 * (retry_in_s or 0.0) + 2 * details.get("pause_s", 0.0))


def _fields(event: Event) -> dict[str, Any]:
    return {field.name: getattr(event, field.name) for field in fields(event)}
