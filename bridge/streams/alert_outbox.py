"""What is told of an alert, as a job of the queue `alerts`: the document that a receiver gets, and whether it is this
process that tells. Of all processes of a store, and over restarts, each change of an alert is told once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bridge.errors import CallError
from bridge.shapes.json import loads
from bridge.store.alerts import Told, begin_alert, end_alert, tell_again
from bridge.store.ids import new_id
from bridge.store.jobs import Job, NewJob, enqueue
from bridge.store.sealing import Seal
from bridge.store.tx import Tx
from bridge.streams.alert_book import Notice, Open, Type
from bridge.streams.alert_rules import Level, Raised
from bridge.streams.alert_settings import AlertSettings

QUEUE, KIND, TOPIC_KIND = "alerts", "alert", "alert-topic"
ATTEMPTS_MAX = 10_000
"""An alert is given up by its age, and is never a dead letter: those are alerts themselves."""
TEXT_MAX, ITEMS_MAX = 1000, 20


@dataclass(frozen=True, slots=True)
class _Change:
    """What is told: it came `count` times since."""

    type: Type
    count: int
    since: float


class Outbox:
    """Puts notices in line."""

    queue: Final = QUEUE

    def __init__(self, settings: AlertSettings, seal: Seal, mask: Callable[[str], str]) -> None:
        self._settings, self._seal, self._mask = settings, seal, mask
        to = {KIND: settings.webhook is not None, TOPIC_KIND: settings.topic is not None}
        self._kinds = [kind for kind, wanted in to.items() if wanted]

    def put(self, tx: Tx, notices: Iterable[Notice]) -> int:
        """How many are to be sent."""
        changes = [(notice, change) for notice in notices if (change := self._change(tx, notice)) is not None]
        for notice, change in changes:
            self._enqueue(tx, notice, change)
        return len(changes)

    def _change(self, tx: Tx, notice: Notice) -> _Change | None:
        if notice.type == "resolved":
            ended = end_alert(tx, notice.alert, notice.new)
            return _Change("resolved", *ended) if ended else None
        text = self._bounded(notice.text)
        row = Told(notice.alert, notice.level, text, notice.since, notice.at, notice.new, notice.quiet_s)
        if begin_alert(tx, row):
            return _Change("raised", notice.new, notice.since)
        count = tell_again(tx, notice.alert, 0, notice.at, self._settings.repeat)
        return _Change("repeated", count, notice.since) if count is not None else None

    def _enqueue(self, tx: Tx, notice: Notice, change: _Change) -> None:
        message_id = f"msg_{new_id(tx.now)}"
        payload = json.dumps(self._document(message_id, notice, change), ensure_ascii=False).encode("utf-8", "replace")
        for kind in self._kinds:
            # One after another, so that nobody hears that it is over before he has heard of it; but whoever cannot be
            # told keeps nobody else waiting.
            key = notice.alert if kind == KIND else f"{kind}:{notice.alert}"
            dedupe = f"{kind}:{message_id}"
            job = NewJob(*(self.queue, kind, payload), key=key, dedupe=dedupe, attempts_max=ATTEMPTS_MAX)
            enqueue(tx, job, self._seal)

    def _document(self, message_id: str, notice: Notice, change: _Change) -> dict[str, Any]:
        return {
            "type": f"alert.{change.type}",
            "id": message_id,
            "at": _stamp(notice.at),
            "since": _stamp(change.since),
            "level": notice.level,
            "alert": notice.alert,
            "text": self._bounded(notice.text),
            "details": {name: self._plain(value) for name, value in notice.details.items()},
            "count": change.count,
            "bridge": self._settings.name,
        }

    def _plain(self, value: Any) -> Any:
        if isinstance(value, bool | int | float):
            return value
        if isinstance(value, list | tuple):
            return [self._plain(one) for one in value[:ITEMS_MAX]]
        return self._bounded(str(value))

    def _bounded(self, text: str) -> str:
        masked = self._mask(text)  # before it is cut, or half a secret would stay
        return masked if len(masked) <= TEXT_MAX else masked[: TEXT_MAX - 1] + "…"


def trial(name: str, at: float) -> tuple[str, bytes]:
    """The document that shows whether alerts arrive, and its id."""
    message_id = f"msg_{new_id(at)}"
    text = "This is a test. Whoever reads it would have heard of an alert."
    document: dict[str, Any] = {"type": "alert.test", "id": message_id, "at": _stamp(at), "since": _stamp(at)}
    document |= {"level": "warning", "alert": "test", "text": text, "details": {}, "count": 1, "bridge": name}
    return message_id, json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def member(job: Job, name: str) -> str:
    """A member of the document; the payload is ours, but it has been in a store."""
    try:
        document = loads(job.payload)
    except CallError:
        return job.id
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, str) else job.id


def opened(told: Told) -> Open:
    """What a process goes on with that finds it in the store."""
    level: Level = "error" if told.level == "error" else "warning"
    about = Raised(told.alert, level, told.text, {}, quiet_s=told.quiet_s)
    return Open(about, told.since, told.told_at, told.told_at, told.count, told.count)


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
