"""What an operator may say about the HTTP side: address, TLS, limits, who may ask.

Only values and their meaning; the files beside this one act on them.
"""

from __future__ import annotations

import math
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from bridge.settings import Bytes, DurationS, RatePerS, Secret, Settings
from bridge.web.async_settings import AsyncSettings


def _network(text: str) -> str:
    ip_network(text)  # its ValueError says what is wrong
    return text


def _host_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,253}", text):
        raise ValueError("a host name without scheme and port, such as bridge.example.org")
    return text.lower().removesuffix(".")


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if text != "*" and (parts.scheme not in {"http", "https"} or text != f"{parts.scheme}://{parts.netloc}"):
        raise ValueError("an origin is a scheme and a host, such as https://shop.example, without a path")
    return text.lower()


Cidr = Annotated[str, AfterValidator(_network)]
HostName = Annotated[str, AfterValidator(_host_name)]
Origin = Annotated[str, AfterValidator(_origin)]


class TlsSettings(Settings):
    """TLS for those who call us, version 1.2 or newer."""

    cert: str = Field(examples=["/etc/bridge/server.pem"])
    """PEM file with the certificate of this server, followed by its chain."""
    key: str = Field(examples=["/etc/bridge/server.key"])
    """PEM file with the private key, without a passphrase."""
    client_ca: str | None = Field(default=None, examples=["/etc/bridge/clients-ca.pem"])
    """PEM file with the authorities whose client certificates are accepted. When given, a client without one is
    turned away in the handshake."""


class CorsSettings(Settings):
    """Which web pages of other origins may call us from a browser. None, unless listed."""

    origins: tuple[Origin, ...] = Field(default=(), examples=[["https://shop.example"]])
    """Origins that may read our answers; `*` means any."""
    headers: tuple[str, ...] = Field(
        default=("Accept", "Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "X-API-Key"),
        examples=[["Content-Type", "X-API-Key"]],
    )
    """Request headers that such a page may set."""
    max_age: DurationS = Field(default=600.0, examples=["10m"])
    """How long a browser may remember the permission."""


class CallerLimitSettings(Settings):
    """How often one caller may ask."""

    rate: RatePerS = Field(gt=0, examples=["100/s"])
    """Requests in a time, such as `5/s`, `600/m`."""
    burst: int | None = Field(default=None, ge=1, le=1_000_000, examples=[200])
    """How many may come at once after a quiet time; else as many as `rate` allows in a second."""

    @property
    def burst_of_rate(self) -> int:
        return self.burst if self.burst is not None else max(1, math.ceil(self.rate))


class LimitSettings(Settings):
    """Bounds on what one client, or all together, can make this server hold."""

    body: Bytes = Field(default=2_000_000, ge=1, examples=["2MB"])
    """The largest request body; 413 above it."""
    upload: Bytes = Field(default=256_000_000, ge=1, examples=["256MB"])
    """The largest request body with files, where a route takes some; 413 above it. The JSON in it is bounded by
    `body`."""
    upload_parts: int = Field(default=100, ge=1, le=10_000, examples=[100])
    """Fields of a form, files included; 400 above it."""
    upload_pace: Bytes = Field(default=32_000, ge=1, examples=["32kB"])
    """A body with files may take longer than `body_time` as long as this much of it arrives per second, on average."""
    uploads: Bytes = Field(default=4_000_000_000, ge=1, examples=["4GB"])
    """Room on disk for the files of all requests under way together; 503 above it. They lie in the folder for
    temporary files, without a name, and are gone when their request is answered."""
    head: Bytes = Field(default=16_000, ge=1_000, examples=["16kB"])
    """The largest request line, the largest header field, and the largest sum of all fields."""
    header_time: DurationS = Field(default=10.0, gt=0, examples=["10s"])
    """A request head must be complete within this time, TLS handshake included; the connection is closed otherwise."""
    body_time: DurationS = Field(default=30.0, gt=0, examples=["30s"])
    """A request body must be complete within this time; 408 otherwise."""
    send_time: DurationS = Field(default=30.0, gt=0, examples=["30s"])
    """A client that takes nothing of its answer for this long is cut off."""
    stream_idle: DurationS = Field(default=30.0, gt=0, examples=["30s"])
    """An answer that is passed on while it arrives is cut off when the system behind sends nothing for this long."""
    idle: DurationS = Field(default=75.0, gt=0, examples=["75s"])
    """An open connection without a request is closed after this time."""
    connections: int = Field(default=1000, ge=1, examples=[1000])
    """Open connections in all; 503 above it."""
    connections_per_address: int = Field(default=100, ge=1, examples=[100])
    """Open connections of one client address (an IPv6 /64 counts as one). Addresses in `behind_proxy` are exempt."""
    drain: DurationS = Field(default=30.0, ge=0, examples=["30s"])
    """How long running requests may go on when the server stops."""
    in_flight: int = Field(default=1000, ge=1, le=1_000_000, examples=[500])
    """Requests that one worker works on at the same time; 503 with `Retry-After` above it. Health, readiness and
    metrics are always answered."""
    lag: DurationS = Field(default=1.0, gt=0, examples=["500ms"])
    """A worker that lags so far behind for several looks in a row takes no more requests until it has caught up: 503
    with `Retry-After`."""
    callers: CallerLimitSettings | None = Field(default=None, examples=[{"rate": "100/s", "burst": 200}])
    """How often each caller may ask: each key that has no `limits` of its own, and without keys each client address (an
    IPv6 /64 counts as one); 429 with `Retry-After` above it. Over all workers and nodes together."""


class ServerSettings(Settings):
    """Where the bridge listens, and for whom."""

    host: str = Field(default="127.0.0.1", examples=["127.0.0.1", "0.0.0.0"])  # noqa: S104  an example of a value
    """Address to listen on. Any but a loopback address needs `access:` or `open: true`."""
    port: int = Field(default=8080, ge=0, le=65535, examples=[8080])
    """TCP port; 0 takes a free one."""
    workers: int = Field(default=1, ge=1, le=64, examples=[4])
    """Processes that serve side by side on the port, one for each core that the bridge may use. Limits, kept answers
    and single flight hold over all of them."""
    tls: TlsSettings | None = Field(
        default=None, examples=[{"cert": "/etc/bridge/server.pem", "key": "/etc/bridge/server.key"}]
    )
    """Certificate and key. Without it the bridge speaks plain HTTP."""
    behind_proxy: tuple[Cidr, ...] = Field(default=(), examples=[["10.0.0.0/8"]])
    """Networks of our own reverse proxies. Only from there do X-Forwarded-* and Forwarded headers count."""
    hosts: tuple[HostName, ...] = Field(default=(), examples=[["bridge.example.org"]])
    """Further host names this server answers for. Needed without `access:`, so that no foreign web page can reach us
    under a name of its own."""
    cors: CorsSettings = Field(default=CorsSettings(), examples=[{"origins": ["https://shop.example"]}])
    """Web pages of other origins that may call us."""
    open: bool = Field(default=False, examples=[False])
    """Listen beyond loopback without keys, or with keys over plain HTTP. The same as `--open`."""
    limits: LimitSettings = Field(default=LimitSettings(), examples=[{"body": "2MB", "connections": 1000}])
    """Sizes, times and counts."""
    async_: AsyncSettings = Field(default=AsyncSettings(), alias="async", examples=[{"wait": "30s", "keep": "24h"}])
    """Calls whose answers are fetched later."""

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(ip_network(text) for text in self.behind_proxy)


class KeySettings(Settings):
    """One API key. Only its hash is held in memory."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$", examples=["web-shop"])
    """Who holds the key; this name appears in the log."""
    key: Secret | None = Field(default=None, examples=["env:WEB_KEY"])
    """Reference to the key: at least 16 characters, without white space."""
    key_sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-fA-F]{64}$",
        examples=["2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"],
    )
    """Instead of `key`: its SHA-256 in hex, so that the key itself is nowhere on this machine."""
    scopes: tuple[Annotated[str, Field(pattern=r"^(\*|explain|[A-Za-z0-9_.-]+:(\*|[A-Za-z0-9_.*-]+))$")], ...] = Field(
        default=("*",), examples=[["shop:*"], ["shop:GetOrder", "crm:Get*"]]
    )
    """What the key may do: `upstream:operation`, with `*` for any run of characters in the operation; `*` is all of
    them. `explain` beside them lets `Bridge-Explain: 1` show both sides of a call. `admin:*`, or some of `admin:read`,
    `admin:jobs`, `admin:dead`, `admin:replay`, `admin:schedules`, `admin:queues`, `admin:cache`,
    `admin:breakers` and `admin:wire`, is
    for operators, on the listener that `admin:` opens; `*` is not enough there."""

    limits: CallerLimitSettings | None = Field(default=None, examples=[{"rate": "20/s", "burst": 40}])
    """How often this key may ask, over all workers and nodes together; else as `server.limits.callers` says."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.key is None) == (self.key_sha256 is None):
            raise ValueError("a key has either `key` or `key_sha256`")
        return self


class AccessSettings(Settings):
    """Who may call. Without this block there are no keys, and the bridge serves its own machine only."""

    keys: tuple[KeySettings, ...] = Field(
        min_length=1, examples=[[{"name": "web-shop", "key": "env:WEB_KEY", "scopes": ["shop:*"]}]]
    )
    """API keys, sent as `Authorization: Bearer …` or `X-API-Key: …`."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [key.name for key in self.keys]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two keys have the name {min(twice)}")
        return self
