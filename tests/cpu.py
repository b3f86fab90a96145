"""What work costs in processor time, told so that a slow or busy machine and a full heap change no verdict.

Wall time says how busy the machine is, and processor time how fast it is and what other tests left in the heap. So the
heap is set aside first, a bound in seconds is stretched by how much slower the machine is now than the one it was made
on, and what is compared is the best of several tries.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HANG_S = 90.0
"""Nothing here takes so long: who waits for a signal gives up then. It proves nothing but that there was no hang."""

REFERENCE_S = 0.012
"""What `_reference` takes on the machine that the bounds were made on, with nothing else to do."""


@dataclass
class Spent:
    """Processor time: of this process with all its threads, and of its children that have ended."""

    own_s: float = 0.0
    children_s: float = 0.0

    @property
    def whole_s(self) -> float:
        return self.own_s + self.children_s


@contextmanager
def frozen_heap() -> Iterator[None]:
    """What is in the heap by now is not walked by the collections of what comes. It is not collected either, which
    would take longer than most of what is measured. In a run of pytest that was done after the collection of the tests
    (conftest.py), and what has come since is little."""
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def spent() -> Iterator[Spent]:
    """Measures a block, also one that awaits."""
    told = Spent()
    with frozen_heap():
        own_s, children_s = time.process_time(), _children_s()
        yield told
        told.own_s, told.children_s = time.process_time() - own_s, _children_s() - children_s


def best_s(work: Callable[[], object], tries: int = 3) -> float:
    """The least that a piece of work costs this thread."""
    return min(_once_s(work) for _ in range(tries))


def pace() -> float:
    """How much slower than the machine of the bounds this one is now, and never less than one."""
    return max(1.0, max(_once_s(_reference) for _ in range(3)) / REFERENCE_S)


def too_much(cost_s: float, cpu_s_max: float) -> bool:
    """The machine is asked only when it matters."""
    return cost_s > cpu_s_max and cost_s > cpu_s_max * pace()


@contextmanager
def costs_at_most(cpu_s_max: float) -> Iterator[None]:
    """Fails if the block costs more than so many seconds of the machine that the bounds were made on. What costs so
    much has run away; so the bound may be generous, several times of what is usual."""
    with spent() as told:
        yield
    assert not too_much(told.own_s, cpu_s_max), f"{told.own_s:.2f} s of CPU, and {cpu_s_max} s are allowed"


async def apart(*arguments: str, folder: Path) -> Sequence[str]:
    """Runs Python in a process of its own, where nothing else costs anything. Returns the lines that it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *arguments), cwd=folder, env=dict(os.environ), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode().splitlines()


def _children_s() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def _once_s(work: Callable[[], object]) -> float:
    with frozen_heap():
        began = time.thread_time()
        work()
        return time.thread_time() - began


def _reference() -> object:
    """Objects, texts and bytes, as in the work that is judged."""
    rows = [{"id": number, "name": f"name {number}", "prices": [number * 0.5] * 3} for number in range(5_000)]
    return json.loads(json.dumps(rows))
