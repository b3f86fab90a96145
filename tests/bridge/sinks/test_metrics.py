"""Metrics: what is counted, and that no client can invent a label."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from bridge import events
from bridge.events import Event
from bridge.events_alerts import AlertLost, AlertNotSent, AlertSent
from bridge.events_calls import BreakerChanged, RetryDenied
from bridge.sinks.metrics import CONTENT_TYPE, Metrics, metrics_sink


def done(**changes: object) -> events.RequestDone:
    values: dict[str, object] = {
        "request_id": "r", "trace_id": "t", "method": "GET", "route": "/v1/shop/orders/{id}", "path": "/x",
        "status": 200, "duration_s": 0.02, "bytes_in": 0, "bytes_out": 1, "client": "127.0.0.1", "principal": "",
        "upstream": "shop", "operation": "GetOrder", **changes,
    }  # fmt: skip
    return events.RequestDone(**values)  # type: ignore[arg-type]  # a table of fields


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def told(*each: Event) -> Metrics:
    metrics = metrics_sink()
    for event in each:
        metrics(event)
    return metrics


def test_requests_are_counted_and_timed() -> None:
    metrics = told(done(), done(status=404), done())
    call = {"upstream": "shop", "operation": "GetOrder"}
    assert value(metrics, "bridge_requests_total", **call, method="GET", status="200") == 2
    assert value(metrics, "bridge_requests_total", **call, method="GET", status="404") == 1
    assert value(metrics, "bridge_request_duration_seconds_count", **call) == 3
    assert value(metrics, "bridge_request_duration_seconds_bucket", **call, le="0.025") == 3
    assert value(metrics, "bridge_request_duration_seconds_bucket", **call, le="0.01") == 0


def test_calls_attempts_and_retries_are_told_apart() -> None:
    call = {"upstream": "shop", "operation": "GetOrder"}
    metrics = told(
        events.UpstreamCalled("shop", "GetOrder", 1, 503, "upstream_throttled", 0.1, 1, 1),
        events.CallRetried("shop", "GetOrder", 2, 0.1, "upstream_throttled", ""),
        BreakerChanged("shop", "GetOrder", "open", "failures", 5.0),
        RetryDenied("shop", "GetOrder", "upstream_fault"),
        events.UpstreamCalled("shop", "GetOrder", 2, 200, "ok", 0.1, 1, 1),
        events.CallNotRetried("shop", "CreateOrder", "upstream_cut", "unknown"),
    )
    assert value(metrics, "bridge_upstream_calls_total", **call) == 1
    assert value(metrics, "bridge_upstream_attempts_total", **call, outcome="ok") == 1
    assert value(metrics, "bridge_upstream_attempts_total", **call, outcome="upstream_throttled") == 1
    assert value(metrics, "bridge_upstream_attempt_duration_seconds_count", **call) == 2
    assert value(metrics, "bridge_upstream_retries_total", **call, code="upstream_throttled") == 1
    assert value(metrics, "bridge_breaker_changes_total", **call, state="open") == 1
    assert value(metrics, "bridge_upstream_retries_denied_total", **call, code="upstream_fault") == 1
    create = {"upstream": "shop", "operation": "CreateOrder"}
    assert value(metrics, "bridge_upstream_not_retried_total", **create, code="upstream_cut") == 1


def test_logins_are_counted_by_what_came_of_them() -> None:
    metrics = told(
        events.LoggedIn("shop", "Login", "first", 0.1),
        events.LoggedIn("shop", "Login", "expired", 0.1),
        events.LoggedIn("shop", "Login", "expired", 0.1),
        events.LoginFailed("shop", "Login", "fault", "Client", 1, 5.0),
    )
    login = {"upstream": "shop", "operation": "Login"}
    counts = {
        why: value(metrics, "bridge_upstream_logins_total", **login, result=why)
        for why in ("first", "expired", "fault")
    }
    assert counts == {"first": 1, "expired": 2, "fault": 1}


def test_cache_tolerances_and_refusals_are_counted() -> None:
    call = {"upstream": "shop", "operation": "GetOrder"}
    metrics = told(
        events.CacheUsed("shop", "GetOrder", "hit"),
        events.AnswerTolerated("shop", "GetOrder", {"unknown-element": 3}),
        events.RequestRefused("203.0.113.1", "bad-head"),
        events.InternalError("x", "y"),
    )
    assert value(metrics, "bridge_cache_requests_total", **call, result="hit") == 1
    assert value(metrics, "bridge_answers_tolerated_total", **call, kind="unknown-element") == 3
    assert value(metrics, "bridge_requests_refused_total", reason="bad-head") == 1
    assert value(metrics, "bridge_internal_errors_total") == 1


def test_states_are_gauges() -> None:
    metrics = told()
    assert value(metrics, "bridge_config_valid") == 1
    metrics(events.ConfigRefused("f", ("bad",)))
    metrics(events.UpstreamUnavailable("shop", "refused", 1))
    assert value(metrics, "bridge_config_valid") == 0
    assert value(metrics, "bridge_upstream_ready", upstream="shop") == 0
    metrics(events.ConfigReloaded("f", ()))
    metrics(events.UpstreamReady("shop", 3, False, 0.1))
    assert value(metrics, "bridge_config_valid") == 1
    assert value(metrics, "bridge_upstream_ready", upstream="shop") == 1
    metrics.forget("shop")
    assert value(metrics, "bridge_upstream_ready", upstream="shop") is None


def test_a_watched_value_is_asked_for_when_metrics_are() -> None:
    metrics = told()
    in_flight = [0]
    metrics.watch("requests_in_flight", "Requests being answered.", lambda: in_flight[0])
    in_flight[0] = 7
    assert value(metrics, "bridge_requests_in_flight") == 7


def test_no_client_invents_a_label() -> None:
    metrics = told(
        *(done(method=f"M{n}", path=f"/{n}", route="", upstream="", operation="", client=f"c{n}") for n in range(50))
    )
    families = {family.name: family for family in text_string_to_metric_families(metrics.render().decode())}
    samples = [sample for sample in families["bridge_requests"].samples if sample.name.endswith("_total")]
    assert [(sample.labels["method"], sample.value) for sample in samples] == [("other", 50)]


def test_the_page_is_in_the_exposition_format() -> None:
    assert CONTENT_TYPE.startswith("text/plain; version=")
    page = told(done()).render().decode()
    assert "# TYPE bridge_requests_total counter" in page
    assert 'status="200"' in page


def test_times_of_schedules_by_what_came_of_them() -> None:
    metrics = told(
        events.ScheduleFired("nightly", "2026-11-21T06:00:00Z", "01", late=False),
        events.ScheduleFired("nightly", "2026-11-22T06:00:00Z", "02", late=True),
        events.ScheduleSkipped("nightly", "2026-11-23T06:00:00Z"),
        events.ScheduleMissed("nightly", 7, more=False, upto="2026-11-30T06:00:00Z"),
    )
    found = [
        value(metrics, "bridge_schedule_slots_total", schedule="nightly", result=result)
        for result in ("fired", "late", "skipped", "missed")
    ]
    assert found == [1, 1, 1, 7]


def test_jobs_by_what_came_of_them_and_gauges_with_labels() -> None:
    metrics = told(
        events.JobDone("calls", "call", "01", 1, 2.5, 3.0),
        events.JobRetried("calls", "call", "02", 1, 1.0, "upstream_cut", ""),
        events.JobDead("calls", "call", "02", 2, "upstream_cut", ""),
        events.JobCancelled("calls", "call", "03"),
        events.LeaseLost("calls", "call", "04", "one"),
    )
    results = ("done", "retried", "dead", "cancelled", "lost")
    found = [value(metrics, "bridge_jobs_total", queue="calls", kind="call", result=result) for result in results]
    assert found == [1] * 5
    assert value(metrics, "bridge_job_seconds_total", queue="calls", kind="call") == 2.5
    depths = {("calls", "ready"): 7.0}
    metrics.watch_each("queue_depth", "Jobs.", ("queue", "state"), lambda: depths)
    assert value(metrics, "bridge_queue_depth", queue="calls", state="ready") == 7


def test_a_sum_that_is_kept_elsewhere_is_a_counter() -> None:
    metrics = Metrics()
    metrics.watch_count("store_commits", "Transactions.", lambda: 7.0)
    assert "# TYPE bridge_store_commits_total counter\nbridge_store_commits_total 7.0" in metrics.render().decode()


def test_how_far_the_clock_is_off_is_told_as_long_as_it_is() -> None:
    metrics = metrics_sink()
    assert value(metrics, "bridge_clock_ahead_seconds") == 0
    metrics(events.ClockSkewed(60.5))
    assert value(metrics, "bridge_clock_ahead_seconds") == 60.5
    metrics(events.ClockSkewed(0.0))
    assert value(metrics, "bridge_clock_ahead_seconds") == 0


def test_alerts_by_what_came_of_telling() -> None:
    metrics = told(
        AlertSent("dead-letters", "webhook"),
        AlertSent("dead-letters", "topic"),
        AlertNotSent("dead-letters", "webhook", "http_503"),
        AlertLost("dead-letters", "too old"),
    )
    tries = [("webhook", "ok"), ("topic", "ok"), ("webhook", "failed")]
    assert [value(metrics, "bridge_alert_deliveries_total", to=to, result=came) for to, came in tries] == [1] * 3
    assert value(metrics, "bridge_alerts_lost_total") == 1
