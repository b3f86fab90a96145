"""Conditions and paths on JSON, by RFC 9535 (JSONPath); with `jsonpath_exact` all that knows the library.

Numbers are compared by their exact value, patterns run in time linear in the text (RFC 9485 is a part of the language
of XML Schema), and whatever could take time out of proportion to the answer is refused when it is compiled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from jsonpath import JSONPath, JSONPathError
from jsonpath import filter as nodes
from jsonpath.segments import JSONPathRecursiveDescentSegment
from jsonpath.selectors import Filter, IndexSelector, JSONPathSelector, NameSelector, SliceSelector, WildcardSelector

from bridge.call import JsonValue
from bridge.errors import BridgeError
from bridge.shapes.json import Number
from bridge.shapes.jsonpath_exact import ANYTHING, ExactEnvironment
from bridge.shapes.pattern_syntax import BadPattern
from bridge.shapes.patterns import fits, is_usable

LENGTH_MAX = 2_000
_OPERATORS = frozenset({"==", "!=", "<", "<=", ">", ">=", "&&", "||"})
_BRACKETED = re.compile(r"\['([A-Za-z_][A-Za-z0-9_]*)'\]")


class BadExpression(BridgeError):
    """A text that is no condition, or no path, that we take; the message says why."""


class Incomputable(BridgeError):
    """An answer on which a condition cannot be worked out, such as one nested too deeply."""


@dataclass(frozen=True, slots=True)
class Step:
    """One segment of a path: the members it names, whether it takes items of lists or all there is, whether it looks at
    every depth, and what the filters in it use."""

    names: tuple[str, ...] = ()
    items: bool = False
    everything: bool = False
    deep: bool = False
    inside: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """A path that an expression follows. `against`: the literals it is compared with by `operator`; `text`: as written,
    for messages; `how`: whether its existence is asked for, its value, or what a function makes of it."""

    steps: tuple[Step, ...]
    text: str
    how: Literal["exists", "value", "function"] = "value"
    operator: str = ""
    against: JsonValue = None


_ENVIRONMENT = ExactEnvironment(strict=True)


class Condition:
    """A filter expression of RFC 9535 on a value, which is `@`: `@.success == false || @.errorCode != 0`."""

    def __init__(self, text: str) -> None:
        path = _compiled(f"$[?{text}]", text)
        selectors = [one for segment in path.segments for one in segment.selectors]
        if len(selectors) != 1 or not isinstance(selectors[0], Filter):
            raise BadExpression(f"{text!r} is more than one condition")
        self.text, self._path = text, path
        self.uses = tuple(_used(selectors[0].expression, text, within=False))
        if not self.uses:
            raise BadExpression(f"{text!r} does not look at the answer; write @ for it, such as @.success == false")

    def __repr__(self) -> str:
        return f"Condition({self.text!r})"

    def holds(self, value: JsonValue) -> bool:
        """Raises Incomputable."""
        try:
            return next(iter(self._path.finditer([value])), None) is not None
        except (JSONPathError, RecursionError) as error:
            raise Incomputable(f"the condition {self.text!r} cannot be worked out here") from error


class Path:
    """A query of RFC 9535 on a value, which is `$`: `$.error.text`."""

    def __init__(self, text: str) -> None:
        self.text, self._path = text, _compiled(text, text)
        steps = tuple(_steps(self._path, text, within=False))
        self.uses = (Use(steps, text),)

    def __repr__(self) -> str:
        return f"Path({self.text!r})"

    @property
    def keys(self) -> tuple[str, ...] | None:
        """The names along the way, if it is nothing but names."""
        plain = all(len(step.names) == 1 and not (step.items or step.deep) for step in self.uses[0].steps)
        return tuple(step.names[0] for step in self.uses[0].steps) if plain else None

    def first(self, value: JsonValue) -> JsonValue:
        """What it leads to first; None when there is nothing. Raises Incomputable."""
        if not isinstance(value, list | dict):
            return value if self._path.empty() else None
        try:
            found = next(iter(self._path.finditer(value)), None)
        except (JSONPathError, RecursionError) as error:
            raise Incomputable(f"the path {self.text!r} cannot be followed here") from error
        return found.obj if found else None  # type: ignore[return-value]  # a part of what was given

    def text_in(self, value: JsonValue) -> str:
        """The text, number or truth value it leads to first, as a text; "" for anything else."""
        found = self.first(value)
        if isinstance(found, bool):
            return "true" if found else "false"
        return str(found) if isinstance(found, str) else ""


def _compiled(path: str, shown: str) -> JSONPath:
    if len(shown) > LENGTH_MAX:
        raise BadExpression(f"an expression may have {LENGTH_MAX} characters")
    try:
        found = _ENVIRONMENT.compile(path)
    except (JSONPathError, RecursionError, ValueError) as error:
        reason = getattr(error, "message", "") or str(error).partition("\n")[0] or type(error).__name__
        raise BadExpression(f"{shown!r} is not an expression of RFC 9535: {reason}") from error
    if not isinstance(found, JSONPath):
        raise BadExpression(f"{shown!r} is more than one path")
    return found


def _used(expression: nodes.BaseExpression, text: str, *, within: bool) -> Iterator[Use]:
    """The paths in an expression. Refuses what RFC 9535 does not have, and what costs too much."""
    match expression:
        case nodes.FilterExpression():
            yield from _used(expression.expression, text, within=within)
        case nodes.PrefixExpression():
            yield from _used(expression.right, text, within=within)
        case nodes.InfixExpression(operator=operator) if operator not in _OPERATORS:
            raise BadExpression(f"{text!r}: RFC 9535 has no operator {operator!r}")
        case nodes.InfixExpression(logical=True):
            yield from _used(expression.left, text, within=within)
            yield from _used(expression.right, text, within=within)
        case nodes.InfixExpression():
            yield from _compared(expression, text, within=within)
        case nodes.RelativeFilterQuery():
            yield Use(tuple(_steps(expression.path, text, within=within)), _plain(str(expression)), "exists")
        case nodes.FunctionExtension():
            _check_pattern(expression, text)
            for argument in expression.args:
                for use in _used(argument, text, within=within):
                    yield Use(use.steps, use.text, "function")
        case nodes.RootFilterQuery():
            raise BadExpression(f"{text!r}: write @ for the answer here, not $")
        case nodes.StringLiteral() | nodes.BooleanLiteral() | nodes.Nil():
            return
        case _:
            raise BadExpression(f"{text!r}: {expression} is not a part of RFC 9535")


def _plain(path: str) -> str:
    """`@['a']['b']`, as the library writes it, as people do."""
    return _BRACKETED.sub(r".\1", path)


def _compared(expression: nodes.InfixExpression, text: str, *, within: bool) -> Iterator[Use]:
    sides = (expression.left, expression.right)
    literals = [side for side in sides if isinstance(side, nodes.StringLiteral | nodes.BooleanLiteral | nodes.Nil)]
    found = [use for side in sides for use in _used(side, text, within=within)]
    if not found:
        raise BadExpression(f"{text!r}: {expression} compares nothing of the answer")
    for use in found:
        how: Literal["value", "function"] = "function" if use.how == "function" else "value"
        if literals:
            literal = literals[0]
            against: JsonValue = None if isinstance(literal, nodes.Nil) else literal.value
            yield Use(use.steps, use.text, how, expression.operator, against)
        else:
            yield Use(use.steps, use.text, how)


def _check_pattern(call: nodes.FunctionExtension, text: str) -> None:
    if call.name not in {"match", "search"}:
        return
    pattern = call.args[1]
    if not isinstance(pattern, nodes.StringLiteral) or isinstance(pattern.value, Number):
        raise BadExpression(f"{text!r}: the pattern of {call.name}() stands in the expression, not in the answer")
    if not is_usable(pattern.value):
        raise BadExpression(f"{text!r}: {pattern.value!r} is no pattern of RFC 9485")
    try:
        fits(f"{ANYTHING}({pattern.value}){ANYTHING}", "")
    except BadPattern as error:
        raise BadExpression(f"{text!r}: {error}") from error


def _steps(path: JSONPath, text: str, *, within: bool) -> Iterator[Step]:
    deep = 0
    for segment in path.segments:
        is_deep = isinstance(segment, JSONPathRecursiveDescentSegment)
        deep += is_deep
        if deep > 1 or (is_deep and within):
            raise BadExpression(f"{text!r}: `..` may stand once in a path, and not within a filter of one")
        yield _step(segment.selectors, text, deep=is_deep)


def _step(selectors: tuple[JSONPathSelector, ...], text: str, *, deep: bool) -> Step:
    names = tuple(one.name for one in selectors if isinstance(one, NameSelector))
    filters = [one for one in selectors if isinstance(one, Filter)]
    everything = bool(filters) or any(isinstance(one, WildcardSelector) for one in selectors)
    items = everything or any(isinstance(one, IndexSelector | SliceSelector) for one in selectors)
    inside = tuple(use for one in filters for use in _used(one.expression, text, within=True))
    known = (NameSelector, Filter, WildcardSelector, IndexSelector, SliceSelector)
    if not all(isinstance(one, known) for one in selectors):
        raise BadExpression(f"{text!r} has a selector that RFC 9535 does not know")
    return Step(names, items, everything, deep, inside)
