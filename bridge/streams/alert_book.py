"""What is alerted at the moment: each thing told once, counted while it goes on, and told once more when it is over.

Pure: times are handed in, as seconds since the epoch. What it may hold is bounded.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bridge.streams.alert_rules import Details, Ended, Level, Raised

OPEN_MAX = 1000
"""Alerts at a time. Whoever has so many needs no further one."""
Type = Literal["raised", "repeated", "resolved"]
_QUIET = "It has not been heard of again for {:.0f} min."


@dataclass(frozen=True, slots=True)
class Open:
    """One alert. `told_at` None: it has not lasted long enough yet. `count`: how often it came, `told`: how often by
    the last notice. `ending_at`: when to tell that it is over, unless it comes back before."""

    about: Raised
    since: float
    heard_at: float
    told_at: float | None = None
    count: int = 1
    told: int = 0
    ending_at: float | None = None
    end: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody is to be told. `count`: in all; `new`: since the notice before it."""

    type: Type
    alert: str
    level: Level
    text: str
    details: Details
    since: float
    at: float
    count: int
    new: int
    quiet_s: float | None = None


class Book:
    """All open alerts of a process."""

    def __init__(self, repeat_s: float, settle_s: float) -> None:
        self._repeat_s, self._settle_s = repeat_s, settle_s
        self._open: dict[str, Open] = {}

    def restore(self, known: Iterable[Open], now: float) -> None:
        """Those that were open when the process before this one ended, which may have been long ago."""
        self._open |= {one.about.alert: replace(one, heard_at=now) for one in known}

    def has(self, prefix: str) -> bool:
        return any(alert.startswith(prefix) for alert in self._open)

    def told(self) -> list[tuple[str, Level]]:
        """The alerts that somebody was told of, each with its level."""
        return [(alert, one.about.level) for alert, one in self._open.items() if one.told_at is not None]

    def hear(self, signal: Raised | Ended, now: float) -> None:
        """Takes it down; what is to be told of it is told by `due`."""
        one = self._open.get(signal.alert)
        if isinstance(signal, Ended):
            if one is not None and one.ending_at is None:
                self._end(one, signal.text, now)
        elif one is not None:
            self._open[signal.alert] = replace(
                one, about=signal, heard_at=now, count=one.count + 1, ending_at=None, end=""
            )
        elif len(self._open) < OPEN_MAX:
            self._open[signal.alert] = Open(signal, now, now)

    def _end(self, one: Open, text: str, now: float) -> None:
        if one.told_at is None and one.about.after_s:
            del self._open[one.about.alert]  # nobody was told that it had begun
        else:
            self._open[one.about.alert] = replace(one, ending_at=now + self._settle_s, end=text)

    def due(self, now: float) -> list[Notice]:
        """What is to be told by now."""
        return [notice for one in list(self._open.values()) for notice in self._due(one, now)]

    def _due(self, one: Open, now: float) -> Iterator[Notice]:
        if one.told_at is None:
            if _is_quiet(one, now):
                del self._open[one.about.alert]
                return
            if now - one.since < one.about.after_s:
                return
            one = yield from self._tell(one, "raised", now)
        if one.ending_at is not None and now >= one.ending_at:
            yield from self._close(one, one.end, now)
        elif one.ending_at is None and _is_quiet(one, now):
            yield from self._close(one, _QUIET.format((one.about.quiet_s or 0.0) / 60), now)
        elif one.count > one.told and now - (one.told_at or 0.0) >= self._repeat_s:
            yield from self._tell(one, "repeated", now)

    def _tell(self, one: Open, kind: Type, now: float) -> Generator[Notice, None, Open]:
        yield _notice(one, kind, one.about.text, now)
        told = self._open[one.about.alert] = replace(one, told_at=now, told=one.count)
        return told

    def _close(self, one: Open, text: str, now: float) -> Iterator[Notice]:
        del self._open[one.about.alert]
        yield _notice(one, "resolved", text, now)


def _is_quiet(one: Open, now: float) -> bool:
    return one.about.quiet_s is not None and now - one.heard_at >= one.about.quiet_s


def _notice(one: Open, kind: Type, text: str, now: float) -> Notice:
    about = one.about
    return Notice(
        *(kind, about.alert, about.level, text, about.details),
        *(one.since, now, one.count, one.count - one.told, about.quiet_s),
    )
