"""One piece of work for each name, each in a process of its own with a time limit, two at a time.

One that hangs, dies or raises is a finding and does not end the others. Knows nothing of what is proved.
"""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

T = TypeVar("T")

WORKERS = 2
_SPAWN = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Apart(Generic[T]):
    """`work` is imported by the process, as its result is: both are of a module. `broken` makes the finding out of a
    name and of what ended its process."""

    work: Callable[[str], T]
    broken: Callable[[str, str], T]
    limit_s: float

    def each(self, names: Iterable[str], *, preload: Iterable[str] = ()) -> Iterator[T]:
        """In the order of the names, as they are done. `preload`: modules that all processes need."""
        _SPAWN.set_forkserver_preload(list(preload))
        with ThreadPoolExecutor(WORKERS) as pool:
            yield from pool.map(self._one, names)

    def _one(self, name: str) -> T:
        ours, theirs = _SPAWN.Pipe(duplex=False)
        process = _SPAWN.Process(target=_child, args=(theirs, self.work, self.broken, name))
        process.start()
        theirs.close()
        try:
            if ours.poll(self.limit_s):
                return ours.recv()  # type: ignore[no-any-return]  # what _child sends
            return self.broken(name, f"not done after {self.limit_s:g} s")
        except EOFError:
            return self.broken(name, "its process died")
        finally:
            process.kill()
            process.join()
            ours.close()


def _child(to: Connection, work: Callable[[str], T], broken: Callable[[str, str], T], name: str) -> None:
    try:
        to.send(work(name))
    except Exception as error:  # noqa: BLE001  a finding of any kind is listed and does not stop the others
        to.send(broken(name, f"{type(error).__name__}: {error} {traceback.format_exc(limit=-3)[-600:]}"))
