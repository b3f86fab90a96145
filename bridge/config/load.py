"""From YAML files to plain data, remembering where everything was written.

YAML 1.2 without tags and without merge keys; duplicate keys are refused; size, depth and what aliases unfold to are
bounded. Every fault of a file that can be told without the others is told at once. Knows no settings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bridge.config.places import DataPath, Mark, Places
from bridge.errors import ConfigError, Place

Data = dict[str, "Data"] | list["Data"] | str | int | float | bool | None

_SIZE_MAX_BYTES = 2_000_000
_DEPTH_MAX = 40
_VALUES_MAX = 200_000
_FLOW_HINT = 'between braces a text that has braces itself needs quotes, such as "GET /orders/{orderId}"'
_PREFIX = "tag:yaml.org,2002:"
_SCALARS: dict[str, Callable[[str], Data]] = {
    "str": str,
    "null": lambda _: None,
    "bool": lambda text: text.lower() == "true",
    "int": lambda text: int(text.replace("_", ""), 0 if text.lstrip("+-")[:2] in {"0x", "0o"} else 10),
    "float": lambda text: float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan")),
    "timestamp": str,
    "merge": str,
    "value": str,
}


@dataclass(frozen=True, slots=True)
class Document:
    """One file as data. `problems`: what is wrong with it so far."""

    data: dict[str, Data]
    places: Places
    problems: list[Place] = field(default_factory=list)


def load(path: Path) -> Document:
    """Read one file. Raises ConfigError when it cannot be read as YAML at all."""
    name = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(_SIZE_MAX_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise ConfigError([Place(name, 1, 1, f"the file cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError([Place(name, line, 1, "the file is not UTF-8")]) from error
    if len(raw) > _SIZE_MAX_BYTES:
        raise ConfigError([Place(name, 1, 1, f"the file is larger than {_SIZE_MAX_BYTES // 1_000_000} MB")])
    return read(text, name)


def read(text: str, name: str) -> Document:
    """As `load`, from a text."""
    node = _compose(text, name)
    reader = _Reader(name)
    if node is None:
        return Document({}, reader.places)
    data = reader.value(node, ())
    if not isinstance(data, dict):
        reader.problem(node, "the configuration must be a mapping of keys to values")
        data = {}
    return Document(data, reader.places, reader.problems)


def _compose(text: str, name: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = _DEPTH_MAX
    try:
        node: Node | None = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        message = ": ".join(str(part) for part in (error.context, error.problem) if part)
        hint = _FLOW_HINT if "flow mapping" in message and "{" in message else ""
        raise ConfigError([Place(name, line, column, f"this is not valid YAML: {message}", hint)]) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise ConfigError([Place(name, 1, 1, f"this is not valid YAML: {str(error).splitlines()[0]}")]) from error
    return node


class _Reader:
    """Makes data of nodes and writes down where they were."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._open: set[int] = set()
        self._count = 0
        self.places = Places(Mark(file, 1, 1))
        self.problems: list[Place] = []

    def problem(self, node: Node, message: str) -> None:
        self.problems.append(self._mark(node).place(message))

    def value(self, node: Node, path: DataPath) -> Data:
        self.places.values[path] = self._mark(node)
        self._count += 1
        if self._count > _VALUES_MAX:
            raise ConfigError([self._mark(node).place(f"more than {_VALUES_MAX} values, with all aliases unfolded")])
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        if id(node) in self._open:
            raise ConfigError([self._mark(node).place("this alias contains itself")])
        self._open.add(id(node))
        try:
            return self._mapping(node, path) if isinstance(node, MappingNode) else self._sequence(node, path)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: MappingNode, path: DataPath) -> Data:
        self._check_tag(node, "map")
        result: dict[str, Data] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self.problem(key_node, "a key must be a plain word")
                continue
            key = str(key_node.value)
            if key in result:
                before = self.places.keys[*path, key]
                self.problem(key_node, f"the key {key!r} is here for the second time; the first is at {before}")
                continue
            self.places.keys[*path, key] = self._mark(key_node)
            result[key] = self.value(value_node, (*path, key))
            if result[key] is None:  # an empty value has no place of its own
                self.places.values[*path, key] = self._mark(key_node)
        return result

    def _sequence(self, node: Node, path: DataPath) -> Data:
        assert isinstance(node, SequenceNode)  # there are three kinds of nodes
        self._check_tag(node, "seq")
        return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]

    def _scalar(self, node: ScalarNode) -> Data:
        text = str(node.value)
        make = _SCALARS.get(str(node.tag).removeprefix(_PREFIX))
        if make is None:
            self._check_tag(node, "")
            return text
        try:
            return make(text)
        except ValueError:
            return text  # the settings will say what they want in its place

    def _check_tag(self, node: Node, expected: str) -> None:
        if str(node.tag) != _PREFIX + expected:
            self.problem(node, f"the tag {node.tag} is not supported; write the plain value")

    def _mark(self, node: Node) -> Mark:
        start: StringMark = node.start_mark
        return Mark(self._file, start.line + 1, start.column + 1)
