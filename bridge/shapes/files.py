"""Where in some JSON the binary values are: the places that a file may fill, or come from.

A place is a JSON Pointer with `*` for every item of an array. Nothing here knows how such a value travels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridge.shapes.model import Described, Items, Kind, ListOf, Record, Ref, Scalar, Shape, Union, Variants
from bridge.shapes.walk import names_in

PLACES_MAX = 64
STEPS_MAX = 20_000
BINARY = frozenset({Kind.BASE64, Kind.HEX})


def places_of_files(described: Described, leading: frozenset[str] | None = None) -> dict[str, Scalar]:
    """Each place by its pointer, such as `/photo` or `/items/*/content`; what is recursive is entered once.

    "" is the value as a whole. There are never more than PLACES_MAX; a shape that has more is not gone through.
    `leading` is what `names_leading_to_files` says of the table, for who asks about many shapes of it.
    """
    shape, table = described.shape, described.table
    if shape is None:
        return {}
    if leading is None:
        if not _leads_to_files(shape, table):
            return {}
    elif not _holds_file(shape) and leading.isdisjoint(names_in(shape)):
        return {}
    else:
        table = {name: one for name, one in table.items() if name in leading} if len(leading) < len(table) else table
    found: dict[str, Scalar] = {}
    for steps, (pointer, scalar) in enumerate(_walk(shape, table)):
        if scalar is not None:
            found.setdefault(pointer, scalar)
        if len(found) >= PLACES_MAX or steps >= STEPS_MAX:
            break
    return found


def names_leading_to_files(table: Mapping[str, Shape]) -> frozenset[str]:
    """The names of a table behind which there is a binary value somewhere. Linear in the table."""
    users: dict[str, list[str]] = {}
    for name, shape in table.items():
        for used in names_in(shape):
            users.setdefault(used, []).append(name)
    todo = [name for name, shape in table.items() if _holds_file(shape)]
    found = set(todo)
    while todo:
        fresh = set(users.get(todo.pop(), ())) - found
        found |= fresh
        todo.extend(fresh)
    return frozenset(found)


def _leads_to_files(shape: Shape, table: Mapping[str, Shape]) -> bool:
    todo, seen = [shape], set[str]()
    while todo:
        one = todo.pop()
        if _holds_file(one):
            return True
        for name in set(names_in(one)) - seen:
            seen.add(name)
            todo.extend([table[name]] if name in table else [])
    return False


def _holds_file(shape: Shape) -> bool:
    """Whether it holds a binary value itself, references left aside."""
    return any(isinstance(one, Scalar) and one.kind in BINARY for _, one in _inside(shape))


def _inside(shape: Shape) -> Iterator[tuple[str, Shape]]:
    todo: list[tuple[str, Shape]] = [("", shape)]
    while todo:
        pointer, one = todo.pop()
        yield pointer, one
        todo.extend((pointer + step, part) for step, part in reversed(list(_parts(one))))


def _walk(shape: Shape, table: Mapping[str, Shape]) -> Iterator[tuple[str, Scalar | None]]:
    """Every step of the way, in the order of the document; a Scalar where there is a binary value."""
    todo: list[tuple[str, Shape, frozenset[str]]] = [("", shape, frozenset())]
    while todo:
        pointer, one, within = todo.pop()
        yield pointer, one if isinstance(one, Scalar) and one.kind in BINARY else None
        if isinstance(one, Ref):
            if one.name not in within and one.name in table:
                todo.append((pointer, table[one.name], within | {one.name}))
            continue
        todo.extend((pointer + step, part, within) for step, part in reversed(list(_parts(one))))


def _parts(shape: Shape) -> Iterator[tuple[str, Shape]]:
    """What stands directly in a shape, with the step that leads there. Free XML and free texts hold no files."""
    match shape:
        case Record(fields):
            yield from ((_step(field.key), field.shape) for field in fields)
        case ListOf(item):
            yield "/*", item
        case Items(members):
            yield from ((f"/*{_step(member.key)}", member.shape) for member in members)
        case Variants(members):
            yield from (("/value" if member.wrapped else "", member.shape) for member in members)
        case Union(members):
            yield from (("", member) for member in members)


def _step(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")
