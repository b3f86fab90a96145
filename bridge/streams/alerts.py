"""The alert sink: hears every event, keeps the book of alerts, and tells. Each notice is a line of the log; where there
is a webhook it is put in line to be sent, in one transaction with what all processes know of the alert.

An `Emit`: it only takes down what it hears. Once a second that is worked on, which may fail and wait for the store.
"""

from __future__ import annotations

import asyncio
import traceback
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import BridgeError
from bridge.events import DeadLetters, Event, InternalError, JobDead, JobDone
from bridge.events_alerts import AlertLost, AlertRaised, AlertResolved
from bridge.store.alerts import schedules_of, told_alerts
from bridge.store.dead import depth
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.streams.alert_book import Book, Notice
from bridge.streams.alert_late import LateWatch
from bridge.streams.alert_outbox import Outbox, opened
from bridge.streams.alert_rules import HEARD, SCHEDULE_FAILED, ScheduledDead, ScheduledDone, signals
from bridge.streams.alert_settings import AlertSettings

HEARD_MAX = 10_000
UNSENT_MAX = 1000
TICK_S, LOOK_EVERY = 1.0, 10
Firing = dict[tuple[str, ...], float]
"""Rule and level → how many."""


@dataclass(frozen=True, slots=True)
class Means:
    """What the sink works with. `mask` takes secrets out of a text; `wake` tells that a queue has more to do.
    `queues`: those in which jobs may wait too long."""

    store: Store
    seal: Seal
    clock: Clock
    emit: Emit
    mask: Callable[[str], str]
    wake: Callable[[str], None]
    queues: Collection[str] = ()


class Alerts:
    """An `Emit`. `start` once, `stop` once."""

    def __init__(self, settings: AlertSettings, means: Means, tick_s: float = TICK_S) -> None:
        self._means, self._tick_s = means, tick_s
        self._book = Book(settings.repeat, settings.settle)
        self._outbox = Outbox(settings, means.seal, means.mask) if settings.told else None
        self._late, self._firing, self._ticks = LateWatch(means.store, means.queues, settings.late), Firing(), 0
        self._heard: deque[tuple[float, Event]] = deque(maxlen=HEARD_MAX)
        self._unsent: deque[Notice] = deque()
        self._failing = False
        self._ticking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def __call__(self, event: Event) -> None:
        if type(event) not in HEARD:
            return
        if isinstance(event, JobDead):
            self._failing = True
        elif isinstance(event, JobDone) and not self._failing:
            return  # nobody waits for a schedule to go well again, so the store need not be asked whose job that was
        self._heard.append((self._means.clock.wall(), event))

    async def start(self) -> None:
        """Raises StoreError. Goes on with what was open when the last process ended."""
        if self._outbox is not None:
            await self._restore()
        self._task = asyncio.create_task(self._work(), name="alerts")

    async def _restore(self) -> None:
        known, dead = await self._means.store.read(lambda tx: (told_alerts(tx), depth(tx).count))
        self._book.restore((opened(one) for one in known), self._means.clock.wall())
        self._failing = self._book.has(SCHEDULE_FAILED)
        if not dead:
            self(DeadLetters(0, 0.0))  # a person saw to them while nobody was there to notice

    async def stop(self) -> None:
        """What is to be told now is still told."""
        if self._task is not None:
            async with self._ticking:  # in the middle of a transaction it could not be known what was told
                self._task.cancel()
            await asyncio.wait([self._task])
            await self._guarded()

    async def _work(self) -> None:
        while True:
            await self._guarded()
            await self._means.clock.sleep(self._tick_s)

    async def _guarded(self) -> None:
        try:
            await self.tick()
        except Exception:  # noqa: BLE001  a fault of ours must not end all alerts
            self._means.emit(InternalError("alerts", self._means.mask(traceback.format_exc())))

    async def tick(self) -> None:
        """Works on what was heard, and tells what is due."""
        async with self._ticking:
            await self._tick()

    @property
    def firing(self) -> Firing:
        """How many alerts are open, by rule and level: of all processes where the store knows, else of this one. Some
        seconds old."""
        return self._firing

    async def _look(self) -> None:
        """At what nobody tells of."""
        for event in await self._late.look():
            self(event)

    async def _count(self) -> None:
        if self._outbox is None:
            self._firing = counted(self._book.told())
            return
        with suppress(BridgeError, RuntimeError):  # as it was before
            told = await self._means.store.read(told_alerts)
            self._firing = counted((one.alert, one.level) for one in told)

    async def _tick(self) -> None:
        looks, self._ticks = self._ticks % LOOK_EVERY == 0, self._ticks + 1
        if looks:
            await self._look()
        for at, event in await self._named(self._drained()):
            for signal in signals(event):
                self._book.hear(signal, at)
        notices = self._book.due(self._means.clock.wall())
        for notice in notices:
            self._log(notice)
        if self._outbox is not None:
            self._keep(notices)
            await self._send(self._outbox)
        if notices or looks:
            await self._count()

    def _drained(self) -> list[tuple[float, Event]]:
        return [self._heard.popleft() for _ in range(len(self._heard))]

    async def _named(self, heard: list[tuple[float, Event]]) -> list[tuple[float, Event]]:
        """Ends of jobs as ends of runs of schedules; those of other jobs are left out."""
        ids = {event.job_id for _, event in heard if isinstance(event, JobDead | JobDone)}
        names = await self._schedules(ids) if ids else {}
        if names is None:
            self._heard.extendleft(reversed([one for one in heard if isinstance(one[1], JobDead | JobDone)]))
        named = [(at, one) for at, event in heard if (one := _of_schedule(event, names or {})) is not None]
        dead = any(isinstance(one, ScheduledDead | JobDead) for _, one in (*named, *self._heard))
        self._failing = dead or self._book.has(SCHEDULE_FAILED)
        return named

    async def _schedules(self, ids: Collection[str]) -> dict[str, str] | None:
        """None: the store cannot be asked now."""
        try:
            return await self._means.store.read(lambda tx: schedules_of(tx, ids))
        except (BridgeError, RuntimeError):  # the latter from one that is being closed
            return None

    def _log(self, notice: Notice) -> None:
        text = self._means.mask(notice.text)
        if notice.type == "resolved":
            self._means.emit(AlertResolved(notice.alert, text, notice.count, notice.at - notice.since))
        else:
            self._means.emit(AlertRaised(notice.alert, notice.level, text, notice.count))

    def _keep(self, notices: list[Notice]) -> None:
        self._unsent.extend(notices)
        while len(self._unsent) > UNSENT_MAX:
            self._means.emit(AlertLost(self._unsent.popleft().alert, "too many wait for the store"))

    async def _send(self, outbox: Outbox) -> None:
        """In one transaction. A store that cannot be used is asked again at the next tick."""
        notices = list(self._unsent)
        if not notices:
            return
        try:
            sent = await self._means.store.write(lambda tx: outbox.put(tx, notices))
        except BridgeError:
            return
        for _ in notices:
            self._unsent.popleft()
        if sent:
            self._means.wake(outbox.queue)


def counted(open_: Iterable[tuple[str, str]]) -> Firing:
    """Of alerts and their levels. Names of schedules and upstreams behind the colon are left out."""
    found = Counter((alert.partition(":")[0], level) for alert, level in open_)
    return {key: float(count) for key, count in found.items()}


def _of_schedule(event: Event, names: dict[str, str]) -> Event | None:
    match event:
        case JobDead():
            name = names.get(event.job_id)
            return ScheduledDead(name, event.job_id, event.code, event.cause) if name else None
        case JobDone():
            name = names.get(event.job_id)
            return ScheduledDone(name) if name else None
    return event
