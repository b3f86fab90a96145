"""Content models as automata: whether members come in an order that the schema allows (XML Schema part 1, §3.8.4).

Only for what is an array in JSON, repeated groups and mixed content; elsewhere the encoder puts things in order. The
construction is Glushkov's: a state is the set of places where the next member may stand, so each costs one step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bridge.formats.xml.layout import Element, Group, Particle, Wildcard
from bridge.formats.xml.plan import ANY_KEY

PLACES_MAX = 600
COPIES_MAX = 40
WAYS_MAX = 24
WAY_MAX = 60
T = TypeVar("T")


class TooLarge(Exception):
    """The model has more places than are worth checking."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an automaton: where it may begin and end, and whether nothing will do."""

    first: frozenset[int]
    last: frozenset[int]
    empty: bool


NOTHING = Part(frozenset(), frozenset(), empty=True)


class Automaton(Generic[T]):
    """Places and which may follow which; `marks` says what each place stands for."""

    def __init__(self) -> None:
        self.marks: list[T] = []
        self.follow: list[set[int]] = []

    def place(self, mark: T) -> Part:
        if len(self.marks) >= PLACES_MAX:
            raise TooLarge
        self.marks.append(mark)
        self.follow.append(set())
        here = frozenset({len(self.marks) - 1})
        return Part(here, here, empty=False)

    def repeated(self, once: Callable[[], Part], least: int, most: int | None) -> Part:
        if most == 0:
            return NOTHING
        if least > COPIES_MAX or (most or 0) > COPIES_MAX:
            least, most = min(least, 1), None  # counted loosely; what is counted exactly grows with the count
        copies = [once() for _ in range(max(least, 1) if most is None else most)]
        if most is None:
            self._link(copies[-1].last, copies[-1].first)
        return self.sequence([Part(one.first, one.last, one.empty or at >= least) for at, one in enumerate(copies)])

    def sequence(self, parts: Iterable[Part]) -> Part:
        whole = NOTHING
        for part in parts:
            self._link(whole.last, part.first)
            first = whole.first | part.first if whole.empty else whole.first
            last = whole.last | part.last if part.empty else part.last
            whole = Part(first, last, whole.empty and part.empty)
        return whole

    def group(self, particle: Particle, mark: Callable[[Element | Wildcard], T]) -> Part:
        def once() -> Part:
            if not isinstance(particle, Group):
                return self.place(mark(particle))
            parts = [self.group(item, mark) for item in particle.items]
            return choice(parts) if particle.kind == "choice" else self.sequence(parts)

        return self.repeated(once, particle.min, particle.max)

    def _link(self, last: frozenset[int], first: frozenset[int]) -> None:
        for place in last:
            self.follow[place] |= first


class ContentModel:
    """The order of one group. Members are named by the Clark name of their particle, wildcards by `@any`.

    `any_order`: a repeated choice between single members, where every order is right, or `xs:all`.
    """

    def __init__(self, group: Group) -> None:
        automaton = Automaton[str]()
        self._names, self._follow = automaton.marks, automaton.follow
        self.any_order = _is_free(group) or _holds_all(group)
        whole = NOTHING if self.any_order else automaton.group(group, _name)
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

    def ways(self) -> list[tuple[str, ...]]:
        """Some right orders: the shortest through each place, and through each pair that may stand side by side."""
        pairs = [(place, then) for place in range(len(self._names)) for then in sorted(self._follow[place])]
        before: list[list[int]] = [[] for _ in self._names]
        for place, then in pairs:
            before[then].append(place)
        ahead = _shortest(self._first, lambda place: sorted(self._follow[place]))
        behind = _shortest(self._last, lambda place: before[place])
        routes = [ahead[place][::-1] + behind[place][1:] for place in range(len(self._names))]
        routes += [ahead[place][::-1] + behind[then] for place, then in pairs[: 4 * WAYS_MAX]]
        found = (tuple(self._names[place] for place in route) for route in routes if len(route) <= WAY_MAX)
        return list(dict.fromkeys(found))[:WAYS_MAX]

    def _told(self, places: frozenset[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._names[place] for place in sorted(places)))


def _name(leaf: Element | Wildcard) -> str:
    return leaf.name if isinstance(leaf, Element) else ANY_KEY


def _shortest(start: frozenset[int], step: Callable[[int], Iterable[int]]) -> dict[int, list[int]]:
    """By place, the shortest route from it back to the start; both ends included."""
    routes = {place: [place] for place in sorted(start)}
    todo = list(routes)
    for place in todo:
        for then in step(place):
            if then not in routes:
                routes[then] = [then, *routes[place]]
                todo.append(then)
    return routes


def choice(parts: list[Part]) -> Part:
    """One of the parts."""
    first = frozenset[int]().union(*(part.first for part in parts))
    last = frozenset[int]().union(*(part.last for part in parts))
    return Part(first, last, any(part.empty for part in parts))


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
