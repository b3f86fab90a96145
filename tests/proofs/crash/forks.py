"""Children that were forked with everything loaded, so that a life costs no start of an interpreter.

A child is killed as any process is. strace takes hold of one before it goes its first step.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

RUN_S_MAX = 600
_ANYBODY_MAY_TRACE = (0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)


def forked(work: Callable[[], None], seconds_max: int = RUN_S_MAX) -> tuple[int, bytes]:
    """Runs it in a child: how that ended (negative: the signal), and what it wrote on stdout."""
    child, pipe = begun(work, seconds_max)
    with os.fdopen(pipe, "rb") as said:
        words = said.read()
    return ended(child), words


def begun(work: Callable[[], None], seconds_max: int = 0) -> tuple[int, int]:
    """The child, and where to read what it writes on stdout."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.alarm(seconds_max)  # never a hang: SIGALRM ends it, and that is no end that is expected
            os.dup2(writer, 1)
            os.close(reader)
            os.close(writer)
            work()
            code = 0
        except BaseException as error:  # noqa: BLE001  told to whoever started it
            os.write(1, f"error {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(code)
    os.close(writer)
    return child, reader


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def traced(work: Callable[[], None], listing: Path, *options: str, seconds_max: int = RUN_S_MAX) -> tuple[int, bytes]:
    """As `forked`, under strace; what it saw is in `listing`."""
    gate, opener = os.pipe()

    def held() -> None:
        os.close(opener)
        ctypes.CDLL(None).prctl(*_ANYBODY_MAY_TRACE)
        os.read(gate, 1)
        work()

    child, pipe = begun(held, seconds_max)
    os.close(gate)
    strace = ("strace", "-f", "-o", str(listing), *options, "-e", "signal=none", "-p", str(child))
    with subprocess.Popen(strace, stderr=subprocess.PIPE, text=True) as tracer, os.fdopen(pipe, "rb") as said:
        assert tracer.stderr is not None
        first = tracer.stderr.readline()
        if "attached" not in first:
            os.kill(child, signal.SIGKILL)
        os.write(opener, b"1")
        os.close(opener)
        words = said.read()
        code = ended(child)
        tracer.stderr.read()
    if "attached" not in first:
        raise RuntimeError(f"strace could not take hold of its child: {first}")
    return code, words
