"""What jobs ask about the bridge they run in: services, operations, keys and deadlines, as they are at that moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.app.breaking import Breaking
from bridge.call import Principal, Service
from bridge.config.model import Config
from bridge.contracts import Operation
from bridge.layers.kept_answers import KeptAnswers
from bridge.web.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Lookup:
    """`snapshot` and `config` give those that are in force, `kept` the answers that are kept, by upstream."""

    snapshot: Callable[[], Snapshot]
    config: Callable[[], Config]
    kept: Callable[[], Mapping[str, KeptAnswers]] = dict
    breaking: Breaking | None = None

    def service(self, operation: str) -> Service | None:
        return self.snapshot().services.get(operation)

    def operation(self, operation: str) -> Operation | None:
        """None when there is none. Raises NotReady as long as the contract of its upstream is not known."""
        upstream, _, name = operation.partition(".")
        snapshot = self.snapshot()
        if upstream not in snapshot.mounts:
            return None
        return snapshot.upstreams[snapshot.require(upstream)].operations.get(name)

    def principal(self, name: str) -> Principal | None:
        access = self.config().access
        keys = access.keys if access else ()
        return next((Principal(key.name, tuple(key.scopes)) for key in keys if key.name == name), None)

    def deadline_s(self, operation: str) -> float:
        upstream, _, name = operation.partition(".")
        settings = self.config().upstreams[upstream]
        own = settings.operations.get(name)
        return own.deadline if own is not None and own.deadline is not None else settings.limits.deadline
