"""What can be set about one HTTP system; everything about the connection itself is in transport/settings.py."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, GetJsonSchemaHandler, field_validator, model_validator
from pydantic_core import CoreSchema

from bridge.settings import Bytes, DurationS, Secret, Settings
from bridge.transport.origins import has_userinfo, is_http, origin
from bridge.transport.settings import ClientSettings
from bridge.transport.settings_lockout import LockoutSettings
from bridge.transport.settings_tls import tls_paths_from

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
BODILESS = frozenset({"GET", "HEAD", "DELETE"})
SAFE = frozenset({"GET", "HEAD"})
IDEMPOTENT = frozenset({*SAFE, "PUT", "DELETE"})
"""By RFC 9110 §9.2, unless a person writes otherwise."""
_FIELD_NAME = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"
NOT_GIVEN = frozenset(
    {
        *("content-type", "content-length", "content-encoding", "transfer-encoding", "host", "connection", "expect"),
        *("keep-alive", "te", "trailer", "upgrade", "authorization", "proxy-authorization", "cookie", "user-agent"),
        *("accept", "accept-encoding", "traceparent", "tracestate", "if-none-match", "proxy-connection"),
    }
)
"""Headers that belong to the connection or to us, in small letters."""
_REQUEST = re.compile(r"(GET|HEAD|POST|PUT|PATCH|DELETE) +(/\S*)")
_PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class PassthroughCacheSettings(Settings):
    """How answers that are passed on are kept. How long they are fresh they say themselves (RFC 9111)."""

    public: bool = Field(default=False, examples=[True])
    """All callers share what is kept, as far as the answers allow it. Otherwise each key has answers of its own."""
    stale: DurationS = Field(default=0.0, ge=0, examples=["10m"])
    """How long after its time an answer may stand in for a failure, where it says nothing itself (`stale-if-error`)."""


class PassthroughSettings(Settings):
    """Every path below the address of the upstream, with any method, header and body."""

    cache: PassthroughCacheSettings | None = Field(default=PassthroughCacheSettings(), examples=[{"public": True}])
    """Keep what may be kept. `null` keeps nothing."""
    locations: Literal["rewrite", "keep"] = Field(default="rewrite", examples=["keep"])
    """What becomes of the upstream's own addresses in `Location` and `Content-Location`: led back to the bridge's, or
    left as they are."""

    @model_validator(mode="before")
    @classmethod
    def _usual(cls, data: Any) -> Any:
        return {} if data is True else data

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        written = handler.resolve_ref_schema(handler(schema))
        return {"description": written.pop("description", ""), "anyOf": [{"const": True}, written]}


class QueryKeySettings(Settings):
    """A key that the system wants in the query of each request."""

    name: str = Field(examples=["api_key"], min_length=1, max_length=100)
    """The name of the query parameter."""
    key: Secret = Field(examples=["env:SHOP_KEY"])
    """Where the key is found."""


class HttpSettings(ClientSettings):
    """One HTTP system that speaks JSON."""

    base: str = Field(examples=["https://api.example/v2"], min_length=1)
    """The address that the paths of its operations are put behind. Credentials go there."""
    openapi: str | None = Field(default=None, examples=["https://api.example/openapi.json"], min_length=1)
    """Its OpenAPI document, 3.0 or 3.1, JSON or YAML: an address or a file. All its operations are offered, and
    requests are compared with it before they leave. It is kept in `state`, so a second start needs no network."""
    openapi_max: Bytes = Field(default=20_000_000, examples=["20MB"], ge=1, le=200_000_000)
    """The largest OpenAPI document that is read."""
    refresh: Literal["never", "start"] = Field(default="start", examples=["never"])
    """When an OpenAPI document at an address is asked for again. One that cannot be had is taken as it was."""
    query_key: QueryKeySettings | None = Field(default=None, examples=[{"name": "api_key", "key": "env:SHOP_KEY"}])
    """A key in the query, for systems that know no better place. Operations have it; what is passed on has not."""
    lockout: LockoutSettings = Field(default=LockoutSettings(), examples=[{"attempts": 3, "pause": "15m"}])
    """What is done when the system refuses our password."""
    errors_pass: bool = Field(default=False, examples=[True])
    """The JSON of a refusal (4xx) goes to the client under `fault` though nobody declared it. What an OpenAPI document
    declares goes there in any case."""
    passthrough: PassthroughSettings | None = Field(default=None, examples=[True, {"cache": {"public": True}}])
    """Pass on what is none of its operations, as it comes. `true` for the usual."""

    @field_validator("base")
    @classmethod
    def _base(cls, value: str) -> str:
        if not origin(value) or "?" in value or "#" in value:
            raise ValueError("an address starts with http:// or https://, names a host, and has no ? and no #")
        if has_userinfo(value):
            raise ValueError("credentials do not belong in an address; use auth")
        return value.rstrip("/")

    @field_validator("openapi")
    @classmethod
    def _document(cls, value: str | None) -> str | None:
        if value is not None and is_http(value) and has_userinfo(value):
            raise ValueError("credentials do not belong in an address; use auth")
        return value


def paths_from(settings: HttpSettings, folder: Path) -> HttpSettings:
    """Paths are relative to the file they are written in."""
    changes: dict[str, object] = {}
    if settings.openapi is not None and not is_http(settings.openapi):
        changes["openapi"] = str(folder / settings.openapi)
    if settings.ca:
        changes["ca"] = folder / settings.ca
    if settings.tls:
        changes["tls"] = tls_paths_from(settings.tls, folder)
    return settings.model_copy(update=changes)


class BodySettings(Settings):
    """What of the arguments is the body. Mostly written as one word: `rest`, `form` or `none`."""

    field: str = Field(default="", max_length=200, examples=["lines"])
    """The one argument that is the body; else all that nothing else takes are."""
    form: Literal["json", "form", "text", "none"] = Field(default="json", examples=["form"])
    """How it is written: JSON, `application/x-www-form-urlencoded`, or a text as it is. `none`: there is none."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if not isinstance(data, str):
            return data
        if data not in {"rest", "form", "none"}:
            raise ValueError("a body is rest, form or none, or {field: …}")
        return {"form": "json" if data == "rest" else data}

    @model_validator(mode="after")
    def _text_has_a_field(self) -> Self:
        if self.form == "text" and not self.field:
            raise ValueError("a text is one argument: say which one with field")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        written = handler.resolve_ref_schema(handler(schema))
        about = written.pop("description", "")
        return {"description": about, "anyOf": [{"enum": ["rest", "form", "none"]}, written]}


class HttpRequestSettings(Settings):
    """The request that an operation is. Mostly written as one text: `GET /orders/{orderId}`."""

    method: Method = Field(examples=["GET"])
    """The HTTP method."""
    path: str = Field(pattern=r"^/\S*$", max_length=2000, examples=["/orders/{orderId}"])
    """The path behind `base`. What stands in braces is taken from the arguments."""
    query: dict[str, str] = Field(default={}, examples=[["page", "size"], {"page_size": "size"}])
    """Arguments that go into the query: a list of names, or parameter → argument where they differ. Without a body
    (GET, DELETE) all that nothing else takes do."""
    header: dict[str, str] = Field(default={}, examples=[{"X-Tenant": "tenantId"}])
    """Arguments that go into a header: header → argument."""
    body: BodySettings | None = Field(default=None, examples=["form", {"field": "lines"}])
    """What of the arguments is the body. Without it: of POST, PUT and PATCH all the rest, as JSON."""
    answers: Literal["json", "text"] = Field(default="json", examples=["text"])
    """What a good answer is. A text becomes a JSON string."""

    @field_validator("query", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return {name: name for name in value} if isinstance(value, list | tuple) else value

    @field_validator("header")
    @classmethod
    def _names(cls, value: dict[str, str]) -> dict[str, str]:
        wrong = [name for name in value if not re.fullmatch(_FIELD_NAME, name) or name.lower() in NOT_GIVEN]
        if wrong:
            raise ValueError(f"{wrong[0]} is no header that an argument can fill")
        return value

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if not isinstance(data, str):
            return data
        found = _REQUEST.fullmatch(data.strip())
        if found is None:
            raise ValueError("a request is a method and a path, such as GET /orders/{orderId}")
        return {"method": found[1], "path": found[2]}

    @model_validator(mode="after")
    def _plain_path(self) -> Self:
        bare = _PARAMETER.sub("", self.path)
        if "{" in bare or "}" in bare or "?" in bare or "#" in bare:
            raise ValueError("a parameter of a path is a name in braces, and the query is not part of it")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = {"type": "string", "pattern": "^(GET|HEAD|POST|PUT|PATCH|DELETE) +/", "examples": ["GET /orders/{id}"]}
        written = handler.resolve_ref_schema(handler(schema))
        about = written.pop("description", "")
        return {"description": about, "anyOf": [text, written]}

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the path, each once, in their order."""
        return tuple(dict.fromkeys(_PARAMETER.findall(self.path)))

    def filled(self, values: dict[str, str]) -> str:
        """The path with what stands for its parameters, already encoded."""
        return _PARAMETER.sub(lambda found: values[found[1]], self.path)


def method_of(request: object) -> str:
    """The method of a request as it is written in a configuration; "" for none."""
    if isinstance(request, HttpRequestSettings):
        return request.method
    if isinstance(request, dict):
        return str(request.get("method", ""))
    return request.strip().partition(" ")[0] if isinstance(request, str) else ""
