"""A sample value for any Shape, valid against its schema and against the contract; the same seed, the same value.

Optional parts are shown on the way down until the sample is deep or large enough; recursion is cut where it is
optional. Alternatives are tried in the order that the seed gives until one can be made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from bridge.call import JsonValue
from bridge.shapes.json import loads
from bridge.shapes.lexical import normalised, value_of
from bridge.shapes.model import (
    AnyJson,
    Branch,
    Choice,
    Described,
    Field,
    Items,
    ListOf,
    Record,
    Ref,
    Scalar,
    Shape,
    TextMap,
    Union,
    Variant,
    Variants,
    XmlNode,
)
from bridge.shapes.patterns import fits, is_usable
from bridge.shapes.sample_scalars import NoSample, sample_scalar
from bridge.shapes.schema_choices import keys_of

DEPTH_MAX = 4
VALUES_MAX = 400
REQUIRED_DEPTH_MAX = 60
TRIES_MAX = 20_000
ROUNDS_MAX = 1000
TAG = "@type"
_T = TypeVar("_T")

__all__ = ["NoSample", "sample"]


def sample(described: Described, seed: int = 0, *, depth_max: int = DEPTH_MAX, optional: bool = True) -> JsonValue:
    """A value. `optional`: show what may be left out, `depth_max` levels deep. Raises NoSample.

    `described.shape` None has no value to show.
    """
    if described.shape is None:
        raise NoSample("there is no content to give a sample of")
    return _Sampler(described.table, seed, depth_max if optional else -1).value(described.shape, "", ())


class _Sampler:
    """Walks the shapes; `path` holds the names that are open, so that recursion is seen."""

    def __init__(self, table: Mapping[str, Shape], seed: int, depth_max: int) -> None:
        self.table, self.seed, self.depth_max = table, seed, depth_max
        self.values = 0
        self.tries = 0
        self.ids = 0

    def value(self, shape: Shape, key: str, path: tuple[str, ...]) -> JsonValue:
        self.values += 1
        self.tries += 1
        if self.tries > TRIES_MAX or len(path) > REQUIRED_DEPTH_MAX:
            raise NoSample(f"{key} cannot be made in reasonable size")
        match shape:
            case Scalar(name="ID"):
                return self.unique(shape, key)
            case Scalar():
                return sample_scalar(shape, key, self.seed)
            case Union():
                return self.union(shape, key, path)
            case ListOf():
                return self.array(shape, key, path)
            case Record():
                return self.record(shape, path)
            case Variants():
                return self.variants(shape, key, path)
            case Items():
                return self.items(shape, path)
            case XmlNode():
                return self.free(shape, path)
            case TextMap(example=name):
                return {name: "text"}
            case AnyJson(example=example):
                return loads(example.encode()) if example else {}
            case Ref(name):
                return self.named(name, key, path)

    def free(self, shape: XmlNode, path: tuple[str, ...]) -> JsonValue:
        """Free XML; typed where nothing else is valid and it can be made."""
        if not shape.named:
            return "text" if shape.text else {"@attributes": {"id": "Schema"}}
        for entry in [] if shape.example else shape.typed:
            try:
                return {"@name": entry.key, "@value": self.value(entry.shape, "", (*path, entry.key))}
            except NoSample:
                continue
        return {"@name": shape.example or "note", "@content": ["text"]}

    def unique(self, shape: Scalar, key: str) -> JsonValue:
        """An xs:ID stands once in a document."""
        self.ids += 1
        text, facets = f"id-{self.ids}", shape.facets
        if facets.enumeration is None and all(fits(pattern, text) for pattern in facets.patterns if is_usable(pattern)):
            return text
        return sample_scalar(shape, key, self.seed + self.ids)

    def named(self, name: str, key: str, path: tuple[str, ...]) -> JsonValue:
        if path.count(name) > 1:
            raise NoSample(f"{name} holds itself")
        return self.value(self.table[name], key, (*path, name))

    def generous(self, path: tuple[str, ...]) -> bool:
        return len(path) <= self.depth_max and self.values < VALUES_MAX

    # ── arrays ───────────────────────────────────────────────────────────────────────────────────────────────────

    def array(self, shape: ListOf, key: str, path: tuple[str, ...]) -> JsonValue:
        least, wanted = shape.min_items, 1 if self.generous(path) and shape.max_items != 0 else 0
        if least > (1000 if shape.max_items is None else min(1000, shape.max_items)):
            raise NoSample(f"{key} must have {least} items")
        try:
            return [self.value(shape.item, key, path) for _ in range(max(least, wanted))]
        except NoSample:
            if least == 0:
                return []
            if shape.nullable_items:
                return [None] * least
            raise

    def items(self, shape: Items, path: tuple[str, ...]) -> JsonValue:
        if shape.orders:
            return self.in_order(shape, path)
        if any(member.required for member in shape.members):
            return self.round(shape, path)
        wanted = 2 if self.generous(path) else 0
        count = max(shape.min_items, wanted if shape.max_items is None else min(wanted, shape.max_items))
        made: list[JsonValue] = []
        for member in self.turned(sorted(shape.members, key=lambda one: self.is_free(one.shape))):
            if self.is_free(member.shape) and (made or not shape.min_items):
                continue
            try:
                made.append({member.key: self.field(member, path)})
            except NoSample:
                continue
        if not made and shape.min_items:
            raise NoSample("none of the members can be made")
        # Two texts side by side would be read as one.
        count = min(count, 1) if len(made) == 1 and shape.members[0].key == "@text" else count
        return [made[index % len(made)] for index in range(count)] if made else []

    def round(self, shape: Items, path: tuple[str, ...]) -> JsonValue:
        """Members that come in a fixed order, once through or as often as is needed (a repeated sequence)."""
        if not shape.min_items and not self.generous(path):
            return []
        try:
            once = [member for member in shape.members if member.required]
            rounds = max(1, -(-shape.min_items // len(once)))
            return [{member.key: self.field(member, path)} for member in once * min(rounds, ROUNDS_MAX)]
        except NoSample:
            if shape.min_items:
                raise
            return []

    def in_order(self, shape: Items, path: tuple[str, ...]) -> JsonValue:
        """The plainest of the right orders that can be made."""
        if not shape.min_items and not self.generous(path):
            return []
        members = {member.key: member for member in shape.members}
        free = {key for key, member in members.items() if self.is_free(member.shape)}
        for order in sorted(shape.orders, key=lambda one: not free.isdisjoint(one)):
            try:
                return [{key: self.field(members[key], path)} for key in order]
            except NoSample:
                continue
        if shape.min_items:
            raise NoSample("none of the orders of its members can be made")
        return []

    # ── records ──────────────────────────────────────────────────────────────────────────────────────────────────

    def record(self, shape: Record, path: tuple[str, ...]) -> dict[str, JsonValue]:
        generous = self.generous(path)
        fields = {entry.key: entry for entry in shape.fields}
        governed = {key for choice in shape.choices for branch in choice.branches for key in keys_of(branch)}
        made: dict[str, JsonValue] = {}
        for entry in shape.fields:
            if entry.required:
                made[entry.key] = self.field(entry, path)
            elif generous and entry.key not in governed:
                self.try_field(entry, path, made)
        for choice in shape.choices:
            made |= self.choice(choice, fields, path, made)
        return {key: made[key] for key in fields if key in made}

    def field(self, entry: Field, path: tuple[str, ...]) -> JsonValue:
        for text in (entry.fixed, entry.default):
            if text is not None and isinstance(entry.shape, Scalar):
                try:
                    return value_of(entry.shape, text)
                except ValueError:
                    continue
        try:
            return self.value(entry.shape, entry.key, path)
        except NoSample:
            if entry.nullable:
                return None
            raise

    def try_field(self, entry: Field, path: tuple[str, ...], made: dict[str, JsonValue]) -> None:
        if (isinstance(entry.shape, Ref) and entry.shape.name in path) or self.is_free(entry.shape):
            return
        try:
            made[entry.key] = self.field(entry, path)
        except NoSample:
            return  # what may be left out is left out

    def choice(
        self, choice: Choice, fields: Mapping[str, Field], path: tuple[str, ...], made: Mapping[str, JsonValue]
    ) -> dict[str, JsonValue]:
        """One way that can be made and that agrees with what is there already."""
        taken = {key for branch in choice.branches for key in keys_of(branch) if key in made}
        if not taken and not choice.required and not self.generous(path):
            return {}
        for branch in self.turned(choice.branches):
            if taken <= set(keys_of(branch)):
                try:
                    return self.branch(branch, fields, path, made)
                except NoSample:
                    continue
        if choice.required or taken:
            raise NoSample("no way through a choice can be made")
        return {}

    def branch(
        self, branch: Branch, fields: Mapping[str, Field], path: tuple[str, ...], made: Mapping[str, JsonValue]
    ) -> dict[str, JsonValue]:
        found = {key: self.field(fields[key], path) for key in (*branch.required, *branch.needs) if key not in made}
        nested = {key for choice in branch.choices for inner in choice.branches for key in keys_of(inner)}
        if self.generous(path):
            for key in branch.keys:
                if key not in nested and key not in found and key not in made:
                    self.try_field(fields[key], path, found)
        for choice in branch.choices:
            found |= self.choice(choice, fields, path, {**made, **found})
        return found

    # ── alternatives ─────────────────────────────────────────────────────────────────────────────────────────────

    def variants(self, shape: Variants, key: str, path: tuple[str, ...]) -> JsonValue:
        ordered = sorted(shape.members, key=lambda member: not member.default) if self.seed == 0 else shape.members
        for member in self.turned(ordered):
            try:
                return self.variant(member, key, path)
            except NoSample:
                continue
        raise NoSample(f"none of the variants of {key} can be made")

    def variant(self, member: Variant, key: str, path: tuple[str, ...]) -> JsonValue:
        value = self.value(member.shape, key, path)
        if member.wrapped:
            return {TAG: member.tag, "value": value}
        if not isinstance(value, dict):
            raise NoSample(f"{key} cannot carry {TAG}")
        return {TAG: member.tag} | value

    def union(self, shape: Union, key: str, path: tuple[str, ...]) -> JsonValue:
        for value, text in self.readings(shape, key, path):
            if all(text is not None and fits(pattern, text) for pattern in shape.facets.patterns if is_usable(pattern)):
                return value
        raise NoSample(f"no member of the union {key} can be made")

    def readings(self, shape: Union, key: str, path: tuple[str, ...]) -> Iterator[tuple[JsonValue, str | None]]:
        for text in self.turned(shape.facets.enumeration or ()):
            for member in shape.members:
                if isinstance(member, Scalar):
                    try:
                        yield value_of(member, text), normalised(text, "collapse")
                    except ValueError:
                        continue
        if shape.facets.enumeration is not None:
            return
        for inner in self.turned(shape.members):
            try:
                value = self.value(inner, key, path)
            except NoSample:
                continue
            yield value, value if isinstance(value, str) else None

    def turned(self, options: Sequence[_T]) -> Sequence[_T]:
        start = self.seed % len(options) if options else 0
        return [*options[start:], *options[:start]]

    def is_free(self, shape: Shape) -> bool:
        """What the contract says nothing about: there is nothing to show, and often nothing that would be valid."""
        one = shape.item if isinstance(shape, ListOf) else shape
        return isinstance(self.table.get(one.name) if isinstance(one, Ref) else one, XmlNode | TextMap)
