"""The addresses of an upstream: which method and path each operation has. Pure. Which request meets which route is in
route_table.py.

Default routes are made without describing their operation, so 1,500 of them cost milliseconds; what a route takes is
worked out when someone first asks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from bridge.contracts import Operation, Upstream
from bridge.errors import BridgeError, RouteError
from bridge.shapes.files import places_of_files
from bridge.shapes.model import Described, Scalar
from bridge.shapes.naming import kebab
from bridge.web.file_fields import FileFields
from bridge.web.inputs import Inputs, Parameter, Sources, is_entangled, spread, whole

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PARAMETER = re.compile(r"\{([^{}/]+)\}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class RouteSetting:
    """A configured route, its path below the prefix: `GET /orders/{orderId}`, and what comes from where."""

    method: str
    path: str
    sources: Sources = field(default_factory=Sources)


def parse_route(text: str, sources: Sources | None = None) -> RouteSetting:
    """`GET /orders/{orderId}` → RouteSetting. Raises RouteError that says what is wrong."""
    method, _, path = text.strip().partition(" ")
    if method not in METHODS:
        raise RouteError(f"a route begins with one of {', '.join(METHODS)}: {text!r}")
    template(path.strip())
    return RouteSetting(method, path.strip(), sources or Sources())


AnswerForm = Literal["json", "binary"]
Later = Literal["", "always", "allowed", "never"]


@dataclass(frozen=True, slots=True)
class AnswerSetting:
    """In which form an operation answers by itself; `keep_types` are media types that a browser might run as a page,
    and that are named all the same; `place` is where its file is, with `*` for the items of an array; "" for the only
    one it has; `later`: whether it may be answered later."""

    form: AnswerForm = "json"
    keep_types: tuple[str, ...] = ()
    place: str = ""
    later: Later = ""

    def file_of(self, places: Mapping[str, Scalar]) -> Scalar | None:
        """The file that an answer is when it is one, of all that it has; None for none."""
        if self.place:
            return places.get(self.place)
        only = next(iter(places)) if len(places) == 1 else "*"
        return None if "*" in only.split("/") else places[only]


@dataclass(frozen=True, eq=False)
class Route:
    """One method and path for one operation. `default`: nobody configured it."""

    method: str
    path: str
    upstream: str
    operation: str
    default: bool
    describe: Callable[[], Described]
    sources: Sources = field(default_factory=Sources)
    describe_answer: Callable[[], Described] = lambda: Described(None)
    answers: AnswerSetting = AnswerSetting()

    @property
    def id(self) -> str:
        return f"{self.upstream}.{self.operation}"

    @cached_property
    def inputs(self) -> Inputs:
        """Raises RouteError when the operation's input cannot come this way."""
        if self.default and self.method == "POST":
            return Inputs(body=whole(self.describe()))
        try:
            return spread(self.describe(), self.method, path_names(self.path), self.sources)
        except RouteError as error:
            raise RouteError(f"{self.method} {self.path} cannot offer {self.id}: {error}") from error

    @cached_property
    def file_fields(self) -> FileFields:
        """The binary values of its body, which may come as files."""
        body = self.inputs.body
        return FileFields(tuple(places_of_files(body)) if body is not None else ())

    @cached_property
    def binary(self) -> Scalar | None:
        """The one binary value of its answer, or the chosen one; None when it has none, or several."""
        try:
            places = places_of_files(self.describe_answer())
        except BridgeError:
            return None
        return self.answers.file_of(places)

    @cached_property
    def offered(self) -> bool:
        """Whether it stands: a default GET does only when all that its operation needs fits query parameters, and when
        these can be told one by one."""
        if not (self.default and self.method == "GET"):
            return True
        try:
            return self.inputs is not None and not is_entangled(self.describe())
        except BridgeError:
            return False

    @property
    def path_params(self) -> tuple[Parameter, ...]:
        return self.inputs.path

    @property
    def query(self) -> tuple[Parameter, ...]:
        return self.inputs.query

    @property
    def headers(self) -> tuple[Parameter, ...]:
        return self.inputs.headers

    @property
    def body(self) -> Described | None:
        return self.inputs.body


def template(path: str) -> tuple[str, ...]:
    """The segments of a template; a parameter keeps its braces. Raises RouteError."""
    if not path.startswith("/") or path != path.strip():
        raise RouteError(f"a path begins with /: {path!r}")
    segments = tuple(path[1:].split("/"))
    for segment in segments:
        if not segment or segment in {".", ".."} or CONTROL.search(segment):
            raise RouteError(f"the path {path!r} has an unusable segment {segment!r}")
        if ("{" in segment or "}" in segment) and not _PARAMETER.fullmatch(segment):
            raise RouteError(f"a parameter is a whole segment such as {{orderId}}, not {segment!r}")
    names = [segment for segment in segments if segment.startswith("{")]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise RouteError(f"the path {path!r} has {twice[0]} twice")
    return segments


def path_names(path: str) -> tuple[str, ...]:
    return tuple(_PARAMETER.findall(path))


def build_routes(
    upstream: Upstream,
    settings: Mapping[str, RouteSetting],
    prefix: str,
    answers: Mapping[str, AnswerSetting] | None = None,
) -> list[Route]:
    """The routes of an upstream: the configured one of an operation, or its default ones. Raises RouteError."""
    prefix, answers = prefix.rstrip("/"), answers or {}
    faults = [f"{upstream.name} has no operation {name}" for name in settings if name not in upstream.operations]
    words = Counter(kebab(name) for name in upstream.operations if name not in settings)
    routes: list[Route] = []
    for operation in upstream.operations.values():
        setting, answer = settings.get(operation.name), answers.get(operation.name, AnswerSetting())
        natural = _natural(upstream, operation, prefix, answer) if setting is None and operation.address else None
        if natural is not None:
            own = [natural]
        elif setting is None:
            # Two names that look alike in kebab-case both keep the name the contract gives them.
            word = kebab(operation.name)
            own = _default(upstream, operation, f"{prefix}/{word if words[word] == 1 else operation.name}", answer)
        else:
            path = prefix + setting.path
            own = [_route(upstream, operation, setting.method, path, default=False, setting=setting, answer=answer)]
        faults += [fault for route in own if (fault := _fault(route))]
        routes += own
    if faults:
        raise RouteError("\n".join(faults))
    return routes


def _natural(upstream: Upstream, operation: Operation, prefix: str, answer: AnswerSetting) -> Route | None:
    """Its own method and path below our prefix; None where it cannot be offered so."""
    try:
        setting = parse_route(operation.address)
        route = _route(
            upstream, operation, setting.method, prefix + setting.path, default=False, setting=setting, answer=answer
        )
        _ = route.inputs
    except BridgeError:
        return None
    return route if operation.safe or setting.method != "GET" else None


def _fault(route: Route) -> str:
    """Why a route cannot do what was configured for it; "" where nothing speaks against it."""
    if route.answers.form == "binary" and route.binary is None:
        return f"{route.id} cannot answer with a file: its answer does not have exactly one binary value"
    if route.default:
        return ""
    try:
        _ = route.inputs
    except BridgeError as error:
        return str(error)
    return ""


def _default(upstream: Upstream, operation: Operation, path: str, answer: AnswerSetting) -> list[Route]:
    methods = ("POST", "GET") if operation.safe else ("POST",)
    return [_route(upstream, operation, method, path, default=True, answer=answer) for method in methods]


def _route(
    upstream: Upstream,
    operation: Operation,
    method: str,
    path: str,
    *,
    default: bool,
    setting: RouteSetting | None = None,
    answer: AnswerSetting,
) -> Route:
    name = operation.name
    sources = setting.sources if setting else Sources()
    return Route(
        method,
        path,
        upstream.name,
        name,
        default,
        lambda: upstream.describe(name).input,
        sources,
        lambda: upstream.describe(name).output,
        answer,
    )
