"""What a disk may hold after the power went off: everything that was synced, and any part of what was not.

Each file is bytes that are surely there, and operations that may be there: none of them, all, any subset, and the last
one torn at a sector. A file that was made is surely there once itself or its folder was synced. This is harder than
most disks are, and what ALICE (Pillai et al., OSDI 2014) takes for possible on ext4 and its relatives.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.proofs.crash.traced import Op

SECTOR = 512


@dataclass
class _File:
    """`sure`: its bytes on the disk. `maybe`: what was done since the last sync."""

    sure: bytearray = field(default_factory=bytearray)
    maybe: list[Op] = field(default_factory=list)

    def sync(self) -> None:
        for op in self.maybe:
            _apply(self.sure, op)
        self.maybe.clear()


def _apply(data: bytearray, op: Op) -> None:
    if op.kind == "truncate":
        del data[op.offset :]
        data.extend(bytes(op.offset - len(data)))
        return
    data.extend(bytes(max(0, op.offset - len(data))))
    data[op.offset : op.offset + len(op.data)] = op.data


@dataclass
class Disk:
    """Follows the operations; `states` are what could be found if the power went off now."""

    files: dict[str, _File] = field(default_factory=dict)
    said: list[bytes] = field(default_factory=list)

    def follow(self, op: Op) -> None:
        if op.kind == "say":
            self.said.append(op.data)
        elif op.kind == "remove":
            self.files.pop(op.path, None)
        elif op.kind == "rename":
            self.files[op.to] = self.files.pop(op.path, _File())
        elif op.kind == "sync":
            if op.path in self.files:
                self.files[op.path].sync()
        else:
            file = self.files.setdefault(op.path, _File())
            if op.kind != "make":
                file.maybe.append(op)

    def states(self, chance: random.Random, subsets: int) -> Iterator[dict[str, bytes]]:
        """Nothing of what is not synced; all of it; `subsets` random ones, each with its last write torn or not."""
        if not any(file.maybe for file in self.files.values()):
            yield {path: bytes(file.sure) for path, file in self.files.items()}
            return
        yield {path: bytes(file.sure) for path, file in self.files.items()}
        yield {path: _with(file, file.maybe) for path, file in self.files.items()}
        for _ in range(subsets):
            yield {path: _with(file, list(_some(file.maybe, chance))) for path, file in self.files.items()}

    @property
    def unsure(self) -> int:
        return sum(len(file.maybe) for file in self.files.values())


def _some(ops: list[Op], chance: random.Random) -> Iterator[Op]:
    share = chance.random()
    for op in ops:
        if chance.random() >= share:
            continue
        if op.kind == "write" and len(op.data) > SECTOR and chance.random() < 0.2:
            keep = chance.randrange(1, len(op.data) // SECTOR + 1) * SECTOR
            yield Op("write", op.path, op.offset, op.data[:keep])
        else:
            yield op


def _with(file: _File, ops: list[Op]) -> bytes:
    data = bytearray(file.sure)
    for op in ops:
        _apply(data, op)
    return bytes(data)


def lay_out(state: dict[str, bytes], folder: Path) -> None:
    """Writes a state into an empty folder, under the names that the files had."""
    for path, data in state.items():
        if not path.endswith("-shm"):  # its content is made anew from the log by whoever opens first
            (folder / Path(path).name).write_bytes(data)
