"""Lines of the log: bounded, escaped, without secrets, and never in the way."""

from __future__ import annotations

import io
import json
import os
import threading
from typing import Any

import msgspec
import pytest

from bridge import events, events_alerts, events_calls, events_limits, events_store
from bridge.events import Event, RequestDone, RequestRefused
from bridge.sinks.log import LINE_BYTES_MAX, Level, fields_of, level_of, log_sink
from bridge.sinks.masks import Masks

DONE = RequestDone(
    request_id="r1", trace_id="t1", method="GET", route="/v1/shop/orders/{id}", path="/v1/shop/orders/1", status=200,
    duration_s=0.0123456789, bytes_in=0, bytes_out=10, client="127.0.0.1", principal="web",
)  # fmt: skip


class StoppedClock:
    """A wall clock that stands where it is put."""

    def __init__(self, wall: float = 1_800_000_000.25) -> None:
        self.now = wall

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def lines(*told: Event, level: Level = "debug", masks: Masks | None = None) -> list[dict[str, Any]]:
    stream = io.StringIO()
    sink = log_sink(stream, level, masks=masks, clock=StoppedClock())
    for event in told:
        sink(event)
    sink.close()
    assert all(len(line.encode()) <= LINE_BYTES_MAX for line in stream.getvalue().splitlines())
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_of_json() -> None:
    (line,) = lines(DONE)
    assert list(line)[:3] == ["time", "level", "event"]
    assert line["time"] == "2027-01-15T08:00:00.250Z"
    assert (line["level"], line["event"], line["status"], line["duration_s"]) == ("info", "request-done", 200, 0.012346)
    assert "upstream" not in line


def test_every_kind_of_event_can_be_written() -> None:
    samples: dict[str, Any] = {
        "str": "x",
        "Literal['warning', 'error']": "warning",
        "int": 1,
        "float": 0.5,
        "bool": True,
        "tuple[str, ...]": ("a", "b"),
        "dict[str, int]": {"a": 1},
    }
    kinds = [
        kind
        for room in (events, events_alerts, events_calls, events_limits, events_store)
        for kind in vars(room).values()
        if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
    ]
    told = [
        kind(**{name: samples[str(field.type)] for name, field in kind.__dataclass_fields__.items()}) for kind in kinds
    ]
    written = lines(*told)
    assert [line["event"] for line in written] == [fields_of(event)["event"] for event in told]
    assert len({line["event"] for line in written}) == len(kinds) > 10


def test_quiet_events_stay_below_the_level() -> None:
    quiet = events.CacheUsed("shop", "GetOrder", "hit")
    assert lines(quiet, DONE, level="info") == lines(DONE)
    assert lines(DONE, level="error") == []
    assert level_of(RequestDone(**{**fields(DONE), "status": 502})) == "warning"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\nb\r{}", "a\\u000ab\\u000d{}"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("\x9b31m\x7f\x85", "\\u009b31m\\u007f\\u0085"),
        ("a\u202eb\u2028c\u2066", "a\\u202eb\\u2028c\\u2066"),
        ("\udcff", "\\udcff"),
        ('","level":"error', '","level":"error'),
        ("größe €", "größe €"),
    ],
)
def test_hostile_text_stays_text(hostile: str, shown: str) -> None:
    (line,) = lines(RequestDone(**{**fields(DONE), "path": hostile}))
    assert line["path"] == shown


def test_long_texts_lists_and_lines_are_cut() -> None:
    (line,) = lines(RequestDone(**{**fields(DONE), "path": "x" * 5000}))
    assert len(line["path"]) == 256
    (line,) = lines(events.ConfigRefused("f", tuple("é" * 5000 for _ in range(100))))
    assert "cut" in line
    (line,) = lines(events.AnswerTolerated("shop", "GetOrder", {f"kind{n}": n for n in range(100)}))
    assert len(line["kinds"]) == 20
    (line,) = lines(events.InternalError("x", "\n".join(f"line {n}" for n in range(100))))
    assert line["traceback"][-1] == "line 99"
    assert len(line["traceback"]) == 20


@pytest.mark.parametrize("sign", ["x", "é", '"', "\n", "€"])
def test_what_a_person_has_to_act_upon_is_not_cut_early(sign: str) -> None:
    missing = "; ".join(f"https://erp.example/{n}.xsd: --resolve https://erp.example/{n}.xsd=FILE" for n in range(20))
    told: list[Event] = [events.UpstreamUnavailable("shop", missing, 1.0), events.ContractWarning("shop", missing)]
    unavailable, warning = lines(*told)
    assert (unavailable["reason"], warning["warning"]) == (missing, missing)
    long = sign * 20_000
    told = [events.UpstreamUnavailable("shop", long, 1.0), events.ContractWarning("s" * 300, long)]
    unavailable, warning = lines(*told)
    assert "cut" not in unavailable | warning
    assert (len(warning["upstream"]), unavailable["reason"][-1], unavailable["retry_in_s"]) == (256, "…", 1.0)
    assert 2900 < len(msgspec.json.encode(unavailable["reason"])) <= 3000


def test_secrets_are_masked_wherever_they_stand() -> None:
    masks = Masks()
    masks.add("hunter2hunter2")
    told = [
        RequestDone(**{**fields(DONE), "path": "/?k=hunter2hunter2", "cause": "x" * 250 + "hunter2hunter2"}),
        events.InternalError("hunter2hunter2", "password='hunter2hunter2'"),
        events.AnswerTolerated("shop", "GetOrder", {"hunter2hunter2": 1}),
        events.ConfigRefused("f", ("hunter2hunter2",)),
    ]
    written = json.dumps(lines(*told, masks=masks))
    assert "hunter2" not in written
    assert written.count("***") >= 4


def test_a_flood_of_refusals_is_summed_up() -> None:
    stream, clock = io.StringIO(), StoppedClock()
    sink = log_sink(stream, clock=clock)
    for _ in range(500):
        sink(RequestRefused("127.0.0.1", "bad-head"))
    clock.now += 1
    sink(RequestRefused("127.0.0.1", "bad-head"))
    sink(RequestRefused("127.0.0.1", "bad-head"))
    sink.close()
    written = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(written) == 20 + 1 + 2
    assert (written[20]["event"], written[20]["count"]) == ("requests-refused", 480)


def test_a_pipe_nobody_reads_blocks_no_one_and_losses_are_told() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as far_end, os.fdopen(writing, "w") as stream:
        sink = log_sink(stream, queue_max=10)
        for _ in range(5000):
            sink(DONE)  # a pipe holds 64 kB: this would stand still for ever if it waited
        assert sink.dropped > 1000
        told = threading.Event()
        last: list[str] = []

        def drain() -> None:
            for line in far_end:
                last.append(line)
                if "log-lines-dropped" in line:
                    told.set()
                    return

        reader = threading.Thread(target=drain, daemon=True)
        reader.start()
        assert told.wait(10)
        assert json.loads(last[-1])["count"] == sink.dropped
        sink.close()
        reader.join(10)


def test_a_stream_that_is_gone_disturbs_no_one() -> None:
    stream = io.StringIO()
    sink = log_sink(stream)
    stream.close()
    sink(DONE)
    sink.close()
    assert sink.dropped == 1


def fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__dataclass_fields__}
