"""The slots of a schedule: the instants at which it is to run. Pure: the same on every node, for ever.

A slot is an instant in UTC, whole seconds, and with the name of its schedule the identity of one run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import Protocol

YEAR_MAX = 9000
_WINDOW = timedelta(minutes=1)
_WIDER = 4
_SPARE = 8


class Spec(Protocol):
    """When a schedule runs: cron, an interval or a calendar."""

    def slots(self, after: datetime) -> Iterator[datetime]:
        """The slots later than `after`, in order. Its search is bounded: it ends where nothing more is found."""
        ...

    @property
    def text(self) -> str:
        """For people."""
        ...

    @property
    def identity(self) -> tuple[str, ...]:
        """Equal where the slots are."""
        ...


def next_slot(spec: Spec, after: datetime) -> datetime | None:
    """The first one later than `after`."""
    return next(_slots(spec, after), None)


def slots_between(spec: Spec, after: datetime, until: datetime, limit: int) -> list[datetime]:
    """The first `limit` ones later than `after`, up to and with `until`."""
    return list(islice(takewhile(lambda slot: slot <= until, _slots(spec, after)), limit))


def latest_slots(spec: Spec, after: datetime, until: datetime, limit: int) -> list[datetime]:
    """The last `limit` of them. What it costs goes by the limit, not by how many there were."""
    whole = until - after
    few, many = timedelta(0), None
    while True:
        wider = min(few * _WIDER or _WINDOW, whole)
        window = wider if many is None else min(wider, few + (many - few) / 2)
        found = slots_between(spec, until - window, until, limit * _SPARE)
        if len(found) == limit * _SPARE:
            many = window
        elif len(found) < limit and window < whole:
            few = window
        else:
            return found[-limit:]


def digest(spec: Spec) -> str:
    """What tells one timing from another."""
    return hashlib.sha256("\x00".join(spec.identity).encode()).hexdigest()[:32]


def due_at(name: str, slot: datetime, jitter_s: float) -> datetime:
    """When the slot is acted on: later by a share of the jitter that all nodes agree on."""
    if jitter_s <= 0:
        return slot
    share = int.from_bytes(hashlib.sha256(f"{name}\n{written(slot)}".encode()).digest()[:8], "big") / 2**64
    return slot + timedelta(milliseconds=int(share * jitter_s * 1000))


def written(slot: datetime) -> str:
    """As it stands in the store and in the idempotency key."""
    return f"{slot.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _slots(spec: Spec, after: datetime) -> Iterator[datetime]:
    if after.tzinfo is None:
        raise ValueError("an instant has a time zone")
    if after.year > YEAR_MAX:
        return iter(())
    # A slot is a whole second, so one later than a fraction is later than its second.
    return spec.slots(after.astimezone(UTC).replace(microsecond=0))
