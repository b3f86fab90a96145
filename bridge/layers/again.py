"""Safe writes: a request that comes again under its key is answered as before, and never done a second time.

What begins is written down before the system behind is asked, and what it came to after that. Whoever finds one that
began and never ended knows that nobody knows what became of it.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass

from bridge.call import Call, JsonValue, Principal, Reply, Service, Trace
from bridge.contracts import Operation
from bridge.errors import BadRequest, CallError, OutcomeUnknown
from bridge.errors_writes import AnswerLost, IdempotencyInProgress, IdempotencyKeyMissing, IdempotencyKeyReused, NotDone
from bridge.layers.again_ask import Asking, Verdict
from bridge.layers.again_kept import Told, packed, unpacked
from bridge.layers.again_key import answer_id, fingerprint, made_key, sent_key
from bridge.layers.again_ledger import Flight, Ledger
from bridge.layers.again_settings import IdempotencySettings
from bridge.layers.keys import arguments
from bridge.store.answers import Beginning, Known, State
from bridge.store.ids import new_id

LEASE_SPARE_S = 5.0
"""How much longer than its deadline a write counts as under way: so much may go by before its end is written down."""
ANSWER_BYTES_MAX = 16_000_000
LOOK_FIRST_S, LOOK_MAX_S = 0.02, 0.5
_LARGE_BYTES = 64_000
_AGAIN_S = 1.0
_NOT_WHOLE = (
    "This request has a key, and an answer that leaves in pieces cannot be kept under one: ask for application/json, "
    "or leave the key out."
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for one operation. `asking` None: an unknown outcome stays so."""

    idempotency: IdempotencySettings
    deadline_s: float
    asking: Asking | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request is known by. `made`: the key was made of its arguments."""

    id: str
    key: str
    made: bool
    fingerprint: str
    values: JsonValue


class Again:
    """A service that does the same request once."""

    def __init__(self, inner: Service, operation: Operation, terms: Terms, ledger: Ledger) -> None:
        self._inner, self._operation, self._ledger = inner, operation, ledger
        self._terms, self._settings, self._asking, self._clock = terms, terms.idempotency, terms.asking, ledger.clock
        if self._asking is not None:
            ledger.askers[operation.id] = self.find_out

    async def __call__(self, call: Call) -> Reply:
        if call.exchange is not None:
            return await self._inner(call)
        asked = await self._asked(call)
        if asked is None:
            return await self._without(call)
        if call.want != "json":
            raise BadRequest(_NOT_WHOLE)
        flight = self._ledger.flights.get(asked.id)
        if flight is None:
            flight = self._ledger.fly(asked.id, asked.fingerprint, self._first(call, asked))
            return (await asyncio.shield(flight.task)).give(again=False)
        if flight.fingerprint != asked.fingerprint:
            raise IdempotencyKeyReused
        return (await self._patiently(flight, call)).give(again=True)

    async def _asked(self, call: Call) -> _Asked | None:
        """Raises IdempotencyKeyMissing; and MalformedJson, since nobody can tell such a request from another."""
        key, made = (call.idempotency_key or "", False) if not call.own_key else ("", True)
        template = self._settings.key
        if not key and template is None:
            if self._settings.required and not call.own_key:
                raise IdempotencyKeyMissing('Send a key in quotes, such as Idempotency-Key: "8e03978e-40d5-43dd".')
            return None
        values = await _values(call.args)
        if not key and template is not None:
            key, made = made_key(template, values), True
        if not key:
            if self._settings.required and not call.own_key:
                raise IdempotencyKeyMissing(f"Send a key, or the fields of {template}.")
            return None
        files = {pointer: await _digest(call, pointer) for pointer in call.uploads}
        return _Asked(answer_id(call, key), key, made, fingerprint(call, values, files), values)

    async def _patiently(self, flight: Flight, call: Call) -> Told:
        """What one under way comes to. Raises IdempotencyInProgress."""
        wait_s = min(self._settings.wait, call.deadline - self._clock.monotonic())
        try:
            async with asyncio.timeout(max(0.0, wait_s)):
                return await asyncio.shield(flight.task)
        except TimeoutError:
            raise IdempotencyInProgress(retry_after_s=_AGAIN_S) from None

    # ── the first of this process ────────────────────────────────────────────────────────────────────────────────

    async def _first(self, call: Call, asked: _Asked) -> Told:
        now = self._clock.monotonic()
        ends, patient = min(call.deadline, now + self._terms.deadline_s), now + self._settings.wait
        over: frozenset[State] = frozenset({"unknown", "refused"}) if call.afresh else frozenset()
        over |= {"unknown"} if self._operation.idempotent else set()
        while True:
            known = await self._ledger.begin(self._beginning(call, asked, ends), over)
            if known.begun:
                return await self._done(call, asked, known, ends)
            if known.fingerprint != asked.fingerprint:
                return Told(error=IdempotencyKeyReused())
            if known.state == "started":
                if not await self._ended(known, min(ends, patient)):
                    return Told(error=IdempotencyInProgress(retry_after_s=max(_AGAIN_S, min(known.lease_s, 5.0))))
            elif known.state != "unknown":
                return unpacked(known.answer)
            else:
                told = await self._looked_into(call, known, ends)
                if told is not None:
                    return told  # else it was not done, and may be done now

    def _beginning(self, call: Call, asked: _Asked, ends: float) -> Beginning:
        lease_s = max(0.0, ends - self._clock.monotonic()) + LEASE_SPARE_S
        asking = self._asking
        return Beginning(
            asked.id,
            self._operation.id,
            asked.fingerprint,
            new_id(self._clock.wall()),
            lease_s,
            self._settings.keep,
            call.request_id or call.trace.trace_id,
            call.trace.trace_id,
            asking.question(asked.values) if asking else b"",
            lease_s + asking.settings.quiet if asking else None,
        )

    async def _ended(self, known: Known, until: float) -> bool:
        """Waits for one that is under way elsewhere; False when it is not over by then."""
        pause_s, found = LOOK_FIRST_S, self._clock.monotonic()
        dead_at = found + known.lease_s
        while (now := self._clock.monotonic()) < until:
            await self._clock.sleep(min(pause_s, until - now))
            pause_s = min(2 * pause_s, LOOK_MAX_S)
            there = await self._ledger.look(known.id)
            if there is None or there.state != "started" or self._clock.monotonic() >= dead_at:
                return True
        return False

    async def _done(self, call: Call, asked: _Asked, known: Known, ends: float) -> Told:
        header = self._settings.header
        field = (header, sent_key(asked.id)) if header else call.key_field
        try:
            reply = await self._inner(call.with_(deadline=ends, idempotency_key=asked.key, key_field=field))
        except CallError as error:
            return await self._failed(call, asked, known, error, ends)
        except Exception:  # a fault of ours, perhaps after the request had left: nobody knows
            await self._ledger.end(known, "unknown", packed(self._unknown(known)), self._due_s)
            raise
        if reply.stream is not None:  # never where JSON is asked for; what nobody keeps is let go of
            await reply.stream.close()
        told = Told(reply)
        await self._ledger.end(known, "done", self._kept(told, known))
        return told

    def _kept(self, told: Told, known: Known) -> bytes:
        data = packed(told)
        return data if len(data) <= ANSWER_BYTES_MAX else packed(self._lost(known, "It was too large to be kept."))

    async def _failed(self, call: Call, asked: _Asked, known: Known, error: CallError, ends: float) -> Told:
        self._ledger.describe(error, known.request_id, known.trace_id)
        undecided = error.outcome == "unknown" or error.code == CallError.code
        if undecided and not self._operation.idempotent:
            verdict = await self._verdict(call, known, ends, since=None)
            return await self._settled(known, verdict, error)
        # Not done; or it may be done again; or a refusal of what can have no other key.
        if undecided or error.outcome == "not_sent" or asked.made:
            await self._ledger.free(known)
        else:
            await self._ledger.end(known, "refused", packed(Told(error=error)))
        return Told(error=error)

    # ── outcomes that nobody knows ───────────────────────────────────────────────────────────────────────────────

    async def _looked_into(self, call: Call, known: Known, ends: float) -> Told | None:
        """What one of unknown outcome is told again; None when it turns out not to have been done."""
        verdict = await self._verdict(call, known, ends, since=known.since)
        if verdict.found == "not_applied":
            await self._ledger.free(known)
            return None
        if verdict.found == "applied":
            return await self._settled(known, verdict, OutcomeUnknown())
        return unpacked(known.answer) if known.answer else self._unknown(known)

    async def find_out(self, known: Known) -> None:
        """The same in the background, for those that nobody asks about again."""
        trace, until = Trace(known.trace_id, known.trace_id[:16]), self._clock.monotonic() + self._terms.deadline_s
        verdict = await self._question(known, trace, None, until, since=known.since)
        if verdict.found != "unknown":
            await self._settled(known, verdict, OutcomeUnknown())

    async def _verdict(self, call: Call, known: Known, until: float, *, since: float | None) -> Verdict:
        return await self._question(known, call.trace, call.principal, until, since=since)

    async def _question(
        self, known: Known, trace: Trace, principal: Principal | None, until: float, *, since: float | None
    ) -> Verdict:
        """`since`: when the write ended, or was given up; None for just now."""
        asking = self._asking
        if asking is None or not known.question:
            return Verdict("unknown")
        quiet_s = asking.settings.quiet
        quiet = quiet_s <= 0 if since is None else self._clock.wall() >= since + quiet_s
        return await asking.find_out(known.question, trace, principal, until, quiet=quiet)

    async def _settled(self, known: Known, verdict: Verdict, error: CallError) -> Told:
        """Writes down what was found out; `error`: what is told where nothing was."""
        asking = self._asking
        if verdict.found == "not_applied":
            await self._ledger.free(known)
            return Told(error=self._described(NotDone(_said(asking, verdict), cause=error.cause), known))
        if verdict.found == "applied":
            reply = verdict.reply if asking is not None and asking.settings.answer else None
            told = Told(Reply(reply.body)) if reply is not None else self._lost(known, _said(asking, verdict))
            await self._ledger.end(known, "done", self._kept(told, known))
            return told
        if verdict.asked:
            error.detail = f"{error.detail}. {_said(asking, verdict)}"
        told = Told(error=self._described(error, known))
        await self._ledger.end(known, "unknown", packed(told), self._due_s)
        return told

    async def _without(self, call: Call) -> Reply:
        """A request without a key: nothing is kept, but it can be found out what became of it."""
        now = self._clock.monotonic()
        ends = min(call.deadline, now + self._terms.deadline_s)
        try:
            return await self._inner(call)
        except CallError as error:
            asking = self._asking
            if asking is None or error.outcome != "unknown" or self._operation.idempotent:
                raise
            question = asking.question(await _values(call.args))
            quiet = asking.settings.quiet <= 0
            verdict = await asking.find_out(question, call.trace, call.principal, ends, quiet=quiet)
            if verdict.found == "applied" and verdict.reply is not None and asking.settings.answer:
                return Reply(verdict.reply.body)
            if verdict.found == "applied":
                raise AnswerLost(_said(asking, verdict), cause=error.cause) from error
            if verdict.found == "not_applied":
                raise NotDone(_said(asking, verdict), cause=error.cause) from error
            if verdict.asked:
                error.detail = f"{error.detail}. {_said(asking, verdict)}"
            raise

    @property
    def _due_s(self) -> float | None:
        """When it is to be found out what became of one that has just ended unknown."""
        return max(_AGAIN_S, self._asking.settings.quiet) if self._asking else None

    def _unknown(self, known: Known) -> Told:
        """Of one that died, or broke: told of the first request, so that it is the same each time."""
        return Told(error=self._described(OutcomeUnknown(cause="it began and never ended"), known), first=False)

    def _lost(self, known: Known, detail: str) -> Told:
        return Told(error=self._described(AnswerLost(detail), known))

    def _described(self, error: CallError, known: Known) -> CallError:
        return self._ledger.describe(error, known.request_id, known.trace_id)


def _said(asking: Asking | None, verdict: Verdict) -> str:
    """What a person is told about how it was found out."""
    if asking is None:
        return ""
    name, times = asking.settings.operation, "once" if verdict.asked == 1 else f"{verdict.asked} times"
    found = {"applied": "says that it was done", "not_applied": "says that it was not done"}
    return f"{name} was asked {times} and {found.get(verdict.found, 'could not tell')}."


async def _values(args: bytes | JsonValue) -> JsonValue:
    if isinstance(args, bytes) and len(args) > _LARGE_BYTES:
        return await asyncio.to_thread(arguments, args)
    return arguments(args)


async def _digest(call: Call, pointer: str) -> str:
    digest = hashlib.sha256()
    async for piece in call.uploads[pointer].pieces():
        digest.update(piece)
    return digest.hexdigest()
