"""What of the looks at jobs is plain; lists and stories on each store are in tests/contract/test_dead.py."""

from __future__ import annotations

import pytest

from bridge.call import JsonValue
from bridge.store.job_views import JobFilter, operation_of, value_of


@pytest.mark.parametrize(
    ("data", "value"),
    [(b"", None), (b'{"n":1.50}', {"n": "1.50"}), (b"no json", "no json"), (b"\xff", "\ufffd"), (b"null", None)],
)
def test_a_payload_is_shown_as_what_it_is(data: bytes, value: JsonValue) -> None:
    assert value_of(data) == value


@pytest.mark.parametrize(
    ("payload", "operation"),
    [({"operation": "a.B"}, "a.B"), ({"operation": ["a.B"]}, ""), ({}, ""), ("a.B", ""), (None, "")],
)
def test_an_operation_is_read_only_where_there_is_one(payload: JsonValue, operation: str) -> None:
    assert operation_of(payload) == operation


@pytest.mark.parametrize(
    ("wanted", "empty"),
    [(JobFilter(), True), (JobFilter(state="dead"), True), (JobFilter(key="k"), False), (JobFilter(since=0.0), False)],
)
def test_a_filter_that_asks_for_nothing_is_told_from_one_that_does(wanted: JobFilter, empty: bool) -> None:
    assert wanted.empty is empty
