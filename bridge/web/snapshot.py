"""What is served at one moment: routes, services, upstreams. Immutable, so that a reload is the swap of a pointer.

A request takes the snapshot once, at its start, and finishes on it. Nothing here opens, closes or configures anything.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bridge.call import Service
from bridge.contracts import Keyed, Peek, Upstream
from bridge.errors import NotFound, NotReady
from bridge.web.negotiate import etag_of
from bridge.web.route_table import PENDING_RETRY_S, RouteTable


@dataclass(frozen=True, slots=True)
class Mount:
    """How one upstream stands in the address space, whether its contract is known yet or not."""

    name: str
    prefix: str
    forward_headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What an upstream passes on below its prefix: `service` takes calls with an `exchange`; `target_of` and
    `leads_back` as in contracts.Passing."""

    upstream: str
    service: Service
    target_of: Callable[[str, str], str | None]
    leads_back: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI document and its validator."""

    body: bytes
    etag: str


@dataclass(frozen=True, eq=False)
class Snapshot:
    """`services` by operation id (`shop.GetOrder`), layers included; `explained`: the same with a clock between
    the layers; `peeks`: for those with a cache, what it holds; `pending`: prefix → why it is not ready yet;
    `passing`: prefix → what is passed on there; `keyed`: the writes that may come again under their key."""

    routes: RouteTable = field(default_factory=RouteTable)
    services: Mapping[str, Service] = field(default_factory=dict)
    upstreams: Mapping[str, Upstream] = field(default_factory=dict)
    mounts: Mapping[str, Mount] = field(default_factory=dict)
    pending: Mapping[str, str] = field(default_factory=dict)
    version: str = "0"
    peeks: Mapping[str, Peek] = field(default_factory=dict)
    explained: Mapping[str, Service] = field(default_factory=dict)
    passing: Mapping[str, PassedOn] = field(default_factory=dict)
    keyed: Mapping[str, Keyed] = field(default_factory=dict)

    @functools.cached_property
    def prefixes(self) -> frozenset[str]:
        return frozenset(mount.prefix for mount in self.mounts.values())

    def upstream_at(self, prefix: str) -> str:
        """The upstream mounted at a prefix. Raises NotFound, or NotReady while its contract is not known."""
        name = next((mount.name for mount in self.mounts.values() if mount.prefix == prefix), "")
        return self.require(name)

    def passing_at(self, path: str) -> tuple[str, PassedOn] | None:
        """The longest prefix of a path under which requests are passed on."""
        found = [one for one in self.passing if path == one or path.startswith(f"{one}/")]
        prefix = max(found, key=len, default=None)
        return None if prefix is None else (prefix, self.passing[prefix])

    def require(self, name: str) -> str:
        """The name again when its upstream is connected. Raises NotFound or NotReady."""
        if name in self.upstreams:
            return name
        if name in self.mounts:
            raise NotReady("This system is not connected yet; try again soon.", retry_after_s=PENDING_RETRY_S)
        raise NotFound

    def document(self, write: Write, upstream: str | None = None) -> Document:
        """The OpenAPI document of one upstream, or of all: written when first asked for, then kept.

        May take seconds for a large contract, so it belongs in a thread.
        """
        names = tuple(self.upstreams) if upstream is None else (upstream,)
        kept = self._documents.get(names)
        if kept is None:
            body = write(self, names)
            kept = self._documents.setdefault(names, Document(body, etag_of(body)))
        return kept

    @functools.cached_property
    def _documents(self) -> dict[tuple[str, ...], Document]:
        return {}


Write = Callable[[Snapshot, tuple[str, ...]], bytes]
"""Writes the OpenAPI document of some upstreams of a snapshot."""
