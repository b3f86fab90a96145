"""The bus of several nodes, over Redis: messages by its publish/subscribe, the rest by scripts that run in it.

Redis may go away at any time: then nobody waits longer than PATIENCE_S, each keeps to his own share, and when it is
back all who subscribed are told that they may have missed something.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bridge.clock import Clock
from bridge.store.bus.contract import PATIENCE_S
from bridge.store.bus.redis_decider import LEASE_S, Decider
from bridge.store.bus.settings import BusSettings
from bridge.store.bus.shared import Sharing
from bridge.store.bus.topics import Topics, check_data, check_name

FIRST_S, MOST_S = 0.05, 1.0
CONNECT_S = 2.0
SILENT_S = 10.0
"""A connection that says nothing for so long, though it is asked, is half open: nothing would ever come over it."""
QUEUE_MAX = 10_000
_NODE_CHARS, _NUMBER_BYTES = 16, 8


class RedisBus(Sharing):
    """A `Bus` over Redis. `start` once, `close` once."""

    alone = False

    def __init__(
        self,
        settings: BusSettings,
        clock: Clock,
        workers: int,
        *,
        patience_s: float = PATIENCE_S,
        silent_s: float = SILENT_S,
    ) -> None:
        password = settings.password.reveal() if settings.password else None
        self._client = Redis.from_url(
            settings.url,
            password=password,
            socket_connect_timeout=CONNECT_S,
            socket_timeout=silent_s,
            health_check_interval=5,
        )
        self._silent_s = silent_s
        self._prefix, self._clock, self._patience_s = settings.prefix, clock, patience_s
        self._node = secrets.token_hex(_NODE_CHARS // 2)
        self._decider = Decider(self._client, settings.prefix, self._node, clock, patience_s=patience_s)
        super().__init__(Topics(self._wanted), self._decider.asking)
        self._asking.share, self._asking.at_least = (workers, workers), 1  # until they are counted
        self._gap = f"{settings.prefix}:gap"
        self._heard_by = f"{settings.prefix}:heard:{self._node}"
        self._outgoing: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(QUEUE_MAX)
        self._telling: dict[int, tuple[set[bytes], asyncio.Event]] = {}
        self._lost = self._was_there = False
        self._pubsub: Any = None
        self._small: set[asyncio.Task[None]] = set()
        self._there = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> bool:
        """Whether Redis is there already; if not, it is looked for further on."""
        works = (self._keep(), self._send(), self._stay(), self._beat())
        self._tasks = [asyncio.create_task(work, name="redis bus") for work in works]
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_S):
                await self._there.wait()
        self._was_there = True
        return self._there.is_set()

    @property
    def connected(self) -> bool:
        return self._there.is_set()

    @property
    def members(self) -> int:
        """How many are on it, as far as known."""
        return self._asking.share[1]

    async def heard_all(self) -> None:
        """Returns when what was subscribed and published so far has come to Redis."""
        await asyncio.gather(*self._small)
        await self._outgoing.join()

    def publish(self, topic: str, data: bytes) -> None:
        check_name(topic)
        check_data(data)
        self._topics.deliver_soon(topic, data)
        try:
            self._outgoing.put_nowait((topic, self._node.encode() + bytes(_NUMBER_BYTES) + data))
        except asyncio.QueueFull:
            self._lost = True

    async def told(self, topic: str, data: bytes) -> bool:
        check_data(data)
        number = self._asking.number()
        heard, event = self._telling[number] = set(), asyncio.Event()
        wire, arrived = self._node.encode() + number.to_bytes(_NUMBER_BYTES, "big") + data, False
        try:
            async with asyncio.timeout(self._patience_s):
                others = await self._client.publish(self._channel(topic), wire) - (topic in self._topics.names)
                arrived = True
                while len(heard) < others:
                    event.clear()
                    await event.wait()
        except (RedisError, OSError):
            return False
        finally:
            self._lost = self._lost or not arrived
            del self._telling[number]
        return True

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_S):
                await self._decider.close()
        with suppress(RedisError, OSError):
            await self._client.aclose()

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _channel(self, topic: str) -> str:
        return f"{self._prefix}:topic:{topic}"

    def _wanted(self, topic: str, wanted: bool) -> None:
        pubsub = self._pubsub
        if pubsub is not None:
            work = pubsub.subscribe if wanted else pubsub.unsubscribe
            self._soon(work(self._channel(topic)))

    def _soon(self, work: Awaitable[object]) -> None:
        async def done() -> None:
            with suppress(RedisError, OSError):  # the connection is gone then, and all is subscribed anew
                await work

        task = asyncio.create_task(done())
        self._small.add(task)
        task.add_done_callback(self._small.discard)

    async def _keep(self) -> None:
        pause_s = FIRST_S
        while True:
            pubsub = self._client.pubsub()
            try:
                async with asyncio.timeout(self._silent_s):
                    await self._begin(pubsub)
                pause_s = FIRST_S
                messages = pubsub.listen()
                while True:
                    async with asyncio.timeout(self._silent_s):
                        message = await anext(messages)
                    if message["type"] == "message":
                        self._take(message["channel"].decode(), message["data"])
            except (RedisError, OSError):
                self._lost = True
            finally:
                self._pubsub = None
                self._there.clear()
                with suppress(RedisError, OSError):
                    await self._ended(pubsub)
            await self._clock.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311  jitter, no secret
            pause_s = min(pause_s * 2, MOST_S)

    async def _ended(self, pubsub: Any) -> None:
        await pubsub.aclose()

    async def _begin(self, pubsub: Any) -> None:
        topics = map(self._channel, self._topics.names)
        self._pubsub = pubsub  # a topic that is wanted from now on is subscribed by whoever wants it
        await pubsub.subscribe(self._gap, self._heard_by, self._decider.channel, *topics)
        await self._tell_lost()
        await self.count()
        await self._decider.stay()
        if self._was_there:
            self._topics.miss()
        self._there.set()

    async def _tell_lost(self) -> None:
        if self._lost:
            self._lost, told = False, False
            try:
                await self._client.publish(self._gap, self._node)
                told = True
            finally:
                self._lost = self._lost or not told

    async def count(self) -> None:
        """How many we are, for the time when Redis is gone."""
        [(_, members)] = await self._client.pubsub_numsub(self._gap)
        self._asking.share = (members, max(1, members))

    def _take(self, channel: str, data: bytes) -> None:
        if channel == self._decider.channel:
            self._decider.free(data)
        elif channel == self._gap:
            if data != self._node.encode():
                self._topics.miss()
        elif channel == self._heard_by:
            if told := self._telling.get(int.from_bytes(data[:_NUMBER_BYTES], "big")):
                told[0].add(data[_NUMBER_BYTES:])
                told[1].set()
        else:
            self._deliver(channel.removeprefix(self._channel("")), data)

    def _deliver(self, topic: str, data: bytes) -> None:
        sender, number = data[:_NODE_CHARS], data[_NODE_CHARS : _NODE_CHARS + _NUMBER_BYTES]
        if sender == self._node.encode():
            return
        self._topics.deliver(topic, data[_NODE_CHARS + _NUMBER_BYTES :])
        if any(number):
            self._soon(self._client.publish(f"{self._prefix}:heard:{sender.decode()}", number + self._node.encode()))

    async def _send(self) -> None:
        while True:
            topic, data = await self._outgoing.get()
            try:
                await self._client.publish(self._channel(topic), data)
            except (RedisError, OSError):
                self._lost = True
            self._outgoing.task_done()

    async def _beat(self) -> None:
        """Asks for a sign, so that there is something to be heard where all is well."""
        while True:
            await self._clock.sleep(self._silent_s / 3)
            if self._pubsub is not None and self._there.is_set():
                with suppress(RedisError, OSError):
                    async with asyncio.timeout(self._silent_s):
                        await self._pubsub.ping()

    async def _stay(self) -> None:
        while True:
            await self._clock.sleep(LEASE_S / 3)
            with suppress(RedisError, OSError):
                await self._decider.stay()
                if self._there.is_set():
                    await self._tell_lost()
                    await self.count()
