"""Prometheus metrics, counted from events. Labels have few values: routes and paths of clients never become one.

Counting is an addition in a dict, since it happens with every request; the exposition is made when it is asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from bridge import events
from bridge.events import Event
from bridge.events_alerts import AlertLost, AlertNotSent, AlertSent
from bridge.events_calls import BreakerChanged, RetryDenied
from bridge.events_limits import CallerLimited, CallRefused, UpstreamPaused

CONTENT_TYPE = CONTENT_TYPE_LATEST
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_CALL = ("upstream", "operation")
_SHED = frozenset({"in_flight", "lag"})


class Tally:
    """A counter: labels → sum."""

    def __init__(self, name: str, description: str, *labels: str) -> None:
        self._name, self._description, self._labels = name, description, labels
        self._sums: defaultdict[tuple[str, ...], float] = defaultdict(float)

    def add(self, *labels: str, count: float = 1) -> None:
        self._sums[labels] += count

    def family(self) -> Metric:
        family = CounterMetricFamily(self._name, self._description, labels=self._labels)
        for labels, value in list(self._sums.items()) or ([((), 0.0)] if not self._labels else []):
            family.add_metric(labels, value)
        return family


class Timings:
    """A histogram of seconds: labels → how many fell into each bucket, and their sum."""

    def __init__(self, name: str, description: str) -> None:
        self._name, self._description = name, description
        self._counts: defaultdict[tuple[str, ...], list[int]] = defaultdict(lambda: [0] * (len(_BUCKETS_S) + 1))
        self._sums: defaultdict[tuple[str, ...], float] = defaultdict(float)

    def add(self, upstream: str, operation: str, seconds: float) -> None:
        labels = (upstream, operation)
        self._counts[labels][bisect_left(_BUCKETS_S, seconds)] += 1
        self._sums[labels] += seconds

    def family(self) -> Metric:
        family = HistogramMetricFamily(self._name, self._description, labels=_CALL)
        for labels, counts in list(self._counts.items()):
            total, buckets = 0, []
            for bound, count in zip((*map(str, _BUCKETS_S), "+Inf"), counts, strict=True):
                total += count
                buckets.append((bound, float(total)))
            family.add_metric(labels, buckets, self._sums[labels])
        return family


class _Collected(Collector):
    def __init__(self, collect: Callable[[], Iterator[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterator[Metric]:
        return self._collect()


class Metrics:
    """An `Emit` with a registry of its own; `render` is the body of `/metrics`."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._requests = Tally("bridge_requests", "Requests answered.", *_CALL, "method", "status")
        self._request_s = Timings("bridge_request_duration_seconds", "From a request's head to the end of its answer.")
        self._refused = Tally("bridge_requests_refused", "Connections and heads turned away.", "reason")
        self._calls = Tally("bridge_upstream_calls", "Calls, however many attempts each took.", *_CALL)
        self._attempts = Tally("bridge_upstream_attempts", "Attempts over the wire.", *_CALL, "outcome")
        self._attempt_s = Timings("bridge_upstream_attempt_duration_seconds", "One attempt over the wire.")
        self._retries = Tally("bridge_upstream_retries", "Further tries.", *_CALL, "code")
        self._breakers = Tally("bridge_breaker_changes", "Changes of a breaker by its new state.", *_CALL, "state")
        self._denied = Tally("bridge_upstream_retries_denied", "Further tries that found no budget.", *_CALL, "code")
        self._not_retried = Tally(
            "bridge_upstream_not_retried", "Failed calls not declared idempotent.", *_CALL, "code"
        )
        self._cache = Tally("bridge_cache_requests", "What the cache did.", *_CALL, "result")
        self._tolerated = Tally("bridge_answers_tolerated", "Where answers stray from their contract.", *_CALL, "kind")
        self._bent = Tally("bridge_requests_tolerated", "Where requests stray from the contract.", *_CALL, "kind")
        self._logins = Tally("bridge_upstream_logins", "Sessions begun, and logins that failed.", *_CALL, "result")
        self._refusals = Tally("bridge_upstream_credentials_refused", "Passwords refused, with a pause.", *_CALL)
        self._limit_refused = Tally("bridge_limit_refused", "Calls not let through.", "upstream", "reason")
        self._limit_pauses = Tally("bridge_limit_pauses", "Times an upstream said its quota is used up.", "upstream")
        self._callers_limited = Tally("bridge_callers_limited", "Requests of callers over their limit.", "by")
        self._shed = Tally("bridge_requests_shed", "Requests refused because there was too much to do.", "reason")
        self._jobs = Tally("bridge_jobs", "Attempts at jobs by what came of them.", "queue", "kind", "result")
        self._job_s = Tally("bridge_job_seconds", "Time that handlers of done jobs took.", "queue", "kind")
        self._slots = Tally("bridge_schedule_slots", "Times of schedules by what came of them.", "schedule", "result")
        self._journal = Tally("bridge_journal_lost", "Entries of the journal that could not be written.")
        self._alerts = Tally("bridge_alert_deliveries", "Tries to tell of an alert.", "to", "result")
        self._alerts_lost = Tally("bridge_alerts_lost", "Alerts that could not be told of in time.")
        self._internal = Tally("bridge_internal_errors", "Faults of the bridge itself.")
        self._clock_ahead_s = 0.0
        self._config_valid = True
        self._ready: dict[str, bool] = {}
        self.registry.register(_Collected(self._families))

    def __call__(self, event: Event) -> None:
        match event:
            case events.RequestDone():
                self._request_done(event)
            case events.UpstreamCalled():
                self._upstream_called(event)
            case events.CacheUsed():
                self._cache.add(event.upstream, event.operation, event.result)
            case events.RequestRefused():
                self._refused.add(event.reason)
            case events.CallRetried():
                self._retries.add(event.upstream, event.operation, event.code)
            case BreakerChanged():
                self._breakers.add(event.upstream, event.operation, event.state)
            case RetryDenied():
                self._denied.add(event.upstream, event.operation, event.code)
            case events.CallNotRetried():
                self._not_retried.add(event.upstream, event.operation, event.code)
            case events.AnswerTolerated():
                for kind, count in event.kinds.items():
                    self._tolerated.add(event.upstream, event.operation, kind, count=count)
            case events.RequestTolerated():
                for kind, count in event.kinds.items():
                    self._bent.add(event.upstream, event.operation, kind, count=count)
            case events.LoggedIn():
                self._logins.add(event.upstream, event.operation, event.why)
            case events.LoginFailed():
                self._logins.add(event.upstream, event.operation, event.code)
            case events.CredentialsRefused():
                self._refusals.add(event.upstream, event.operation)
            case events.JournalLost():
                self._journal.add(count=event.entries)
            case _:
                self._job(event)
                self._slot(event)
                self._alert(event)
                self._limit(event)
                self._state(event)

    def watch(self, name: str, description: str, read: Callable[[], float]) -> None:
        """A gauge whose value is asked for when metrics are: requests in flight, connections, lines dropped."""
        Gauge(f"bridge_{name}", description, registry=self.registry).set_function(read)

    def watch_count(self, name: str, description: str, read: Callable[[], float]) -> None:
        """The same for a sum that never goes down."""

        def families() -> Iterator[Metric]:
            yield CounterMetricFamily(f"bridge_{name}", description, value=read())

        self.registry.register(_Collected(families))

    def watch_each(
        self, name: str, description: str, labels: tuple[str, ...], read: Callable[[], Mapping[tuple[str, ...], float]]
    ) -> None:
        """The same for several values, such as the depth of each queue: labels → value."""

        def families() -> Iterator[Metric]:
            family = GaugeMetricFamily(f"bridge_{name}", description, labels=labels)
            for values, value in read().items():
                family.add_metric(values, value)
            yield family

        self.registry.register(_Collected(families))

    def forget(self, upstream: str) -> None:
        """An upstream that a reload took away is neither ready nor not."""
        self._ready.pop(upstream, None)

    def render(self) -> bytes:
        return generate_latest(self.registry)

    def _request_done(self, event: events.RequestDone) -> None:
        method = event.method if event.method in _METHODS else "other"
        self._requests.add(event.upstream, event.operation, method, str(event.status))
        self._request_s.add(event.upstream, event.operation, event.duration_s)
        if event.code == "overloaded" and event.cause in _SHED:
            self._shed.add(event.cause)

    def _upstream_called(self, event: events.UpstreamCalled) -> None:
        self._attempts.add(event.upstream, event.operation, event.outcome)
        self._attempt_s.add(event.upstream, event.operation, event.duration_s)
        if event.attempt == 1:
            self._calls.add(event.upstream, event.operation)

    def _job(self, event: Event) -> None:
        match event:
            case events.JobDone():
                self._jobs.add(event.queue, event.kind, "done")
                self._job_s.add(event.queue, event.kind, count=event.duration_s)
            case events.JobRetried():
                self._jobs.add(event.queue, event.kind, "retried")
            case events.JobDead():
                self._jobs.add(event.queue, event.kind, "dead")
            case events.JobCancelled():
                self._jobs.add(event.queue, event.kind, "cancelled")
            case events.LeaseLost():
                self._jobs.add(event.queue, event.kind, "lost")

    def _slot(self, event: Event) -> None:
        match event:
            case events.ScheduleFired():
                self._slots.add(event.schedule, "late" if event.late else "fired")
            case events.ScheduleSkipped():
                self._slots.add(event.schedule, "skipped")
            case events.ScheduleMissed():
                self._slots.add(event.schedule, "missed", count=event.missed)

    def _alert(self, event: Event) -> None:
        match event:
            case AlertSent():
                self._alerts.add(event.to, "ok")
            case AlertNotSent():
                self._alerts.add(event.to, "failed")
            case AlertLost():
                self._alerts_lost.add()

    def _limit(self, event: Event) -> None:
        match event:
            case CallRefused():
                self._limit_refused.add(event.upstream, event.reason)
            case UpstreamPaused():
                self._limit_pauses.add(event.upstream)
            case CallerLimited():
                self._callers_limited.add(event.by)

    def _state(self, event: Event) -> None:
        match event:
            case events.InternalError():
                self._internal.add()
            case events.ClockSkewed():
                self._clock_ahead_s = event.ahead_s
            case events.ConfigReloaded():
                self._config_valid = True
            case events.ConfigRefused():
                self._config_valid = False
            case events.UpstreamReady():
                self._ready[event.upstream] = True
            case events.UpstreamUnavailable():
                self._ready[event.upstream] = False

    def _families(self) -> Iterator[Metric]:
        for kept in vars(self).values():
            if isinstance(kept, Tally | Timings):
                yield kept.family()
        config = GaugeMetricFamily("bridge_config_valid", "1 when the newest configuration is in use.")
        config.add_metric((), float(self._config_valid))
        ahead = GaugeMetricFamily("bridge_clock_ahead_seconds", "Of the store's server; told from one second on.")
        ahead.add_metric((), self._clock_ahead_s)
        ready = GaugeMetricFamily("bridge_upstream_ready", "1 when the contract is known.", labels=("upstream",))
        for upstream, is_ready in list(self._ready.items()):
            ready.add_metric((upstream,), float(is_ready))
        yield from (config, ahead, ready)


def metrics_sink(registry: CollectorRegistry | None = None) -> Metrics:
    """Counts into `registry`, or into one of its own."""
    return Metrics(registry)
