"""Publishes one alert to a topic. The job may be tried again; the topic has it once, by the id that it has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bridge.contracts import Emit
from bridge.errors import CallError, DoesNotFit, NotFound, PayloadTooLarge
from bridge.events_alerts import AlertLost, AlertNotSent, AlertSent
from bridge.store.jobs import Job
from bridge.store.journal_runs import LOST
from bridge.store.topics import Message
from bridge.streams.alert_outbox import member

Append = Callable[[str, Sequence[Message]], Awaitable[object]]
"""As `Log.append`."""


class AlertTopic:
    """The topic `topic`."""

    def __init__(self, topic: str, append: Append, emit: Emit) -> None:
        self._topic, self._append, self._emit = topic, append, emit

    async def deliver(self, job: Job) -> str:
        """Returns when nothing more is to be done: `LOST`, or `""` when it is there. Raises what is to be tried
        again."""
        alert = member(job, "alert")
        try:
            await self._append(self._topic, [Message(job.payload, alert, member(job, "id"))])
        except (DoesNotFit, NotFound, PayloadTooLarge) as error:  # as a dead letter it would be an alert itself
            self._emit(AlertLost(alert, error.detail))
            return LOST
        except CallError as error:
            self._emit(AlertNotSent(alert, "topic", error.code))
            raise
        self._emit(AlertSent(alert, "topic"))
        return ""
