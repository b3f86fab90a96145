"""What passes between rooms: a Call goes in, a Reply comes out.

A Service is `async (Call) -> Reply`; operations, layers and routes are services (STYLE 2). Layers never look inside
a body; only a codec does.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from bridge.clock import Clock
from bridge.errors import Quota

Want = Literal["json", "values", "rows", "raw"]
Priority = Literal["interactive", "background"]
"""Whether somebody waits for the answer, or a job or a schedule has time."""
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


class Upload(Protocol):
    """A file that came with a request: kept outside the arguments, and readable more than once."""

    @property
    def name(self) -> str:
        """The name of the file as the client gave it, without any path; "" for none."""
        ...

    @property
    def media_type(self) -> str: ...

    @property
    def length(self) -> int:
        """In bytes."""
        ...

    def pieces(self) -> AsyncIterator[bytes]:
        """The bytes from the first on, in pieces of a bounded size."""
        ...


@dataclass(slots=True)
class Explanation:
    """What `Bridge-Explain` asks for, written down on the way. Nothing in here is a secret: whoever writes it masks it.

    `request` and `answer` are what was on the wire of the last attempt; `times` the seconds that each layer took by
    itself, by its name, outermost first.
    """

    request: bytes = b""
    url: str = ""
    method: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 0
    answer: bytes = b""
    answer_headers: tuple[tuple[str, str], ...] = ()
    times: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, clock: Clock) -> Iterator[None]:
        """Notes how long the part within takes; of several times the sum."""
        began = clock.monotonic()
        try:
            yield
        finally:
            self.times[name] = self.times.get(name, 0.0) + clock.monotonic() - began


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a call. `at`: seconds since the epoch; `code`: "" when it went well."""

    number: int
    at: float
    duration_s: float
    code: str


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the wire, masked. `line`: method and address, or the status. `message` None: there was none, or it
    cannot be masked for sure; `bytes`: how long it was."""

    line: str
    headers: tuple[tuple[str, str], ...]
    message: str | None
    bytes: int


class Hide(Protocol):
    """What must not be seen by whoever reads the wire."""

    def name(self, name: str) -> bool:
        """Whether what stands at a field of this name is hidden."""
        ...

    def text(self, text: str) -> str:
        """A text without any secret that is known."""
        ...

    def learn(self, secret: str) -> None:
        """Hides it from here on wherever it stands."""
        ...


@dataclass(slots=True)
class Trail:
    """What a call leaves behind for whoever writes it down: its tries, and both sides of the last one. They are masked
    when somebody looks, the request first: that costs as much as reading them."""

    attempts: list[Attempt] = field(default_factory=list)
    request: Callable[[Hide], Side] | None = None
    answer: Callable[[Hide], Side] | None = None


@dataclass(slots=True)
class Stopwatch:
    """The time of one attempt, without what it waited for before: how much it was given, and how much it took."""

    given_s: float = 0.0
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """An HTTP request that is passed on as it is. `target`: path and query behind the address of the upstream, as sent;
    `fields` without those of the connection and without credentials that were meant for us."""

    method: str
    target: str
    fields: tuple[tuple[str, str], ...] = ()
    body: bytes | Upload | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client wants of a cache (RFC 9111 §5.2.1) beside `Call.no_cache`. `max_stale_s` None: nothing was said."""

    max_age_s: float | None = None
    min_fresh_s: float = 0.0
    max_stale_s: float | None = None
    only_if_cached: bool = False
    no_store: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One request for one operation.

    `operation` is `upstream.Name`; `args` the JSON bytes as received, or values already parsed;
    `deadline` seconds on the monotonic clock; `headers` only those that `forward_headers` lets through;
    `attempt` is 1 for the first try and counts up in the retry layer. `want` "rows": the items of the list in the
    answer as a `Stream`, one by one; "raw": its one binary value as a `Stream`. `uploads`: files by the JSON Pointer of
    the value they stand for. `explain`, `trail`: where to write down what happens, if anybody wants to know.
    `exchange`: what is passed on, in place of `args`. `wish`: what the client wants of a cache, if anything.
    `watch`: where to write down how long an attempt takes by itself.
    `priority`: of those who wait for an upstream. `request_id`: what its client knows it by.
    `key_field`: the header field in which the system behind gets a key, if it gets one. `afresh`: somebody has looked
    and wants it done again, so of what is kept under its key only a good answer counts; `own_key`: its key is that of a
    job, which is done once by itself, so nothing is kept under it.
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
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    explain: Explanation | None = None
    trail: Trail | None = None
    exchange: Exchange | None = None
    wish: Wish | None = None
    watch: Stopwatch | None = None
    priority: Priority = "interactive"
    request_id: str = ""
    key_field: tuple[str, str] | None = None
    afresh: bool = False
    own_key: bool = False

    def with_(self, **changes: object) -> Call:
        return replace(self, **changes)  # type: ignore[arg-type]  # dataclasses.replace is checked at run time


@dataclass(frozen=True, slots=True)
class Meta:
    """What a layer knows about a reply beside its body.

    `age_s` and `cache` (an RFC 9211 token such as `hit` or `fwd=miss`) come from the cache; `etag` is the strong
    validator of the bytes, quotes included; `status` is set when not 200; `tolerances` counts what the decoder
    overlooked, by kind. `fields`: the header fields of an answer that is passed on as it came. `quota`: what the
    upstream says about how much more it takes.
    """

    status: int = 200
    age_s: float | None = None
    ttl_s: float | None = None
    cache: str = ""
    etag: str = ""
    attempts: int = 1
    tolerances: Mapping[str, int] = field(default_factory=dict)
    fields: tuple[tuple[str, str], ...] = ()
    quota: Quota | None = None
    replayed: bool = False

    @property
    def cache_status(self) -> str:
        """What the header Cache-Status says of it (RFC 9211)."""
        ttl = f"; ttl={math.floor(self.ttl_s)}" if self.ttl_s is not None else ""
        return f"legacy-bridge; {self.cache.replace(';', '; ')}{ttl}"


@dataclass(frozen=True, slots=True)
class Stream:
    """A body that leaves in pieces while the upstream may still be sending; it can be read once.

    Of rows each piece is one or more complete JSON texts, each with a line feed behind it and none inside; of a binary
    value any piece of it. Reading raises members of CallError when the upstream fails on the way. Whoever has a Stream
    must `close` it, read to its end or not: that stops the upstream and gives back every place; twice does no harm.
    """

    pieces: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]
    media_type: str
    length: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer: `body` is encoded JSON (`b""` is "nothing", HTTP 204). With a `stream` the body is empty; layers pass
    it on and never read it."""

    body: bytes
    meta: Meta = Meta()
    stream: Stream | None = None

    def with_meta(self, **changes: object) -> Reply:
        return replace(self, meta=replace(self.meta, **changes))  # type: ignore[arg-type]  # as in Call.with_


Service = Callable[[Call], Awaitable[Reply]]
Layer = Callable[[Service], Service]
