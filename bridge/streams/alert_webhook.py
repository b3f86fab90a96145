"""Sends one alert to its receiver: a POST of JSON, signed as Standard Webhooks says
(https://github.com/standard-webhooks/standard-webhooks). When to try again is for the queue.

What fails is tried again until it is too old, whatever the failure: a receiver that is being mended may say anything.
An alert that could not be delivered is told by an event, and never by an alert: it would go the same way.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import CallError, UpstreamInvalid, UpstreamThrottled
from bridge.events_alerts import AlertLost, AlertNotSent, AlertsDisabled, AlertSent
from bridge.settings import Secret
from bridge.store.jobs import Job
from bridge.streams.alert_outbox import member
from bridge.streams.alert_settings import WebhookSettings, address
from bridge.transport.opened import Answer
from bridge.transport.retry_after import retry_after_s
from bridge.transport.secrets import reveal, unusable
from bridge.transport.session import HttpSession

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)
GONE = 410


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of id, timestamp and body in base64."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signing_key(secret: Secret) -> bytes:
    """Raises ConfigError that names the reference, never the value."""
    try:
        key = base64.b64decode(reveal(secret).removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in KEY_BYTES:
        raise unusable(secret.reference, f"a key of webhooks is 24 to 64 bytes in base64, after {PREFIX}")
    return key


class Webhook:
    """The receiver. Opened once, `close` once. Raises ConfigError when a secret cannot be used."""

    def __init__(self, settings: WebhookSettings, clock: Clock, emit: Emit) -> None:
        self._settings, self._clock, self._emit = settings, clock, emit
        self._url = _url(settings.url)
        self._key = signing_key(settings.secret) if settings.secret else None
        self._headers = {name: reveal(value) for name, value in settings.headers.items()}
        self._session = HttpSession(settings, trusted=[self._url], clock=clock)
        self.gone = False

    async def deliver(self, job: Job) -> None:
        """Returns when nothing more is to be done. Raises members of CallError for what is to be tried again."""
        if self.gone:
            return
        if self._clock.wall() - job.created_at > self._settings.give_up:
            self._emit(AlertLost(_named(job), f"it could not be delivered in {self._settings.give_up:.0f} s"))
            return
        try:
            answer = await self.send(member(job, "id"), job.payload)
        except CallError as error:
            self._emit(AlertNotSent(_named(job), "webhook", error.code))
            error.retryable = True  # such as a certificate that somebody will renew
            raise
        if answer.status == GONE:
            self.gone = True
            self._emit(AlertsDisabled(f"http_{GONE}"))
        elif answer.status // 100 != 2:
            self._emit(AlertNotSent(_named(job), "webhook", f"http_{answer.status}"))
            raise _refused(answer, self._clock.wall())
        else:
            self._emit(AlertSent(_named(job), "webhook"))

    async def send(self, message_id: str, body: bytes) -> Answer:
        """Once. Raises members of CallError when there is no answer."""
        signed = self._signed(message_id, body)
        return await self._session.post(self._url, body, signed, timeout_s=self._settings.timeout)

    def _signed(self, message_id: str, body: bytes) -> Mapping[str, str]:
        timestamp = int(self._clock.wall())
        headers = {"Content-Type": "application/json", "webhook-id": message_id, "webhook-timestamp": str(timestamp)}
        if self._key is not None:
            headers["webhook-signature"] = signature(self._key, message_id, timestamp, body)
        return {**self._headers, **headers}

    async def close(self) -> None:
        await self._session.close()


def _url(url: Secret | str) -> str:
    if isinstance(url, str):
        return url
    try:
        return address(reveal(url))
    except ValueError as error:
        raise unusable(url.reference, str(error)) from error


def _refused(answer: Answer, now_s: float) -> CallError:
    """Told in what the queue understands. A redirect is a refusal too: what is signed goes where it was meant to."""
    asked_s = retry_after_s(answer.headers.get("retry-after", ""), now_s)
    kind = UpstreamThrottled if answer.status in {429, 503} else UpstreamInvalid
    error = kind(retry_after_s=asked_s, cause=f"http_{answer.status}")
    error.retryable = True
    return error


def _named(job: Job) -> str:
    return member(job, "alert")
