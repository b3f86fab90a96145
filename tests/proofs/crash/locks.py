"""Somebody else holds the lock of the database for longer than the store waits: what it refuses is not there, and when
the lock is free again it goes on by itself.
"""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.proofs.crash.calls import SIZE, TASKS, Hits
from tests.proofs.crash.databases import databases
from tests.proofs.crash.forks import RUN_S_MAX, begun, ended
from tests.proofs.crash.points import WHOLE, Part, Passing, arm
from tests.proofs.crash.powerloss import kept
from tests.proofs.crash.victim import accept, say

COMMITS = SIZE // TASKS
"""There are no fewer."""
_ACK = re.compile(rb"^ack (\d+)$", re.MULTILINE)


def _until(pipe: int, word: bytes, said: bytes = b"") -> bytes:
    """What was said, up to where a word came; or to the end."""
    while word not in said and (data := os.read(pipe, 65536)):
        said += data
    return said


def _accepting(url: str, after: int, gate: int, planted: str) -> Callable[[], None]:
    """After so many commits the writer waits until the other one has the lock."""
    left = after

    def told(name: str) -> None:
        nonlocal left
        left -= name == "store.told"
        if left == 0:
            left = -1
            say("locked")
            os.read(gate, 1)

    def work() -> None:
        arm(Passing(told))
        asyncio.run(accept(url, SIZE, TASKS, planted))

    return work


def _struck(after: int, url: str, planted: str, hits: Hits) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    gate, opener = os.pipe()
    child, pipe = begun(_accepting(url, after, gate, planted), RUN_S_MAX)
    with closing(sqlite3.connect(path, timeout=RUN_S_MAX, isolation_level=None)) as other:
        said = _until(pipe, b"locked\n")
        other.execute("BEGIN IMMEDIATE")
        os.write(opener, b"1")
        said = _until(pipe, b"refused ", said)
        other.execute("COMMIT")
    said = _until(pipe, b"never said", said)
    for one in (pipe, gate, opener):
        os.close(one)
    if code := ended(child):
        hits.wrong.append(f"after {after}: did not recover: {code}: {said[-300:].decode()}")
    every = {int(number) for number in _ACK.findall(said)}
    if not every <= kept(path):
        hits.wrong.append(f"after {after}: acknowledged and lost: {sorted(every - kept(path))[:5]}")
    hits.acknowledged += len(every)
    hits.refused += said.count(b"refused ")
    if b"refused " in said:
        hits.hit.add(f"after {after}")
    else:
        hits.missed += 1


def run(locks: int, part: Part = WHOLE, planted: str = "") -> Hits:
    """Locks taken after ever more commits."""
    hits = Hits()
    with databases("sqlite") as new:
        for number in range(locks)[part[0] :: part[1]]:
            hits.planned += 1
            _struck(1 + number * COMMITS // locks, new(True)[0], planted, hits)
    return hits
