"""The named points of the source, and the durable steps that have none: read from the syntax.

A durable step is a COMMIT, a file that is synced, renamed or copied into, and every public function on a `Tx` that
writes. `named()` is the list of all points that a sweep has to hit.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
ROOMS = ("bridge/store", "bridge/queue", "bridge/streams", "bridge/flows")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
WRITES = frozenset({"run", "later", "many"})
STEPS = frozenset({"fsync", "fdatasync", "rename", "backup"})
Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(root: Path = REPOSITORY) -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((root / room).rglob("*.py"))


def named(root: Path = REPOSITORY) -> dict[str, list[str]]:
    """Every name, and where it stands."""
    found: dict[str, list[str]] = {}
    for file in files(root):
        for call in _calls(ast.parse(file.read_text("utf-8"))):
            if _name(call) == "reached":
                found.setdefault(_literal(call.args[0]), []).append(f"{file.relative_to(root)}:{call.lineno}")
    return found


def nameless(root: Path = REPOSITORY) -> list[str]:
    """Durable steps that a kill cannot be aimed at."""
    found = []
    for file in files(root):
        tree = ast.parse(file.read_text("utf-8"))
        functions = {node.name: node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)}
        for function in functions.values():
            place = f"{file.relative_to(root)}:{function.lineno}: {function.name}"
            lines = [call.lineno for call in _calls(function) if _name(call) == "reached"]
            for step in filter(_is_step, _calls(function)):
                if not any(line < step.lineno for line in lines) or not any(line > step.lineno for line in lines):
                    found.append(f"{place}: no point before and after line {step.lineno}")
            if _writes(function, functions) and not _passes(function, functions):
                found.append(f"{place}: writes, and passes no point")
    return found


def _is_step(call: ast.Call) -> bool:
    name = _name(call)
    words = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    if name in {"execute", "exec_driver_sql", "_run"}:
        return any(word.startswith("COMMIT") for word in words)
    if name == "replace":  # a path's has one argument, a text's two, a date's has names
        return len(call.args) == 1 and not call.keywords
    # `Store.backup` is ours, and passes points of its own; a connection's says how many pages.
    return name in STEPS and (name != "backup" or any(word.arg == "pages" for word in call.keywords))


def _writes(function: Function, functions: dict[str, Function]) -> bool:
    """Public, on a `Tx`, and it or what it calls here changes rows."""
    on_tx = any(argument.arg == "tx" for argument in function.args.args)
    return (
        on_tx
        and not function.name.startswith("_")
        and any(
            isinstance(call.func, ast.Attribute)
            and call.func.attr in WRITES
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == "tx"
            for call in _reachable(function, functions)
        )
    )


def _passes(function: Function, functions: dict[str, Function]) -> bool:
    return any(_name(call) == "reached" for call in _reachable(function, functions))


def _reachable(function: Function, functions: dict[str, Function]) -> Iterator[ast.Call]:
    seen, waiting = {function.name}, [function]
    while waiting:
        for call in _calls(waiting.pop()):
            yield call
            name = _name(call)
            if name in functions and name not in seen:
                seen.add(name)
                waiting.append(functions[name])


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)
