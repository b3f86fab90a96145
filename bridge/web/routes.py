"""The addresses of the bridge: which operation answers which method and path. Pure.

Default routes are made without describing their operation, so 1,500 of them cost milliseconds; what a route takes is
worked out when someone first asks. Nothing here knows a request object: paths and methods are texts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal
from urllib.parse import unquote_to_bytes

from bridge.contracts import Operation, Upstream
from bridge.errors import BadRequest, BridgeError, MethodNotAllowed, NotFound, NotReady, RouteError
from bridge.shapes.files import places_of_files
from bridge.shapes.model import Described, Scalar
from bridge.shapes.naming import kebab
from bridge.web.file_fields import FileFields
from bridge.web.inputs import Inputs, Parameter, Sources, is_entangled, spread, whole

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
RESERVED = frozenset({"docs", "openapi.json", "healthz", "readyz", "metrics"})
PENDING_RETRY_S = 5.0
_SEGMENTS_MAX = 64
_PARAMETER = re.compile(r"\{([^{}/]+)\}")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


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


@dataclass(frozen=True, slots=True)
class AnswerSetting:
    """In which form an operation answers by itself; `keep_types` are media types that a browser might run as a page,
    and that are named all the same; `place` is where its file is, with `*` for the items of an array; "" for the only
    one it has."""

    form: AnswerForm = "json"
    keep_types: tuple[str, ...] = ()
    place: str = ""

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


@dataclass(frozen=True, slots=True)
class Match:
    """A route and the decoded values of its path parameters."""

    route: Route
    values: Mapping[str, str]


def template(path: str) -> tuple[str, ...]:
    """The segments of a template; a parameter keeps its braces. Raises RouteError."""
    if not path.startswith("/") or path != path.strip():
        raise RouteError(f"a path begins with /: {path!r}")
    segments = tuple(path[1:].split("/"))
    for segment in segments:
        if not segment or segment in {".", ".."} or _CONTROL.search(segment):
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


def segments_of(raw_path: str) -> list[str]:
    """The segments of a path as sent, each decoded once and after the split, so `%2F` stays inside its segment."""
    if not raw_path.startswith("/"):
        raise BadRequest("The path must begin with a slash.")
    if _BAD_ESCAPE.search(raw_path):
        raise BadRequest("The path has an incomplete percent escape.")
    try:
        segments = [unquote_to_bytes(segment).decode() for segment in raw_path[1:].split("/")]
    except UnicodeDecodeError as error:
        raise BadRequest("The path is not UTF-8.") from error
    if any(segment in {".", ".."} or _CONTROL.search(segment) for segment in segments):
        raise BadRequest("The path has a dot segment or a control character.")
    return segments


class _Node:
    """One step of the tree of segments."""

    __slots__ = ("parameter", "routes", "static")

    def __init__(self) -> None:
        self.static: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.routes: dict[str, Route] = {}


class RouteTable:
    """All routes of one snapshot. The most concrete path wins, segment by segment, and then its methods count."""

    def __init__(self, routes: Iterable[Route] = (), pending: Mapping[str, str] | None = None) -> None:
        """`pending`: prefixes of upstreams whose contract is not known yet, and why (for the operator only)."""
        self._root = _Node()
        self._all: list[Route] = []
        self._pending = [template(prefix) for prefix in pending or {}]
        conflicts = [message for route in routes if (message := self._add(route))]
        if conflicts:
            raise RouteError("\n".join(conflicts))

    def __iter__(self) -> Iterator[Route]:
        """The routes that stand; describes the operations of default GET routes."""
        return (route for route in self._all if route.offered)

    def of(self, upstream: str) -> list[Route]:
        return [route for route in self._all if route.upstream == upstream and route.offered]

    def match(self, method: str, raw_path: str) -> Match:
        """HEAD takes the GET route. Raises BadRequest, NotFound, NotReady or MethodNotAllowed (with `Allow`)."""
        node, values = self._find(raw_path)
        route = node.routes.get("GET" if method == "HEAD" else method)
        if route is None or not route.offered:
            allow = ", ".join(_allowed(node))
            raise MethodNotAllowed(f"This address takes {allow}.", headers=[("Allow", allow)])
        if not values:
            return Match(route, {})
        return Match(route, dict(zip(path_names(route.path), values, strict=True)))

    def allowed(self, raw_path: str) -> tuple[str, ...]:
        """The methods of an address, for OPTIONS and `Allow`. Raises as `match` does."""
        return _allowed(self._find(raw_path)[0])

    def _find(self, raw_path: str) -> tuple[_Node, list[str]]:
        segments = segments_of(raw_path)
        values: list[str] = []
        node = _walk(self._root, segments, 0, values) if len(segments) <= _SEGMENTS_MAX else None
        if node is not None:
            return node, values
        if any(tuple(segments[: len(prefix)]) == prefix for prefix in self._pending):
            raise NotReady("This system is not connected yet; try again soon.", retry_after_s=PENDING_RETRY_S)
        raise NotFound

    def _add(self, route: Route) -> str:
        """Puts a route in; a readable reason when it cannot stand beside the others."""
        node, segments = self._root, template(route.path)
        if segments[0] in RESERVED or segments[-1] == "openapi.json":
            return f"{route.method} {route.path} ({route.id}): this address is the bridge's own"
        for segment in segments:
            if segment.startswith("{"):
                node.parameter = node = node.parameter or _Node()
            else:
                node = node.static.setdefault(segment, _Node())
        for other in node.routes.values():
            if other.method == route.method:
                return f"{route.method} {route.path}: wanted by {other.id} and by {route.id}"
            if other.path != route.path:
                return f"{other.path} ({other.id}) and {route.path} ({route.id}) are one address with two names"
        node.routes[route.method] = route
        self._all.append(route)
        return ""


def _walk(node: _Node, segments: list[str], at: int, values: list[str]) -> _Node | None:
    if at == len(segments):
        return node if any(route.offered for route in node.routes.values()) else None
    static = node.static.get(segments[at])
    found = _walk(static, segments, at + 1, values) if static is not None else None
    if found is None and node.parameter is not None and segments[at]:
        values.append(segments[at])
        found = _walk(node.parameter, segments, at + 1, values)
        if found is None:
            values.pop()
    return found


def _allowed(node: _Node) -> tuple[str, ...]:
    methods = {method for method, route in node.routes.items() if route.offered}
    return tuple(sorted({*methods, "OPTIONS", *({"HEAD"} if "GET" in methods else ())}))


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
        if setting is None:
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
