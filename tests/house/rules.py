"""The rules of the house (DESIGN.md, STYLE.md) as functions: a source tree in, a list of violations out.

`tests/test_house.py` runs them on this repository and on planted violations.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from tests.house.tables import (
    ADAPTER_EXTRAS,
    ADAPTER_FLOORS_MAX,
    FILE_LINES_MAX,
    FOREIGN,
    FUNCTION_LINES_MAX,
    NEIGHBOURS_FLOOR,
    PARTNERS,
    VIRTUAL_TIME,
    WRITTEN,
)
from tests.house.tree import House, Module, within

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def floors(house: House) -> list[str]:
    """Downwards only; neighbours of floor 5 never; adapters see floors 1 to 3, transport and their own folder."""
    found = []
    for module in house.sources.values():
        if not house.floor(module.name):
            if module.text.strip():
                found.append(module.at(1, f"{module.name} stands on no floor"))
            continue
        for line, target in house.edges(module):
            if reason := forbidden(house, module.name, target):
                found.append(module.at(line, f"{module.name} may not import {target}: {reason}"))
    return found


def forbidden(house: House, who: str, whom: str) -> str:
    """Why an import is not allowed; empty when it is."""
    here, there = house.room(who), house.room(whom)
    if here == there or whom in {"bridge", "adapters"}:
        return ""
    if house.floor(whom) > house.floor(who):
        return f"upwards, from floor {house.floor(who)} to {house.floor(whom)}"
    if house.floor(who) == house.floor(whom) == NEIGHBOURS_FLOOR:
        return "neighbours meet through contracts"
    if who.startswith("adapters.") and house.floor(whom) > ADAPTER_FLOORS_MAX and there not in ADAPTER_EXTRAS:
        return "adapters see floors 1 to 3, bridge.transport and their own folder"
    return ""


def circles(house: House) -> list[str]:
    """No import circle, imports inside functions included."""
    graph = {module.name: {target for _, target in house.edges(module)} for module in house.sources.values()}
    done: set[str] = set()
    found: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            found.append(" → ".join((*path[path.index(name) :], name)))
        elif name not in done:
            for target in sorted(graph[name]):
                visit(target, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())
    return found


def type_only_imports(house: House) -> list[str]:
    """`TYPE_CHECKING` hides circles."""
    return [
        module.at(getattr(node, "lineno", 1), "TYPE_CHECKING")
        for module in house.sources.values()
        for node in module.nodes
        if (isinstance(node, ast.Name) and node.id == "TYPE_CHECKING")
        or (isinstance(node, ast.Attribute) and node.attr == "TYPE_CHECKING")
    ]


def partners(house: House) -> list[str]:
    """A partner's library stands in its own rooms only."""
    return [
        module.at(line, f"{library} belongs in {', '.join(rooms)}")
        for module in house.sources.values()
        for line, dotted in module.imports()
        for library, rooms in PARTNERS.items()
        if within(dotted, library) and not any(within(module.name, room) for room in rooms)
    ]


def clock(house: House) -> list[str]:
    """Only bridge/clock.py reads the clock or sleeps."""
    found = []
    for module in house.sources.values():
        if module.name == "bridge.clock" or module.name in FOREIGN:
            continue
        found += [
            module.at(line, f"{dotted}: take a Clock")
            for line, dotted in module.imports()
            if within(dotted, "time") or dotted == "asyncio.sleep"
        ]
        found += [
            module.at(node.lineno, f"{ast.unparse(node)}: take a Clock")
            for node in module.nodes
            if isinstance(node, ast.Attribute) and reads_time(node)
        ]
    return found


def reads_time(node: ast.Attribute) -> bool:
    owner = ast.unparse(node.value).rpartition(".")[2].removesuffix("()")
    return (owner, node.attr) in {
        ("asyncio", "sleep"),
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("datetime", "today"),
        ("date", "today"),
        ("loop", "time"),
        ("get_running_loop", "time"),
        ("get_event_loop", "time"),
    }


def sizes(house: House) -> list[str]:
    """File and function lengths, tests included."""
    found = []
    for module in (house.sources | house.tests).values():
        lines = module.text.count("\n")
        if lines > FILE_LINES_MAX:
            found.append(module.at(1, f"{lines} lines, {FILE_LINES_MAX} at the very most"))
        if any(within(module.name, room) for room in WRITTEN):
            continue
        for node in module.nodes:
            if (
                isinstance(node, FUNCTIONS)
                and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
            ):
                found.append(
                    module.at(node.lineno, f"{node.name} has {length} lines, {FUNCTION_LINES_MAX} at the very most")
                )
    return found


def docstrings(house: House) -> list[str]:
    """Each module says what it is; each public class as well."""
    found = []
    for module in house.sources.values():
        if module.text.strip() and not ast.get_docstring(module.tree):
            found.append(module.at(1, "no module docstring"))
        found += [
            module.at(node.lineno, f"class {node.name} has no docstring")
            for node in module.tree.body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
        ]
    return found


UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")


def unfinished(house: House) -> list[str]:
    """No notes to one's later self."""
    return [
        module.at(line, f"unfinished: {comment}")
        for module in (house.sources | house.tests).values()
        for line, comment in module.comments()
        if UNFINISHED.search(comment)
    ]


SILENCED = re.compile(
    r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no cover)"
    r"(?P<codes>:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[^\]]*\])?(?P<why>.*)"
)
LETTER = re.compile(r"[^\W\d_]")
REASON_LETTERS_MIN = 8
ELSEWHERE = re.compile(r"\b(?:see|as) above\b")


def silenced(house: House) -> list[str]:
    """Whoever silences a checker names the rule and says why, on the line itself."""
    found = []
    for module in (house.sources | house.tests).values():
        for line, comment in module.comments():
            match = SILENCED.search(comment)
            if match and not match["codes"]:
                found.append(module.at(line, f"silences every rule: {comment}"))
            elif match and (ELSEWHERE.search(match["why"]) or len(LETTER.findall(match["why"])) < REASON_LETTERS_MIN):
                found.append(module.at(line, f"silenced without a reason: {comment}"))
    return found


def mirrored(house: House) -> list[str]:
    """Each module with something to run has its test file, or a folder of them."""
    wanted = {m.name: m for m in house.sources.values() if runs(m) and m.name not in house.tested_elsewhere}
    found = [
        module.at(1, f"no test: {' or '.join(homes(module))}")
        for module in wanted.values()
        if not any(any(house.root.glob(home)) for home in homes(module))
    ]
    gone = [name for name in house.tested_elsewhere if name not in house.sources]
    return found + [f"{name} is gone: remove the exception" for name in gone]


def runs(module: Module) -> bool:
    """Whether there is a function with a body; declarations and protocols have nothing to test."""
    return any(isinstance(node, FUNCTIONS) and not all(map(is_declaration, node.body)) for node in module.nodes)


def is_declaration(line: ast.stmt) -> bool:
    """A docstring, `...` or `pass`."""
    return isinstance(line, ast.Pass) or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))


def homes(module: Module) -> list[str]:
    """Where a module's tests may stand: its mirror image or a folder of its name; for `x_part` also those of `x`; for
    the parts of a folder also the mirror image of the folder.
    """
    folder, _, name = module.name.replace(".", "/").rpartition("/")
    words = name.strip("_").split("_")
    stems = ["_".join(words[:length]) for length in range(len(words), 0, -1)]
    above, _, room = folder.rpartition("/")
    return [
        *(f"tests/{folder}/test_{stem}.py" for stem in stems),
        f"tests/{folder}/{name}/test_*.py",
        *([f"tests/{above}/test_{room}.py"] if above else []),
    ]


def honest_tests(house: House) -> list[str]:
    """Tests neither patch our functions nor wait by sleeping."""
    found = []
    for module in house.tests.values():
        virtual = any(within(module.name, room) for room in VIRTUAL_TIME)
        found += [
            module.at(line, f"{dotted}: use a fake that speaks the protocol")
            for line, dotted in module.imports()
            if within(dotted, "unittest.mock")
        ]
        for node in module.nodes:
            match node:
                case ast.Attribute(value=ast.Name(id="monkeypatch"), attr="setattr"):
                    found.append(module.at(node.lineno, "monkeypatch.setattr: hand the thing in"))
                case ast.Call(func=ast.Attribute(value=ast.Name(id="time" | "asyncio"), attr="sleep")):
                    if ast.unparse(node.args[0]) != "0" and not virtual:
                        found.append(module.at(node.lineno, f"{ast.unparse(node)}: wait on a signal"))
    return found


RULES: tuple[Callable[[House], list[str]], ...] = (
    floors,
    circles,
    type_only_imports,
    partners,
    clock,
    sizes,
    docstrings,
    unfinished,
    silenced,
    mirrored,
    honest_tests,
)
