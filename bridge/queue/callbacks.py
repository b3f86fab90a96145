"""Tells whoever a caller has named that a call has ended: a POST of JSON, signed as Standard Webhooks says
(https://github.com/standard-webhooks/standard-webhooks).

Each receiver has a queue of its own, so one that is away keeps no other waiting. What it is told is read when it is
sent: a job here is only the id of a ticket. Where to is said by the configuration, never by a caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bridge.call import JsonValue
from bridge.clock import Clock
from bridge.errors import CallError, DoesNotFit, MalformedJson, NotFound, UpstreamInvalid, UpstreamThrottled
from bridge.queue.callback_settings import CallbackSettings
from bridge.queue.handlers import Handlers, Result
from bridge.queue.policy import JobRetrySettings
from bridge.queue.settings import QueueSettings
from bridge.shapes.json import Number, dumps, loads
from bridge.store.jobs import Job, NewJob, enqueue
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.store.ticket_head import read_head
from bridge.store.tickets import Ticket, body_of, look
from bridge.store.tx import Tx
from bridge.transport.opened import Answer
from bridge.transport.retry_after import retry_after_s
from bridge.transport.secrets import reveal
from bridge.transport.session import HttpSession
from bridge.transport.settings_webhook import guard_of, revealed_address
from bridge.transport.standard_webhooks import GONE, signed_headers, signing_key

KIND = "callback"
INCLUDE_MAX = 1_000_000
"""What a receiver is sent of an answer; a larger one is fetched."""
TYPES = {"done": "call.done", "dead": "call.failed", "cancelled": "call.cancelled"}
_RETRY = JobRetrySettings.model_validate({"base": "5s", "cap": "1h"})
ATTEMPTS_MAX = 10_000
"""One is given up by its age."""


def queue_of(name: str) -> str:
    """The queue of a receiver, such as `callback-erp-events`."""
    return f"callback-{name}"


def callback_queues(
    callbacks: Mapping[str, CallbackSettings], given: Mapping[str, QueueSettings]
) -> dict[str, QueueSettings]:
    """The queues of all receivers; one that is configured is taken as it is."""
    return {
        queue: given.get(queue, QueueSettings(per_worker=one.concurrency, prefetch=0, retry=_RETRY))
        for queue, one in ((queue_of(name), one) for name, one in callbacks.items())
    }


@dataclass(frozen=True, slots=True)
class Sent:
    """One receiver, opened."""

    settings: CallbackSettings
    url: str
    keys: tuple[bytes, ...]
    headers: Mapping[str, str]
    session: HttpSession


class Callbacks:
    """All receivers. `close` once. Raises ConfigError when a secret cannot be used. `location` gives the address of a
    ticket."""

    def __init__(
        self,
        callbacks: Mapping[str, CallbackSettings],
        store: Store,
        seal: Seal,
        clock: Clock,
        location: Callable[[Ticket], str],
    ) -> None:
        self._store, self._seal, self._clock, self._location = store, seal, clock, location
        self._to = {name: _opened(one, clock) for name, one in callbacks.items()}
        self._gone: set[str] = set()

    @property
    def names(self) -> frozenset[str]:
        """What a caller may name."""
        return frozenset(self._to)

    def tell(self, tx: Tx, job_id: str, name: str) -> str:
        """In the transaction of an end; the queue where there is something to do."""
        if name not in self._to:
            return ""  # it was taken out of the configuration: nobody is there any more
        payload = dumps({"callback": name, "ticket": job_id}).encode()
        job = NewJob(queue_of(name), KIND, payload, correlation=job_id, attempts_max=ATTEMPTS_MAX)
        enqueue(tx, job, self._seal)
        return queue_of(name)

    def handle(self, handlers: Handlers) -> None:
        handlers.add(KIND, self.deliver, entry="delivery")

    async def deliver(self, job: Job) -> Result:
        """Raises members of CallError; those that are retryable are tried again until it is too old."""
        name, ticket_id = _read(job.payload)
        to = self._to.get(name)
        if to is None:
            raise NotFound(cause=f"there is no callback {name} any more")
        if name in self._gone:
            raise _gone(name)
        late = self._clock.wall() - job.created_at > to.settings.give_up
        body = await self._body(ticket_id, to.settings)
        signed = signed_headers(to.keys, f"msg_{job.id}", int(self._clock.wall()), body)
        try:
            answer = await to.session.post(to.url, body, {**to.headers, **signed}, timeout_s=to.settings.timeout)
            if answer.status == GONE:
                self._gone.add(name)
                raise _gone(name)
            if answer.status // 100 != 2:
                raise _refused(answer, self._clock.wall())
        except CallError as error:
            error.retryable = error.code != "callback_gone" and not late
            error.outcome = None  # the same message has the same id, so it may arrive twice
            raise
        return Result()

    async def _body(self, ticket_id: str, settings: CallbackSettings) -> bytes:
        def query(tx: Tx) -> tuple[Ticket | None, bytes | None]:
            ticket = look(tx, ticket_id, self._seal)
            wanted = settings.include == "answer" and ticket is not None and ticket.state == "done"
            return ticket, body_of(tx, ticket_id, self._seal) if wanted else None

        ticket, answer = await self._store.read(query)
        if ticket is None:
            raise NotFound(cause="its ticket is not kept any more")
        return message(ticket, answer, self._location(ticket))

    async def close(self) -> None:
        for to in self._to.values():
            await to.session.close()


def message(ticket: Ticket, answer: bytes | None, location: str) -> bytes:
    """What a receiver reads. `answer`: as it was given; None where it is to be fetched, or there is none."""
    about: dict[str, JsonValue] = {
        "id": location.rpartition("/")[2],
        "state": "failed" if ticket.state == "dead" else ticket.state,
        "operation": ticket.operation,
        "location": location,
        "traceId": ticket.correlation,
    }
    at = ticket.ended_at if ticket.ended_at is not None else ticket.created_at
    head = read_head(ticket.head) if ticket.head else None
    if isinstance(head, int):
        about["status"] = Number(str(head))
    elif head is not None or ticket.state == "dead":
        about |= _problem(head, ticket)
    value: JsonValue = {"type": TYPES.get(ticket.state, "call.done"), "timestamp": _stamp(at), "data": about}
    text = dumps(value).encode("utf-8", "replace")
    if answer and len(answer) <= INCLUDE_MAX:
        return text.removesuffix(b"}}") + b',"answer":' + answer + b"}}"
    return text


def _problem(error: CallError | None, ticket: Ticket) -> dict[str, JsonValue]:
    if error is None:
        return {"problem": {"code": ticket.code}}
    told: dict[str, JsonValue] = {"code": error.code, "title": error.title, "detail": error.detail}
    return {
        "status": Number(str(error.status)),
        "problem": told | ({"outcome": error.outcome} if error.outcome else {}),
    }


def _opened(settings: CallbackSettings, clock: Clock) -> Sent:
    url = revealed_address(settings.url)
    secrets = (settings.secret, *((settings.old_secret,) if settings.old_secret else ()))
    session = HttpSession(settings, trusted=[url], clock=clock, guard=guard_of(settings.allow_private))
    headers = {name: reveal(value) for name, value in settings.headers.items()}
    return Sent(settings, url, tuple(map(signing_key, secrets)), headers, session)


def _read(payload: bytes) -> tuple[str, str]:
    try:
        value = loads(payload)
    except MalformedJson:
        value = None
    name, ticket = (value.get("callback"), value.get("ticket")) if isinstance(value, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(ticket, str):
        raise DoesNotFit(cause="this is no callback of ours")
    return name, ticket


def _gone(name: str) -> CallError:
    error = CallError(cause=f"the receiver of {name} says that it is gone (http_{GONE}); restart when it is back")
    error.code, error.title = "callback_gone", "The receiver wants nothing more"
    return error


def _refused(answer: Answer, now_s: float) -> CallError:
    """A redirect is a refusal too: what is signed goes where it was meant to."""
    asked_s = retry_after_s(answer.headers.get("retry-after", ""), now_s)
    kind = UpstreamThrottled if answer.status in {429, 503} else UpstreamInvalid
    return kind(retry_after_s=asked_s, cause=f"http_{answer.status}")


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
