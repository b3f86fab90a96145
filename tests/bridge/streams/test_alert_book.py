"""The book of alerts: told once, counted, told again, told when it is over; all by times that are handed in."""

from __future__ import annotations

from bridge.streams.alert_book import OPEN_MAX, Book, Notice, Open
from bridge.streams.alert_rules import Ended, Raised

REPEAT_S, SETTLE_S = 900.0, 30.0


def raised(alert: str = "a", *, after_s: float = 0.0, quiet_s: float | None = None, text: str = "It is so.") -> Raised:
    return Raised(alert, "error", text, {"n": 1}, after_s, quiet_s)


def over(alert: str = "a") -> Ended:
    return Ended(alert, "It is over.")


def book() -> Book:
    return Book(REPEAT_S, SETTLE_S)


def brief(notices: list[Notice]) -> list[tuple[str, int, int]]:
    return [(one.type, one.count, one.new) for one in notices]


def test_it_is_told_once_and_counted_until_the_time_is_over() -> None:
    one = book()
    one.hear(raised(), 0.0)
    assert brief(one.due(0.0)) == [("raised", 1, 1)]
    for second in range(1, 5):
        one.hear(raised(), float(second))
        assert one.due(float(second)) == []
    assert one.due(899.9) == []
    assert brief(one.due(900.0)) == [("repeated", 5, 4)]
    assert one.due(5000.0) == [], "what does not come again is not told again"
    one.hear(raised(), 5001.0)
    assert brief(one.due(5001.0)) == [("repeated", 6, 1)]


def test_its_newest_text_is_told() -> None:
    one = book()
    one.hear(raised(text="two"), 0.0)
    one.hear(raised(text="three"), 0.0)
    assert [notice.text for notice in one.due(1.0)] == ["three"]


def test_the_end_is_told_when_it_has_settled() -> None:
    one = book()
    one.hear(raised(), 0.0)
    one.due(0.0)
    one.hear(over(), 10.0)
    one.hear(over(), 35.0)
    assert one.due(39.9) == []
    [notice] = one.due(40.0)
    assert (notice.type, notice.text, notice.since, notice.at) == ("resolved", "It is over.", 0.0, 40.0)
    assert one.due(99.0) == []
    one.hear(raised(), 100.0)
    assert brief(one.due(100.0)) == [("raised", 1, 1)]


def test_what_comes_back_soon_was_never_over() -> None:
    one = book()
    one.hear(raised(), 0.0)
    one.due(0.0)
    for second in range(10, 800, 20):
        one.hear(over(), float(second))
        one.hear(raised(), second + 10.0)
        assert one.due(second + 10.0) == []
    assert one.due(890.0) == []


def test_what_may_pass_is_told_only_when_it_lasts() -> None:
    one = book()
    one.hear(raised(after_s=120.0), 0.0)
    one.hear(raised("b", after_s=120.0), 0.0)
    one.hear(over("b"), 60.0)
    one.hear(raised(after_s=120.0), 100.0)
    assert one.due(119.0) == []
    assert [(notice.alert, notice.count) for notice in one.due(120.0)] == [("a", 2)]
    one.hear(raised("b", after_s=120.0), 130.0)
    assert one.due(249.0) == []
    assert [notice.alert for notice in one.due(250.0)] == ["b"]


def test_what_is_not_heard_of_again_is_over() -> None:
    one = book()
    one.hear(raised(quiet_s=60.0), 0.0)
    one.due(0.0)
    one.hear(raised(quiet_s=60.0), 50.0)
    assert one.due(109.0) == []
    [notice] = one.due(110.0)
    assert (notice.type, notice.count, notice.text) == (
        *("resolved", 2),
        "It has not been heard of again for 1 min.",
    )


def test_what_was_over_before_anybody_was_told_is_not_told() -> None:
    one = book()
    one.hear(raised(after_s=120.0, quiet_s=60.0), 0.0)
    assert one.due(60.0) == one.due(120.0) == []
    one.hear(over("unheard of"), 121.0)
    assert one.due(500.0) == []


def test_what_began_and_ended_between_two_looks_is_told_with_its_end() -> None:
    one = book()
    one.hear(raised(), 0.0)
    one.hear(over(), 0.1)
    assert brief(one.due(1.0)) == [("raised", 1, 1)]
    assert brief(one.due(30.1)) == [("resolved", 1, 0)]


def test_it_goes_on_after_a_restart() -> None:
    one = book()
    one.restore([Open(raised(quiet_s=60.0), 0.0, 5.0, told_at=5.0, count=3, told=3)], 7000.0)
    assert one.has("a")
    assert one.due(7000.0) == [], "while nobody was there it could not be heard of"
    one.hear(raised(quiet_s=60.0), 7001.0)
    assert brief(one.due(7001.0)) == [("repeated", 4, 1)]
    assert brief(one.due(7061.0)) == [("resolved", 4, 0)]


def test_it_is_bounded() -> None:
    one = book()
    for number in range(OPEN_MAX + 10):
        one.hear(raised(str(number)), 0.0)
    assert len(one.due(0.0)) == OPEN_MAX
    assert not one.has(str(OPEN_MAX))


def test_what_somebody_was_told_of_is_known() -> None:
    one = book()
    one.hear(raised("a"), 0.0)
    one.hear(raised("b", after_s=10.0), 0.0)
    one.due(0.0)
    assert one.told() == [("a", "error")]
