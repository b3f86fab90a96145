"""A small shop that speaks no protocol: an Upstream whose answers a test gives by hand (STYLE 18)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from multidict import CIMultiDict

from bridge.call import Call, Principal, Reply, Service, Trace
from bridge.clock import SystemClock
from bridge.contracts import Description, Envelopes, Example, Operation
from bridge.errors import CallError
from bridge.shapes.model import (
    Branch,
    Choice,
    Described,
    Field,
    Kind,
    ListOf,
    Record,
    Ref,
    Scalar,
    Shape,
    XmlNode,
)
from bridge.web.cors import Cors
from bridge.web.problems import problem
from bridge.web.rest import Page, Permits, Rest
from bridge.web.route_table import RouteTable
from bridge.web.routes import RouteSetting, build_routes
from bridge.web.settings import LimitSettings
from bridge.web.snapshot import Mount, Snapshot
from bridge.web.trace import RequestInfo

TEXT = Scalar(Kind.STRING)
NUMBER = Scalar(Kind.DECIMAL)
WHOLE = Scalar(Kind.INTEGER)
FLAG = Scalar(Kind.BOOLEAN)
DATE = Scalar(Kind.DATE)
TRACE = Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


def fields(*required: Field, **optional: Shape) -> Record:
    return Record((*required, *(Field(key, shape) for key, shape in optional.items())))


def must(key: str, shape: Shape) -> Field:
    return Field(key, shape, required=True)


RANGE = fields(must("from", DATE), to=DATE)
NODE = fields(name=TEXT, child=Ref("Node"))
TABLE: dict[str, Shape] = {"Range": RANGE, "Node": NODE, "Id": WHOLE, "Alias": Ref("Id")}
EITHER = Record((Field("id", WHOLE), Field("free", XmlNode())), choices=(Choice((Branch(("id",)), Branch(("free",)))),))

INPUTS: dict[str, Shape | None] = {
    "GetOrder": fields(must("orderId", Ref("Alias")), verbose=FLAG, lang=TEXT),
    "FindOrders": fields(
        tags=ListOf(TEXT), ids=ListOf(Ref("Id")), range=Ref("Range"), limit=WHOLE, node=Ref("Node"), any=XmlNode()
    ),
    "CreateOrder": fields(must("customerId", TEXT), must("total", NUMBER), lines=ListOf(Record((must("sku", TEXT),)))),
    "UpdateOrder": fields(must("orderId", WHOLE), must("status", TEXT), tenant=TEXT, range=Ref("Range")),
    "SearchTree": fields(must("root", Record((must("free", XmlNode()),)))),
    "GetEither": EITHER,
    "Ping": None,
    "Echo": TEXT,
    "getURL": fields(),
    "GetUrl": fields(),
}
SAFE = {"GetOrder", "FindOrders", "SearchTree", "GetEither", "Ping"}


@dataclass
class FakeUpstream:
    """Implements contracts.Upstream; `described` counts who was looked at."""

    name: str = "shop"
    title: str = "Shop <of> orders"
    doc: str = "Orders & stock"
    warnings: tuple[str, ...] = ()
    inputs: Mapping[str, Shape | None] = field(default_factory=lambda: INPUTS)
    described: list[str] = field(default_factory=list)

    @property
    def operations(self) -> Mapping[str, Operation]:
        return {name: Operation(self.name, name, safe=name in SAFE) for name in self.inputs}

    def describe(self, operation: str) -> Description:
        self.described.append(operation)
        shape = self.inputs[operation]
        return Description(Described(shape, TABLE), Described(TEXT))

    def example(self, operation: str) -> Example:
        return Example(b"{}", b'"x"')

    def service(self, operation: str) -> Service:
        raise NotImplementedError

    async def dry_run(self, operation: str, args: bytes) -> Envelopes:
        return Envelopes("", (), args)

    async def close(self) -> None:
        return None


@dataclass
class Answers:
    """The service behind every operation: `give` answers, and `calls` is what arrived."""

    give: Callable[[Call], Reply] = lambda call: Reply(b'{"ok":true}')
    calls: list[Call] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, call: Call) -> Reply:
        self.calls.append(call)
        self.reached.set()
        return self.give(call)


class Anyone:
    """Lets everyone in; or, with a list of targets, only to those."""

    def __init__(self, targets: Iterable[str] | None = None) -> None:
        self._targets = None if targets is None else set(targets)

    def allows(self, principal: Principal | None, target: str) -> bool:
        return self._targets is None or target in self._targets

    def explains(self, principal: Principal | None) -> bool:
        return self._targets is None or "explain" in self._targets


def snapshot(
    service: Service, settings: Mapping[str, RouteSetting] | None = None, pending: Mapping[str, str] | None = None
) -> Snapshot:
    upstream = FakeUpstream()
    routes = build_routes(upstream, settings or {}, "/v1/shop")
    waiting = {prefix.rpartition("/")[2]: Mount(prefix.rpartition("/")[2], prefix) for prefix in pending or {}}
    return Snapshot(
        RouteTable(routes, pending),
        {f"shop.{name}": service for name in upstream.operations},
        {"shop": upstream},
        {"shop": Mount("shop", "/v1/shop", forward_headers=("X-Tenant",)), **waiting},
        pending or {},
        explained={f"shop.{name}": service for name in upstream.operations},
    )


@dataclass
class Door:
    """Stands where the edge stands: gives each request its info, writes problems, keeps what the handler noted."""

    handler: Rest
    principal: Principal | None = None
    infos: list[RequestInfo] = field(default_factory=list)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        info = RequestInfo("r-1", TRACE, "127.0.0.1", SystemClock().monotonic(), principal=self.principal)
        self.infos.append(info)
        try:
            return await self.handler(request, info)
        except CallError as error:
            document = problem(error, request_id=info.request_id, trace_id=info.trace.trace_id)
            return web.Response(status=document.status, body=document.body, headers=CIMultiDict(document.headers))


def rest(
    snap: Callable[[], Snapshot],
    *,
    permits: Permits | None = None,
    pages: Mapping[str, Page] | None = None,
    cors: Cors | None = None,
    **limits: str,
) -> Rest:
    bounds = LimitSettings.model_validate(limits)
    return Rest(snap, permits or Anyone(), pages=pages, cors=cors, limits=bounds)
