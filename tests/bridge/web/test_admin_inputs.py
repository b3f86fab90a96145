"""What operators write, read strictly."""

from __future__ import annotations

import pytest

from bridge.errors import BadRequest, DoesNotFit
from bridge.shapes.json import Number
from bridge.store.job_views import JobFilter
from bridge.web.admin_inputs import audit_filter, job_filter, journal_filter, limit, rate, texts, when

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", None),
        ("2h", NOW - 7200),
        ("1.5m", NOW - 90),
        ("1970-01-01T00:00:10Z", 10.0),
        ("1970-01-01T01:00:10+01:00", 10.0),
        ("1970-01-02", 86400.0),
    ],
)
def test_a_time_is_so_long_ago_or_an_instant(text: str, seconds: float | None) -> None:
    assert when(text, NOW) == seconds


@pytest.mark.parametrize("text", ["yesterday", "2 h", "-2h", "2026-13-01", "0000-00-00", "9" * 400 + "h "])
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(BadRequest, match="is no time"):
        when(text, NOW)


def test_a_rate_is_a_count_in_a_time_and_more_than_none() -> None:
    assert (rate(""), rate("5/s"), rate("120/m")) == (None, 5.0, 2.0)
    for text in ("5", "0/s", "-1/s", "5/fortnight"):
        with pytest.raises(BadRequest):
            rate(text)


def test_a_page_has_a_bound() -> None:
    assert (limit(""), limit("1"), limit("1000")) == (50, 1, 1000)
    for text in ("0", "1001", "-1", "1.5", "²", "9" * 50):
        with pytest.raises(BadRequest):
            limit(text)


def test_filters_know_their_names() -> None:
    assert job_filter({"queue": "q", "key": "", "since": "2h"}, NOW) == JobFilter(queue="q", since=NOW - 7200)
    assert journal_filter({"idempotency_key": "a\0b"}, NOW).idempotency_key == "ab"
    assert audit_filter({"who": "ada"}, NOW).who == "ada"
    for read in (job_filter, journal_filter, audit_filter):
        with pytest.raises(BadRequest, match="nothing to filter by 'colour'"):
            read({"colour": "red"}, NOW)


def test_a_text_is_no_number() -> None:
    assert texts({"reason": "x", "other": Number("1")}, "reason") == {"reason": "x"}
    with pytest.raises(DoesNotFit):
        texts({"reason": ["x"]}, "reason")
    with pytest.raises(DoesNotFit):
        texts({"reason": Number("1")}, "reason")
