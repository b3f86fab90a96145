"""What a process of its own may do: be done, raise, die, hang."""

from __future__ import annotations

import os
import signal

from tests.proofs.apart import Apart


def work(name: str) -> str:
    match name:
        case "raises":
            raise ValueError("no")
        case "dies":
            os._exit(3)
        case "hangs":
            signal.pause()
    return f"{name} is done"


def broken(name: str, reason: str) -> str:
    return f"{name} is broken: {reason.partition(' Traceback')[0]}"


def test_each_way_of_ending_is_a_finding_in_the_order_of_the_names() -> None:
    assert list(Apart(work, broken, 20.0).each(["first", "raises", "dies", "last"])) == [
        "first is done",
        "raises is broken: ValueError: no",
        "dies is broken: its process died",
        "last is done",
    ]


def test_one_that_hangs_is_ended() -> None:
    assert list(Apart(work, broken, 0.5).each(["hangs"])) == ["hangs is broken: not done after 0.5 s"]
