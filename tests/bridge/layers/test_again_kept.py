"""What is kept of an answer comes back as it was."""

from __future__ import annotations

import pytest

from bridge.call import Meta, Reply
from bridge.errors import Fault, Written
from bridge.errors_writes import AnsweredBefore, IdempotencyInProgress
from bridge.layers.again_kept import REPLAYED, Told, packed, unpacked


@pytest.mark.parametrize("body", [b"", b"1", b'{"a":"\xc3\xa9"}\n\n{"b":2}'])
def test_a_reply_comes_back(body: bytes) -> None:
    again = unpacked(packed(Told(Reply(body, Meta(status=202))))).give(again=False)
    assert (again.body, again.meta.status, again.meta.replayed) == (body, 202, True)


def test_an_error_comes_back_with_its_document() -> None:
    error = Fault("no stock", status=409)
    error.written = Written((("Content-Type", "application/problem+json"),), b'{"code":"fault"}\n')
    told = unpacked(packed(Told(error=error)))
    with pytest.raises(AnsweredBefore) as caught:
        told.give(again=False)
    again = caught.value
    assert (again.status, again.code, again.written, again.headers) == (409, "fault", error.written, (REPLAYED,))


def test_each_of_those_who_wait_gets_an_error_of_his_own() -> None:
    told = Told(error=IdempotencyInProgress())
    with pytest.raises(IdempotencyInProgress) as first:
        told.give(again=False)
    with pytest.raises(AnsweredBefore, match="still under way") as second:
        told.give(again=True)
    assert second.value is not first.value
    assert second.value.headers == ()
