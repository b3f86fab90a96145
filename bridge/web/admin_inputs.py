"""What operators write, read strictly: times, rates, pages, filters. Pure; raises BadRequest or DoesNotFit in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bridge.call import JsonValue
from bridge.errors import BadRequest, DoesNotFit, Violation
from bridge.settings import parse_duration_s, parse_rate_per_s
from bridge.store.audit import AuditFilter
from bridge.store.job_views import JobFilter
from bridge.store.journal_search import Filter
from bridge.store.page import LIMIT, LIMIT_MAX

TEXT_MAX = 500
JOBS = ("queue", "kind", "state", "operation", "key", "code", "correlation", "text")
JOURNAL = ("kind", "upstream", "operation", "state", "key", "correlation", "idempotency_key", "text")
AUDIT = ("who", "verb", "target")


def when(text: str, now: float) -> float | None:
    """`2h` ago, or an instant in ISO 8601 (UTC unless it says otherwise); None for `""`."""
    if not text:
        return None
    try:
        return now - parse_duration_s(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise BadRequest(f"{text[:40]!r} is no time: write 2h for two hours ago, or 2026-03-01T08:00:00Z.") from None


def rate(text: str) -> float | None:
    """`5/s`, `100/m` as so many a second; None for `""`."""
    if not text:
        return None
    try:
        found = parse_rate_per_s(text)
    except ValueError as error:
        raise BadRequest(f"{text[:40]!r} is no rate: {error}.") from None
    if found <= 0:
        raise BadRequest("A rate of none a second would never come to an end.")
    return found


def limit(text: str) -> int:
    """How many on a page."""
    if not text:
        return LIMIT
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= LIMIT_MAX):
        raise BadRequest(f"limit is a whole number from 1 to {LIMIT_MAX}.")
    return int(text)


def offset(text: str) -> int | None:
    """A place in a topic, or `-10` for the last ten; None for `""`."""
    if not text:
        return None
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 18):
        raise BadRequest("An offset is a whole number; -10 means the last ten.")
    return int(text)


def job_filter(given: Mapping[str, str], now: float) -> JobFilter:
    marks, since, until = _marks(given, JOBS, now)
    return JobFilter(**marks, since=since, until=until)


def journal_filter(given: Mapping[str, str], now: float) -> Filter:
    marks, since, until = _marks(given, JOURNAL, now)
    return Filter(**marks, since=since, until=until)


def audit_filter(given: Mapping[str, str], now: float) -> AuditFilter:
    marks, since, until = _marks(given, AUDIT, now)
    return AuditFilter(**marks, since=since, until=until)


def texts(body: Mapping[str, JsonValue], *names: str) -> dict[str, str]:
    """Members of a body that are texts, where they are given."""
    given = {name: body.get(name, "") for name in names}
    # A number of JSON is a str as well here, with exactly its digits.
    wrong = [Violation(f"/{name}", "must be a text") for name, one in given.items() if type(one) is not str]
    if wrong:
        raise DoesNotFit(errors=wrong)
    return {name: str(one) for name, one in given.items()}


def _marks(
    given: Mapping[str, str], names: tuple[str, ...], now: float
) -> tuple[dict[str, str], float | None, float | None]:
    known = {*names, "since", "until"}
    if unknown := [name for name in given if name not in known]:
        raise BadRequest(f"There is nothing to filter by {unknown[0][:40]!r}; there is {', '.join(sorted(known))}.")
    if too_long := [name for name, one in given.items() if len(one) > TEXT_MAX]:
        raise BadRequest(f"{too_long[0]} is longer than {TEXT_MAX} characters.")
    marks = {name: given[name].replace("\0", "") for name in names if given.get(name)}
    return marks, when(given.get("since", ""), now), when(given.get("until", ""), now)
