"""What a request without a body amounts to, worked out once for all that are alike.

A kept answer costs less than finding out what was asked; so route, arguments and negotiation are remembered by the
parts of the head that decide them. Knows no service and no reply's content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import hdrs, web
from multidict import CIMultiDict, istr

from bridge.call import JsonValue, Reply, Service, Upload, Want, Wish
from bridge.contracts import Keyed, Peek
from bridge.web.routes import Route
from bridge.web.snapshot import Snapshot

PREFER = istr("Prefer")
_PLANS_MAX = 4096
_KEY_CHARACTERS_MAX = 2000  # together with the line above: some 10 MB at the very most

Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """An answer as it was last made from a reply, for as long as that reply is given."""

    reply: Reply
    private: bool
    headers: CIMultiDict[str]
    body: bytes


@dataclass(slots=True)
class Plan:
    """A request that was understood.

    `target` is what scopes name; `watched`: headers that make it another one; `made`: its last answer;
    `kept`: the cache of its operation; `keyed`: that it may come again under its key; `rows`: the media type that its
    rows are to be sent as, "" for no rows; `wish`: what is wanted of a cache.
    """

    route: Route
    operation: str
    target: str
    service: Service
    args: bytes | JsonValue
    wait_s: float | None = None
    no_cache: bool = False
    forwarded: dict[str, str] = field(default_factory=dict)
    watched: tuple[str, ...] = ()
    kept: Peek | None = None
    made: Made | None = None
    want: Want = "json"
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    rows: str = ""
    keyed: Keyed | None = None
    wish: Wish | None = None


class Plans:
    """The plans of one snapshot; a new snapshot starts with none."""

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._plans: dict[Key, Plan] = {}

    def find(self, snapshot: Snapshot, request: web.BaseRequest) -> Plan | None:
        if snapshot is not self._snapshot:
            self._snapshot, self._plans = snapshot, {}
        plan = self._plans.get(_key(request))
        if plan is None or request.body_exists:
            return None
        return None if plan.watched and any(name in request.headers for name in plan.watched) else plan

    def keep(self, snapshot: Snapshot, request: web.BaseRequest, plan: Plan) -> None:
        key = _key(request)
        if snapshot is not self._snapshot or sum(len(part or "") for part in key) > _KEY_CHARACTERS_MAX:
            return
        if any(name in request.headers for name in plan.watched):
            return
        if len(self._plans) >= _PLANS_MAX:
            self._plans.clear()
        self._plans[key] = plan


def _key(request: web.BaseRequest) -> Key:
    get = request.headers.get
    return (
        request.method,
        request.raw_path,
        get(hdrs.ACCEPT),
        get(hdrs.ACCEPT_ENCODING),
        get(hdrs.CACHE_CONTROL),
        get(PREFER),
    )
