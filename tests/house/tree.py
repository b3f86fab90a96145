"""A source tree read from its syntax; nothing is imported. It knows rooms and floors, and no rule."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tests.house.tables import FLOORS, NAMES_FOR_ALL, NEIGHBOURS_FLOOR, TESTED_ELSEWHERE


@dataclass(frozen=True)
class Module:
    """One source file."""

    name: str
    path: str
    text: str
    is_package: bool

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    def comments(self) -> Iterator[tuple[int, str]]:
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of everything imported, wherever in the file; `from a import b` gives `a.b`."""
        for node in self.nodes:
            match node:
                case ast.Import():
                    yield from ((node.lineno, alias.name) for alias in node.names)
                case ast.ImportFrom():
                    origin = self._origin(node)
                    yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)
                case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__")):
                    for argument in node.args[:1]:
                        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                            yield node.lineno, argument.value

    def _origin(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        base = parts[: len(parts) - node.level + self.is_package]
        return ".".join([*base, *([node.module] if node.module else [])])

    def at(self, line: int, message: str) -> str:
        return f"{self.path}:{line}: {message}"


@dataclass(frozen=True)
class House:
    """A source tree with `bridge/`, `adapters/` and `tests/`."""

    root: Path
    floors: dict[str, int] = field(default_factory=lambda: FLOORS)
    tested_elsewhere: dict[str, str] = field(default_factory=lambda: TESTED_ELSEWHERE)

    @cached_property
    def sources(self) -> dict[str, Module]:
        return self._read("bridge") | self._read("adapters")

    @cached_property
    def tests(self) -> dict[str, Module]:
        return self._read("tests")

    def _read(self, folder: str) -> dict[str, Module]:
        modules = {}
        for file in sorted((self.root / folder).rglob("*.py")):
            parts = file.relative_to(self.root).with_suffix("").parts
            if any(part.startswith(".") or part == "node_modules" for part in parts):
                continue
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            modules[name] = Module(name, str(file.relative_to(self.root)), file.read_text("utf-8"), is_package)
        return modules

    def edges(self, module: Module) -> Iterator[tuple[int, str]]:
        """Imports of our own modules, each resolved to the module it means; names for all are none."""
        for line, dotted in module.imports():
            if dotted in NAMES_FOR_ALL:
                continue
            name = dotted
            while name and name not in self.sources:
                name = name.rpartition(".")[0]
            if name and name != module.name:
                yield line, name

    def room(self, name: str) -> str:
        """The room a module is in: an entry of the floor table, or one adapter's folder."""
        if name.startswith("adapters."):
            return ".".join(name.split(".")[:2])
        return max((room for room in self.floors if within(name, room)), key=len, default="")

    def floor(self, name: str) -> int:
        return NEIGHBOURS_FLOOR if name.startswith("adapters.") else self.floors.get(self.room(name), 0)


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")
