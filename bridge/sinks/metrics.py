"""Prometheus metrics, counted from events. Labels have few values: routes and paths of clients never become one."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bridge import events
from bridge.events import Event

CONTENT_TYPE = CONTENT_TYPE_LATEST
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_CALL = ("upstream", "operation")


class Metrics:
    """An `Emit` with a registry of its own; `render` is the body of `/metrics`."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = self.registry = registry or CollectorRegistry()
        self._requests = Counter(
            "bridge_requests", "Requests answered.", ("upstream", "operation", "method", "status"), registry=registry
        )
        self._request_s = Histogram(
            "bridge_request_duration_seconds", "From the head of a request to the end of its answer.", _CALL,
            buckets=_BUCKETS_S, registry=registry,
        )  # fmt: skip
        self._refused = Counter(
            "bridge_requests_refused", "Connections and heads turned away.", ("reason",), registry=registry
        )
        self._attempts = Counter(
            "bridge_upstream_attempts", "Attempts over the wire.", (*_CALL, "outcome"), registry=registry
        )
        self._calls = Counter(
            "bridge_upstream_calls", "Calls, however many attempts each took.", _CALL, registry=registry
        )
        self._attempt_s = Histogram(
            "bridge_upstream_attempt_duration_seconds", "One attempt.", _CALL, buckets=_BUCKETS_S, registry=registry
        )
        self._retries = Counter("bridge_upstream_retries", "Further tries.", (*_CALL, "code"), registry=registry)
        self._not_retried = Counter(
            "bridge_upstream_not_retried", "Failed calls that nobody declared idempotent.", (*_CALL, "code"),
            registry=registry,
        )  # fmt: skip
        self._cache = Counter("bridge_cache_requests", "What the cache did.", (*_CALL, "result"), registry=registry)
        self._tolerated = Counter(
            "bridge_answers_tolerated", "Where answers stray from their contract.", (*_CALL, "kind"), registry=registry
        )
        self._internal = Counter("bridge_internal_errors", "Faults of the bridge itself.", registry=registry)
        self._config = Gauge("bridge_config_valid", "1 when the newest configuration is in use.", registry=registry)
        self._ready = Gauge("bridge_upstream_ready", "1 when the contract is known.", ("upstream",), registry=registry)
        self._config.set(1)

    def __call__(self, event: Event) -> None:
        match event:
            case events.RequestDone():
                self._request_done(event)
            case events.UpstreamCalled():
                self._upstream_called(event)
            case events.CacheUsed():
                self._cache.labels(event.upstream, event.operation, event.result).inc()
            case events.RequestRefused():
                self._refused.labels(event.reason).inc()
            case events.CallRetried():
                self._retries.labels(event.upstream, event.operation, event.code).inc()
            case events.CallNotRetried():
                self._not_retried.labels(event.upstream, event.operation, event.code).inc()
            case events.AnswerTolerated():
                for kind, count in event.kinds.items():
                    self._tolerated.labels(event.upstream, event.operation, kind).inc(count)
            case _:
                self._state(event)

    def watch(self, name: str, description: str, read: Callable[[], float]) -> None:
        """A gauge whose value is asked for when metrics are: requests in flight, connections, lines dropped."""
        Gauge(f"bridge_{name}", description, registry=self.registry).set_function(read)

    def forget(self, upstream: str) -> None:
        """An upstream that a reload took away is neither ready nor not."""
        self._ready.remove_by_labels({"upstream": upstream})

    def render(self) -> bytes:
        return generate_latest(self.registry)

    def _request_done(self, event: events.RequestDone) -> None:
        method = event.method if event.method in _METHODS else "other"
        self._requests.labels(event.upstream, event.operation, method, str(event.status)).inc()
        self._request_s.labels(event.upstream, event.operation).observe(event.duration_s)

    def _upstream_called(self, event: events.UpstreamCalled) -> None:
        self._attempts.labels(event.upstream, event.operation, event.outcome).inc()
        self._attempt_s.labels(event.upstream, event.operation).observe(event.duration_s)
        if event.attempt == 1:
            self._calls.labels(event.upstream, event.operation).inc()

    def _state(self, event: Event) -> None:
        match event:
            case events.InternalError():
                self._internal.inc()
            case events.ConfigReloaded():
                self._config.set(1)
            case events.ConfigRefused():
                self._config.set(0)
            case events.UpstreamReady():
                self._ready.labels(event.upstream).set(1)
            case events.UpstreamUnavailable():
                self._ready.labels(event.upstream).set(0)


def metrics_sink(registry: CollectorRegistry | None = None) -> Metrics:
    """Counts into `registry`, or into one of its own."""
    return Metrics(registry)
