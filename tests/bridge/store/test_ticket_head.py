"""How an answer looked, written and read again."""

from __future__ import annotations

import pytest

from bridge.errors import CallError, DoesNotFit, Fault, OutcomeUnknown, UpstreamThrottled, Violation
from bridge.store.ticket_head import VIOLATIONS_MAX, head_of, read_head


@pytest.mark.parametrize("status", [200, 201, 204])
def test_of_a_good_answer_it_is_the_status(status: int) -> None:
    assert read_head(head_of(status)) == status


@pytest.mark.parametrize(
    "error",
    [
        OutcomeUnknown(cause="10.0.0.1 broke off"),
        UpstreamThrottled("Later.", retry_after_s=3),
        DoesNotFit(errors=[Violation("/a", "no number"), Violation("", "\ud800")]),
        Fault("No such order.", status=404, fault=b'{"code":"E17","n":1.0000000000000000000001}'),
        Fault("No.", status=409, fault=b"{}", message_headers=b'{"Trace":"x"}'),
    ],
)
def test_of_a_bad_one_it_is_what_a_client_may_know(error: CallError) -> None:
    read = read_head(head_of(error))
    assert isinstance(read, CallError)
    for name in ("code", "title", "status", "detail", "retryable", "outcome", "fault"):
        assert getattr(read, name) == getattr(error, name), name
    assert [one.pointer for one in read.errors] == [one.pointer for one in error.errors]
    assert getattr(read, "message_headers", None) == getattr(error, "message_headers", None)
    assert b"10.0.0.1" not in head_of(error)


def test_of_very_many_violations_the_first_ones_are_kept() -> None:
    read = read_head(head_of(DoesNotFit(errors=[Violation(f"/{n}", "no") for n in range(5000)])))
    assert isinstance(read, CallError)
    assert len(read.errors) == VIOLATIONS_MAX


@pytest.mark.parametrize("head", [b"[]", b'{"code":1,"errors":[1,[]],"status":{}}'])
def test_what_is_none_of_ours_is_some_problem(head: bytes) -> None:
    read = read_head(head)
    assert isinstance(read, CallError)
    assert read.status == 500
