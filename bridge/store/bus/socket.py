"""The bus of a worker beside others on one machine: a connection to the hub, made anew whenever it breaks.

While there is none, nobody waits: each keeps to its own share. When it is back, all who subscribed are told that they
may have missed something, and so are the others when it was we who could not speak.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bridge.clock import Clock
from bridge.store.bus.asking import Asking
from bridge.store.bus.contract import PATIENCE_S
from bridge.store.bus.frames import (
    FROM_HUB,
    Answer,
    Asked,
    BadFrame,
    Beat,
    Claim,
    Deliver,
    FromHub,
    FromPeer,
    HeardIt,
    Hello,
    Listen,
    Lost,
    Publish,
    Reading,
    Release,
    Told,
    framed,
)
from bridge.store.bus.messages import Ask, PlaceAsk
from bridge.store.bus.shared import Sharing
from bridge.store.bus.topics import Topics, check_data

BEAT_S = 1.0
# A hub that is gone is seen at once, and one that stands still is asked but once, so a busy machine gets some time.
ASK_S = 1.0
FIRST_S, MOST_S = 0.01, 0.5
QUEUE_BYTES = 8_000_000
START_S = 5.0
GOODBYE_S = 1.0


class _Connection(asyncio.Protocol):
    """One connection to the hub."""

    def __init__(self, take: Callable[[FromHub], None], drained: Callable[[], None]) -> None:
        self._take, self._drained = take, drained
        self._reading = Reading(FROM_HUB)
        self.ended = asyncio.Event()
        self.full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=QUEUE_BYTES)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.ended.set()

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._reading.feed(data):
                self._take(message)
        except BadFrame:
            self.transport.abort()

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False
        self._drained()

    def say(self, message: FromPeer) -> None:
        if not self.transport.is_closing():
            self.transport.write(framed(message))


class SocketBus(Sharing):
    """A `Bus` over a Unix socket. `start` once, `close` once. `share`: which of how many workers we are."""

    alone = False

    def __init__(self, path: Path, clock: Clock, share: tuple[int, int], *, patience_s: float = PATIENCE_S) -> None:
        self._path, self._clock, self._patience_s = path, clock, patience_s
        asking = Asking(self._ask, self._release, clock, share, max(patience_s, ASK_S))
        super().__init__(Topics(self._wanted), asking)
        self._asking.silent = self._doubt
        self._telling: dict[int, asyncio.Future[bool]] = {}
        self._connection: _Connection | None = None
        self._lost = self._silent = self._was_there = False
        self._there = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> bool:
        """Whether the hub is there already; if not, it is looked for further on."""
        self._tasks = [asyncio.create_task(self._keep(), name="bus"), asyncio.create_task(self._beat(), name="beat")]
        with suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                await self._there.wait()
        self._was_there = True  # later than this is too late not to have missed anything
        return self._there.is_set()

    @property
    def connected(self) -> bool:
        return self._there.is_set()

    def publish(self, topic: str, data: bytes) -> None:
        check_data(data)
        self._topics.deliver_soon(topic, data)
        self._say(Publish(topic, data))

    async def told(self, topic: str, data: bytes) -> bool:
        check_data(data)
        number = self._asking.number()
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._telling[number] = future
        try:
            if not self._say(Publish(topic, data, number)):
                return False
            async with asyncio.timeout(self._patience_s):
                return await future
        except TimeoutError:
            return False
        finally:
            del self._telling[number]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._connection is not None:
            self._connection.transport.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE_S):
                    await self._connection.ended.wait()
            self._connection.transport.abort()
        self._broken()

    # ── the connection ───────────────────────────────────────────────────────────────────────────────────────────

    async def _keep(self) -> None:
        pause_s = FIRST_S
        while True:
            try:
                _, connection = await asyncio.get_running_loop().create_unix_connection(
                    lambda: _Connection(self._take, self._drained), str(self._path)
                )
            except OSError:
                await self._clock.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311  jitter, no secret
                pause_s = min(pause_s * 2, MOST_S)
                continue
            pause_s = FIRST_S
            self._made(connection)
            await connection.ended.wait()
            self._broken()

    def _made(self, connection: _Connection) -> None:
        self._connection, self._silent = connection, False
        connection.say(Hello(self._lost))
        self._lost = False
        for number, what in self._asking.held.items():
            if isinstance(what, PlaceAsk):
                connection.say(Claim(number, what))
        for topic in self._topics.names:
            connection.say(Listen(topic, wanted=True))
        if self._was_there:
            self._topics.miss()
        self._was_there = True

    def _broken(self) -> None:
        self._connection, self._lost = None, True  # what was under way may have got nowhere
        self._there.clear()
        self._asking.lost()
        for future in self._telling.values():
            if not future.done():
                future.set_result(False)

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep(BEAT_S)
            if self._connection is not None:
                self._connection.say(Beat())

    def _drained(self) -> None:
        if self._lost and self._connection is not None:
            self._lost = False
            self._connection.say(Lost())

    def _say(self, message: FromPeer) -> bool:
        """A message that may be lost; if it is, the others are told later."""
        if self._connection is None or self._connection.full:
            self._lost = True
            return False
        self._connection.say(message)
        return True

    def _wanted(self, topic: str, wanted: bool) -> None:
        if self._connection is not None:
            self._connection.say(Listen(topic, wanted))

    def _ask(self, number: int, what: Ask) -> bool:
        if self._connection is None or self._silent:
            return False
        self._connection.say(Asked(number, what))
        return True

    def _release(self, number: int, gift: bytes | None) -> None:
        if self._connection is not None:
            self._connection.say(Release(number, gift))

    def _doubt(self, _: Ask) -> None:
        """Nobody else waits for a hub that stands still, until it says something."""
        self._silent = True

    def _take(self, message: FromHub) -> None:
        self._silent = False
        self._there.set()
        match message:
            case Answer():
                self._asking.answered(message.number, message.grant)
            case Deliver():
                self._topics.deliver(message.topic, message.data)
                if message.number and self._connection is not None:
                    self._connection.say(HeardIt(message.number))
            case Told():
                if (future := self._telling.get(message.number)) and not future.done():
                    future.set_result(message.all_heard)
            case Beat():
                pass
            case _:
                self._topics.miss()
