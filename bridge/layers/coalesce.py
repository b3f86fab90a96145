"""Single flight: any number of equal questions at the same time are one call to the upstream.

The call belongs to nobody: it keeps its own deadline, it survives every caller who gives up, and it ends when the
last one has left. A question asked after a write that concerns it does not join a call begun before that write.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bridge.call import Call, Reply, Service
from bridge.clock import Clock
from bridge.layers.keys import Key, Keys, arguments, name_of
from bridge.layers.tags import Purges, Tag, tags

COLLAPSED = "fwd=miss;collapsed"


@dataclass(slots=True)
class Flight:
    """One call under way, and how many wait for it."""

    work: asyncio.Task[Reply | Exception]
    about: tuple[Tag, ...]
    since: int
    waiting: int = 0


class Coalesced:
    """A service that makes one call of many equal ones."""

    def __init__(
        self,
        inner: Service,
        keys: Keys,
        purges: Purges,
        clock: Clock,
        *,
        public: bool,
        templates: tuple[str, ...],
        deadline_s: float,
    ) -> None:
        self._inner, self._keys, self._purges, self._clock = inner, keys, purges, clock
        self._public, self._templates, self._deadline_s = public, templates, deadline_s
        self._flights: dict[Key, Flight] = {}

    async def __call__(self, call: Call) -> Reply:
        if call.no_cache or call.want != "json" or call.uploads:
            return await self._inner(call)
        key = self._keys.of(call, public=self._public)
        flight = self._flights.get(key)
        joined = flight is not None and not self._purges.concern(flight.about, flight.since)
        if flight is None or not joined:
            flight = self._flights[key] = self._begin(key, call)
        reply = await self._wait(key, flight)
        return reply.with_meta(cache=COLLAPSED) if joined else reply

    def _begin(self, key: Key, call: Call) -> Flight:
        about = (*(tags(self._templates, arguments(call.args)) if self._templates else ()), name_of(key))
        shared = call.with_(deadline=self._clock.monotonic() + self._deadline_s)
        flight = Flight(asyncio.create_task(self._work(shared)), about, self._purges.now)
        flight.work.add_done_callback(lambda _: self._forget(key, flight))
        return flight

    async def _work(self, call: Call) -> Reply | Exception:
        # An error is handed on as a value: raised once in here, it would gather the traceback of every waiter.
        try:
            return await self._inner(call)
        except Exception as error:  # noqa: BLE001  every waiter raises it again
            return error

    async def _wait(self, key: Key, flight: Flight) -> Reply:
        flight.waiting += 1
        try:
            result = await asyncio.shield(flight.work)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.work.done():
                self._forget(key, flight)
                flight.work.cancel()
        if isinstance(result, Exception):
            raise result.with_traceback(None)
        return result

    def _forget(self, key: Key, flight: Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
