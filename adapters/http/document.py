"""An OpenAPI document as plain data: bytes → values, with size, depth and count bounded. Pure; knows no OpenAPI.

JSON and YAML 1.2 alike; numbers keep their digits. Tags and merge keys mean nothing, duplicate keys are refused, and
what aliases unfold to is counted.
"""

from __future__ import annotations

import re
from functools import partial

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bridge.call import JsonValue
from bridge.errors import ContractError, MalformedJson
from bridge.shapes.json import Number, loads

DEPTH_MAX = 100
VALUES_MAX = 2_000_000
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_PREFIX = "tag:yaml.org,2002:"


def read(data: bytes, name: str) -> dict[str, JsonValue]:
    """Raises ContractError that names the document."""
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        value = loads(text, depth_max=DEPTH_MAX) if text[:1] == b"{" else _yaml(text)
    except MalformedJson as error:
        raise ContractError(f"{name}: {error.detail}") from error
    except (YAMLError, ValueError, RecursionError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ContractError(f"{name}: this is neither JSON nor YAML: {reason}") from error
    if not isinstance(value, dict):
        raise ContractError(f"{name}: this is no OpenAPI document")
    return value


def _yaml(text: bytes) -> JsonValue:
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = DEPTH_MAX
    node: Node | None = yaml.compose(text.decode("utf-8"))
    return _Values().of(node) if node is not None else None


class _Values:
    """Makes values of nodes, and counts them."""

    def __init__(self) -> None:
        self._count = 0
        self._open: set[int] = set()

    def of(self, node: Node) -> JsonValue:
        self._count += 1
        if self._count > VALUES_MAX:
            raise ValueError(f"more than {VALUES_MAX} values, with all aliases unfolded")
        if isinstance(node, ScalarNode):
            return _scalar(node)
        if id(node) in self._open:
            raise ValueError("an alias contains itself")
        self._open.add(id(node))
        try:
            if isinstance(node, SequenceNode):
                return [self.of(one) for one in node.value]
            return self._mapping(node) if isinstance(node, MappingNode) else None
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: MappingNode) -> JsonValue:
        made: dict[str, JsonValue] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else None
            if not isinstance(name, str) or name in made:
                raise ValueError(f"line {key.start_mark.line + 1}: a key that is no text, or there twice")
            made[name] = self.of(value)
        return made


def _scalar(node: ScalarNode) -> JsonValue:
    text, kind = str(node.value), str(node.tag).removeprefix(_PREFIX)
    number = partial(_JSON_NUMBER.fullmatch, text)
    match kind:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int" | "float" if number():
            return Number(text)
        case _:
            return text
