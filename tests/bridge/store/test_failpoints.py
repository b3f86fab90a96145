"""Places where a test lets the process die."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.store.failpoints import VARIABLE, reached
from tests.bridge.store.points import named, nameless

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


def test_every_durable_step_has_a_name() -> None:
    assert nameless() == []


def test_names_are_written_out_and_stand_once() -> None:
    found = named()
    assert {"store.commit", "store.committed", "migrate.commit", "backup.rename"} <= found.keys()
    assert [name for name in found if not re.fullmatch(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*", name)] == []
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def end(cursor):\n    reached('a.b')\n    cursor.execute('COMMIT')\n", "no point before and after line 3"),
        ("def end(cursor):\n    cursor.execute('COMMIT')\n    reached('a.b')\n", "no point before and after line 2"),
        ("def keep(handle):\n    os.fsync(handle)\n", "no point before and after line 2"),
        ("def keep(part, to):\n    part.replace(to)\n", "no point before and after line 2"),
        ("def add(tx):\n    _add(tx)\ndef _add(tx):\n    tx.run(ADD)\n", "add: writes, and passes no point"),
        ("def add(tx):\n    tx.later(ADD, id=1)\n", "add: writes, and passes no point"),
    ],
)
def test_a_step_without_a_name_is_found(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "bridge" / "store" / "a.py"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    [told] = nameless(tmp_path)
    assert told.endswith(says)
    file.write_text("def clean(text):\n    return text.replace('a', 'b')\ndef look(tx):\n    return tx.rows(LOOK)\n")
    assert nameless(tmp_path) == []
