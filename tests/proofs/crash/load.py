"""Kills at random under load: four processes accept, two work, one of the six dies again and again.

`python -m tests.proofs.crash.load [KILLS] [sqlite|postgresql]`.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import selectors
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.proofs.crash.life import Life, live
from tests.proofs.crash.points import LATER_S, databases, forked
from tests.proofs.crash.verdict import wrongs

ACCEPTORS, WORKERS = 4, 2
SPAN = 10_000_000
PAUSE_S = (0.02, 0.25)
PACE_S = 0.02
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

    def start(self) -> None:
        reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.dup2(writer, 1)
                os.close(reader)
                asyncio.run(live(self.life))
                code = 0
            finally:
                os._exit(code)
        os.close(writer)
        os.set_blocking(reader, False)
        self.pipe = reader

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
    def good(self) -> bool:
        return bool(self.kills and self.acknowledged) and not self.wrong

    def line(self) -> str:
        return f"{self.kills} random kills, {self.acknowledged} events acknowledged: {len(self.wrong)} wrong"


def _begin(url: str, sink: Path, number: int) -> Child:
    if number >= ACCEPTORS:
        return Child(number, Life(url, str(sink), range(0), for_ever=True))
    events = range(number * SPAN, (number + 1) * SPAN)
    return Child(number, Life(url, str(sink), events, works=False, pace_s=PACE_S))


def _again(child: Child) -> None:
    """It goes on behind what it was told; what was under way it hands in once more."""
    if child.number < ACCEPTORS:
        begin = child.number * SPAN
        while begin in child.said:
            begin += 1
        events = range(begin, (child.number + 1) * SPAN)
        child.life = Life(child.life.url, child.life.sink, events, works=False, pace_s=PACE_S)
    child.start()


def _listen(children: list[Child], seconds: float) -> None:
    """Hears what they say for a while."""
    until = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        for child in children:
            selector.register(child.pipe, selectors.EVENT_READ, child)
        while (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                key.data.hear()


def run(kind: str, kills: int, seed: int, say: Callable[[str], None] = lambda _: None) -> Killed:
    """Kills, lets somebody work off what is left, and asks whether anything is missing."""
    killed, chance = Killed(), random.Random(seed)
    with databases(kind) as new:
        url, sink = new()
        forked(lambda: asyncio.run(live(Life(url, str(sink), range(0), works=False))))  # the tables are there
        children = [_begin(url, sink, number) for number in range(ACCEPTORS + WORKERS)]
        for child in children:
            child.start()
        try:
            while killed.kills < kills:
                _listen(children, chance.uniform(*PAUSE_S))
                child = chance.choice(children)
                child.kill()
                killed.kills += 1
                _again(child)
                if killed.kills % 100 == 0:
                    say(f"{kind}: {killed.kills} of {kills} kills")
        finally:
            for child in children:
                child.kill()
        said = set().union(*(child.said for child in children))
        killed.acknowledged = len(said)
        end = Life(url, str(sink), range(0), later_s=LATER_S, mended=True)
        code, _ = forked(lambda: asyncio.run(live(end)), WORK_OFF_S_MAX)
        if code:
            killed.wrong.append(f"what was left could not be worked off: {code}")
        killed.wrong += wrongs(url, sink, said)
    return killed


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    verdicts = []
    for kind in sys.argv[2:] or ["sqlite", "postgresql"]:
        killed = run(kind, kills, seed=1, say=print)
        print(f"{kind}: {killed.line()}", *killed.wrong[:10], sep="\n  ")
        verdicts.append(killed.good)
    sys.exit(0 if all(verdicts) else 1)


if __name__ == "__main__":
    main()
