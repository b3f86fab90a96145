"""Named places where a process may die, so that a test can let it die exactly there.

Every durable step passes one before and one after. Without the environment variable a point costs one look at None.
`LEGACY_BRIDGE_FAILPOINT=store.commit:3` kills the process, as a power switch would, when it comes there the third time.
"""

from __future__ import annotations

import os
import signal

VARIABLE = "LEGACY_BRIDGE_FAILPOINT"


class _Armed:
    """The point that kills, and how often it may still be passed."""

    def __init__(self, text: str) -> None:
        name, _, count = text.partition(":")
        self.name, self.left = name, int(count or "1")


_armed = _Armed(os.environ[VARIABLE]) if VARIABLE in os.environ else None


def reached(name: str) -> None:
    """Says that this place is reached: `room.step` such as `store.commit`."""
    if _armed is None or _armed.name != name:
        return
    _armed.left -= 1
    if _armed.left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
