"""Kills at random under load: four processes accept, two work, one of the six dies again and again."""

from __future__ import annotations

import asyncio
import os
import random
import re
import selectors
import signal
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.proofs.crash.databases import databases
from tests.proofs.crash.forks import begun, forked
from tests.proofs.crash.life import Life, live
from tests.proofs.crash.points import LATER_S, arm
from tests.proofs.crash.verdict import wrongs

ACCEPTORS, WORKERS = 4, 2
SPAN = 10_000_000
PAUSE_S = (0.02, 0.25)
PACE_S = 0.02
LOOK_S = 0.01
WORK_OFF_S_MAX = 600
_ACK = re.compile(rb"ack (\d+)")


@dataclass
class Child:
    """One of the six. `rest`: a line that is not whole yet."""

    number: int
    life: Life
    pid: int = 0
    pipe: int = -1
    rest: bytes = b""
    said: set[int] = field(default_factory=set)
    armed: object = None

    def start(self) -> None:
        self.pid, self.pipe = begun(self._live)
        os.set_blocking(self.pipe, False)

    def _live(self) -> None:
        arm(self.armed)
        asyncio.run(live(self.life))

    def hear(self) -> None:
        """Takes what it has said so far."""
        while True:
            try:
                data = os.read(self.pipe, 65536)
            except BlockingIOError:
                return
            if not data:
                return
            *lines, self.rest = (self.rest + data).split(b"\n")
            self.said |= {int(match[1]) for line in lines if (match := _ACK.fullmatch(line))}

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.hear()
        os.close(self.pipe)
        self.rest = b""


@dataclass
class Killed:
    """What came of it."""

    kills: int = 0
    acknowledged: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.kills

    @property
    def good(self) -> bool:
        return bool(self.kills and self.acknowledged) and not self.wrong

    def line(self) -> str:
        return f"{self.kills} random kills, {self.acknowledged} events acknowledged: {len(self.wrong)} wrong"


def _begin(url: str, sink: Path, number: int, planted: str) -> Child:
    if number >= ACCEPTORS:
        return Child(number, Life(url, str(sink), range(0), for_ever=True))
    events = range(number * SPAN, (number + 1) * SPAN)
    return Child(number, Life(url, str(sink), events, works=False, pace_s=PACE_S, planted=planted))


def _again(child: Child) -> None:
    """It goes on behind what it was told; what was under way it hands in once more."""
    if child.number < ACCEPTORS:
        begin = child.number * SPAN
        while begin in child.said:
            begin += 1
        events = range(begin, (child.number + 1) * SPAN)
        child.life = replace(child.life, events=events)
    child.start()


def _listen(children: list[Child], seconds: float) -> None:
    """Hears what they say for a while, and until one more event is acknowledged: a slow machine is killed as busy."""
    until, before = time.monotonic() + seconds, _said(children)
    with selectors.DefaultSelector() as selector:
        for child in children:
            selector.register(child.pipe, selectors.EVENT_READ, child)
        while (left := until - time.monotonic()) > 0 or _said(children) == before:
            for key, _ in selector.select(max(left, LOOK_S)):
                key.data.hear()


def _said(children: list[Child]) -> int:
    return sum(len(child.said) for child in children)


def run(kind: str, kills: int, seed: int, planted: str = "") -> Killed:
    """Kills, lets somebody work off what is left, and asks whether anything is missing."""
    killed, chance = Killed(), random.Random(seed)
    with databases(kind) as new:
        url, sink = new(True)
        children = [_begin(url, sink, number, planted) for number in range(ACCEPTORS + WORKERS)]
        for child in children:
            child.start()
        try:
            while killed.kills < kills:
                _listen(children, chance.uniform(*PAUSE_S))
                child = chance.choice(children)
                child.kill()
                killed.kills += 1
                _again(child)
        finally:
            for child in children:
                child.kill()
        said = set().union(*(child.said for child in children))
        killed.acknowledged = len(said)
        end = Life(url, str(sink), range(0), later_s=LATER_S, mended=True)
        code, words = forked(lambda: asyncio.run(live(end)), WORK_OFF_S_MAX)
        if code:
            killed.wrong.append(f"what was left could not be worked off: {code}: {words[-300:].decode()}")
        killed.wrong += wrongs(url, sink, said)
    return killed
