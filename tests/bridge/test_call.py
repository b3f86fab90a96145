"""What passes between rooms is plain, frozen, and copied when it changes."""

from __future__ import annotations

import dataclasses

import pytest

from bridge.call import Call, Meta, Reply, Trace

TRACE = Trace("a" * 32, "b" * 16)


def test_trace_context() -> None:
    assert TRACE.header() == f"00-{'a' * 32}-{'b' * 16}-01"
    assert Trace("a" * 32, "b" * 16, flags="00").header().endswith("-00")


def test_a_call_is_changed_by_copying() -> None:
    call = Call("shop.GetOrder", b"{}", 10.0, TRACE)
    later = call.with_(attempt=2, deadline=5.0)
    assert (call.attempt, call.deadline) == (1, 10.0)
    assert (later.attempt, later.deadline, later.args) == (2, 5.0, b"{}")
    with pytest.raises(dataclasses.FrozenInstanceError):
        call.attempt = 3  # type: ignore[misc]  # that is the point
    with pytest.raises(TypeError):
        call.with_(nonsense=1)
    assert call.headers is not Call("x", b"", 0.0, TRACE).headers


def test_a_reply_keeps_its_body_when_its_meta_changes() -> None:
    reply = Reply(b"{}", Meta(cache="hit"))
    changed = reply.with_meta(attempts=3)
    assert (changed.body, changed.meta.cache, changed.meta.attempts, reply.meta.attempts) == (b"{}", "hit", 3, 1)
