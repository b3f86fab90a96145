"""Several nodes, many schedules, clocks that jump: what was fired beside what a plain model says should have been.

The model knows nothing of ours: its slots come from `wall_clocks.cron_minutes`, minute by minute. Each schedule is
decided up to some slot; a node that looks at a time of its clock decides what lies between.
"""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bridge.clock import SystemClock
from bridge.errors import StoreUnavailable
from bridge.events import Event
from bridge.queue.schedule_settings import ScheduleSettings
from bridge.queue.scheduler import TAKEN_S, Scheduler
from bridge.store.schema.jobs import jobs
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.statement import Statement
from bridge.store.store import Store
from tests.bridge.queue.wall_clocks import Fields, changes, cron_minutes

SEAL = Seal(bytes(range(32)))
GRACE_S = 60.0
_FIXED = Fields(frozenset({15}), frozenset({1, 2, 23}))
_HALF = Fields(frozenset({0, 30}), frozenset(range(24)))
_CASES = (("15 1,2,23 * * *", _FIXED, True, "all"), ("*/30 * * * *", _HALF, False, "once"))
_SKIPPED = ("*/30 * * * *", _HALF, False, "skip")
_FIRED = Statement(select(jobs.c.correlation))
_END = Statement(jobs.update().where(jobs.c.state != "done").values(state="done", ended_at=0.0))


class NodeClock(SystemClock):
    """The wall clock of one node."""

    now = 0.0

    def wall(self) -> float:
        return self.now


@dataclass
class Modelled:
    """One schedule, all its slots by force, and what should have been fired."""

    name: str
    settings: ScheduleSettings
    slots: list[float]
    decided: float
    fired: list[float] = field(default_factory=list)

    def looked(self, now: float) -> None:
        due = self.slots[bisect_right(self.slots, self.decided) : bisect_right(self.slots, now)]
        if not due:
            return
        self.decided = due[-1]
        timely = [slot for slot in due if now - slot <= GRACE_S]
        by = {"all": due[-self.settings.misfire_max :], "once": timely or due[-1:], "skip": timely}
        self.fired += by[self.settings.misfire]


@dataclass
class Counts:
    """What a run went through."""

    instants: int = 0
    looks: int = 0
    races: int = 0
    jumps: int = 0
    restarts: int = 0
    fired: int = 0
    missed: int = 0
    double: int = 0
    beyond: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        for name in ("instants", "looks", "races", "jumps", "restarts", "fired", "missed", "double", "beyond"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.wrong += other.wrong


@dataclass
class Node:
    """A process of its own, as far as the store can tell."""

    store: Store
    clock: NodeClock
    scheduler: Scheduler

    async def look(self) -> None:
        """Until there is nothing to do; where the store is too busy, again, as the loop does."""
        going = True
        while going:
            with suppress(StoreUnavailable):
                going = await self.scheduler.round() in {0.0, TAKEN_S}


class World:
    """`zones` over `since` to `until`; nodes on one store. `planted`: a bug of the nodes that must be seen."""

    def __init__(self, url: str, nodes: int, zones: Sequence[str], since: datetime, until: datetime, seed: int) -> None:
        self.url, self.count, self.random = url, nodes, random.Random(seed)
        self.since, self.until, self.zones = since, until, zones
        self.counts, self.planted = Counts(), ""
        self.events: list[Event] = []
        self.modelled = [one for zone in zones for one in self._of(zone)]

    def _of(self, name: str) -> list[Modelled]:
        zone, made = ZoneInfo(name), []
        for cron, fields, fixed, misfire in (*_CASES, _SKIPPED) if name == self.zones[0] else _CASES:
            given = {"cron": cron, "zone": name, "misfire": misfire, "call": "shop.Export", "misfire_max": 1000}
            settings = ScheduleSettings.model_validate({**given, "overlap": "queue", "keep": 20})
            found = cron_minutes(fields, fixed, zone, self.since, self.until + timedelta(hours=3))
            slots = [slot.timestamp() for slot in found]
            made.append(Modelled(f"{name.lower().replace('/', '-').replace('_', '-')}-{misfire}", settings, slots, 0.0))
        return made

    def instants(self, count: int) -> list[datetime]:
        """Most of them close to a change of some clocks, so that every skipped and repeated hour is walked through."""
        places = [at for zone in self.zones for at in changes(ZoneInfo(zone), self.since.year, self.until.year)]
        near = [at for at in places if self.since + timedelta(days=1) < at < self.until - timedelta(days=1)]
        span = (self.until - self.since - timedelta(days=1)).total_seconds()
        found = set()
        while len(found) < count:
            if near and self.random.random() < 0.8:
                at = self.random.choice(near) + timedelta(seconds=self.random.randint(-9000, 9000))
            else:
                at = self.since + timedelta(seconds=self.random.randint(1, int(span)))
            found.add(at.replace(microsecond=0))
        return sorted(found)

    async def run(self, count: int) -> Counts:
        async with self._nodes() as nodes:
            for one in self.modelled:
                one.decided = self.since.timestamp()
            for instant in self.instants(count):
                await self._instant(nodes, instant.timestamp())
            await self._judge(nodes[0])
        return self.counts

    async def _instant(self, nodes: list[Node], now: float) -> None:
        """Some nodes are there; their clocks agree and they race, or one of them is off."""
        self.counts.instants += 1
        up = self.random.sample(nodes, self.random.randint(1, len(nodes)))
        if self.random.random() < 0.1:
            await self._restart(up[0], now)
        for node in nodes:
            node.clock.now = now
        if self.random.random() < 0.2:
            self.counts.jumps += 1
            up[0].clock.now = now + self.random.choice([-7200, -3600, -61, 61, 1800, 3600, 7200])
        self.counts.looks += len(up)
        if len({node.clock.now for node in up}) == 1:
            self.counts.races += len(up) > 1
            await asyncio.gather(*(node.look() for node in up))
        else:
            for node in up:
                await node.look()
        for node in up:
            for one in self.modelled:
                one.looked(node.clock.now)
        await up[0].store.write(lambda tx: tx.run(_END))

    async def _restart(self, node: Node, now: float) -> None:
        self.counts.restarts += 1
        node.clock.now = now
        node.scheduler = Scheduler(node.store, SEAL, node.clock, self.events.append)
        changes_made = {"": {}, "zone": {"zone": "UTC"}, "policy": {"misfire": "once"}}[self.planted]
        await node.scheduler.configure(
            {one.name: one.settings.model_copy(update=changes_made) for one in self.modelled}
        )

    @asynccontextmanager
    async def _nodes(self) -> AsyncIterator[list[Node]]:
        nodes = []
        for _ in range(self.count):
            clock = NodeClock()
            clock.now = self.since.timestamp()
            store = await Store.open(StoreSettings(url=self.url), clock, own_time=True)
            nodes.append(Node(store, clock, Scheduler(store, SEAL, clock, self.events.append)))
        try:
            for node in nodes:
                await self._restart(node, self.since.timestamp())
            self.counts.restarts = 0
            yield nodes
        finally:
            for node in nodes:
                await node.store.close()

    async def _judge(self, node: Node) -> None:
        found: dict[str, list[float]] = {one.name: [] for one in self.modelled}
        for (correlation,) in await node.store.read(lambda tx: tx.rows(_FIRED)):
            _, name, slot = correlation.split(":", 2)
            found[name].append(datetime.fromisoformat(slot).astimezone(UTC).timestamp())
        for one in self.modelled:
            fired = found[one.name]
            lost, more = set(one.fired) - set(fired), set(fired) - set(one.fired)
            self.counts.fired += len(fired)
            self.counts.double += len(fired) - len(set(fired))
            self.counts.missed += len(lost)
            self.counts.beyond += len(more)
            for said, some in (("missed", lost), ("not expected", more)):
                self.counts.wrong += [
                    f"{one.name}: {said} {datetime.fromtimestamp(at, UTC)}" for at in sorted(some)[:3]
                ]
