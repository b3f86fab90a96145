"""Sends one alert to its receiver: a POST of JSON, signed as Standard Webhooks says
(https://github.com/standard-webhooks/standard-webhooks). When to try again is for the queue.

What fails is tried again until it is too old, whatever the failure: a receiver that is being mended may say anything.
An alert that could not be delivered is told by an event, and never by an alert: it would go the same way.
"""

from __future__ import annotations

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import CallError, UpstreamInvalid, UpstreamThrottled
from bridge.events_alerts import AlertLost, AlertNotSent, AlertsDisabled, AlertSent
from bridge.store.jobs import Job
from bridge.store.journal_runs import LOST
from bridge.streams.alert_outbox import member
from bridge.streams.alert_settings import WebhookSettings
from bridge.transport.opened import Answer
from bridge.transport.retry_after import retry_after_s
from bridge.transport.secrets import reveal
from bridge.transport.session import HttpSession
from bridge.transport.settings_webhook import guard_of, revealed_address
from bridge.transport.standard_webhooks import GONE, signed_headers, signing_key


class Webhook:
    """The receiver. Opened once, `close` once. Raises ConfigError when a secret cannot be used."""

    def __init__(self, settings: WebhookSettings, clock: Clock, emit: Emit) -> None:
        self._settings, self._clock, self._emit = settings, clock, emit
        self._url = revealed_address(settings.url)
        self._keys = [signing_key(settings.secret)] if settings.secret else []
        self._headers = {name: reveal(value) for name, value in settings.headers.items()}
        guard = guard_of(settings.allow_private)
        self._session = HttpSession(settings, trusted=[self._url], clock=clock, guard=guard)
        self.gone = False

    async def deliver(self, job: Job) -> str:
        """Returns when nothing more is to be done: `LOST`, or `""` when it has arrived. Raises members of CallError for
        what is to be tried again."""
        if self.gone:
            return LOST
        if self._clock.wall() - job.created_at > self._settings.give_up:
            self._emit(AlertLost(_named(job), f"it could not be delivered in {self._settings.give_up:.0f} s"))
            return LOST
        try:
            answer = await self.send(member(job, "id"), job.payload)
        except CallError as error:
            self._emit(AlertNotSent(_named(job), "webhook", error.code))
            error.retryable = True  # such as a certificate that somebody will renew
            raise
        if answer.status == GONE:
            self.gone = True
            self._emit(AlertsDisabled(f"http_{GONE}"))
            return LOST
        if answer.status // 100 != 2:
            self._emit(AlertNotSent(_named(job), "webhook", f"http_{answer.status}"))
            raise _refused(answer, self._clock.wall())
        self._emit(AlertSent(_named(job), "webhook"))
        return ""

    async def send(self, message_id: str, body: bytes) -> Answer:
        """Once. Raises members of CallError when there is no answer."""
        signed = {**self._headers, **signed_headers(self._keys, message_id, int(self._clock.wall()), body)}
        return await self._session.post(self._url, body, signed, timeout_s=self._settings.timeout)

    async def close(self) -> None:
        await self._session.close()


def _refused(answer: Answer, now_s: float) -> CallError:
    """Told in what the queue understands. A redirect is a refusal too: what is signed goes where it was meant to."""
    asked_s = retry_after_s(answer.headers.get("retry-after", ""), now_s)
    kind = UpstreamThrottled if answer.status in {429, 503} else UpstreamInvalid
    error = kind(retry_after_s=asked_s, cause=f"http_{answer.status}")
    error.retryable = True
    return error


def _named(job: Job) -> str:
    return member(job, "alert")
