"""Pages of several processes as one that Prometheus reads like any other."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from bridge.events import ClockSkewed, ConfigRefused, RequestRefused, UpstreamCalled, UpstreamReady
from bridge.sinks.metrics import Metrics, metrics_sink
from bridge.sinks.metrics_sum import total


def worker(calls: int, *, valid: bool = True, in_flight: float = 0.0) -> Metrics:
    metrics = metrics_sink()
    metrics(UpstreamReady("shop", 1, True, 0.1))
    for _ in range(calls):
        metrics(UpstreamCalled("shop", "GetOrder", 1, 200, "ok", 0.02, 1, 1))
    if not valid:
        metrics(ConfigRefused("bridge.yaml", ()))
    metrics.watch("requests_in_flight", "Requests under way.", lambda: in_flight)
    return metrics


def read(page: bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(page.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(page: bytes, name: str, **labels: str) -> float:
    return read(page)[name, frozenset(labels.items())]


CALL = {"upstream": "shop", "operation": "GetOrder"}


def test_what_counts_is_added_up_and_what_must_be_well_takes_the_worst() -> None:
    page = total([worker(2, in_flight=1.0).render(), worker(3, valid=False, in_flight=4.0).render()])
    assert value(page, "bridge_upstream_calls_total", **CALL) == 5
    assert value(page, "bridge_upstream_attempt_duration_seconds_count", **CALL) == 5
    assert value(page, "bridge_upstream_attempt_duration_seconds_bucket", le="0.025", **CALL) == 5
    assert value(page, "bridge_requests_in_flight") == 5
    assert value(page, "bridge_config_valid") == 0
    assert value(page, "bridge_upstream_ready", upstream="shop") == 1


def test_what_all_see_of_one_store_is_told_once() -> None:
    pages = []
    for depth, age_s in ((3.0, 1.5), (2.0, 4.0)):
        one = worker(0)
        one.watch_each("queue_depth", "Jobs.", ("queue", "state"), lambda depth=depth: {("calls", "dead"): depth})
        one.watch_each("queue_oldest_ready_seconds", "Age.", ("queue",), lambda age_s=age_s: {("calls",): age_s})
        rule = ("dead-letters", "warning")
        one.watch_each("alerts_firing", "Open.", ("rule", "level"), lambda depth=depth, rule=rule: {rule: depth})
        pages.append(one.render())
    page = total(pages)
    assert value(page, "bridge_queue_depth", queue="calls", state="dead") == 3
    assert value(page, "bridge_alerts_firing", rule="dead-letters", level="warning") == 3
    assert value(page, "bridge_queue_oldest_ready_seconds", queue="calls") == 4


def test_a_clock_that_all_workers_look_at_is_off_once() -> None:
    pages = [worker(1), worker(1)]
    for page, ahead_s in zip(pages, (-7.5, -7.0), strict=True):
        page(ClockSkewed(ahead_s))
    assert value(total([page.render() for page in pages]), "bridge_clock_ahead_seconds") == -7.5


def test_of_one_that_is_gone_only_what_it_counted_stays() -> None:
    page = total([worker(2).render()], [worker(3, in_flight=4.0).render()])
    assert value(page, "bridge_upstream_calls_total", **CALL) == 5
    assert value(page, "bridge_requests_in_flight") == 0
    assert value(page, "bridge_config_valid") == 1


def test_a_sum_of_one_is_the_same_page_and_can_be_summed_again() -> None:
    page = worker(2).render()
    assert read(total([page])) == read(page)
    assert read(total([total([page])])) == read(page)


def test_what_only_some_know_is_there_too() -> None:
    other = worker(0)
    other(RequestRefused("127.0.0.1", 'odd "reason"'))
    page = total([worker(1).render(), other.render()])
    assert value(page, "bridge_requests_refused_total", reason='odd "reason"') == 1
    assert value(page, "bridge_upstream_calls_total", **CALL) == 1
