"""Early refusals: too many at once, or too late for long; never for one long step."""

from __future__ import annotations

import pytest

from bridge.errors import Overloaded
from bridge.events import Event
from bridge.events_limits import LoadShed
from bridge.web.shed import LOOKS, Load


def told(events: list[Event]) -> list[tuple[str, bool, int]]:
    return [(one.reason, one.on, one.refused) for one in events if isinstance(one, LoadShed)]


def test_one_too_many_is_refused_until_another_is_done() -> None:
    events: list[Event] = []
    load = Load(2, 1.0, events.append)
    with load.place():
        with load.place():
            for _ in range(3):
                with pytest.raises(Overloaded) as caught, load.place():
                    pass
            assert (caught.value.status, caught.value.retry_after_s) == (503, 1.0)
        with load.place():
            assert load.in_flight == 2
    assert load.in_flight == 0
    load.looked(0.0)
    assert told(events) == [("in_flight", True, 0), ("in_flight", False, 3)]


def test_a_request_that_fails_gives_its_place_back() -> None:
    load = Load(1, 1.0, lambda _: None)
    with pytest.raises(RuntimeError), load.place():
        raise RuntimeError
    assert load.in_flight == 0


def test_lag_counts_when_it_lasts_and_no_longer() -> None:
    events: list[Event] = []
    load = Load(10, 0.5, events.append)
    for late_s in (9.0, 0.0, 0.6, 0.6, 0.6):
        load.looked(late_s)
        with load.place():
            pass
    load.looked(0.7)
    assert len(events) == 0
    with pytest.raises(Overloaded), load.place():
        pass
    load.looked(0.1)
    with load.place():
        pass
    assert told(events) == [("lag", True, 0), ("lag", False, 1)]
    assert LOOKS == 4
