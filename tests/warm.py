"""`python -m bridge …` out of a process that has imported it already: three quarters of what a start costs are imports,
and tests start the bridge some hundreds of times.

One process a worker of pytest imports and waits; for each start it forks one that becomes what `python -m bridge` would
be, with the arguments, folder, environment and pipes it was given. What Python itself reads from the environment
(PYTHON…) is the only difference. The processes of `--workers`, tests/bridge/cli and tests/test_package.py start an
interpreter.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import gc
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PROJECT = Path(__file__).parents[1]
LENGTH = struct.Struct("!I")
BUFFER_BYTES = 1_000_000


class Started:
    """A process that was started so, with what tests use of `asyncio.subprocess.Process`."""

    def __init__(self, pid: int, said: asyncio.StreamReader, out: asyncio.StreamReader, err: asyncio.StreamReader):
        self.pid, self.stdout, self.stderr = pid, out, err
        self.returncode: int | None = None
        self._ending = asyncio.create_task(self._end(said))

    async def _end(self, said: asyncio.StreamReader) -> int:
        self.returncode = int(await said.read())
        return self.returncode

    def close(self) -> None:
        """What it says from now on is not heard, also if one that it started goes on."""
        for stream in (self.stdout, self.stderr):
            stream._transport.close()  # type: ignore[attr-defined]  # asyncio has no word for it

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        return await asyncio.shield(self._ending)

    async def communicate(self) -> tuple[bytes, bytes]:
        out, err, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return out, err


async def start(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Started:
    """`python -m bridge ARGUMENTS`, with nothing on its standard input."""
    message = json.dumps([[str(word) for word in arguments], str(folder), dict(environment)]).encode()
    pipes = [os.pipe() for _ in range(3)]
    theirs = [write for _, write in pipes]
    link = _waiting()
    socket.send_fds(link, [LENGTH.pack(len(message))], theirs)
    link.sendall(message)
    for end in theirs:
        os.close(end)
    out, err, said = [await _reader(read) for read, _ in pipes]
    return Started(int(await said.readline()), said, out, err)


async def _reader(end: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=BUFFER_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(end, "rb", buffering=0)
    )
    return reader


@functools.cache
def _waiting() -> socket.socket:
    """The one that has imported, started when it is first asked for."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
            cwd=PROJECT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def serve(link: socket.socket) -> None:
    """Forks one for each start until nobody can ask any more. Comes back in each that is to become a bridge."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _reap)
    while True:
        head, given, *_ = socket.recv_fds(link, LENGTH.size, 3)
        if not head:
            os._exit(0)
        message = b""
        [size] = LENGTH.unpack(head)
        while len(message) < size:
            message += link.recv(size - len(message))
        if os.fork() == 0:
            link.close()
            return _keep(given, *json.loads(message))
        for end in given:
            os.close(end)


def _reap(_number: int, _frame: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _keep(given: Sequence[int], arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """Starts the bridge and says its process number and, at its end, its exit code. Comes back in the bridge."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *pipes, said = given
    pid = os.fork()
    if pid == 0:
        os.close(said)
        return _become(pipes, arguments, folder, environment)
    for end in pipes:
        os.close(end)
    os.write(said, f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    with suppress(BrokenPipeError):
        os.write(said, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(pipes: Sequence[int], arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for end, place in zip(pipes, (1, 2), strict=True):
        os.dup2(end, place)
        os.close(end)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv[1:], sys.path[0] = arguments, folder


if __name__ == "__main__":
    from bridge.__main__ import main

    gc.freeze()  # or the first collection of each would copy all that it shares with this one
    serve(socket.socket(fileno=int(sys.argv[1])))
    main()
