"""Whether an expression can find anything in data of a shape: wrong names, and comparisons that never hold.

A misspelt name would make a condition silently false for ever; so it is an error before anybody is served. What a
shape leaves open (free XML, free keys) fits always.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bridge.call import JsonValue
from bridge.shapes.json import Number
from bridge.shapes.jsonpath import Step, Use
from bridge.shapes.model import (
    AnyJson,
    Described,
    Field,
    Items,
    Kind,
    ListOf,
    Record,
    Ref,
    Scalar,
    Shape,
    TextMap,
    Union,
    Variants,
    XmlNode,
)
from bridge.shapes.walk import parts

_NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE})
_SPECIAL = frozenset({Kind.FLOAT, Kind.DOUBLE})
_VISITED_MAX = 5_000
_TYPE = Field("@type", Scalar(Kind.STRING))
_ALWAYS_THERE = frozenset({"@unknown"})


@dataclass(frozen=True, slots=True)
class Misfit:
    """What can never be. `name` is the one that nothing has, `known` what there is in its place."""

    text: str
    name: str = ""
    known: tuple[str, ...] = ()


def misfits(uses: Iterable[Use], described: Described) -> list[Misfit]:
    """What is wrong with the paths of an expression, for data of this shape; [] when nothing is."""
    if described.shape is None:
        return [Misfit("there is no answer that could be looked at")]
    return [found for use in uses for found in _Fitting(described.table).use([described.shape], use, required=True)]


def found_at(uses: Iterable[Use], described: Described) -> Described | None:
    """The shape of what a path leads to; None when that may be several things, or anything."""
    shapes: list[Shape] | None = [described.shape] if described.shape is not None else []
    for step in (step for use in uses for step in use.steps):
        shapes = _Fitting(described.table).after(shapes, step) if shapes else None
    return Described(shapes[0], described.table, nullable=True) if shapes and len(shapes) == 1 else None


class _Fitting:
    """Follows paths through the shapes of one table."""

    def __init__(self, table: Mapping[str, Shape]) -> None:
        self._table = table

    def use(self, start: list[Shape], use: Use, *, required: bool = False) -> Iterator[Misfit]:
        shapes: list[Shape] | None = start
        sure = required
        for step in use.steps:
            sure = sure and self._is_sure(shapes or [], step)
            before = shapes or []
            shapes = self.after(before, step)
            if shapes is None:
                return
            if not shapes:
                yield self._missing(before, step, use)
                return
            for inner in step.inside:
                yield from self.use(shapes, inner)
        yield from self._judged(list(self._plain(shapes or [])), use, sure=sure)

    # ── along the path ───────────────────────────────────────────────────────────────────────────────────────────

    def _plain(self, shapes: Iterable[Shape]) -> Iterator[Shape]:
        """The same with references followed and variants spread out."""
        todo, seen = list(shapes), set[str]()
        while todo:
            shape = todo.pop()
            match shape:
                case Ref(name):
                    if name not in seen and name in self._table:
                        seen.add(name)
                        todo.append(self._table[name])
                case Variants(members):
                    todo += [
                        Record((_TYPE, Field("value", one.shape))) if one.wrapped else one.shape for one in members
                    ]
                    yield Record((_TYPE,))
                case Union(members):
                    todo += members
                case _:
                    yield shape

    def after(self, shapes: list[Shape], step: Step) -> list[Shape] | None:
        """What a step leads to; None when that may be anything."""
        found: list[Shape] = []
        for shape in self._plain(self._depths(shapes) if step.deep else shapes):
            match shape:
                case XmlNode() | TextMap() | AnyJson() | Record(open=True):
                    return None
                case Record(fields):
                    if _ALWAYS_THERE & set(step.names):
                        return None
                    found += [field.shape for field in fields if step.everything or field.key in step.names]
                case ListOf(item) if step.items:
                    found.append(item)
                case Items(members) if step.items:
                    found.append(Record(members))
        return found

    def _depths(self, shapes: list[Shape]) -> Iterator[Shape]:
        todo, seen = list(shapes), set[str]()
        for _ in range(_VISITED_MAX):
            if not todo:
                return
            shape = todo.pop()
            yield shape
            names = {one.name for one in parts(shape) if isinstance(one, Ref)} & seen
            todo += [one for one in parts(shape) if not (isinstance(one, Ref) and one.name in names)]
            if isinstance(shape, Ref) and shape.name in self._table and shape.name not in seen:
                seen.add(shape.name)
                todo.append(self._table[shape.name])
        yield XmlNode()  # too much to tell

    def _is_sure(self, shapes: list[Shape], step: Step) -> bool:
        """Whether a step finds something in each answer that keeps to its contract."""
        plain = list(self._plain(shapes))
        if len(plain) != 1 or not isinstance(plain[0], Record) or len(step.names) != 1:
            return False
        return any(field.key == step.names[0] and field.required for field in plain[0].fields)

    def _missing(self, before: list[Shape], step: Step, use: Use) -> Misfit:
        plain = list(self._plain(before))
        keys = tuple(dict.fromkeys(field.key for one in plain if isinstance(one, Record) for field in one.fields))
        if step.names and keys:
            return Misfit(f"{use.text}: there is no {step.names[0]!r} in the answer", step.names[0], keys)
        if step.names and any(isinstance(one, ListOf | Items) for one in plain):
            return Misfit(f"{use.text}: {step.names[0]!r} is asked of a list; say which item, such as [0] or [*]")
        wanted = repr(step.names[0]) if step.names else "an item"
        return Misfit(f"{use.text}: {wanted} is asked of what is no {'object' if step.names else 'list'}")

    # ── at its end ───────────────────────────────────────────────────────────────────────────────────────────────

    def _judged(self, shapes: list[Shape], use: Use, *, sure: bool) -> Iterator[Misfit]:
        if use.how == "exists" and sure and any(isinstance(one, Scalar) and one.kind == Kind.BOOLEAN for one in shapes):
            yield Misfit(f"{use.text} asks whether it is there, and it always is; write {use.text} == true")
        if use.how != "value" or not use.operator or use.against is None or not shapes:
            return
        if all(isinstance(one, Scalar) for one in shapes):
            scalars = [one for one in shapes if isinstance(one, Scalar)]
            if not any(_comparable(one, use.against) for one in scalars):
                yield Misfit(f"{use.text} {_kind(scalars[0])}, and {_shown(use.against)} {_what(use.against)}")
            elif use.operator == "==" and (values := _enumerated(scalars)) and str(use.against) not in values:
                yield Misfit(f"{use.text} is never {_shown(use.against)}", str(use.against), values)
        elif all(isinstance(one, Record | ListOf | Items) for one in shapes):
            kind = "an object" if isinstance(shapes[0], Record) else "a list"
            yield Misfit(f"{use.text} is {kind}, and {_shown(use.against)} {_what(use.against)}")


def _comparable(scalar: Scalar, against: JsonValue) -> bool:
    if isinstance(against, Number):
        return scalar.kind in _NUMBERS and not scalar.as_text
    if isinstance(against, str):
        return scalar.kind not in {*_NUMBERS, Kind.BOOLEAN} or scalar.as_text or scalar.kind in _SPECIAL
    return scalar.kind == Kind.BOOLEAN


def _enumerated(scalars: list[Scalar]) -> tuple[str, ...]:
    """The values there can be, where they are texts and few."""
    if len(scalars) != 1 or scalars[0].kind != Kind.STRING:
        return ()
    return scalars[0].facets.enumeration or ()


def _kind(scalar: Scalar) -> str:
    if scalar.kind == Kind.BOOLEAN:
        return "is true or false"
    return "is a number" if scalar.kind in _NUMBERS and not scalar.as_text else "is a text"


def _shown(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, Number) else repr(value)


def _what(value: JsonValue) -> str:
    if isinstance(value, Number):
        return "is a number"
    return "is a text" if isinstance(value, str) else "is a truth value"
