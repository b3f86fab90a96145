"""One sink's trouble is nobody else's."""

from __future__ import annotations

from bridge.events import Event, InternalError
from bridge.sinks.fan import fan_out


def test_everyone_hears_in_order_and_a_failing_sink_disturbs_no_one() -> None:
    heard: list[tuple[str, Event]] = []

    def failing(_event: Event) -> None:
        raise OSError("the pipe is gone")

    emit = fan_out(lambda event: heard.append(("first", event)), failing, lambda event: heard.append(("last", event)))
    event = InternalError("x", "y")
    emit(event)
    assert heard == [("first", event), ("last", event)]
