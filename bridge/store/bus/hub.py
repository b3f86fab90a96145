"""Where the workers of one machine meet: a Unix socket of which the process that supervises them holds the other end.

Passes messages on, lets the arbiter decide, and drops whoever is silent. A worker that reads too slowly loses messages
and is told so; nobody waits for it. Knows nothing of what the messages mean.
"""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bridge.clock import Clock
from bridge.store.bus.arbiter import Arbiter, Who
from bridge.store.bus.contract import NAME_CHARS_MAX, PATIENCE_S
from bridge.store.bus.frames import (
    FROM_PEER,
    Answer,
    Asked,
    BadFrame,
    Beat,
    Claim,
    Deliver,
    FromHub,
    FromPeer,
    Gap,
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
from bridge.store.bus.messages import NO, Grant

QUEUE_BYTES = 8_000_000
SILENT_S = 5.0
SWEEP_S = 0.1
TOPICS_MAX = 10_000
_LATE_S = 1.0


@dataclass(slots=True)
class _Telling:
    """A message whose publisher waits until all have heard it."""

    origin: Peer
    number: int
    waiting: set[Peer]
    all_heard: bool


class Peer(asyncio.Protocol):
    """The connection of one worker."""

    def __init__(self, hub: Hub, number: int) -> None:
        self._hub, self.number = hub, number
        self._reading = Reading(FROM_PEER)
        self._transport: asyncio.Transport | None = None
        self._full = self._missed = False
        self.topics: set[str] = set()
        self.unheard: dict[int, float] = {}
        self.seen_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=QUEUE_BYTES)
        self._hub.came(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._hub.left(self)

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._reading.feed(data):
                self._hub.take(self, message)
        except BadFrame:
            self.drop()

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        if self._missed:
            self._missed = False
            self.say(Gap())

    def say(self, message: FromHub) -> None:
        if self._transport is not None:
            self._transport.write(framed(message))

    def deliver(self, frame: bytes) -> bool:
        """False when it has no room: then it is told that it missed something as soon as it has."""
        if self._full or self._transport is None:
            self._missed = True
            return False
        self._transport.write(frame)
        return True

    def answer(self, number: int, grant: Grant) -> None:
        # A gift is only as good as having gone oneself.
        self.say(Answer(number, NO if self._full and grant.gift is not None else grant))

    def gap(self) -> None:
        if self._full:
            self._missed = True
        else:
            self.say(Gap())

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Hub:
    """`start` once, `close` once. The socket is for this user only."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self._arbiter = Arbiter(clock, self._decided)
        self._peers: dict[int, Peer] = {}
        self._tellings: dict[int, _Telling] = {}
        self._numbers = count(1)
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def peers(self) -> int:
        return len(self._peers)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        sock = _bound(self._path)
        self._server = await loop.create_unix_server(lambda: Peer(self, next(self._numbers)), sock=sock)
        self._sweeper = asyncio.create_task(self._sweep(), name="hub sweeper")

    async def close(self) -> None:
        self._closed = True
        if self._server is not None:
            self._server.close()
        for peer in list(self._peers.values()):
            peer.drop()
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.wait([self._sweeper])
        self._path.unlink(missing_ok=True)

    def came(self, peer: Peer) -> None:
        peer.seen_at = self._clock.monotonic()
        self._peers[peer.number] = peer
        if self._closed:
            peer.drop()

    def left(self, peer: Peer) -> None:
        self._peers.pop(peer.number, None)
        for number in list(peer.unheard):
            self._heard(peer, number)
        self._arbiter.gone(peer.number)

    def take(self, peer: Peer, message: FromPeer) -> None:
        peer.seen_at = self._clock.monotonic()
        match message:
            case Asked():
                peer.answer(message.number, self._arbiter.ask((peer.number, message.number), message.what))
            case Release():
                # Whoever has not heard what others told it may have an answer that is older than that.
                self._arbiter.release((peer.number, message.number), None if peer.unheard else message.gift)
            case Publish():
                self._publish(peer, message)
            case HeardIt():
                self._heard(peer, message.number)
            case Listen():
                self._listen(peer, message)
            case Beat():
                peer.say(message)
            case Claim():
                self._arbiter.claim((peer.number, message.number), message.what)
            case Hello():
                peer.say(Beat())
                if message.lost:
                    self._gap_for_others(peer)
            case Lost():
                self._gap_for_others(peer)

    def _listen(self, peer: Peer, message: Listen) -> None:
        if not message.wanted:
            peer.topics.discard(message.topic)
        elif len(peer.topics) < TOPICS_MAX and len(message.topic) <= NAME_CHARS_MAX:
            peer.topics.add(message.topic)
        else:
            peer.drop()

    def _gap_for_others(self, peer: Peer) -> None:
        for other in self._peers.values():
            if other is not peer:
                other.gap()

    def _publish(self, peer: Peer, message: Publish) -> None:
        others = [one for one in self._peers.values() if one is not peer and message.topic in one.topics]
        number = next(self._numbers) if message.number else 0
        frame = framed(Deliver(message.topic, message.data, number)) if others else b""
        reached = [one for one in others if one.deliver(frame)]
        if not number:
            return
        now = self._clock.monotonic()
        prompt = {one for one in reached if _hears(one, now)}
        for one in reached:
            one.unheard[number] = now
        self._tellings[number] = _Telling(peer, message.number, prompt, len(prompt) == len(others))
        if not prompt:
            self._settle(number)

    def _heard(self, peer: Peer, number: int) -> None:
        peer.unheard.pop(number, None)
        telling = self._tellings.get(number)
        if telling is not None:
            telling.waiting.discard(peer)
            if not telling.waiting:
                self._settle(number)

    def _settle(self, number: int) -> None:
        telling = self._tellings.pop(number)
        telling.origin.say(Told(telling.number, telling.all_heard))

    def _decided(self, who: Who, grant: Grant) -> None:
        peer = self._peers.get(who[0])
        if peer is not None:
            peer.answer(who[1], grant)

    async def _sweep(self) -> None:
        before = self._clock.monotonic()
        while True:
            await self._clock.sleep(SWEEP_S)
            now = self._clock.monotonic()
            if now - before > _LATE_S:  # it was us who slept, and what the others said meanwhile is not read yet
                for peer in self._peers.values():
                    peer.seen_at = now
            before = now
            self._arbiter.sweep()
            for peer in [one for one in self._peers.values() if now - one.seen_at > SILENT_S]:
                peer.drop()


def _hears(peer: Peer, now: float) -> bool:
    """Whether it has heard what it was told before: nobody waits twice for one that stands still."""
    return not peer.unheard or now - next(iter(peer.unheard.values())) < PATIENCE_S


def _bound(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        sock.bind(str(path))
    except OSError:
        sock.close()
        raise
    finally:
        os.umask(mask)
    return sock
