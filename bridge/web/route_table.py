"""Which route a request meets, by its method and path. Pure.

Nothing here knows a request object: paths and methods are texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from bridge.errors import BadRequest, MethodNotAllowed, NotFound, NotReady, RouteError
from bridge.web.routes import CONTROL, Route, path_names, template

RESERVED = frozenset({"docs", "openapi.json", "healthz", "readyz", "metrics", "jobs"})
PENDING_RETRY_S = 5.0
_SEGMENTS_MAX = 64
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Match:
    """A route and the decoded values of its path parameters."""

    route: Route
    values: Mapping[str, str]


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
    if any(segment in {".", ".."} or CONTROL.search(segment) for segment in segments):
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

    def has(self, method: str, raw_path: str) -> bool:
        """Whether there is a route. Raises BadRequest for what is no path."""
        try:
            self.match(method, raw_path)
        except (NotFound, MethodNotAllowed):
            return False
        except NotReady:
            pass
        return True

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
