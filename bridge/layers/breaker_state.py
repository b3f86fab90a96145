"""The breaker by itself: closed, open, half-open, and what leads from one to the other. Pure: it is told the time.

    closed ──(too many bad or slow)──▶ open ──(its time is over)──▶ half-open ──(trials went well)──▶ closed
                                        ▲                              │
                                        └──────(too many bad trials)───┘

Half-open it lets exactly so many trial calls through. One that taught nothing gives its place back; and when all are
out for as long as it would be open, as many more are let through, so a trial that never ends holds up nobody.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bridge.layers.breaker_window import Counts, Window
from bridge.layers.transient import Health

State = Literal["closed", "half-open", "open"]
Mode = Literal["auto", "open", "closed"]
"""`auto`: by what it sees; else a person holds it so."""
OPEN_LEAST = 0.75
"""An open time is drawn between this part of it and all of it, so that many workers do not try at the same moment."""
SPREAD = 0.25
"""By up to so much of it those who are turned away are told to come back later than it tries again."""

ROW = 0.1
"""When for this part of the window nothing but failures came back, it opens whatever was before: of a busy system that
hangs, the many calls that had just gone well would hide it for as long as they are in the window."""


@dataclass(frozen=True, slots=True)
class Terms:
    """See BreakerSettings. `slow_s` None: no call is slow."""

    window_s: float = 30.0
    calls_min: int = 20
    failures: float = 0.5
    slow_s: float | None = None
    slow_rate: float = 0.8
    open_s: float = 5.0
    trials: int = 3

    def ill(self, counts: Counts) -> str:
        """Why it should open, if it should."""
        if counts.bad and counts.bad >= self.failures * counts.calls:
            return "failures"
        if counts.slow and counts.slow >= self.slow_rate * counts.calls:
            return "slow"
        return ""


class Permit(NamedTuple):
    """Of a call that was let through: in which episode, and whether it is a trial."""

    episode: int
    trial: bool


class Row(NamedTuple):
    """So many failures and slow calls one after the other, and since when."""

    calls: int = 0
    since: float = 0.0

    def with_(self, now: float, *, bad: bool) -> Row:
        return Row(self.calls + 1, self.since if self.calls else now) if bad else Row()


Told = Callable[[State, str, float], None]
"""The new state, why, and for how long it is open."""


class Breaker:
    """`agrees` is asked before it opens because of what it saw; `uniform` draws between two numbers."""

    def __init__(
        self,
        terms: Terms,
        uniform: Callable[[float, float], float],
        told: Told = lambda *_: None,
        agrees: Callable[[float], bool] = lambda _: True,
    ) -> None:
        self._terms, self._uniform, self._told, self._agrees = terms, uniform, told, agrees
        self._window = Window(terms.window_s)
        self._bad_max = max(1, math.ceil(terms.failures * terms.trials))
        self.state: State = "closed"
        self.mode: Mode = "auto"
        self.until = 0.0
        self.touched = False
        self._permit = Permit(1, trial=False)
        self._free = self._good = self._bad = 0
        self._row = Row()

    def admit(self, now: float) -> Permit | None:
        """None: the call must not go through. Else `ended` follows, once."""
        self.touched = True
        if self.mode != "auto":
            return Permit(0, trial=False) if self.mode == "closed" else None
        if self.state == "open" and now >= self.until:
            self._half_open(now)
        if self.state == "closed":
            return self._permit
        if self.state == "open" or not self._trial_free(now):
            return None
        self._free -= 1
        return self._permit

    def ended(self, permit: Permit, now: float, health: Health, *, slow: bool = False) -> None:
        """What became of a call. One that began before the last change says nothing about the state since."""
        if permit.episode != self._permit.episode:
            return
        if health == "nothing":
            self._free += permit.trial
        elif permit.trial:
            self._tried(now, bad=health == "bad" or slow)
        else:
            self._window.add(now, bad=health == "bad", slow=slow)
            self._row = self._row.with_(now, bad=health == "bad" or slow)
            if health == "bad" or slow:
                self._judge(now)

    def hand(self, mode: Mode, now: float) -> None:
        """A person sets it, or lets go of it: then it begins anew."""
        if mode == self.mode:
            return
        self.mode = mode
        self._go("open" if mode == "open" else "closed", "automatic" if mode == "auto" else "by-hand", now, 0.0)

    def counts(self, now: float) -> Counts:
        return self._window.counts(now)

    def retry_after_s(self, now: float) -> float:
        """When it is worth to come back, for one who was turned away."""
        open_s = self._terms.open_s
        left_s = open_s if self.mode == "open" else max(0.0, self.until - now)
        return left_s + self._uniform(0.0, SPREAD * open_s)

    def _trial_free(self, now: float) -> bool:
        if not self._free and now >= self.until:
            self._free, self.until = self._terms.trials, now + self._terms.open_s
        return self._free > 0

    def _tried(self, now: float, *, bad: bool) -> None:
        self._bad += bad
        self._good += not bad
        if self._bad >= self._bad_max:
            self._open("trials-failed", now)
        elif self._good + self._bad >= self._terms.trials:
            self._go("closed", "trials-passed", now, 0.0)

    def _judge(self, now: float) -> None:
        counts = self._window.counts(now)
        why = self._terms.ill(counts) if counts.calls >= self._terms.calls_min else ""
        in_a_row = min(self._row.calls, counts.calls)
        if in_a_row >= self._terms.calls_min and now - self._row.since >= self._terms.window_s * ROW:
            why = why or ("failures" if counts.bad else "slow")
        if why and self._agrees(now):
            self._open(why, now)

    def _open(self, why: str, now: float) -> None:
        self._go("open", why, now, self._terms.open_s * self._uniform(OPEN_LEAST, 1.0))

    def _half_open(self, now: float) -> None:
        self._free, self._good, self._bad = self._terms.trials, 0, 0
        self._go("half-open", "time", now, self._terms.open_s)

    def _go(self, state: State, why: str, now: float, for_s: float) -> None:
        if state == "closed":
            self._window.clear()
            self._row = Row()
        self.state, self.until = state, now + for_s
        self._permit = Permit(self._permit.episode + 1, state == "half-open")
        self._told(state, why, for_s if state == "open" else 0.0)
