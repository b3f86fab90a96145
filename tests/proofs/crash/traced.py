"""Reads what strace wrote about a process: which bytes went to which file, what was synced, what was said on stdout.

strace runs with `-f -y -xx -s …`: file descriptors carry their path, all bytes are hexadecimal. A call that another
thread interrupts in the listing stands on two lines; what it writes counts from its beginning, what it syncs from its
end: the order that promises least.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

CALLS = ("pwrite64", "write", "fsync", "fdatasync", "ftruncate", "openat", "unlink", "rename")
OPTIONS = ("-f", "--seccomp-bpf", "-y", "-xx", "-s", "200000", "-e", "trace=" + ",".join(CALLS), "-e", "signal=none")
Kind = Literal["write", "truncate", "sync", "make", "remove", "rename", "say"]

_LINE = re.compile(r"^(?:\[pid\s+)?(\d+)?\]?\s*(.*)$")
_CALL = re.compile(r"^(\w+)\((.*)$", re.DOTALL)
_RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")
_FD = re.compile(r"^(\d+)<((?:\\x[0-9a-f]{2}|[^>])*)>(.*)$")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_UNFINISHED = " <unfinished ...>"


@dataclass(frozen=True)
class Op:
    """One thing that happened to a file, in order. `say`: `data` went to stdout."""

    kind: Kind
    path: str
    offset: int = 0
    data: bytes = b""
    to: str = ""


def read(lines: Iterable[str], folder: Path) -> Iterator[Op]:
    """Of the files below `folder`, and of stdout."""
    begun: dict[str, str] = {}
    for line in lines:
        pid, text = _split(line.rstrip("\n"))
        if text.startswith("<... "):
            resumed = _RESUMED.match(text)
            if resumed is None:
                continue
            first = begun.pop(pid, "")
            if (resumed[1] in {"fsync", "fdatasync"} and first) or (
                resumed[1] in {"openat", "rename", "unlink"} and first
            ):
                yield from _ops(first + resumed[2], folder)
        elif text.endswith(_UNFINISHED):
            begun[pid] = text.removesuffix(_UNFINISHED)
            if not begun[pid].startswith(("fsync", "fdatasync", "openat", "rename", "unlink")):
                yield from _ops(begun[pid] + ") = ?", folder)
        else:
            yield from _ops(text, folder)


def _split(line: str) -> tuple[str, str]:
    match = re.match(r"^(?:\[pid\s+(\d+)\]|(\d+))\s+(.*)$", line)
    return (match[1] or match[2], match[3]) if match else ("", line)


def _ops(text: str, folder: Path) -> Iterator[Op]:
    match = _CALL.match(text)
    if match is None or re.search(r"\) = -1 ", text):
        return
    name, rest = match[1], match[2]
    if name in {"openat", "unlink", "rename"}:
        yield from _names(name, rest, folder)
        return
    fd = _FD.match(rest)
    if fd is None:
        return
    number, path, arguments = int(fd[1]), _plain(fd[2]), fd[3]
    if name == "write" and number == 1:
        yield Op("say", "", data=_bytes(arguments))
    elif not path.startswith(str(folder)):
        return
    elif name in {"fsync", "fdatasync"}:
        yield Op("sync", path)
    elif name == "ftruncate":
        yield Op("truncate", path, offset=int(arguments.lstrip(", ").split(")")[0]))
    elif name == "pwrite64":
        _, _, tail = arguments.rpartition('"')
        yield Op("write", path, offset=int(tail.split(",")[2].split(")")[0]), data=_bytes(arguments))


def _names(name: str, rest: str, folder: Path) -> Iterator[Op]:
    paths = [_plain(one) for one in _TEXT.findall(rest)]
    if not paths or not paths[0].startswith(str(folder)):
        return
    if name == "openat" and "O_CREAT" in rest:
        yield Op("make", paths[0])
    elif name == "unlink":
        yield Op("remove", paths[0])
    elif name == "rename":
        yield Op("rename", paths[0], to=paths[1])


def _bytes(text: str) -> bytes:
    match = _TEXT.search(text)
    return bytes.fromhex(match[1].replace("\\x", "")) if match else b""


def _plain(text: str) -> str:
    return re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), text)
