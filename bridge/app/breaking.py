"""The breakers of all upstreams: what every worker sees of them, and what a person has set in all workers at once.

What was set is what the audit log says last of a breaker (breaker_desk.py); here each worker reads it and keeps to it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from bridge.clock import Clock
from bridge.errors import BridgeError
from bridge.layers.breaker import WHOLE, Breakers, Seen
from bridge.layers.breaker_state import Mode, State
from bridge.store.bus import Bus

RANKS: Mapping[State, float] = {"closed": 0.0, "half-open": 1.0, "open": 2.0}
"""The states as numbers, for metrics."""
ANSWERS_S = 0.05
"""So long the other workers have to say how it looks there."""
AGAIN_S = 2.0
_ASK, _TELL, _SET = "breakers.ask", "breakers.tell", "breakers.set"
Held = Mapping[str, Mode]
"""What a person has set, by name: `shop` for the whole upstream, `shop.GetOrder` for one operation."""


class Broken(Protocol):
    """What has breakers, if they are not off."""

    @property
    def breakers(self) -> Breakers | None: ...


@dataclass(frozen=True, slots=True)
class BreakerRow:
    """One breaker over all workers: the worst state, in how many of them it is in that, and the sum of what they
    counted. `for_s`: how much longer it is open."""

    name: str
    state: State
    mode: Mode
    for_s: float
    calls: int
    bad: int
    slow: int
    workers: int = 1
    alike: int = 1


class Breaking:
    """`members` gives those of this worker. Without `begin` nobody can set anything."""

    def __init__(self, members: Callable[[], Iterable[Broken]], bus: Bus, clock: Clock) -> None:
        self._members, self._bus, self._clock = members, bus, clock
        self._read: Callable[[], Awaitable[Held]] | None = None
        self._held: Held = {}
        self._told: list[BreakerRow] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ends: list[Callable[[], None]] = []

    async def begin(self, read: Callable[[], Awaitable[Held]]) -> None:
        """`read` gives what is set."""
        self._read = read
        subscribe = self._bus.subscribe
        self._ends = [
            subscribe(_ASK, lambda _: self._answer()),
            subscribe(_TELL, self._hear),
            subscribe(_SET, lambda _: self._changed(), self._changed),
        ]
        self._changed()
        await self.settled()

    def apply(self) -> None:
        """Keeps to what is set: there may be other upstreams now."""
        for breakers in self._all():
            for operation in breakers.names:
                breakers.hand(operation, self._held.get(name_of(breakers.upstream, operation), "auto"))

    async def changed(self) -> bool:
        """Somebody has set one; whether all other workers and nodes have heard it."""
        self._changed()
        await self.settled()
        return await self._bus.told(_SET, b"")

    def known(self, name: str) -> bool:
        return any(name == name_of(one.upstream, operation) for one in self._all() for operation in one.names)

    async def look(self) -> tuple[BreakerRow, ...]:
        """All breakers that somebody has come to, by name."""
        told: list[BreakerRow] = []
        if not self._bus.alone:
            self._told = told
            await self._bus.told(_ASK, b"")
            await self._clock.sleep(ANSWERS_S)
            self._told = None
        whole: dict[str, BreakerRow] = {}
        for row in (*self._rows(), *told):
            whole[row.name] = _together(whole[row.name], row) if row.name in whole else row
        return tuple(whole[name] for name in sorted(whole))

    async def settled(self) -> None:
        """Returns when what was set is kept to here."""
        if self._reading is not None:
            await asyncio.wait([self._reading])

    async def close(self) -> None:
        for end in self._ends:
            end()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    def _all(self) -> list[Breakers]:
        return [one.breakers for one in self._members() if one.breakers is not None]

    def _rows(self) -> list[BreakerRow]:
        return [_row(seen) for breakers in self._all() for seen in breakers.seen()]

    def _answer(self) -> None:
        self._bus.publish(_TELL, json.dumps([asdict(row) for row in self._rows()]).encode())

    def _hear(self, data: bytes) -> None:
        if self._told is not None:
            self._told += [BreakerRow(**row) for row in json.loads(data)]

    def _changed(self) -> None:
        before = self._reading
        self._reading = asyncio.create_task(self._reread(before), name="read breakers")

    async def _reread(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            before.cancel()
            await asyncio.wait([before])
        read = self._read
        while read is not None:
            try:
                self._held = await read()
            except BridgeError:  # the store cannot be used now; what was set holds
                await self._clock.sleep(AGAIN_S)
            else:
                self.apply()
                return


def name_of(upstream: str, operation: str) -> str:
    return upstream if operation == WHOLE else f"{upstream}.{operation}"


def breaker_states(members: Iterable[Broken]) -> dict[tuple[str, ...], float]:
    """By upstream and operation, `""` for the whole."""
    each = [seen for one in members if one.breakers is not None for seen in one.breakers.seen()]
    return {(one.upstream, one.operation): RANKS[one.state] for one in each}


def _row(seen: Seen) -> BreakerRow:
    name = name_of(seen.upstream, seen.operation)
    return BreakerRow(name, seen.state, seen.mode, seen.for_s, seen.calls, seen.bad, seen.slow)


def _together(one: BreakerRow, other: BreakerRow) -> BreakerRow:
    worse, better = (one, other) if RANKS[one.state] >= RANKS[other.state] else (other, one)
    return replace(
        worse,
        for_s=max(one.for_s, other.for_s),
        calls=one.calls + other.calls,
        bad=one.bad + other.bad,
        slow=one.slow + other.slow,
        workers=one.workers + other.workers,
        alike=worse.alike + (better.alike if better.state == worse.state else 0),
    )
