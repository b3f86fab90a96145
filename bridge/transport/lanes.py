"""Lanes: connections that are taken one by one, for schemes that prove who we are once a connection.

A lane sends over one connection and knows which, so that a handshake is seen to stay on it, and a connection that broke
is known to be a stranger again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable

import aiohttp
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

MakeSession = Callable[[aiohttp.TCPConnector], aiohttp.ClientSession]


class _Connector(aiohttp.TCPConnector):
    """One connection at a time; tells which one the last request took."""

    def __init__(self, keep_alive_s: float) -> None:
        super().__init__(limit=1, keepalive_timeout=keep_alive_s)
        self.last: Connection | None = None
        self.transport: asyncio.Transport | None = None

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  # as aiohttp has it
    ) -> Connection:
        self.last = await super().connect(req, traces, timeout)
        self.transport = self.last.transport
        return self.last


class Lane:
    """One connection at a time to one origin. `proven`: the connection on which we have proved who we are."""

    def __init__(self, origin: str, make: MakeSession, keep_alive_s: float) -> None:
        self.origin = origin
        self._connector = _Connector(keep_alive_s)
        self.session = make(self._connector)
        self._proven: asyncio.Transport | None = None

    @property
    def transport(self) -> asyncio.Transport | None:
        """What the last request went over; None when it is gone."""
        transport = self._connector.transport
        return None if transport is None or transport.is_closing() else transport

    @property
    def is_proven(self) -> bool:
        """Whether the connection is still there on which we proved who we are."""
        return self._proven is not None and self._proven is self.transport

    def prove(self, *, proven: bool) -> None:
        """Whether from now on this connection needs no more proof."""
        self._proven = self.transport if proven else None

    def when_free(self, then: Callable[[], None]) -> None:
        """Calls when the last answer is read to its end, or closed."""
        last = self._connector.last
        if last is None or last.closed:
            then()
        else:
            last.add_callback(then)

    async def close(self) -> None:
        await self.session.close()


class Lanes:
    """The lanes to all origins together; `limit` of them are taken at once."""

    def __init__(self, make: MakeSession, *, limit: int, keep_alive_s: float, wait_s: float) -> None:
        self._make, self._keep_alive_s, self._wait_s = make, keep_alive_s, wait_s
        self._places = asyncio.Semaphore(limit)
        self._idle: defaultdict[str, list[Lane]] = defaultdict(list)
        self._all: list[Lane] = []

    async def take(self, origin: str) -> Lane:
        """The lane that was used last, since its connection is the most likely to be there still."""
        async with asyncio.timeout(self._wait_s):
            await self._places.acquire()
        if self._idle[origin]:
            return self._idle[origin].pop()
        lane = Lane(origin, self._make, self._keep_alive_s)
        self._all.append(lane)
        return lane

    def give(self, lane: Lane) -> None:
        """Takes it back."""
        self._idle[lane.origin].append(lane)
        self._places.release()

    async def close(self) -> None:
        """Close every connection."""
        lanes, self._all = self._all, []
        self._idle.clear()
        for lane in lanes:
            await lane.close()
