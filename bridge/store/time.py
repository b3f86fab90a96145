"""The time of a store: on PostgreSQL that of its server, so that all nodes have one; on SQLite that of the machine.

Each transaction is told it as it begins, in the same round trip. So it never grows old, and a clock of a node that is
wrong, or that is set, moves no lease. What a node does between transactions goes by its own clock, put right by what it
heard last.
"""

from __future__ import annotations

from typing import Any

from bridge.clock import Clock


class StoreClock:
    """A `Clock`. `ask`: the statement that gives the server's time; without one `own` says what time it is."""

    def __init__(self, own: Clock, ask: str = "") -> None:
        self._own, self._ask = own, ask
        self.ahead_s = 0.0
        """By how much `own` is ahead of the server at least; negative when it is behind. What the time that an answer
        takes can explain is not counted."""

    def monotonic(self) -> float:
        return self._own.monotonic()

    def wall(self) -> float:
        return self._own.wall() - self.ahead_s

    async def sleep(self, seconds: float) -> None:
        await self._own.sleep(seconds)

    def begin(self, cursor: Any, words: str) -> float:
        """Begins a transaction in these words; the time that holds for all of it. Called in the store's threads."""
        if not self._ask:
            cursor.execute(words)
            return self._own.wall()
        before = self._own.wall()
        cursor.execute(f"{words}; {self._ask}")
        while cursor.nextset():
            pass
        now = float(cursor.fetchone()[0])
        self.ahead_s = max(0.0, before - now) + min(0.0, self._own.wall() - now)
        return now
