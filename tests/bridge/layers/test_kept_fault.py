"""A kept fault is the same fault again: status, body, what a client may do."""

from __future__ import annotations

import msgspec
import pytest

from bridge.errors import AnswerFailed, CallError, Fault, UpstreamFault
from bridge.layers.kept_fault import FAULT_BYTES_MAX, KeptFault, kept_fault


def failed() -> AnswerFailed:
    error = AnswerFailed("closed", fault=b'{"code":17}', cause="fail_when")
    error.status, error.code = 409, "closed"
    return error


@pytest.mark.parametrize(
    "error", [Fault("gone", status=410, name="Gone", fault=b'{"a":1}', message_headers=b'{"h":1}'), failed()]
)
def test_it_comes_back_as_it_was_and_anew_each_time(error: CallError) -> None:
    kept = kept_fault(error)
    assert kept is not None
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(kept), type=KeptFault)
    again = kept.error()
    assert type(again) is type(error)
    assert again is not kept.error()
    told = ("status", "code", "detail", "fault", "retryable", "outcome", "cause", "title")
    assert [getattr(again, name) for name in told] == [getattr(error, name) for name in told]
    if isinstance(again, Fault) and isinstance(error, Fault):
        assert (again.name, again.message_headers) == (error.name, error.message_headers)


@pytest.mark.parametrize(
    "error",
    [
        UpstreamFault(),
        Fault("without a name", status=422),
        Fault("long", status=404, name="Long", fault=b"x" * FAULT_BYTES_MAX),
    ],
)
def test_what_has_no_name_or_no_end_is_not_kept(error: CallError) -> None:
    assert kept_fault(error) is None
