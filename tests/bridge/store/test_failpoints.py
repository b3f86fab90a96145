"""Places where a test lets the process die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from bridge.store.failpoints import VARIABLE, reached

PASSES = (
    "from bridge.store.failpoints import reached\nfor n in range(5):\n    print(n, flush=True)\n    reached('a.b')\n"
)


def _run(armed: str | None) -> tuple[int, list[str]]:
    environment = {key: value for key, value in os.environ.items() if key != VARIABLE}
    environment |= {VARIABLE: armed} if armed else {}
    done = subprocess.run([sys.executable, "-c", PASSES], capture_output=True, text=True, env=environment, timeout=60)
    return done.returncode, done.stdout.split()


def test_a_point_kills_as_often_as_it_was_told() -> None:
    assert _run("a.b:3") == (-signal.SIGKILL, ["0", "1", "2"])
    assert _run("a.b") == (-signal.SIGKILL, ["0"])


def test_other_points_do_nothing() -> None:
    assert _run("a.c") == (0, ["0", "1", "2", "3", "4"])
    assert _run(None)[0] == 0
    reached("a.b")
