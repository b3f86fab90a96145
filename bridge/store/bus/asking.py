"""Asks whoever decides for all, and waits for what he says: first whether he is there at all, then for our turn.

Knows neither him nor the way to him: `send` says whether a question left, `answered` brings what came back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

from bridge.clock import Clock
from bridge.store.bus.contract import LIMITS_PATIENCE_S, PATIENCE_S
from bridge.store.bus.messages import NO, Ask, Grant, PlaceAsk, TokensAsk

Send = Callable[[int, Ask], bool]
Release = Callable[[int, bytes | None], None]
ASKED_MAX = 100_000


class _Asked:
    """One question under way. `grant` is the latest answer; `lost`: there will be none."""

    __slots__ = ("grant", "lost", "wake")

    def __init__(self) -> None:
        self.grant: Grant | None = None
        self.lost = False
        self.wake: asyncio.Future[None] | None = None

    def decided(self) -> bool:
        return self.lost or (self.grant is not None and self.grant.state != "queued")

    def said(self, grant: Grant | None) -> None:
        self.grant, self.lost = grant, grant is None
        if self.wake is not None and not self.wake.done():
            self.wake.set_result(None)

    async def change(self) -> None:
        self.wake = asyncio.get_running_loop().create_future()
        await self.wake


class Asking:
    """`share`: which of how many workers we are, for those who must do without an answer."""

    def __init__(
        self,
        send: Send,
        release: Release,
        clock: Clock,
        share: tuple[int, int] = (0, 1),
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._patience_s = patience_s
        self._send, self.release, self.clock, self.share = send, release, clock, share
        self.at_least = 0
        """What each may have of anything when there is nobody to ask, however many we are."""
        self._asked: dict[int, _Asked] = {}
        self._numbers = count(1)
        self.held: dict[int, Ask] = {}
        """What we have at this moment and must be able to name to a successor."""
        self.silent: Callable[[Ask], None] = lambda _: None
        """Told when a question left and nobody said a word in time."""

    def part_of(self, size: int) -> int:
        """Our own part of what is shared, for the time in which nobody can be asked."""
        index, workers = self.share
        return max(self.at_least, size // workers + (index < size % workers))

    def number(self) -> int:
        return next(self._numbers)

    async def ask(self, number: int, what: Ask, wait_s: float = 0.0) -> Grant | None:
        """None: nobody there to decide. A grant that was waited for and did not come is a `no`."""
        if len(self._asked) >= ASKED_MAX:
            return None
        asked = self._asked[number] = _Asked()
        try:
            if not self._send(number, what):
                return None
            if not asked.decided():
                await self._wait(asked, what, wait_s)
        except BaseException:  # what was granted to a cancelled one goes back
            self.release(number, None)
            raise
        finally:
            del self._asked[number]
        if not asked.decided():
            self.release(number, None)
            return None if asked.grant is None else NO
        return asked.grant

    async def _wait(self, asked: _Asked, what: Ask, wait_s: float) -> None:
        try:
            if asked.grant is None:
                async with asyncio.timeout(self._patience_for(what)):
                    await asked.change()
            if not asked.decided():
                async with asyncio.timeout(wait_s):
                    while not asked.decided():
                        await asked.change()
        except TimeoutError:
            if asked.grant is None:
                self.silent(what)

    def _patience_for(self, what: Ask) -> float:
        """To do without an answer may ask too much of a system behind, where a lock only saves work."""
        return max(self._patience_s, LIMITS_PATIENCE_S) if isinstance(what, TokensAsk | PlaceAsk) else self._patience_s

    def answered(self, number: int, grant: Grant | None) -> None:
        """None: there will be no answer."""
        if asked := self._asked.get(number):
            asked.said(grant)

    def lost(self) -> None:
        """Whoever was asked is gone, and with him every answer."""
        for asked in self._asked.values():
            asked.said(None)
