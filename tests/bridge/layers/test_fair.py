"""Turns go round among callers; background is slower and never stands still; no flood keeps others out."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.call import Priority
from bridge.layers.fair import FairQueue


def queue(size: int = 1000, every: int = 4) -> FairQueue[str]:
    return FairQueue(size, every)


def filled(*counts: tuple[str, int, Priority], size: int = 1000, every: int = 4) -> FairQueue[str]:
    made = queue(size, every)
    for who, count, priority in counts:
        for number in range(count):
            assert made.push(f"{who}{number}", who, priority) is None
    return made


def test_a_flood_waits_behind_itself() -> None:
    waiting = filled(("flood", 500, "interactive"), ("b", 1, "interactive"), ("c", 2, "interactive"))
    assert [waiting.pop() for _ in range(6)] == ["flood0", "b0", "c0", "flood1", "c1", "flood2"]


def test_background_has_every_so_manyth_turn_and_all_when_alone() -> None:
    waiting = filled(("job", 100, "background"), ("web", 30, "interactive"))
    first = [waiting.pop() for _ in range(40)]
    assert [number for number, name in enumerate(first, 1) if name.startswith("job")] == [*range(4, 41, 4)]
    assert all(waiting.pop().startswith("job") for _ in range(90))
    with pytest.raises(KeyError):
        waiting.pop()


def test_a_full_queue_of_one_caller_has_room_for_another() -> None:
    waiting = filled(("flood", 10, "interactive"), size=10)
    assert waiting.push("again", "flood", "interactive") == "full"
    assert waiting.push("b0", "b", "interactive") == "flood9"
    assert len(waiting) == 10
    assert [waiting.pop() for _ in range(2)] == ["flood0", "b0"]


def test_nobody_gives_way_to_one_who_has_as_many() -> None:
    waiting = filled(("a", 5, "interactive"), ("b", 5, "interactive"), size=10)
    assert waiting.push("a5", "a", "interactive") == "full"


def test_background_gives_way_but_keeps_its_share_of_the_room() -> None:
    waiting = filled(("job", 12, "background"), size=12)
    gave_way = [waiting.push(f"web{number}", "web", "interactive") for number in range(12)]
    assert waiting.waiting("background") == 3
    assert gave_way[:2] == ["job11", "job10"]
    assert gave_way[9:] == ["full"] * 3


def test_who_leaves_is_not_counted() -> None:
    waiting = filled(("a", 2, "interactive"))
    assert waiting.remove("a0", "a", "interactive")
    assert not waiting.remove("a0", "a", "interactive")
    assert (len(waiting), waiting.pop(), len(waiting)) == (1, "a1", 0)


CALLERS = st.sampled_from(["a", "b", "c", "d"])
STEPS = st.lists(st.tuples(CALLERS, st.sampled_from(["interactive", "background"]), st.integers(0, 9)), max_size=120)


@settings(max_examples=200, deadline=None)
@given(STEPS, st.integers(1, 30), st.integers(2, 6))
def test_every_one_that_waits_is_served_once_and_never_later_than_the_fair_share(
    steps: list[tuple[str, Priority, int]], size: int, every: int
) -> None:
    waiting, inside = queue(size, every), dict[str, tuple[str, Priority]]()
    for number, (who, priority, what) in enumerate(steps):
        if what < 7:
            item = f"{who}{number}"
            out = waiting.push(item, who, priority)
            if out != "full":
                inside[item] = who, priority
            if out not in {None, "full"}:
                del inside[str(out)]
        elif what == 7 and inside:
            item = random.Random(number).choice(sorted(inside))
            assert waiting.remove(item, *inside.pop(item))
        elif inside:
            del inside[waiting.pop()]
        assert len(waiting) == len(inside) <= size
    served = [waiting.pop() for _ in range(len(waiting))]
    assert sorted(served) == sorted(inside)
    kinds = [inside[item][1] for item in served]
    contested = kinds[: max((number for number, kind in enumerate(kinds) if kind == "interactive"), default=0)]
    if "background" in contested:
        assert Counter(contested)["background"] <= len(contested) // every + 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CALLERS, st.sampled_from(["interactive", "background"])), max_size=40), CALLERS)
def test_how_many_go_before_is_right_to_a_turn_of_each(steps: list[tuple[str, Priority]], who: str) -> None:
    waiting = queue(1000, 4)
    for number, (each, priority) in enumerate(steps):
        waiting.push(f"{each}{number}", each, priority)
    told = waiting.ahead(who, "interactive")
    waiting.push("mine", who, "interactive")
    served = [waiting.pop() for _ in range(len(waiting))]
    assert abs(served.index("mine") - told) <= 5
