"""How a call ended, as the operator hears it."""

from __future__ import annotations

import asyncio

import pytest

from bridge.clock import SystemClock
from bridge.errors import UpstreamTimeout
from bridge.events import Event, UpstreamCalled
from bridge.transport.call_log import CallLog, ending


def test_what_went_well() -> None:
    told: list[str] = []
    with ending(told.append):
        pass
    assert told == ["ok"]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (UpstreamTimeout(), "upstream_timeout"),
        (asyncio.CancelledError(), "cancelled"),
        (ValueError("ours"), "internal_error"),
    ],
)
def test_each_end_has_its_name_and_nothing_is_swallowed(error: BaseException, outcome: str) -> None:
    told: list[str] = []
    with pytest.raises(type(error)) as raised, ending(told.append):
        raise error
    assert (raised.value, told) == (error, [outcome])


def test_before_there_is_an_answer_only_a_failure_is_told() -> None:
    events: list[Event] = []
    log = CallLog("shop", "List", 2, 10, SystemClock(), events.append)
    with log.told():
        pass
    assert events == []
    with pytest.raises(UpstreamTimeout), log.told():
        raise UpstreamTimeout
    [event] = events
    assert isinstance(event, UpstreamCalled)
    assert (event.operation, event.attempt, event.status, event.outcome) == ("List", 2, 0, "upstream_timeout")
    assert (event.bytes_out, event.bytes_in) == (10, 0)
