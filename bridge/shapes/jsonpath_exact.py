"""What the JSONPath library is told differently: numbers are compared by their exact value, and patterns run in time
linear in the text. Knows nothing of what may be asked."""

from __future__ import annotations

from typing import ClassVar

from jsonpath import JSONPathEnvironment, NodeList
from jsonpath import filter as nodes
from jsonpath.function_extensions import Count, ExpressionType, FilterFunction, Value
from jsonpath.parse import Parser
from jsonpath.stream import TokenStream

from bridge.shapes.json import Number
from bridge.shapes.numbers import exact
from bridge.shapes.patterns import fits

ANYTHING = r"[\s\S]*"


class _Matching(FilterFunction):
    """`match()` and `search()` without backtracking."""

    arg_types: ClassVar = [ExpressionType.VALUE, ExpressionType.VALUE]
    return_type = ExpressionType.LOGICAL

    def __init__(self, around: str) -> None:
        self._around = around

    def __call__(self, value: object, pattern: object) -> bool:
        if not isinstance(value, str) or isinstance(value, Number) or not isinstance(pattern, str):
            return False
        return fits(f"{self._around}({pattern}){self._around}" if self._around else pattern, value)


class _Length(FilterFunction):
    arg_types: ClassVar = [ExpressionType.VALUE]
    return_type = ExpressionType.VALUE

    def __call__(self, value: object) -> object:
        counted = isinstance(value, str | list | dict) and not isinstance(value, Number)
        return Number(len(value)) if counted else nodes.UNDEFINED  # type: ignore[arg-type]  # it is one of the three


class _Counting(Count):
    def __call__(self, node_list: NodeList) -> Number:  # type: ignore[override]  # as all our numbers
        return Number(len(node_list))


class _ExactParser(Parser):
    """Numbers as they are written: the library makes floats of them."""

    def parse_integer_literal(self, stream: TokenStream) -> nodes.BaseExpression:
        return self._number(super().parse_integer_literal, stream)

    def parse_float_literal(self, stream: TokenStream) -> nodes.BaseExpression:
        return self._number(super().parse_float_literal, stream)

    def _number(self, parse: object, stream: TokenStream) -> nodes.BaseExpression:
        written = stream.current().value
        parse(stream)  # type: ignore[operator]  # a bound method of the parent: it checks the spelling
        return nodes.StringLiteral(value=Number(written))


class ExactEnvironment(JSONPathEnvironment):
    """The library, with functions, literals and comparisons of ours."""

    parser_class = _ExactParser

    def setup_function_extensions(self) -> None:
        self.function_extensions = {
            "length": _Length(),
            "count": _Counting(),
            "value": Value(),
            "match": _Matching(""),
            "search": _Matching(ANYTHING),
        }

    def _eq(self, left: object, right: object) -> bool:
        return _same(_value(left), _value(right))

    def _lt(self, left: object, right: object) -> bool:
        left, right = _value(left), _value(right)
        if isinstance(left, Number) and isinstance(right, Number):
            one, two = exact(left), exact(right)
            return one is not None and two is not None and one < two
        texts = isinstance(left, str) and isinstance(right, str)
        return texts and not isinstance(left, Number) and not isinstance(right, Number) and left < right  # type: ignore[operator]  # both are texts


def _value(value: object) -> object:
    if isinstance(value, NodeList):  # of one node the library has taken the value already
        return nodes.UNDEFINED
    return value


def _same(left: object, right: object) -> bool:
    if isinstance(left, Number) and isinstance(right, Number):
        one = exact(left)
        return str(left) == str(right) if one is None else one == exact(right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if left is nodes.UNDEFINED or right is nodes.UNDEFINED:
        return left is right
    return type(left) is type(right) and left == right
