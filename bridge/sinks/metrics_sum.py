"""Several pages of metrics as one: what counts is added up, what says whether all is well takes the worst, and what
all of them see of one store is not counted twice. Pure.

A counter never goes down: those of a process that is gone stay part of the sum (`ended`), its gauges do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import add

_PICKED: dict[str, Callable[[float, float], float]] = {
    **dict.fromkeys(("bridge_config_valid", "bridge_upstream_ready"), min),
    # Each looks at the same queues, at a moment of its own.
    **dict.fromkeys(("bridge_queue_depth", "bridge_queue_oldest_ready_seconds", "bridge_alerts_firing"), max),
    "bridge_breaker_state": max,
    # Each knows a part of one and the same.
    **dict.fromkeys(("bridge_limit_concurrency", "bridge_limit_tokens"), max),
    "bridge_clock_ahead_seconds": lambda one, other: max(one, other, key=abs),
}
_COUNTING = frozenset({"counter", "histogram"})


@dataclass(slots=True)
class _Family:
    """`samples` by name and labels as they are written."""

    about: list[str] = field(default_factory=list)
    kind: str = "untyped"
    samples: dict[str, float] = field(default_factory=dict)


def total(pages: Iterable[bytes], ended: Iterable[bytes] = ()) -> bytes:
    """One page in the text format 0.0.4."""
    families: dict[str, _Family] = {}
    for page in pages:
        _add(families, page, all_kinds=True)
    for page in ended:
        _add(families, page, all_kinds=False)
    lines = [line for family in families.values() for line in (*family.about, *map(_line, family.samples.items()))]
    return ("\n".join(lines) + "\n").encode()


def _add(families: dict[str, _Family], page: bytes, *, all_kinds: bool) -> None:
    name, family = "", _Family()
    for line in page.decode().splitlines():
        if line.startswith("# "):
            _, what, name, about = (*line.split(" ", 3), "")[:4]
            family = families.setdefault(name, _Family())
            if len(family.about) < 2:
                family.about.append(line)
            if what == "TYPE":
                family.kind = about
        elif line and (all_kinds or family.kind in _COUNTING):
            sample, _, value = line.rpartition(" ")
            _count(family, sample, float(value), _PICKED.get(name, add))


def _count(family: _Family, sample: str, value: float, both: Callable[[float, float], float]) -> None:
    before = family.samples.get(sample)
    family.samples[sample] = value if before is None else both(before, value)


def _line(sample: tuple[str, float]) -> str:
    return f"{sample[0]} {sample[1]!r}"
