"""The log: one JSON line an event, bounded, escaped, without secrets, and never in anybody's way.

An event goes into a bounded queue; a thread of its own renders and writes, several at a time, because waking it for
each would cost more than the line. A full queue (a pipe that nobody reads) loses lines and says how many.
"""

from __future__ import annotations

import dataclasses
import logging
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import msgspec
import structlog

from bridge import events
from bridge.clock import Clock, SystemClock
from bridge.events import Event
from bridge.events_alerts import AlertLost, AlertRaised, AlertsDisabled
from bridge.events_calls import BreakerChanged, RetryDenied
from bridge.events_limits import CallerLimited, CallRefused, ConcurrencyChanged, LoadShed, UpstreamPaused
from bridge.events_store import KeyMissing, QueueWithoutWorker, SharedCacheChanged
from bridge.sinks.masks import Masks

Level = Literal["debug", "info", "warning", "error"]
Fields = dict[str, Any]

TEXT_MAX = 256
LONG_BYTES_MAX = 3000
LINE_BYTES_MAX = 4000
_SEEN_MAX = 16_000
QUEUE_MAX = 10_000
_BATCH_S = 0.1
_BREATH_LINES, _BREATH_S = 20, 0.0005
_ITEMS_MAX = 20
_ALWAYS = {"time", "level", "event", "request_id", "status", "worker"}
_TRACEBACK_LINES_MAX = 20
_FLOOD_MAX_PER_S = 20
_RANK = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_LEVELS: dict[type[Event], Level] = {
    events.ConfigRefused: "error",
    events.InternalError: "error",
    events.WorkerDied: "error",
    KeyMissing: "error",
    QueueWithoutWorker: "warning",
    events.JournalLost: "error",
    events.JournalOrphans: "warning",
    events.UpstreamUnavailable: "warning",
    events.ContractWarning: "warning",
    events.ConnectionWarning: "warning",
    events.RequestRefused: "warning",
    events.CallRetried: "warning",
    events.CallNotRetried: "warning",
    RetryDenied: "warning",
    BreakerChanged: "warning",
    events.AnswerTolerated: "warning",
    events.LoginFailed: "warning",
    events.CredentialsRefused: "warning",
    events.RequestTolerated: "warning",
    events.DeadLetters: "warning",
    events.ClockSkewed: "warning",
    events.ScheduleSkipped: "warning",
    events.ScheduleMissed: "warning",
    events.ScheduleRewound: "warning",
    events.SchedulesDelayed: "error",
    CallRefused: "warning",
    UpstreamPaused: "warning",
    LoadShed: "warning",
    CallerLimited: "debug",
    ConcurrencyChanged: "debug",
    AlertLost: "error",
    AlertsDisabled: "error",
    events.UpstreamCalled: "debug",
    events.CacheUsed: "debug",
    SharedCacheChanged: "warning",
}
# What a person has to act upon whole: several addresses, and for each what to do about it.
_LONG = {"upstream-unavailable": "reason", "contract-warning": "warning", "alert-raised": "text"}
_DESCRIBED: dict[type[Event], tuple[str, tuple[str, ...]]] = {}
# C0, DEL, C1 (ANSI sequences begin there), line separators, bidirectional overrides, lone surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class LogSink:
    """An `Emit`. `dropped` counts the lines lost to a full queue."""

    def __init__(self, stream: TextIO, level: Level, masks: Masks, clock: Clock, queue_max: int, about: Fields) -> None:
        self._about = about
        self._stream, self._rank, self._clock = stream, _RANK[level], clock
        self._queue: deque[tuple[float, Event]] = deque()
        self._queue_max = queue_max
        self._render = _renderer(masks)
        self._flood = _Flood()
        self.dropped = 0
        self._told_dropped = 0
        self._second, self._stamp = -1, ""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def __call__(self, event: Event) -> None:
        if _RANK[level_of(event)] < self._rank:
            return
        if len(self._queue) < self._queue_max:
            self._queue.append((self._clock.wall(), event))
        else:
            self.dropped += 1

    def close(self, timeout_s: float = 2.0) -> None:
        """Write what is queued, as far as the time allows."""
        self._closing.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        closing = False
        while not closing:
            closing = self._closing.wait(_BATCH_S)
            self._write_queued()

    def _write_queued(self) -> None:
        try:
            while self._queue:
                for _ in range(min(_BREATH_LINES, len(self._queue))):
                    self._write(*self._queue.popleft())
                self._stream.flush()
                # Rendering holds the interpreter; requests come first.
                self._closing.wait(_BREATH_S)
        except (OSError, ValueError):
            self.dropped += 1  # the stream is gone; the bridge is not

    def _write(self, wall: float, event: Event) -> None:
        write, held = self._flood.judge(wall) if isinstance(event, events.RequestRefused) else (True, 0)
        if held:
            self._line(wall, "warning", {"event": "requests-refused", "count": held})
        if write:
            self._line(wall, level_of(event), fields_of(event))
        if self.dropped != self._told_dropped and not self._queue:
            lost, self._told_dropped = self.dropped - self._told_dropped, self.dropped
            self._line(wall, "error", {"event": "log-lines-dropped", "count": lost})

    def _line(self, wall: float, level: Level, fields: Fields) -> None:
        second = int(wall)
        if second != self._second:
            self._second, self._stamp = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        stamp = f"{self._stamp}.{int((wall - second) * 1000):03d}Z"
        self._stream.write(self._render({"time": stamp, "level": level, **fields, **self._about}) + "\n")


def log_sink(
    stream: TextIO,
    level: Level = "info",
    *,
    masks: Masks | None = None,
    clock: Clock | None = None,
    queue_max: int = QUEUE_MAX,
    about: Fields | None = None,
) -> LogSink:
    """Lines of JSON to `stream`, for events of `level` and above; each ends with `about`, such as the worker."""
    return LogSink(stream, level, masks or Masks(), clock or SystemClock(), queue_max, about or {})


def level_of(event: Event) -> Level:
    """How loud an event is; a request as loud as its status."""
    if isinstance(event, events.RequestDone) and event.status >= 500:
        return "warning"
    if isinstance(event, AlertRaised):
        return event.severity
    return _LEVELS.get(type(event), "info")


def fields_of(event: Event) -> Fields:
    """The name of the event in kebab-case and its fields, those left at an empty default not among them."""
    name, fields = _described(type(event))
    values = {field: getattr(event, field) for field in fields}
    if isinstance(event, events.InternalError):
        values["traceback"] = event.traceback.splitlines()[-_TRACEBACK_LINES_MAX:]
    return {"event": name, **{key: value for key, value in values.items() if value or value == 0}}


def _described(kind: type[Event]) -> tuple[str, tuple[str, ...]]:
    if kind not in _DESCRIBED:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", kind.__name__).lower()
        _DESCRIBED[kind] = name, tuple(field.name for field in dataclasses.fields(kind))
    return _DESCRIBED[kind]


class _Flood:
    """Holds back refusals above a rate: whoever sends a thousand bad heads a second does not get a thousand lines."""

    def __init__(self) -> None:
        self._second, self._count, self._held = 0, 0, 0

    def judge(self, wall: float) -> tuple[bool, int]:
        """Whether to write this one, and how many of an earlier second were held back and not told yet."""
        told = 0
        if int(wall) != self._second:
            told, self._second, self._count, self._held = self._held, int(wall), 0, 0
        self._count += 1
        self._held += self._count > _FLOOD_MAX_PER_S
        return self._count <= _FLOOD_MAX_PER_S, told


def _renderer(masks: Masks) -> Callable[[Fields], str]:
    """The chain of structlog processors: bound, mask and escape, then JSON."""

    def bounded(_logger: Any, _method: str, fields: Any) -> Mapping[str, Any]:
        long = _LONG.get(fields["event"])
        return {key: _long(value, masks) if key == long else _bounded(value, masks) for key, value in fields.items()}

    chain = (bounded, structlog.processors.JSONRenderer(serializer=_serialised))

    def render(fields: Fields) -> str:
        result: Any = fields
        for processor in chain:
            result = processor(None, "", result)
        return str(result)

    return render


def _bounded(value: Any, masks: Masks) -> Any:
    kind = type(value)  # compared by identity: this runs for every field of every line
    if kind is str:
        text = _safe(value, masks)
        return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"
    if kind is float:
        return round(value, 6)
    if kind is dict:
        return {str(_bounded(key, masks)): _bounded(value[key], masks) for key in list(value)[:_ITEMS_MAX]}
    if kind is tuple or kind is list:
        return [_bounded(each, masks) for each in value[:_ITEMS_MAX]]
    return value


def _safe(value: str, masks: Masks) -> str:
    # Masked before it is cut, or half a secret would stay.
    text = masks.mask(value if len(value) <= _SEEN_MAX else value[:_SEEN_MAX])
    return text if text.isascii() and text.isprintable() else _UNSAFE.sub(_escaped, text)


def _long(value: str, masks: Masks) -> str:
    """Up to LONG_BYTES_MAX as they are written, so that the line still holds the other fields."""
    text = _safe(value, masks)
    while (size := len(msgspec.json.encode(text))) > LONG_BYTES_MAX:
        text = text[: min(len(text) * LONG_BYTES_MAX // size, len(text) - 1) - 1] + "…"
    return text


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _serialised(fields: Mapping[str, Any], **_options: Any) -> str:
    line = msgspec.json.encode(fields)
    if len(line) <= LINE_BYTES_MAX:
        return line.decode()
    short = {key: value for key, value in fields.items() if key in _ALWAYS}
    return msgspec.json.encode({**short, "cut": line[: LINE_BYTES_MAX // 2].decode(errors="ignore")}).decode()
