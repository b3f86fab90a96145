"""The whole configuration, composed of the settings that stand with each room. Knows nothing about YAML.

A rule that concerns one model only is checked here and says which key it means; rules between models are in
`check.py`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from adapters.http.config import IDEMPOTENT, SAFE, HttpRequestSettings, HttpSettings, method_of
from adapters.soap.config import SoapOperationSettings, SoapSettings
from bridge.config.table import ADAPTERS
from bridge.errors import RouteError
from bridge.layers.again_settings import IdempotencySettings, ReconcileSettings
from bridge.layers.breaker import BreakerSettings, switched
from bridge.layers.cache_settings import CacheSettings, CacheStoreSettings
from bridge.layers.limit import LimitsSettings
from bridge.layers.retry import RetrySettings
from bridge.layers.stack import LayerSettings
from bridge.layers.tags import check_template
from bridge.queue.callback_settings import CallbackSettings
from bridge.queue.schedule_settings import ScheduleSettings
from bridge.queue.settings import QueueSettings
from bridge.rules.settings import FailRules, FaultKey
from bridge.settings import DurationS, Settings
from bridge.store.bus.settings import BusSettings
from bridge.store.journal_settings import JournalSettings
from bridge.store.settings import StoreSettings
from bridge.streams.alert_settings import AlertSettings
from bridge.streams.settings import TopicSettings
from bridge.web.admin_settings import AdminSettings
from bridge.web.inputs import Sources
from bridge.web.routes import AnswerForm, AnswerSetting, RouteSetting, parse_route, template
from bridge.web.settings import AccessSettings, ServerSettings

NAME = r"^[a-z][a-z0-9-]{0,63}$"
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]
Status = Annotated[int, Field(ge=400, le=599)]
# What speaks about the connection, or carries credentials that were meant for us (RFC 9110 §7.6.1).
_NEVER_FORWARDED = frozenset(
    [
        *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "host"),
        *("content-length", "content-type", "content-encoding", "accept-encoding", "soapaction"),
        *("authorization", "proxy-authorization", "cookie", "x-api-key"),
    ]
)


def wrong(message: str, *path: str) -> PydanticCustomError:
    """A rule of a model that is broken, blamed on what the path below it leads to."""
    return PydanticCustomError("rule", "{message}", {"message": message, "path": path})


def _forwardable(name: str) -> str:
    if name.lower() in _NEVER_FORWARDED:
        raise ValueError(f"{name} is never forwarded: it concerns this connection only, or is a credential")
    return name


def _name(text: str) -> str:
    if not re.fullmatch(NAME, text):
        raise ValueError("a name has lower-case letters, digits and hyphens, and begins with a letter")
    return text


Name = Annotated[str, AfterValidator(_name), Field(json_schema_extra={"pattern": NAME})]


def _path(text: str) -> str:
    try:
        template(text)
    except RouteError as error:
        raise ValueError(error.detail) from error
    return text


class RouteSettings(Settings):
    """An address of our own for an operation. Mostly written as one text: `GET /orders/{orderId}`."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(examples=["GET"])
    """The HTTP method. GET needs `safe: true`."""
    path: Annotated[str, AfterValidator(_path)] = Field(examples=["/orders/{id}"])
    """The path below the prefix of the upstream. A parameter is a whole segment in braces."""
    from_path: dict[str, str] = Field(default={}, examples=[{"id": "orderId"}])
    """Path parameters with another name than the field they fill: parameter → field (`a.b` for a nested one)."""
    query: dict[str, str] = Field(default={}, examples=[{"since": "range.from"}])
    """Query parameters with another name than the field they fill, or for nested fields: parameter → field."""
    header: dict[HeaderName, str] = Field(default={}, examples=[{"X-Customer": "customerId"}])
    """Fields that come from request headers: header → field."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if not isinstance(data, str):
            return data
        method, _, path = data.strip().partition(" ")
        try:
            parse_route(data)
        except RouteError as error:
            raise ValueError(error.detail) from error
        return {"method": method, "path": path.strip()}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = {"type": "string", "pattern": "^(GET|POST|PUT|PATCH|DELETE) +/", "examples": ["GET /orders/{orderId}"]}
        written = handler.resolve_ref_schema(handler(schema))
        about = written.pop("description", "")
        return {"description": about, "anyOf": [text, written]}

    @property
    def setting(self) -> RouteSetting:
        return RouteSetting(self.method, self.path, Sources(self.from_path, self.query, self.header))


class OperationSettings(Settings):
    """What a person knows about one operation and its WSDL does not say."""

    route: RouteSettings | None = Field(default=None, examples=["GET /orders/{orderId}"])
    """The address, instead of `POST /{operation-in-kebab-case}`."""
    safe: bool = Field(default=False, examples=[True])
    """It changes nothing: may be offered as GET, kept, repeated and polled."""
    idempotent: bool = Field(default=False, examples=[True])
    """Doing it twice does no harm, so it may be repeated when it fails."""
    cache: CacheSettings | None = Field(default=None, examples=[{"ttl": "60s", "stale": "10m"}])
    """Keep its answers. Needs `safe: true`."""
    invalidates: tuple[Annotated[str, AfterValidator(check_template)], ...] = Field(
        default=(), examples=[["order:{orderId}"], ["order:*"]]
    )
    """Tags of kept answers that it makes old; see `cache.tags`."""
    faults: dict[FaultKey, Status] = Field(default={}, examples=[{"OrderExists": 409, "@.code == 'E17'": 410}])
    """Fault → HTTP status, where the name of the fault does not lead to the right one. A fault is told by its name, by
    a code (`Server.Busy`), by the type of its detail (`{urn:shop}NotFoundType`), or by a condition on
    `{name, code, subcodes, text, detail}`. The first that fits decides."""
    fail_when: FailRules = Field(
        default=(), examples=["@.success == false", [{"when": "@.errorCode == 17", "status": 404}]]
    )
    """Which of its good answers say that it failed: conditions of RFC 9535 (JSONPath) in which `@` is the answer. Such
    an answer becomes a problem document. The first that holds decides."""
    rows: str = Field(default="", examples=["orders.items"])
    """The list of its answer that may leave row by row (`Accept: application/x-ndjson`), as the keys that lead to it
    in JSON. Only needed where the answer has several lists."""
    request: HttpRequestSettings | None = Field(default=None, examples=["GET /orders/{orderId}"])
    """What it is, behind an upstream that is `http`: method and path. Others have no such key. It may be left out where
    an OpenAPI document has an operation of this name."""
    soap: SoapOperationSettings = Field(default=SoapOperationSettings(), examples=[{"strict_answers": True}])
    """How strictly this one is taken, where that differs from its SOAP service."""
    answer: AnswerForm = Field(default="json", examples=["binary"])
    """The form of its answer where `Accept` leaves the choice: `binary` is the one binary value in it, passed on while
    it arrives. A client gets the other form by asking for `application/json` or `application/octet-stream`."""
    keep_types: tuple[Annotated[str, Field(pattern=r"^[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+$")], ...] = Field(
        default=(), examples=[["image/svg+xml"]]
    )
    """Media types of such an answer that a browser might run as a page of the bridge's own address. They are called
    `application/octet-stream` unless they stand here."""
    idempotency: IdempotencySettings | None = Field(default=None, examples=[True, {"key": "order:{number}"}])
    """The same request again, under its `Idempotency-Key`, is answered as before. Where there is a `store` it is so for
    every operation that is not `safe`; written here it opens one, and says how."""
    reconcile: ReconcileSettings | None = Field(
        default=None,
        examples=[{"operation": "FindOrder", "with": {"number": "{number}"}, "applied_when": "@.found == true"}],
    )
    """How to find out whether it was done where its outcome is unknown."""
    async_: Literal["always", "allowed", "never"] | None = Field(default=None, alias="async", examples=["always"])
    """Whether it is answered later, with an address to come back to: `always`; where the client says
    `Prefer: respond-async` (`allowed`, which is also what holds where nothing is said and there is a `store`); or
    `never`."""
    timeout: DurationS | None = Field(default=None, gt=0, examples=["5s"])
    """Time for one attempt; else that of the upstream."""
    deadline: DurationS | None = Field(default=None, gt=0, examples=["10s"])
    """Time for the whole call; else that of the upstream."""

    @model_validator(mode="before")
    @classmethod
    def _flags_of_method(cls, data: Any) -> Any:
        """What RFC 9110 §9.2 says of the method of its request, unless the person says otherwise."""
        method = method_of(data.get("request")) if isinstance(data, dict) else ""
        said = {"safe": method in SAFE, "idempotent": method in IDEMPOTENT}
        return {**{key: True for key, holds in said.items() if holds}, **data} if method else data

    @model_validator(mode="after")
    def _flags_fit(self) -> Self:
        if self.cache is not None and not self.safe:
            raise wrong("only an operation with `safe: true` may be kept", "cache")
        if self.invalidates and self.safe:
            raise wrong("an operation with `safe: true` changes nothing, so it makes nothing old", "invalidates")
        if self.route is not None and self.route.method == "GET" and not self.safe:
            raise wrong("only an operation with `safe: true` may be offered as GET", "route")
        for key in ("idempotency", "reconcile"):
            if self.safe and getattr(self, key) is not None:
                raise wrong("an operation with `safe: true` changes nothing, so nothing is done twice", key)
        if self.idempotency is not None and self.answer == "binary":
            raise wrong("an answer that leaves in pieces cannot be kept under a key", "idempotency")
        return self


class AboutSettings(Settings):
    """For the people who use or run it; shown in the documents."""

    owner: str = Field(default="", max_length=200, examples=["erp-team"])
    """Who to ask."""
    description: str = Field(default="", max_length=2000, examples=["Orders and stock of the ERP"])
    """What it is for."""


class UpstreamSettings(Settings):
    """A system behind the bridge. Exactly one key says of which kind it is: `soap` or `http`."""

    about: AboutSettings = Field(default=AboutSettings(), examples=[{"owner": "erp-team"}])
    """For people."""
    soap: SoapSettings | None = Field(default=None, examples=[{"wsdl": "https://erp.example/orders?wsdl"}])
    """It is a SOAP service."""
    http: HttpSettings | None = Field(default=None, examples=[{"base": "https://api.example/v2"}])
    """It is an HTTP system that speaks JSON."""
    api: int = Field(default=1, ge=1, le=999, examples=[2])
    """The version of its address: `/v{api}/{upstream}`."""
    prefix: Annotated[str, AfterValidator(_path)] | None = Field(default=None, examples=["/shop"])
    """Its address, instead of `/v{api}/{upstream}`."""
    forward_headers: tuple[Annotated[HeaderName, AfterValidator(_forwardable)], ...] = Field(
        default=(), examples=[["X-Tenant"]]
    )
    """Request headers that are passed on to the system. They are part of the key of kept answers."""
    limits: LimitsSettings = Field(default=LimitsSettings(), examples=[{"concurrency": 4, "timeout": "20s"}])
    """What the system can bear, and how long anybody waits for it."""
    retry: RetrySettings = Field(default=RetrySettings(), examples=[{"attempts": 3}])
    """Repeating what failed."""
    breaker: Annotated[BreakerSettings | Literal["off"], BeforeValidator(switched)] = Field(
        default=BreakerSettings(), examples=["off", {"failures": "50%", "open": "15s"}]
    )
    """When it is given a rest, because it only fails: `off` for never."""
    fail_when: FailRules = Field(default=(), examples=["@.success == false"])
    """Which good answers say that they failed, for all operations whose answers have what is asked for; the rules of an
    operation itself come first."""
    operations: dict[str, OperationSettings] = Field(
        default={}, examples=[{"GetOrder": {"route": "GET /orders/{orderId}", "safe": True}}]
    )
    """By the name in the WSDL. An operation that is not here has its default address and no flags."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [key for key in ADAPTERS if getattr(self, key) is not None]
        if not given:
            raise wrong(f"an upstream needs a key that says of which kind it is: {', '.join(ADAPTERS)}")
        if len(given) > 1:
            raise wrong(f"an upstream is of one kind only, and this one already has `{given[0]}`", given[1])
        return self

    @model_validator(mode="after")
    def _requests_fit(self) -> Self:
        for name, own in self.operations.items():
            if self.http is not None and self.http.openapi is None and own.request is None:
                raise wrong("an operation of an `http` upstream says what it is", "operations", name)
            if self.http is None and own.request is not None:
                raise wrong("only an upstream that is `http` has requests", "operations", name, "request")
        return self

    @model_validator(mode="after")
    def _reconciled(self) -> Self:
        for name, own in self.operations.items():
            if own.reconcile is None:
                continue
            way, asked = ("operations", name, "reconcile", "operation"), own.reconcile.operation
            if asked == name:
                raise wrong("a write cannot tell of itself whether it was done", *way)
            if asked not in self.operations or not self.operations[asked].safe:
                raise wrong(f"what is asked must change nothing: write `safe: true` at {asked}", *way)
        return self

    @model_validator(mode="after")
    def _times_fit(self) -> Self:
        for name, own in self.operations.items():
            limits = self.layers(name).limits
            if own.timeout is not None and limits.timeout > limits.deadline:
                message = f"one attempt cannot take longer than the whole call, which has {limits.deadline:g} s"
                raise wrong(message, "operations", name, "timeout")
        return self

    @property
    def kind(self) -> str:
        """The key that says what it is; one of config/table.py."""
        return next(key for key in ADAPTERS if getattr(self, key) is not None)

    def layers(self, operation: str) -> LayerSettings:
        """What the layers of one operation are to do."""
        own = self.operations.get(operation, OperationSettings())
        times = {key: value for key in ("timeout", "deadline") if (value := getattr(own, key)) is not None}
        limits = self.limits.model_copy(update=times) if times else self.limits
        return LayerSettings(limits, self.retry, own.cache, own.invalidates, own.idempotency, own.reconcile)

    def routes(self) -> dict[str, RouteSetting]:
        """The configured addresses, by operation."""
        return {name: own.route.setting for name, own in self.operations.items() if own.route is not None}

    def answers(self) -> dict[str, AnswerSetting]:
        """The configured forms of answers, by operation."""
        return {
            name: AnswerSetting(own.answer, own.keep_types, own.soap.file_of_answer, own.async_ or "")
            for name, own in self.operations.items()
        }

    def mounted_at(self, name: str) -> str:
        """The prefix of the addresses of this upstream, which has this name."""
        return self.prefix or f"/v{self.api}/{name}"


class LogSettings(Settings):
    """What is written to the log."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", examples=["warning"])
    """The least important line that is written."""


class Config(Settings):
    """The configuration of a bridge."""

    server: ServerSettings = Field(default=ServerSettings(), examples=[{"port": 8080}])
    """Where the bridge listens."""
    access: AccessSettings | None = Field(
        default=None, examples=[{"keys": [{"name": "web-shop", "key": "env:WEB_KEY", "scopes": ["shop:*"]}]}]
    )
    """Who may call. Without it only this machine may, and needs no key."""
    cache: CacheStoreSettings = Field(default=CacheStoreSettings(), examples=[{"memory": "64MB"}])
    """The store for answers that are kept; which ones are kept is said per operation."""
    state: str = Field(default="data", min_length=1, examples=["/var/lib/legacy-bridge"])
    """Folder for what outlives a restart, such as contracts already read. Relative to the working directory."""
    log: LogSettings = Field(default=LogSettings(), examples=[{"level": "info"}])
    """The log."""
    store: StoreSettings = Field(default=StoreSettings(), examples=[{"url": "sqlite:///data/bridge.db"}])
    """Where jobs, the journal and schedules are kept. Written short it is the URL alone."""
    admin: AdminSettings = Field(default=AdminSettings(), examples=[{"host": "127.0.0.1", "port": 9090}])
    """Where operators reach the bridge: a Unix socket in `state`, and TCP where it is asked for."""
    journal: JournalSettings = Field(default=JournalSettings(), examples=[{"reads": True, "keep": {"call": "90d"}}])
    """What is written down of calls and jobs, and for how long. It is kept where there is a `store`."""
    queues: dict[Name, QueueSettings] = Field(default={}, examples=[{"calls": {"rate": "5/s"}}])
    """How fast and how often jobs are worked on, by queue. Calls wait in `calls` unless they are put elsewhere."""
    schedules: dict[Name, ScheduleSettings] = Field(
        default={}, examples=[{"nightly": {"cron": "0 6 * * *", "zone": "Europe/London", "call": "shop.Export"}}]
    )
    """Operations that are called at set times, once over all workers and nodes."""
    callbacks: dict[Name, CallbackSettings] = Field(
        default={}, examples=[{"erp-events": {"url": "https://erp.example/events", "secret": "env:EVENTS_SECRET"}}]
    )
    """Who may be told that a call has ended, by the name that a client gives in `Callback`."""
    streams: dict[Name, TopicSettings] = Field(default={}, examples=[{"order-status": {"keep": {"age": "24h"}}}])
    """Topics, by name: what is published there is kept in order."""
    alerts: AlertSettings = Field(
        default=AlertSettings(),
        examples=[{"webhook": {"url": "https://hooks.example/ops", "secret": "env:ALERT_SECRET"}}],
    )
    """Who is told when something needs a person. Where there is a `store`, alerts are in the log in any case."""
    bus: BusSettings = Field(default=BusSettings(), examples=["redis://redis.internal:6379/0"])
    """What several nodes meet over. The workers of one machine need none."""
    upstreams: dict[Name, UpstreamSettings] = Field(
        default={}, examples=[{"shop": {"soap": {"wsdl": "https://erp.example/orders?wsdl"}}}]
    )
    """The systems behind the bridge, by the name they have in addresses, scopes and metrics."""
