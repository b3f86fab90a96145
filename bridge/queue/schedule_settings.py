"""`schedules:` of the configuration: when an operation is called, and what becomes of times that were missed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator
from pydantic_core import PydanticCustomError

from bridge.queue.calendars import WEEKDAYS, Calendar, Shift, parse_time
from bridge.queue.cron import parse_cron
from bridge.queue.holidays import Holidays, read_holidays
from bridge.queue.intervals import parse_every
from bridge.queue.settings import DEFAULT_QUEUE
from bridge.queue.shown import Shown
from bridge.queue.slots import Spec
from bridge.queue.zones import zone
from bridge.settings import DurationS, Settings

ARGUMENTS_BYTES_MAX = 1_000_000
Misfire = Literal["skip", "once", "all"]
Overlap = Literal["skip", "queue"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")
_TELLING = Shown()
_NO_SECRETS = (
    "arguments are kept in the store and in the journal, so they hold no secrets; give it to the upstream, such as"
    " under `auth` or as a SOAP header"
)
_WAYS = ("cron", "every", "at")


def _written_as_one_or_more(item: dict[str, Any]) -> WithJsonSchema:
    """What editors are told of a list that may be written as its only item."""
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item}]})


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str | int) and not isinstance(value, bool) else value


class MonthDays(Settings):
    """Days by their number."""

    month_day: Annotated[
        tuple[Annotated[int, Field(ge=-31, le=31)], ...],
        BeforeValidator(_one_or_more),
        _written_as_one_or_more({"type": "integer", "minimum": -31, "maximum": 31}),
    ] = Field(min_length=1, max_length=31, examples=[[1, -1]])
    """1 is the first day of the month, -1 the last. A month that has no such day is left out."""

    @field_validator("month_day")
    @classmethod
    def _no_zero(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if 0 in value:
            raise ValueError("there is no day 0: the first is 1, the last is -1")
        return value


def _days(value: object) -> object:
    named = value in ("every_day", "workdays", "bank_days") if isinstance(value, str) else False
    listed = isinstance(value, list | tuple) and bool(value) and all(one in WEEKDAYS for one in value)
    if named or listed or isinstance(value, MonthDays | dict):
        return value
    if isinstance(value, str) and value in WEEKDAYS:
        return [value]
    raise ValueError(
        "write every_day, workdays (Monday to Friday), bank_days (the same without holidays), a list of weekdays such"
        " as [mon, thu], or {month_day: [1, -1]}"
    )


Days = Annotated[
    Literal["every_day", "workdays", "bank_days"] | tuple[Weekday, ...] | MonthDays,
    BeforeValidator(_days),
]


class ScheduleSettings(Settings):
    """A call at set times. Exactly one of `cron`, `every` and `at` says when. Over all nodes each time fires once."""

    cron: str | None = Field(default=None, examples=["0 6 * * *"])
    """Five fields: minute, hour, day of month, month, day of week; or six that begin with seconds. `@daily` and the
    like are known too."""
    every: DurationS | None = Field(default=None, examples=["10m"])
    """By elapsed time: at whole multiples since 1970-01-01 00:00 UTC, or since `from`."""
    from_: str | None = Field(default=None, alias="from", examples=["2026-01-01T08:00"])
    """For `every`: where counting begins, by the clocks of `zone`. Nothing runs before."""
    at: Annotated[
        tuple[str, ...] | None, BeforeValidator(_one_or_more), _written_as_one_or_more({"type": "string"})
    ] = Field(default=None, min_length=1, max_length=96, examples=["06:00", ["06:00", "18:30"]])
    """At these times of day, on the days of `on`."""
    on: Days = Field(default="every_day", examples=["bank_days", ["mon", "thu"], {"month_day": [1, -1]}])
    """For `at`: `every_day`, `workdays` (Monday to Friday), `bank_days` (the same without `holidays`), weekdays, or
    days of the month."""
    holidays: Path | None = Field(default=None, examples=["holidays/uk.txt", "holidays/uk.ics"])
    """For `at`: a file with one date a line (`2026-12-25 Christmas Day`), `#` begins a comment; or an iCalendar file of
    whole days."""
    shift: Shift | None = Field(default=None, examples=["next"])
    """For `at`: what becomes of a day that is a holiday (with `month_day` also of one that is a Saturday or a Sunday):
    the `next` bank day, the `previous` one, or `skip`."""
    zone: str = Field(default="UTC", examples=["Europe/London"])
    """Whose clocks are meant: an IANA time zone. docs/schedules.md has the rules for hours that are skipped or come
    twice."""
    jitter: DurationS = Field(default=0.0, ge=0, le=86400, examples=["2m"])
    """Up to so much later, by a share that depends on the name and the time only, so that not all schedules begin at
    once and all nodes agree."""
    misfire: Misfire = Field(default="once", examples=["all"])
    """What becomes of times that nobody was there for: `skip` them, run `once` for all of them, or run `all`."""
    misfire_max: int = Field(default=100, ge=1, le=1000, examples=[10])
    """How many are made up for at most with `misfire: all`, the latest ones; and how many may wait with
    `overlap: queue`."""
    grace: DurationS = Field(default=60.0, gt=0, le=86400, examples=["5m"])
    """How late a time may be acted on and still not count as missed."""
    overlap: Overlap = Field(default="skip", examples=["queue"])
    """When the run before has not ended: `skip` this one, or `queue` it behind."""
    call: str = Field(pattern=r"^[a-z][a-z0-9-]{0,63}\.[^.\s]{1,200}$", examples=["shop.Export"])
    """The operation: upstream and name."""
    with_: dict[str, Any] = Field(default={}, alias="with", examples=[{"full": True}])
    """Its arguments, as a client would send them. They are kept in the store and in the journal, so a reference to a
    secret is refused here."""
    queue: str = Field(default=DEFAULT_QUEUE, pattern=r"^[a-z][a-z0-9-]{0,63}$", examples=["nightly"])
    """The queue that the call waits in."""
    priority: int = Field(default=0, ge=-1000, le=1000, examples=[10])
    """Within the queue; higher goes first."""
    attempts: int | None = Field(default=None, ge=1, le=100, examples=[3])
    """How often the call is tried; else as the queue says."""
    paused: bool = Field(default=False, examples=[True])
    """Nothing runs; what would have is not made up for later."""
    keep: int = Field(default=100, ge=1, le=10_000, examples=[30])
    """How many of its runs are remembered."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [way for way in _WAYS if getattr(self, way) is not None]
        if len(given) != 1:
            said = "only one of them" if given else "one of them"
            raise _wrong(f"a schedule has cron, every or at: write {said}", *given[1:2])
        for key, way in (("from_", "every"), ("on", "at"), ("holidays", "at"), ("shift", "at")):
            if key in self.model_fields_set and given != [way]:
                alias = key.rstrip("_")
                raise _wrong(f"`{alias}` belongs to `{way}`, and this schedule has `{given[0]}`", alias)
        return self

    @model_validator(mode="after")
    def _holidays_used(self) -> Self:
        if self.on == "bank_days" and self.holidays is None:
            raise _wrong("bank_days need `holidays`; for Monday to Friday without them write workdays", "on")
        if self.on == "bank_days" and self.shift is not None:
            raise _wrong("bank_days leave holidays out already, so there is nothing to shift", "shift")
        if self.on != "bank_days" and self.holidays is not None and self.shift is None:
            raise _wrong("say what becomes of a holiday: `shift: next`, `previous` or `skip`", "holidays")
        if self.shift is not None and self.holidays is None and not isinstance(self.on, MonthDays):
            raise _wrong("`shift` needs `holidays`: without them no day is one", "shift")
        return self

    @model_validator(mode="after")
    def _understood(self) -> Self:
        for key, check in (("zone", self._zone), ("cron", self._cron), ("every", self._every), ("at", self._at)):
            try:
                check()
            except ValueError as error:
                raise _wrong(str(error), key) from error
        if self.every is not None and self.jitter >= self.every:
            raise _wrong("jitter must be shorter than the interval", "jitter")
        if len(self.arguments) > ARGUMENTS_BYTES_MAX:
            raise _wrong(f"the arguments are larger than {ARGUMENTS_BYTES_MAX // 1_000_000} MB", "with")
        return self

    @model_validator(mode="after")
    def _no_secrets(self) -> Self:
        for way, text in _texts(self.with_, ("with",)):
            if _REFERENCE.fullmatch(text) or (text.startswith("file:/") and _TELLING.hides(str(way[-1]))):
                raise _wrong(f"{text[:80]} would be sent as it stands: {_NO_SECRETS}", *way)
        return self

    def spec(self) -> Spec:
        """Reads the file of holidays. Raises ValueError when it cannot be used."""
        found = self._cron() or self._every() or self._calendar(read_holidays(self.holidays) if self.holidays else None)
        assert found is not None, "there is one of the three ways"
        return found

    @property
    def arguments(self) -> bytes:
        """As JSON."""
        return json.dumps(self.with_, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

    def _zone(self) -> object:
        return zone(self.zone)

    def _cron(self) -> Spec | None:
        return parse_cron(self.cron, zone(self.zone)) if self.cron is not None else None

    def _every(self) -> Spec | None:
        if self.every is None:
            return None
        return parse_every(self.every, _moment(self.from_, self.zone) if self.from_ else None)

    def _at(self) -> Spec | None:
        return self._calendar(None)

    def _calendar(self, holidays: Holidays | None) -> Spec | None:
        if self.at is None:
            return None
        times = tuple(sorted({parse_time(text) for text in self.at}))
        made = Calendar(times, zone(self.zone), shift=self.shift, holidays=holidays or Holidays())
        match self.on:
            case MonthDays():
                return made.with_month_days(self.on.month_day)
            case tuple():
                return made.with_weekdays(self.on)
            case _:
                return made.with_kind(self.on)


def schedule_paths_from(settings: ScheduleSettings, folder: Path) -> ScheduleSettings:
    """The same with relative paths read from `folder`, where the configuration file lies."""
    return settings.model_copy(update={"holidays": settings.holidays and folder / settings.holidays})


def _moment(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"from: {text[:40]!r} is no time: write it as 2026-01-01T08:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone(name))


def _texts(value: object, way: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in arguments, and the way to it."""
    match value:
        case str():
            yield way, value
        case dict():
            for key, inner in value.items():
                yield from _texts(inner, (*way, key))
        case list() | tuple():
            for index, inner in enumerate(value):
                yield from _texts(inner, (*way, index))


def _wrong(message: str, *path: str | int) -> PydanticCustomError:
    """A rule that is broken, blamed on the key that the path leads to."""
    return PydanticCustomError("rule", "{message}", {"message": message, "path": path})
