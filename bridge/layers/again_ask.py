"""Finding out whether a write was done whose outcome is unknown: another operation of the same system is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bridge.call import Call, JsonValue, Principal, Reply, Service, Trace
from bridge.clock import Clock
from bridge.errors import BridgeError, CallError, Fault
from bridge.layers.again_key import filled
from bridge.layers.again_settings import ReconcileSettings
from bridge.shapes.json import Number, dumps, loads
from bridge.shapes.jsonpath import Condition


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out; `reply`: the answer that says it was done. `asked`: how often."""

    found: Literal["applied", "not_applied", "unknown"]
    reply: Reply | None = None
    asked: int = 0


class Asking:
    """`services`: the layered service of an operation of the same upstream, by its id."""

    def __init__(
        self, upstream: str, settings: ReconcileSettings, services: Callable[[str], Service | None], clock: Clock
    ) -> None:
        self.settings = settings
        self.operation = f"{upstream}.{settings.operation}"
        self._services, self._clock = services, clock
        self._applied = Condition(settings.applied_when)
        self._not_applied = Condition(settings.not_applied_when) if settings.not_applied_when else None

    def question(self, values: JsonValue) -> bytes:
        """What is asked about a write with these arguments."""
        return dumps({name: filled(template, values) for name, template in self.settings.with_.items()}).encode()

    async def find_out(
        self, question: bytes, trace: Trace, principal: Principal | None, until: float, *, quiet: bool
    ) -> Verdict:
        """Asks until it is known, or until that time. `quiet`: the system behind has had time to end what it began, so
        that it was not done can be believed."""
        asked, pause_s = 0, self.settings.pause
        while asked < self.settings.tries and (now := self._clock.monotonic()) < until:
            if asked:
                if now + pause_s >= until:
                    break
                await self._clock.sleep(pause_s)
                pause_s *= 2
            asked += 1
            verdict = await self._once(Call(self.operation, question, until, trace, principal, no_cache=True))
            if verdict.found == "applied" or (verdict.found == "not_applied" and quiet):
                return Verdict(verdict.found, verdict.reply, asked)
        return Verdict("unknown", asked=asked)

    async def _once(self, call: Call) -> Verdict:
        service = self._services(self.operation)
        if service is None:
            return Verdict("unknown")
        reply: Reply | None = None
        try:
            reply = await service(call)
            if reply.stream is not None:
                await reply.stream.close()
            if reply.meta.cache.startswith("hit"):
                return Verdict("unknown")  # what was kept before the write knows nothing of it
            value = loads(reply.body) if reply.body else None
            if self._applied.holds(value):
                return Verdict("applied", reply)
        except CallError as error:
            if error.outcome is not None or not 400 <= error.status < 500:
                return Verdict("unknown")  # nobody answered
            value = _refusal(error)
        except BridgeError:
            return Verdict("unknown")
        return Verdict("not_applied" if self._is_not(value) else "unknown")

    def _is_not(self, value: JsonValue) -> bool:
        try:
            return self._not_applied is not None and self._not_applied.holds(value)
        except BridgeError:
            return False


def _refusal(error: CallError) -> JsonValue:
    name = error.name if isinstance(error, Fault) else ""
    return {"problem": {"status": Number(error.status), "code": error.code, "fault": name}}
