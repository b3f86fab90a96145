"""In which form an answer is wanted: what a route gives by itself, and what `Accept` says (RFC 9110 §12.5.1). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.call import Want
from bridge.errors import NotAcceptable
from bridge.web import negotiate
from bridge.web.file_names import OCTETS
from bridge.web.routes import Route

_PLAIN = frozenset({"", "*/*", negotiate.JSON, f"{negotiate.JSON}, */*"})


def want_of(accept: str, route: Route) -> Want:
    """Raises NotAcceptable when no form will do."""
    if route.answers.form == "binary":
        return _binary_first(accept)
    if accept in _PLAIN or _likes_json(accept) or route.binary is None:  # in this order: the last looks at a contract
        negotiate.require_accept(accept)
        return "json"
    offered = [negotiate.JSON, OCTETS]
    if media := _one_type(route.binary.media):
        offered.append(media)
    return "json" if negotiate.require_accept(accept, offered) == negotiate.JSON else "raw"


def _binary_first(accept: str) -> Want:
    """A file may have any type, which nobody knows before it is there: each type but JSON may mean it."""
    if not accept.strip():
        return "raw"
    ranges = dict(negotiate.weighted(accept))
    file = max((weight for media, weight in ranges.items() if media != negotiate.JSON), default=0.0)
    json = _weight_of_json(ranges)
    if not max(file, json):
        raise NotAcceptable(f"The answer is a file, or {negotiate.JSON}.")
    return "raw" if file >= json else "json"


def _likes_json(accept: str) -> bool:
    """Whether nothing is wanted more than JSON is."""
    ranges = dict(negotiate.weighted(accept))
    json = _weight_of_json(ranges)
    return json > 0 and json >= max(ranges.values())


def _weight_of_json(ranges: Mapping[str, float]) -> float:
    return ranges.get(negotiate.JSON, ranges.get("application/*", ranges.get("*/*", 0.0)))


def _one_type(media: str) -> str:
    """The type that a contract declares for a file, when it is exactly one."""
    plain = media.partition(";")[0].strip().lower()
    return plain if "/" in plain and not set(plain) & {"*", ","} else ""
