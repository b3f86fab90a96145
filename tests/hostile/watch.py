"""Sees whatever touches the outside while one input is handled: through Python's audit hook, and for libxml2, which has
none, through a file and a port that only a hostile input names."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.cpu import spent

SECRET = "the-content-of-the-file-that-nobody-may-open"
_OUTSIDE = frozenset(
    {
        *("open", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"),
        *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.listdir", "os.scandir"),
        *("ctypes.dlopen", "exec", "compile", "import", "pickle.find_class"),
    }
)
_IN_ACCESS, _IN_OPEN = 0x1, 0x20
_armed: list[Seen] = []


@dataclass
class Seen:
    """What happened. `ports` of the loopback are allowed: the bridge's own and its upstream's."""

    ports: frozenset[int]
    events: list[str] = field(default_factory=list)
    cpu_s: float = 0.0

    def note(self, event: str, args: tuple[object, ...]) -> None:
        if event == "socket.connect" and args[1] in {("127.0.0.1", port) for port in self.ports}:
            return
        self.events.append(f"{event} {args[:2]}"[:300])


def _hook(event: str, args: tuple[object, ...]) -> None:
    if _armed and event in _OUTSIDE:
        _armed[-1].note(event, args)


sys.addaudithook(_hook)  # for good: Python has no way to take one off


@contextmanager
def watched(*ports: int) -> Iterator[Seen]:
    seen = Seen(frozenset(ports))
    with spent() as cost:
        _armed.append(seen)
        try:
            yield seen
        finally:
            _armed.remove(seen)
    seen.cpu_s = cost.own_s


class Canary:
    """A file in a folder that is watched for any open by anybody, and a port that counts who connects."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "secret.txt"
        self.file.write_text(SECRET, "utf-8")
        self._inotify = _inotify(folder)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.http = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._callers = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._callers += 1
                connection.close()

    def touched(self) -> list[str]:
        """What happened since the last time."""
        found, self._callers = ["a connection"] * self._callers, 0
        with suppress(BlockingIOError):
            while self._inotify >= 0 and os.read(self._inotify, 4096):
                found.append("the file was opened")
        return found

    def close(self) -> None:
        self._listener.close()
        if self._inotify >= 0:
            os.close(self._inotify)


def _inotify(folder: Path) -> int:
    """A descriptor that tells of every open of a file in a folder; -1 where the system has no such thing."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        return -1
    descriptor: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert libc.inotify_add_watch(descriptor, str(folder).encode(), _IN_ACCESS | _IN_OPEN) >= 0
    return descriptor
