"""What operators are shown in a terminal: tables for people, the same as JSON, and what an action came to."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bridge.call import JsonValue
from bridge.cli.output import FAILED, pretty, result, say
from bridge.queue.deeds import Outcome
from bridge.queue.desk_dead import Plan, Planned
from bridge.queue.diff import lines
from bridge.shapes.json import dumps
from bridge.store.page import Page
from bridge.web.admin_json import moment, plain

T = TypeVar("T")
Columns = dict[str, Callable[[T], object]]
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CELL_MAX = 80
_EMPTY_MAX = 50
_DONE = {
    "jobs.cancel": "cancelled",
    "jobs.retry": "due now",
    "jobs.hold": "held",
    "jobs.skip": "skipped",
    "dead.edit": "edited",
    "dead.replay": "replayed",
    "dead.discard": "discarded",
    "journal.replay": "made into a job",
    "schedules.run": "run",
    "schedules.pause": "paused",
    "schedules.resume": "resumed",
    "queues.pause": "paused",
    "queues.resume": "resumed",
}


async def some(read: Callable[[str], Awaitable[Page[T]]], after: str) -> Page[T]:
    """The first page with something on it: one looks at a bounded part of a long list, and may be empty."""
    for _ in range(_EMPTY_MAX):
        page = await read(after)
        if page.items or not page.next:
            return page
        after = page.next
    return page


def show_page(page: Page[T], columns: Columns[T], *, json: bool, none: str) -> int:
    """A list. Where nothing is found it says so, and that is the exit code as well."""
    if json:
        result(dumps({"items": plain(page.items), "next": page.next}))
        return 0
    show_rows(page.items, columns)
    if page.next:
        say(f"There is more: --after {page.next}")
    elif not page.items:
        say(none)
    return 0


def show_rows(rows: Sequence[T], columns: Columns[T]) -> None:
    """One line a row, however narrow the terminal is: an id that is cut is of no use to the next command."""
    if not rows:
        return
    lines_ = [[*columns], *([cell(get(row)) for get in columns.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines_, strict=True)]
    result("\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines_))


def show_value(value: object, *, json: bool) -> int:
    """One thing with all its members."""
    told = plain(value)
    result(dumps(told) if json else pretty(_clean(told)))
    return 0


def show_outcome(outcome: Outcome, *, json: bool) -> int:
    """1 when nothing was done, also not before by the same request."""
    if json:
        result(dumps(plain(outcome)))
    else:
        for one in outcome.done:
            result(f"{one} {_DONE.get(outcome.verb, 'done')}")
        for left in outcome.left:
            say(f"{left.id} left as it is: {left.why}")
        if not outcome.done and not outcome.left:
            say("Nothing fits.")
    return 0 if outcome.done else FAILED


def show_plan(plan: Plan, *, json: bool) -> int:
    """1 when nothing would be sent."""
    if json:
        result(dumps({"items": plain(plan.items), "next": plan.next}))
    else:
        for one in plan.items:
            result("\n".join(_planned(one)))
        if plan.next:
            say("There is more than is shown here; a replay takes all of it.")
        if not plan.items:
            say("Nothing fits.")
    return 0 if any(not one.why for one in plan.items) else FAILED


def cell(value: object) -> str:
    """A value on one line, without what could steer a terminal."""
    text = "" if value is None else str(value)
    text = _CONTROL.sub("·", text.replace("\n", " "))
    return text if len(text) <= _CELL_MAX else text[: _CELL_MAX - 1] + "…"


def time(seconds: float | None) -> str:
    return "" if seconds is None else moment(seconds).replace("T", " ")[:19]


def _planned(one: Planned) -> list[str]:
    if one.why:
        return [f"{one.id} would be left as it is: {cell(one.why)}"]
    head = " ".join(part for part in (one.id, one.kind, one.operation, f"key {one.key}" if one.key else "") if part)
    told = [f"{cell(head)}{f' after {one.due_at:g} s' if one.due_at else ''}"]
    told += [f"  {_CONTROL.sub('·', line)}" for line in lines(one.changes)]
    if one.problem:
        told.append(f"  ! {cell(one.problem)}")
    if one.request is not None:
        told.append(f"  {one.request.method} {one.request.url}")
        told += [f"  {name}: {value}" for name, value in one.request.headers.items()]
        told += ["", *(f"  {line}" for line in _CONTROL.sub("·", one.request.body).splitlines())]
    return told


def _clean(value: JsonValue) -> JsonValue:
    """JSON escapes what is below the space; the controls of C1 it lets through."""
    match value:
        case dict():
            return {key: _clean(one) for key, one in value.items()}
        case list():
            return [_clean(one) for one in value]
        case str() if type(value) is str:
            return _CONTROL.sub("·", value)
        case _:
            return value
