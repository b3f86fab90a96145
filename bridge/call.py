"""What passes between rooms: a Call goes in, a Reply comes out.

A Service is `async (Call) -> Reply`; operations, layers and routes are services (STYLE 2). Layers never look inside
a body; only a codec does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Want = Literal["json", "values", "rows", "raw"]
JsonValue = dict[str, "JsonValue"] | list["JsonValue"] | str | bool | None
"""Parsed JSON. Numbers are `shapes.json.Number`, a `str` that keeps every digit as written."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: the name of a key and its scopes (`upstream:operation`, `*` as a wildcard). Never the key itself."""

    name: str
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """W3C trace context: 32 and 16 lower-case hex digits, and the flags (https://www.w3.org/TR/trace-context/)."""

    trace_id: str
    span_id: str
    flags: str = "01"
    state: str = ""

    def header(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


@dataclass(frozen=True, slots=True)
class Call:
    """One request for one operation.

    `operation` is `upstream.Name`; `args` the JSON bytes as received, or values already parsed;
    `deadline` seconds on the monotonic clock; `headers` only those that `forward_headers` lets through;
    `attempt` is 1 for the first try and counts up in the retry layer.
    """

    operation: str
    args: bytes | JsonValue
    deadline: float
    trace: Trace
    principal: Principal | None = None
    idempotency_key: str | None = None
    want: Want = "json"
    headers: Mapping[str, str] = field(default_factory=dict)
    no_cache: bool = False
    attempt: int = 1

    def with_(self, **changes: object) -> Call:
        return replace(self, **changes)  # type: ignore[arg-type]  # dataclasses.replace is checked at run time


@dataclass(frozen=True, slots=True)
class Meta:
    """What a layer knows about a reply beside its body.

    `age_s` and `cache` (an RFC 9211 token such as `hit` or `fwd=miss`) come from the cache; `etag` is the strong
    validator of the bytes, quotes included; `status` is set when not 200; `tolerances` counts what the decoder
    overlooked, by kind.
    """

    status: int = 200
    age_s: float | None = None
    ttl_s: float | None = None
    cache: str = ""
    etag: str = ""
    attempts: int = 1
    tolerances: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer: `body` is encoded JSON (`b""` is "nothing", HTTP 204)."""

    body: bytes
    meta: Meta = Meta()

    def with_meta(self, **changes: object) -> Reply:
        return replace(self, meta=replace(self.meta, **changes))  # type: ignore[arg-type]  # as in Call.with_


Service = Callable[[Call], Awaitable[Reply]]
Layer = Callable[[Service], Service]
