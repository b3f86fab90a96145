"""What operators are shown: one line a row, and nothing that steers a terminal."""

from __future__ import annotations

import pytest

from bridge.cli.shown import cell, show_outcome, some, time
from bridge.queue.deeds import Left, Outcome
from bridge.store.page import Page


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (7, "7"),
        ("a\nb", "a b"),
        ("\x1b[31mred", "·[31mred"),
        ("x" * 90, "x" * 79 + "…"),
    ],
)
def test_a_cell_is_one_short_harmless_line(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_a_time_is_short_and_may_be_missing() -> None:
    assert (time(None), time(0.0)) == ("", "1970-01-01 00:00:00")


def test_an_action_that_did_nothing_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_outcome(Outcome("dead.replay", ()), json=False) == 1
    assert show_outcome(Outcome("dead.replay", ("1",), (Left("2", "it is done"),)), json=False) == 0
    assert show_outcome(Outcome("dead.replay", ("1",)), json=True) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1 replayed",
        '{"verb":"dead.replay","done":["1"],"left":[],"next":"","dueAt":null,"audit":"","again":false}',
    ]


@pytest.mark.parametrize(
    ("pages", "read", "found"),
    [
        ([Page((), "9"), Page((), "5"), Page((3,), "2"), Page((1,))], ["", "9", "5"], Page((3,), "2")),
        ([Page((), "9"), Page(())], ["", "9"], Page(())),
    ],
)
async def test_pages_with_nothing_on_them_are_turned(pages: list[Page[int]], read: list[str], found: Page[int]) -> None:
    asked = list[str]()

    async def turn(after: str) -> Page[int]:
        asked.append(after)
        return pages[len(asked) - 1]

    assert (await some(turn, ""), asked) == (found, read)
