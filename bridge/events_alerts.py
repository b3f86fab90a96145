"""The events of alerts, which continue the list of `bridge/events.py`. They raise no alerts themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bridge.events import Event


@dataclass(frozen=True, slots=True)
class AlertRaised(Event):
    """Something needs a person. `count`: how often it came so far; more than 1 when it is told again."""

    alert: str
    severity: Literal["warning", "error"]
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class AlertResolved(Event):
    """What an alert told of is over. It came `count` times in `lasted_s`."""

    alert: str
    text: str
    count: int
    lasted_s: float


@dataclass(frozen=True, slots=True)
class AlertSent(Event):
    """Whoever is to be told was told, or it stands in the topic. `to`: `webhook` or `topic`."""

    alert: str
    to: str


@dataclass(frozen=True, slots=True)
class AlertNotSent(Event):
    """A try to tell failed; there will be others."""

    alert: str
    to: str
    cause: str


@dataclass(frozen=True, slots=True)
class AlertLost(Event):
    """Whoever is to be told could not be told in time, so this alert is in the log only."""

    alert: str
    cause: str


@dataclass(frozen=True, slots=True)
class AlertsDisabled(Event):
    """The receiver of alerts says that it is gone (410): nothing is sent there until the bridge starts again."""

    cause: str
