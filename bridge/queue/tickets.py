"""Calls that somebody comes back for: accepted with a ticket, waited for, taken back, and settled when they have ended.

An answer is waited for on the bus and never by asking the store again and again. Whatever ends a job in another way
than by its handler (an operator, a lost worker) is found by a look now and then, so that nobody is left untold.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from bridge.call import JsonValue
from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import CallError, Conflict
from bridge.errors_writes import IdempotencyKeyReused
from bridge.events import Event, InternalError, JobCancelled, JobDead, JobDone
from bridge.queue.calls import KIND, CallOrder
from bridge.queue.handlers import Result
from bridge.queue.settings import DEFAULT_QUEUE
from bridge.shapes.json import dumps
from bridge.store.bus import Bus
from bridge.store.jobs import Job, cancel
from bridge.store.jobs_end import RESULT_BYTES_MAX
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.store.ticket_head import head_of
from bridge.store.tickets import NewTicket, Ticket, accept, body_of, close_left, left, look, settle
from bridge.store.tx import Tx

TOPIC = "tickets"
LOOK_S = 10.0
LOST = "answer_too_large"


@dataclass(frozen=True, slots=True)
class Terms:
    """How long answers are kept, how large they may be, how many of one owner may be under way."""

    keep_s: float
    answer_max: int
    open_max: int


@dataclass(frozen=True, slots=True)
class Around:
    """What tickets are given. `tell`: in the transaction, that somebody (by name) is to hear of a job; the queue that
    this is in. `repeatable`: whether an operation may be cut while it runs."""

    store: Store
    seal: Seal
    bus: Bus
    clock: Clock
    emit: Emit
    wake: Callable[[str], None]
    tell: Callable[[Tx, str, str], str]
    repeatable: Callable[[str], bool]


class Tickets:
    """`start` once, `stop` once. It is an `Emit` as well: it hears of each job that has ended, once that is durable."""

    def __init__(self, around: Around, terms: Terms) -> None:
        self._around, self._terms = around, terms
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._settled: dict[str, str] = {}
        self._look_now = asyncio.Event()
        self._forget: Callable[[], None] | None = None
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._forget = self._around.bus.subscribe(TOPIC, self._heard, self._missed)
        self._looking = asyncio.create_task(self._look_for_left(), name="look for tickets")

    async def stop(self) -> None:
        if self._forget is not None:
            self._forget()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    # ── for those who ask ────────────────────────────────────────────────────────────────────────────────────────

    async def accept(
        self,
        operation: str,
        args: JsonValue,
        *,
        owner: str,
        headers: Mapping[str, str],
        no_cache: bool,
        key: str,
        callback: str,
        trace_id: str,
    ) -> Ticket:
        """Durable when it returns. The same `key` of the same owner gives the ticket of before. Raises
        IdempotencyKeyReused where that was for another request, TooManyRequests, StoreUnavailable."""
        order = CallOrder(operation, args, owner, key, headers, no_cache, ticket=True)
        meant: JsonValue = [operation, args, dict(sorted(headers.items())), callback]
        fingerprint = hashlib.sha256(dumps(meant).encode("utf-8", "surrogatepass")).hexdigest()
        dedupe = _digest("ticket", owner, operation, key) if key else ""
        job = order.job(DEFAULT_QUEUE, dedupe=dedupe, correlation=trace_id)
        new = NewTicket(owner, fingerprint, secrets.token_hex(16), callback)
        seal, open_max = self._around.seal, self._terms.open_max
        ticket = await self._around.store.write(lambda tx: accept(tx, job, new, seal, open_max=open_max))
        if ticket.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        if ticket.new:
            self._around.wake(DEFAULT_QUEUE)
        return ticket

    async def look(self, job_id: str) -> Ticket | None:
        return await self._around.store.read(lambda tx: look(tx, job_id, self._around.seal))

    async def answer(self, job_id: str) -> bytes | None:
        """What was answered; None when nothing was."""
        return await self._around.store.read(lambda tx: body_of(tx, job_id, self._around.seal))

    async def ended(self, job_id: str, wait_s: float) -> Ticket | None:
        """Returns when it has ended, at the latest after `wait_s`."""
        heard, clock = asyncio.Event(), self._around.clock
        self._waiting.setdefault(job_id, set()).add(heard)
        until = clock.monotonic() + wait_s
        try:
            while True:
                heard.clear()
                ticket = await self.look(job_id)
                left_s = until - clock.monotonic()
                if ticket is None or ticket.ended or ticket.expired or left_s <= 0:
                    return ticket
                with suppress(TimeoutError):
                    async with asyncio.timeout(left_s):
                        await heard.wait()
        finally:
            self._waiting[job_id].discard(heard)
            if not self._waiting[job_id]:
                del self._waiting[job_id]

    async def cancel(self, job_id: str, cause: str) -> bool:
        """True: it will not be done; False: it runs, and stops as soon as its worker hears of it. Raises Conflict where
        it cannot be taken back any more."""
        around = self._around

        def unit(tx: Tx) -> tuple[str, list[tuple[str, str]]]:
            ticket = look(tx, job_id, around.seal)
            if ticket is None or ticket.state in {"done", "dead"}:
                raise Conflict("It has ended.")
            if ticket.state == "running" and not around.repeatable(ticket.operation):
                raise Conflict("It is under way, and cannot be taken back.")
            became = "cancelled" if ticket.state == "cancelled" else cancel(tx, job_id, cause=cause)
            return became, self._close(tx)

        became, closed = await around.store.write(unit)
        self._told(closed)
        return became == "cancelled"

    # ── for the worker ───────────────────────────────────────────────────────────────────────────────────────────

    def settle(self, tx: Tx, job: Job, became: Result | CallError) -> None:
        """In the transaction of the end of a call's job."""
        answer: bytes | None = None
        if isinstance(became, Result):
            if not became.ticket:
                return
            head, answer = self._kept(became)
        else:
            head = head_of(became)
            if not _has_ticket(job):
                return
        callback = settle(tx, job.id, self._around.seal, head=head, answer=answer, keep_s=self._terms.keep_s)
        if callback is not None:
            self._settled[job.id] = self._around.tell(tx, job.id, callback) if callback else ""

    def _kept(self, result: Result) -> tuple[bytes, bytes | None]:
        size = len(result.body)
        if size > self._terms.answer_max:
            return head_of(_too_large(size, self._terms.answer_max)), None
        status = result.status if size else 204
        return head_of(status), result.body if size > RESULT_BYTES_MAX else None

    def __call__(self, event: Event) -> None:
        if isinstance(event, JobDone | JobDead) and event.kind == KIND and event.job_id in self._settled:
            self._told([(event.job_id, self._settled.pop(event.job_id))])
        elif isinstance(event, JobDead | JobCancelled) and event.kind == KIND:
            self._look_now.set()

    # ── who waits, and who was left ──────────────────────────────────────────────────────────────────────────────

    def _told(self, ended: Sequence[tuple[str, str]]) -> None:
        """To whoever waits, here or in another process, and to the worker of whoever is to be told."""
        for job_id, queue in ended:
            self._around.bus.publish(TOPIC, job_id.encode())
            if queue:
                self._around.wake(queue)

    def _heard(self, data: bytes) -> None:
        for one in self._waiting.get(data.decode("ascii", "replace"), ()):
            one.set()

    def _missed(self) -> None:
        for some in self._waiting.values():
            for one in some:
                one.set()

    async def _look_for_left(self) -> None:
        while True:
            self._look_now.clear()
            try:
                await self.look_for_left()
            except CallError:
                pass  # the store cannot be asked right now; later it can
            except Exception as error:  # noqa: BLE001  a fault of ours must not end the looking: it is told
                self._around.emit(InternalError("tickets", f"{type(error).__name__}: {error}"))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._look_now.wait()

    async def look_for_left(self) -> None:
        """Settles tickets whose jobs ended without them."""
        around = self._around
        if not await around.store.read(partial(left, limit=1)):
            return
        self._told(await around.store.write(self._close))

    def _close(self, tx: Tx) -> list[tuple[str, str]]:
        closed = close_left(tx, self._terms.keep_s)
        return [(job_id, self._around.tell(tx, job_id, who) if who else "") for job_id, who in closed]


def _has_ticket(job: Job) -> bool:
    try:
        return CallOrder.read(job.payload).ticket
    except CallError:
        return True  # then the store knows


def _too_large(size: int, most: int) -> CallError:
    error = CallError(f"It was done, but its answer of {size} bytes is more than the {most} that are kept.")
    error.code, error.title, error.outcome = LOST, "The answer is too large to be kept", "applied"
    return error


def _digest(*parts: str) -> str:
    return hashlib.sha256(dumps(list(parts)).encode("utf-8", "surrogatepass")).hexdigest()
