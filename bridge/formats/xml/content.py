"""Content models as automata: whether members come in an order that the schema allows (XML Schema part 1, §3.8.4).

Only for what is an array in JSON, repeated groups and mixed content; elsewhere the encoder puts things in order. The
construction is Glushkov's: a state is the set of places where the next member may stand, so each costs one step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bridge.formats.xml.layout import Element, Group, Particle
from bridge.formats.xml.plan import ANY_KEY

PLACES_MAX = 600
COPIES_MAX = 40


class TooLarge(Exception):
    """The model has more places than are worth checking."""


@dataclass(frozen=True, slots=True)
class _Part:
    first: frozenset[int]
    last: frozenset[int]
    empty: bool


_NOTHING = _Part(frozenset(), frozenset(), empty=True)


class ContentModel:
    """The order of one group. Members are named by the Clark name of their particle, wildcards by `@any`.

    `any_order`: a repeated choice between single members, where every order is right, or `xs:all`.
    """

    def __init__(self, group: Group) -> None:
        self._names: list[str] = []
        self._follow: list[set[int]] = []
        self.any_order = _is_free(group) or _holds_all(group)
        whole = _NOTHING if self.any_order else self._part(group)
        self._first, self._last, self._empty = whole.first, whole.last, whole.empty
        if self.any_order:
            self._empty = may_be_empty(group)

    def wrong(self, names: Iterable[str]) -> tuple[int, tuple[str, ...]] | None:
        """Where the first member stands that cannot stand there (the length, when some are missing at the end), and
        what could; None when all is well."""
        if self.any_order:
            return None if self._empty or any(True for _ in names) else (0, ())
        allowed, ended, index = self._first, self._empty, -1
        for index, name in enumerate(names):
            here = [place for place in allowed if self._names[place] == name]
            if not here:
                return index, self._told(allowed)
            allowed = frozenset().union(*(self._follow[place] for place in here))
            ended = not self._last.isdisjoint(here)
        return None if ended else (index + 1, self._told(allowed))

    def _told(self, places: frozenset[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._names[place] for place in sorted(places)))

    # ── construction ─────────────────────────────────────────────────────────────────────────────────────────────

    def _part(self, particle: Particle) -> _Part:
        least, most = particle.min, particle.max
        if most == 0:
            return _NOTHING
        if least > COPIES_MAX or (most or 0) > COPIES_MAX:
            least, most = min(least, 1), None  # counted loosely; what is counted exactly grows with the count
        copies = [self._once(particle) for _ in range(max(least, 1) if most is None else most)]
        if most is None:
            self._link(copies[-1].last, copies[-1].first)
        optional = [_Part(one.first, one.last, one.empty or index >= least) for index, one in enumerate(copies)]
        return self._sequence(optional)

    def _once(self, particle: Particle) -> _Part:
        if isinstance(particle, Group):
            parts = [self._part(item) for item in particle.items]
            return _choice(parts) if particle.kind == "choice" else self._sequence(parts)
        if len(self._names) >= PLACES_MAX:
            raise TooLarge
        self._names.append(particle.name if isinstance(particle, Element) else ANY_KEY)
        self._follow.append(set())
        here = frozenset({len(self._names) - 1})
        return _Part(here, here, empty=False)

    def _sequence(self, parts: list[_Part]) -> _Part:
        whole = _NOTHING
        for part in parts:
            self._link(whole.last, part.first)
            first = whole.first | part.first if whole.empty else whole.first
            last = whole.last | part.last if part.empty else part.last
            whole = _Part(first, last, whole.empty and part.empty)
        return whole

    def _link(self, last: frozenset[int], first: frozenset[int]) -> None:
        for place in last:
            self._follow[place] |= first


def _choice(parts: list[_Part]) -> _Part:
    first = frozenset[int]().union(*(part.first for part in parts))
    last = frozenset[int]().union(*(part.last for part in parts))
    return _Part(first, last, any(part.empty for part in parts))


def _is_free(group: Group) -> bool:
    single = all(not isinstance(item, Group) and item.min <= 1 and item.max != 0 for item in group.items)
    return group.kind == "choice" and group.max is None and group.min <= 1 and single


def _holds_all(group: Group) -> bool:
    return group.kind == "all" or any(isinstance(item, Group) and _holds_all(item) for item in group.items)


def least_members(particle: Particle) -> int:
    """The fewest members that a group can do with."""
    if not isinstance(particle, Group):
        return particle.min if particle.max != 0 else 0
    each = [least_members(item) for item in particle.items]
    return particle.min * (
        (min(each, default=0) if particle.kind == "choice" else sum(each)) if particle.max != 0 else 0
    )


def may_be_empty(particle: Particle) -> bool:
    """Whether nothing at all is right there, too."""
    if particle.min == 0 or particle.max == 0:
        return True
    if not isinstance(particle, Group):
        return False
    each = [may_be_empty(item) for item in particle.items]
    return not each or (any(each) if particle.kind == "choice" else all(each))
