"""What shapes refer to, and whether two names in two tables mean the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridge.shapes.model import AnyJson, Items, ListOf, Record, Ref, Shape, TextMap, Union, Variants, XmlNode


def parts(shape: Shape) -> Iterator[Shape]:
    """The shapes that stand directly in a shape."""
    match shape:
        case ListOf(item):
            yield item
        case Union(members):
            yield from members
        case Record(fields):
            yield from (field.shape for field in fields)
        case XmlNode(typed=fields, plain=plain):
            yield from (field.shape for field in fields)
            yield from [Ref(plain)] if plain else []
        case AnyJson(refs=names):
            yield from map(Ref, names)
        case TextMap(value=value) if value is not None:
            yield value
        case Variants(members) | Items(members):
            yield from (member.shape for member in members)


def names_in(shape: Shape) -> Iterator[str]:
    """The names a shape refers to, without following them."""
    todo = [shape]
    while todo:
        current = todo.pop()
        if isinstance(current, Ref):
            yield current.name
        todo.extend(parts(current))


def same(shape: Shape, table: Mapping[str, Shape], other: Shape, other_table: Mapping[str, Shape]) -> bool:
    """Whether two shapes are equal with all that they refer to, each in its own table."""
    if table is other_table:
        return shape is other or shape == other
    todo, seen = [(shape, other)], set[str]()
    while todo:
        one, two = todo.pop()
        if one is not two and one != two:
            return False
        for name in set(names_in(one)) - seen:
            if (name in table) != (name in other_table):
                return False
            if name in table:
                todo.append((table[name], other_table[name]))
            seen.add(name)
    return True
