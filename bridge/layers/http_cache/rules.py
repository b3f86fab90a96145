"""What a shared cache may do (RFC 9111, RFC 5861 for stale answers). Pure: times are handed in.

`mono` is seconds of the monotonic clock, for how long something has lain here; `wall` seconds since the epoch, for
comparing with dates that others wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from bridge.layers.http_cache.fields import Directives, Fields, age, end_to_end, first, http_date, members, values, vary

HEURISTIC_SHARE = 0.1
HEURISTIC_MAX_S = 86_400.0
_BY_HEURISTIC = frozenset({200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501})
"""Statuses that may be kept although nobody said how long (RFC 9110 §15.1), but 206."""
_UNDERSTOOD = frozenset(
    {*_BY_HEURISTIC, 302, 303, 307, 400, 401, 403, 406, 409, 411, 413, 415, 422, 429, 500, 502, 503, 504}
)
_NOT_UPDATED = frozenset({"content-encoding", "content-length", "content-md5", "content-range", "etag"})
"""What describes the bytes that are kept, so a 304 does not change it (RFC 9111 §3.2)."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_TARGETED = "cdn-cache-control"
_CONDITIONS = ("if-match", "if-unmodified-since", "if-range")


@dataclass(frozen=True, slots=True)
class Asking:
    """A request as a cache sees it. `uri`: path and query."""

    method: str
    uri: str
    fields: Fields

    @property
    def control(self) -> Directives:
        lines = values(self.fields, "cache-control")
        if not lines and "no-cache" in {one.lower() for one in members(values(self.fields, "pragma"))}:
            lines = ["no-cache"]  # RFC 9111 §5.4
        return Directives(lines)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that is kept. `selected`: what the fields that it varies by were in its request."""

    status: int
    fields: Fields
    body: bytes
    selected: tuple[tuple[str, str], ...]
    initial_age_s: float
    lifetime_s: float
    since_mono: float

    def age_s(self, mono: float) -> float:
        return self.initial_age_s + max(mono - self.since_mono, 0.0)

    def left_s(self, mono: float) -> float:
        """How long it stays fresh; negative when it no longer is."""
        return self.lifetime_s - self.age_s(mono)

    @property
    def control(self) -> Directives:
        return control_of(self.fields)

    @property
    def etag(self) -> str:
        return first(self.fields, "etag")

    @property
    def modified(self) -> str:
        return first(self.fields, "last-modified")

    @property
    def validators(self) -> Fields:
        """The conditions that ask whether it is still right."""
        conditions = (("If-None-Match", self.etag), ("If-Modified-Since", self.modified))
        return tuple((name, value) for name, value in conditions if value)


def control_of(fields: Fields) -> Directives:
    """What an answer says to caches; what it says to those of its own side alone goes before (RFC 9213 §2.2)."""
    return Directives(values(fields, _TARGETED if _is_targeted(fields) else "cache-control"))


def _is_targeted(fields: Fields) -> bool:
    return bool(Directives(values(fields, _TARGETED)))


# ── keeping ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def may_keep(asking: Asking, status: int, fields: Fields) -> bool:
    """Whether an answer may be kept and is of any use then (RFC 9111 §3)."""
    control = control_of(fields)
    if asking.method != "GET" or status < 200 or status in {206, 304} or first(asking.fields, "range"):
        return False
    if "must-understand" in control:
        if status not in _UNDERSTOOD:
            return False
    elif "no-store" in control:
        return False
    if "private" in control or "no-store" in asking.control or vary(values(fields, "vary")) is None:
        return False
    if first(asking.fields, "authorization") and not _for_all(control):
        return False
    explicit = explicit_lifetime_s(fields) is not None
    if not (explicit or "public" in control or status in _BY_HEURISTIC):
        return False
    if not explicit and _is_somebodys(asking, fields):
        return False
    return lifetime_s(status, fields) > 0 or bool(first(fields, "etag") or first(fields, "last-modified"))


def _is_somebodys(asking: Asking, fields: Fields) -> bool:
    """Whether an answer that says nothing of caches is most likely meant for one person alone."""
    return any(first(asking.fields, name) for name in ("cookie", "x-api-key")) or bool(first(fields, "set-cookie"))


def _for_all(control: Directives) -> bool:
    """Whether an answer to a request with credentials may be shared (RFC 9111 §3.5)."""
    return any(one in control for one in ("public", "must-revalidate", "s-maxage"))


def keep(asking: Asking, status: int, fields: Fields, body: bytes, *, asked: float, mono: float, wall: float) -> Kept:
    """The answer as it is kept. `asked`: the monotonic time when its request left."""
    lifetime = lifetime_s(status, fields)
    dated = http_date(first(fields, "date"))
    apparent_s = max(wall - dated, 0.0) if dated is not None else 0.0
    initial_s = max(apparent_s, age(values(fields, "age")) + max(mono - asked, 0.0))
    return Kept(status, end_to_end(fields), body, selected_by(fields, asking), initial_s, lifetime, mono)


def selected_by(fields: Fields, asking: Asking) -> tuple[tuple[str, str], ...]:
    """What an answer with these fields varies by, as it is in a request."""
    names = vary(values(fields, "vary")) or ()
    return tuple((name, _canonical(asking.fields, name)) for name in names)


def _canonical(fields: Fields, name: str) -> str:
    """Lines joined, white space around commas gone (RFC 9111 §4.1); absent is not the same as empty."""
    lines = values(fields, name)
    return ",".join(one.strip() for line in lines for one in line.split(",")) if lines else "\0"


def explicit_lifetime_s(fields: Fields) -> float | None:
    """How long an answer says it is fresh; None when it says nothing (RFC 9111 §4.2.1)."""
    control = control_of(fields)
    for name in ("s-maxage", "max-age"):
        if (told := control.seconds(name)) is not None:
            return told
    lines = values(fields, "expires")
    if not lines or _is_targeted(fields):
        return None
    until, dated = http_date(lines[0]), http_date(first(fields, "date"))
    return max(until - dated, 0.0) if len(lines) == 1 and until is not None and dated is not None else 0.0


def lifetime_s(status: int, fields: Fields) -> float:
    """How long an answer is fresh, by what it says or else by how long it has not changed (RFC 9111 §4.2.2)."""
    told = explicit_lifetime_s(fields)
    if told is not None:
        return told
    modified, dated = http_date(first(fields, "last-modified")), http_date(first(fields, "date"))
    if status not in _BY_HEURISTIC or modified is None or dated is None:
        return 0.0
    return min(max(dated - modified, 0.0) * HEURISTIC_SHARE, HEURISTIC_MAX_S)


# ── using ────────────────────────────────────────────────────────────────────────────────────────────────────────────

Use = Literal["hit", "stale-while-revalidate", "validate", "miss", "refuse"]
"""Serve it · serve it and ask behind the caller's back · ask whether it is still right · ask · 504 (only-if-cached)."""


def suits(kept: Kept, asking: Asking) -> bool:
    """Whether an answer was to the same question in what it varies by."""
    return all(_canonical(asking.fields, name) == value for name, value in kept.selected)


def goes_by(asking: Asking) -> bool:
    """Whether a request has nothing to do with a cache: it is served by the system behind alone."""
    return asking.method not in {"GET", "HEAD"} or any(values(asking.fields, name) for name in _CONDITIONS)


def use(kept: Kept | None, asking: Asking, mono: float) -> Use:
    """What to do with what is kept (RFC 9111 §4)."""
    asked = asking.control
    if kept is None:
        return "refuse" if "only-if-cached" in asked else "miss"
    control, left_s = kept.control, kept.left_s(mono)
    strict = "no-cache" in control or "no-cache" in asked or "no-store" in asked
    if not strict and left_s > 0 and _young_enough(kept, asked, mono):
        return "hit"
    if not strict and _may_be_stale(control) and "max-age" not in asked and "min-fresh" not in asked:
        if -left_s < asked.grants("max-stale"):
            return "hit"
        if -left_s < control.grants("stale-while-revalidate"):
            return "stale-while-revalidate"
    if "only-if-cached" in asked:
        return "refuse"
    return "validate" if kept.validators else "miss"


def _young_enough(kept: Kept, asked: Directives, mono: float) -> bool:
    oldest = asked.seconds("max-age")
    return (oldest is None or kept.age_s(mono) <= oldest) and kept.left_s(mono) >= asked.grants("min-fresh")


def _may_be_stale(control: Directives) -> bool:
    """Whether nothing forbids serving it after its time (RFC 9111 §4.2.4)."""
    return not any(one in control for one in ("must-revalidate", "proxy-revalidate", "s-maxage", "no-cache"))


def may_replace_error(kept: Kept, asking: Asking, mono: float, *, stale_s: float) -> bool:
    """Whether it may be served since the system behind failed (RFC 5861 §4). `stale_s`: how long we allow where the
    answer itself says nothing."""
    if not _may_be_stale(kept.control) or "no-cache" in asking.control:
        return False
    told = kept.control.seconds("stale-if-error")
    return -kept.left_s(mono) < (stale_s if told is None else told)


def not_modified(kept: Kept, asking: Asking) -> bool:
    """Whether the client has what is kept already (RFC 9110 §13.2.2). `If-None-Match` wins."""
    known = values(asking.fields, "if-none-match")
    if known:
        tags = members(known)
        return "*" in tags or (bool(kept.etag) and _weak(kept.etag) in {_weak(one) for one in tags})
    since, modified = http_date(first(asking.fields, "if-modified-since")), http_date(kept.modified)
    if since is None or kept.status != 200:
        return False
    stamp = modified if modified is not None else http_date(first(kept.fields, "date"))
    return stamp is not None and stamp <= since


def _weak(tag: str) -> str:
    return tag.strip().removeprefix("W/")


def asked_again(asking: Asking, kept: Kept) -> Asking:
    """The request that asks whether what is kept is still right: our conditions, not those of the client."""
    ours = {name.lower() for name, _ in kept.validators} | {"if-none-match", "if-modified-since", "range"}
    fields = tuple((name, value) for name, value in asking.fields if name.lower() not in ours)
    return replace(asking, method="GET", fields=(*fields, *kept.validators))


def freshened(kept: Kept, asking: Asking, fields: Fields, *, asked: float, mono: float, wall: float) -> Kept:
    """What is kept after a 304: its fields replaced by the new ones, its time begun anew (RFC 9111 §3.2, §4.3.4)."""
    new = tuple((name, value) for name, value in end_to_end(fields) if name.lower() not in _NOT_UPDATED)
    named = {name.lower() for name, _ in new} | {"age"}
    merged = (*((name, value) for name, value in kept.fields if name.lower() not in named), *new)
    again = keep(asking, kept.status, merged, kept.body, asked=asked, mono=mono, wall=wall)
    return replace(again, selected=kept.selected if not values(new, "vary") else again.selected)


def invalidates(asking: Asking, status: int) -> bool:
    """Whether what is kept of its address, and of those it names, is no longer right (RFC 9111 §4.4)."""
    return asking.method not in SAFE and 200 <= status < 400


def named_addresses(fields: Fields) -> list[str]:
    """The addresses that an answer names as changed too, as they stand there."""
    return [value for name in ("location", "content-location") for value in values(fields, name)]


def shown_fields(kept: Kept, mono: float) -> Fields:
    """The fields of an answer out of the cache: with its age, and its own date (RFC 9111 §5.1)."""
    own = tuple((name, value) for name, value in kept.fields if name.lower() != "age")
    return (*own, ("Age", str(int(kept.age_s(mono)))))


def fields_of_304(fields: Fields) -> Fields:
    """What a 304 carries of the answer it stands for (RFC 9110 §15.4.5)."""
    wanted = {"cache-control", "content-location", "date", "etag", "expires", "vary", "age", "set-cookie"}
    return tuple((name, value) for name, value in fields if name.lower() in wanted or _is_custom(name))


def _is_custom(name: str) -> bool:
    return not name.lower().startswith("content-") and name.lower() != "last-modified"


def youngest(found: Iterable[Kept], asking: Asking) -> Kept | None:
    """Of the answers kept for an address the one that suits; of several the youngest (RFC 9111 §4.1)."""
    return max((one for one in found if suits(one, asking)), key=lambda one: one.since_mono, default=None)
