"""The published schemas of all messages of a contract, as the OpenAPI document has them, by the same room.

The names of components are such as OpenAPI allows. What many messages share is written once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from adapters.soap.verify_components import Components, Misfit
from bridge.call import JsonValue
from bridge.shapes.model import Described, Shape
from bridge.shapes.schema import RESERVED, SchemaWriter

_NOT_A_COMPONENT = re.compile(r"[^A-Za-z0-9._-]+")


class PublishedSchemas:
    """The schemas of these messages, which share their tables of shapes."""

    def __init__(self, described: Iterable[Described]) -> None:
        rename = _namer()
        writers: dict[int, SchemaWriter] = {}
        self._kept = [one for one in described if one.shape is not None]  # kept, so that an id stays its own
        messages: dict[int, JsonValue] = {}
        for one in self._kept:
            assert one.shape is not None
            writer = writers.setdefault(id(one.table), SchemaWriter(one.table, rename=rename))
            messages[id(one)] = writer.of(one.shape, nullable=one.nullable)
        schemas = {name: schema for writer in writers.values() for name, schema in writer.components().items()}
        self._messages, self._components = messages, Components(schemas)

    def of(self, described: Described) -> Callable[[JsonValue], None]:
        """What raises Misfit for a value that does not fit this message."""
        return _nothing if described.shape is None else self._components.judge(self._messages[id(described)])


def _nothing(value: JsonValue) -> None:
    if value is not None:
        raise Misfit("there is something where nothing is declared", "")


def _namer() -> Callable[[str, Shape], str]:
    names: dict[str, str] = {}
    taken = set(RESERVED)

    def rename(name: str, _: Shape) -> str:
        if name not in names:
            wanted = component = _NOT_A_COMPONENT.sub("_", name) or "_"
            number = 2
            while component in taken:
                component, number = f"{wanted}-{number}", number + 1
            taken.add(component)
            names[name] = component
        return names[name]

    return rename
