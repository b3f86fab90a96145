"""The program that is killed: accepts events into a store and says of each, on stdout, when it is acknowledged.

`python -m tests.proofs.crash.victim URL --count 200 --tasks 8`: writes `ready`, then `ack NUMBER` once a
number is durable, then `end`. What the store refuses is said (`refused NUMBER`) and tried again until it is taken.
Nothing is buffered: what stands on stdout was said.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Callable, Iterator

from bridge.clock import SystemClock
from bridge.errors import StoreUnavailable
from bridge.store import engines
from bridge.store.jobs import NewJob, enqueue
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx

QUEUE, KIND = "sink", "effect"
SEAL = Seal(None)
PAUSE_S = 0.02


def say(text: str) -> None:
    """One system call a line, so that a kill never cuts one that was said."""
    os.write(1, f"{text}\n".encode())


def accepting(number: int) -> Callable[[Tx], str]:
    job = NewJob(QUEUE, KIND, b"%d" % number + b" " * (number % 3 * 700), dedupe=f"event-{number}")

    def unit(tx: Tx) -> str:
        return enqueue(tx, job, SEAL)

    return unit


async def _task(store: Store, numbers: Iterator[int], planted: str) -> None:
    for number in numbers:
        if planted == "early":
            say(f"ack {number}")
        while not await _accepted(store, number) and planted != "deaf":
            await SystemClock().sleep(PAUSE_S)
        say(f"ack {number}")


async def _accepted(store: Store, number: int) -> bool:
    try:
        await store.write(accepting(number))
    except StoreUnavailable:
        say(f"refused {number}")
        return False
    return True


async def accept(url: str, count: int, tasks: int, planted: str = "") -> None:
    """`planted`: `early` acknowledges before it is durable, `deaf` what was refused, and `normal` syncs the log only
    now and then, which no kill can see."""
    if planted == "normal":
        engines._PRAGMAS = tuple(p.replace("synchronous=FULL", "synchronous=NORMAL") for p in engines._PRAGMAS)
    store = await Store.open(StoreSettings(url=url), SystemClock())
    say("ready")
    numbers = iter(range(count))
    await asyncio.gather(*(_task(store, numbers, planted) for _ in range(tasks)))
    await store.close()
    say("end")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--tasks", type=int, default=4)
    parser.add_argument("--planted", choices=["", "normal", "early", "deaf"], default="")
    given = parser.parse_args()
    asyncio.run(accept(given.url, given.count, given.tasks, given.planted))


if __name__ == "__main__":
    main()
