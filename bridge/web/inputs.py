"""How the input of an operation is spread over path, query, headers and body of a route. Pure.

A parameter is always a scalar, a union of scalars or an array of those; what is deeper stays in the body. Nothing here
knows a request, and nothing converts a value: that is params.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bridge.errors import RouteError
from bridge.shapes.model import Branch, Choice, Described, Field, ListOf, Record, Ref, Scalar, Shape, Union

BODILESS = frozenset({"GET", "DELETE"})
PARAMETERS_MAX = 200
_DEPTH_MAX = 4


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input outside the body. `pointer` is where it goes in the input; `shape` has no `Ref` left in it."""

    name: str
    pointer: tuple[str, ...]
    shape: Shape
    required: bool
    doc: str = ""
    default: str | None = None
    fixed: str | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """Where each part of an operation's input comes from. `body` None: the route takes no body."""

    path: tuple[Parameter, ...] = ()
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    body: Described | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """What a configured route says: parameter name → field of the input, dotted when nested (`range.from`).

    A path parameter that is not in `path` has the name of its field.
    """

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def spread(described: Described, method: str, path_names: Sequence[str], sources: Sources) -> Inputs:
    """The inputs of a route. Raises RouteError with every reason when the input cannot come that way."""
    record = resolved(described.shape, described.table) if described.shape is not None else Record(())
    if not isinstance(record, Record):
        if path_names or sources.query or sources.headers or method in BODILESS:
            raise RouteError("the input is not an object, so it has to come as the body: use POST without parameters")
        return Inputs(body=described)
    known, unfit = _flatten(record, described.table)
    faults: list[str] = []
    path = tuple(_picked(name, sources.path.get(name, name), known, faults) for name in path_names)
    query = tuple(_picked(name, target, known, faults) for name, target in sources.query.items())
    headers = tuple(_picked(name, target, known, faults) for name, target in sources.headers.items())
    faults += [f"{p.name} is an array, which cannot be in the path" for p in path if isinstance(p.shape, ListOf)]
    faults += [f"{p.name} is an array, which cannot be a header" for p in headers if isinstance(p.shape, ListOf)]
    taken = {parameter.pointer for parameter in (*path, *query, *headers)}
    if method in BODILESS:
        query += tuple(parameter for parameter in known.values() if parameter.pointer not in taken)
        faults += [f"{name} does not fit a query parameter, and {method} has no body" for name in unfit]
    if len(query) > PARAMETERS_MAX:
        faults.append(f"the input has {len(query)} query parameters, more than {PARAMETERS_MAX}")
    if faults:
        raise RouteError("; ".join(faults))
    path = tuple(replace(parameter, required=True) for parameter in path)
    body = None if method in BODILESS or described.shape is None else _rest(record, described, taken)
    return Inputs(path, query, headers, body)


def resolved(shape: Shape, table: Mapping[str, Shape]) -> Shape:
    """The shape behind a chain of names."""
    for _ in range(len(table) + 1):
        if not isinstance(shape, Ref):
            return shape
        shape = table[shape.name]
    raise RouteError("a shape is only a name for itself")


def _picked(name: str, target: str, known: Mapping[str, Parameter], faults: list[str]) -> Parameter:
    found = known.get(target)
    if found is None:
        faults.append(f"{target} is not a simple field of the input")
        return Parameter(name, (target,), Ref(""), required=False)
    return replace(found, name=name)


def _flatten(record: Record, table: Mapping[str, Shape]) -> tuple[dict[str, Parameter], list[str]]:
    """The parameters by dotted name, and the required parts that do not fit one."""
    known: dict[str, Parameter] = {}
    unfit: list[str] = []
    for entry in record.fields:
        found = list(_parameters(entry, table, (), required=True, open_refs=()))
        if any(parameter is None for parameter in found):
            unfit += [entry.key] if entry.required else []
            continue
        for parameter in found:
            if parameter is not None:
                known.setdefault(parameter.name, parameter)
    fitting = {parameter.pointer[0] for parameter in known.values()}
    unfit += [
        "one of " + ", ".join(key for branch in choice.branches for key in branch.keys)
        for choice in record.choices
        if choice.required and not any(_branch_fits(branch, fitting) for branch in choice.branches)
    ]
    return known, unfit


def is_entangled(described: Described) -> bool:
    """Whether single parameters could not tell what may stand beside what: choices, and optional records that come
    whole or not at all."""
    return described.shape is not None and _is_entangled(described.shape, described.table, ())


def _is_entangled(shape: Shape, table: Mapping[str, Shape], open_refs: tuple[str, ...]) -> bool:
    inner = resolved(shape, table)
    name = shape.name if isinstance(shape, Ref) else ""
    if not isinstance(inner, Record) or (name and name in open_refs) or len(open_refs) >= _DEPTH_MAX:
        return False
    return bool(inner.choices) or any(
        (not one.required and _comes_whole(resolved(one.shape, table)))
        or _is_entangled(one.shape, table, (*open_refs, name))
        for one in inner.fields
    )


def _comes_whole(shape: Shape) -> bool:
    return isinstance(shape, Record) and len(shape.fields) > 1 and any(one.required for one in shape.fields)


def _branch_fits(branch: Branch, fitting: set[str]) -> bool:
    if not {*branch.required, *branch.needs} <= fitting or (branch.keys and not set(branch.keys) & fitting):
        return False
    return all(
        not choice.required or any(_branch_fits(inner, fitting) for inner in choice.branches)
        for choice in branch.choices
    )


def _parameters(
    entry: Field, table: Mapping[str, Shape], above: tuple[str, ...], *, required: bool, open_refs: tuple[str, ...]
) -> Iterator[Parameter | None]:
    """The parameters of one field; a None among them says that a part it cannot do without does not fit."""
    pointer = (*above, entry.key)
    required = required and entry.required
    simple = _simple(entry.shape, table)
    if simple is not None:
        yield Parameter(".".join(pointer), pointer, simple, required, entry.doc, entry.default, entry.fixed)
        return
    inner = resolved(entry.shape, table)
    name = entry.shape.name if isinstance(entry.shape, Ref) else ""
    if not isinstance(inner, Record) or (name and name in open_refs) or len(pointer) >= _DEPTH_MAX:
        yield None
        return
    if any(choice.required for choice in inner.choices):
        yield None
        return
    for child in inner.fields:
        found = list(_parameters(child, table, pointer, required=required, open_refs=(*open_refs, name)))
        if None not in found:
            yield from found
        elif child.required:
            yield None


def _simple(shape: Shape, table: Mapping[str, Shape]) -> Shape | None:
    """The shape without names when it can be written as one text, or as one text an item."""
    shape = resolved(shape, table)
    if isinstance(shape, ListOf):
        item = _single(shape.item, table)
        return None if item is None else replace(shape, item=item)
    return _single(shape, table)


def _single(shape: Shape, table: Mapping[str, Shape]) -> Shape | None:
    shape = resolved(shape, table)
    match shape:
        case Scalar():
            return shape
        case Union():
            members = [_single(member, table) for member in shape.members]
            fitting = tuple(member for member in members if member is not None)
            return replace(shape, members=fitting) if len(fitting) == len(members) else None
        case _:
            return None


def _rest(record: Record, described: Described, taken: set[tuple[str, ...]]) -> Described | None:
    """What is left for the body once the parameters have taken theirs."""
    if not taken:
        return whole(described)
    left = _without(record, described.table, taken)
    if not left.fields:
        return None
    return replace(described, shape=left, required=_needs_something(left))


def whole(described: Described) -> Described:
    """The body that takes all of an input. One in which nothing must be may be left out altogether."""
    shape = described.shape and resolved(described.shape, described.table)
    if described.required and isinstance(shape, Record) and not _needs_something(shape):
        return replace(described, required=False)
    return described


def _needs_something(record: Record) -> bool:
    return any(entry.required for entry in record.fields) or any(choice.required for choice in record.choices)


def _without(record: Record, table: Mapping[str, Shape], taken: set[tuple[str, ...]]) -> Record:
    fields: list[Field] = []
    for entry in record.fields:
        below = {pointer[1:] for pointer in taken if pointer[0] == entry.key}
        inner = resolved(entry.shape, table)
        if not below:
            fields.append(entry)
        elif () not in below and isinstance(inner, Record):
            left = _without(inner, table, below)
            # Its parameters may be all that was asked of it, so it is no longer the body that must bring it.
            needed = entry.required and any(child.required for child in left.fields)
            fields += [replace(entry, shape=left, required=needed)] if left.fields else []
    gone = {pointer[0] for pointer in taken if len(pointer) == 1}
    choices = tuple(_choice_without(choice, gone) for choice in record.choices)
    return replace(record, fields=tuple(fields), choices=choices)


def _choice_without(choice: Choice, gone: set[str]) -> Choice:
    branches = tuple(
        Branch(
            tuple(key for key in branch.keys if key not in gone),
            tuple(key for key in branch.required if key not in gone),
            tuple(_choice_without(inner, gone) for inner in branch.choices),
            tuple(key for key in branch.needs if key not in gone),
        )
        for branch in choice.branches
    )
    # A choice that a parameter decides is no longer the body's to make.
    decided = any(set(branch.keys) & gone for branch in choice.branches)
    return Choice(branches, choice.required and not decided)
