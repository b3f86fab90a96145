"""Of a write whose outcome is unknown it is found out whether it was done."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.call import Call, Meta, Reply
from bridge.errors import CallError, Fault, OutcomeUnknown, UpstreamUnreachable
from tests.bridge.layers.again.conftest import Kept
from tests.bridge.layers.again.test_again import failure
from tests.bridge.layers.world import WRITE, Inner

FIND = {
    "operation": "FindOrder",
    "with": {"number": "{number}", "text": "order {number}"},
    "applied_when": "@.found == true",
    "not_applied_when": "@.found == false || @.problem.status == 404",
    "pause": "10ms",
    "quiet": "0s",
}
HERE, NOT_HERE, WHAT = b'{"found":true,"number":"4711"}', b'{"found":false}', b'{"found":null}'


def asked_of(kept: Kept, *script: bytes | Exception) -> Inner:
    found = Inner(script)
    kept.services["shop.FindOrder"] = found
    return found


async def test_one_that_was_done_is_said_to_be_and_never_done_again(kept: Kept) -> None:
    inner, found = Inner([OutcomeUnknown(cause="cut")]), asked_of(kept, WHAT, HERE)
    service = await kept.write(inner, reconcile=FIND)
    errors = [await failure(service(kept.call())), await failure(service(kept.call()))]
    assert [(one.status, one.code, one.outcome, one.retryable) for one in errors] == [
        (502, "answer_lost", "applied", False)
    ] * 2
    assert errors[0].detail == "FindOrder was asked 2 times and says that it was done."
    assert [one.call.args for one in found.asked] == [b'{"number":"4711","text":"order 4711"}'] * 2
    assert all(one.call.no_cache for one in found.asked)
    assert len(inner.asked) == 1


async def test_the_answer_that_was_found_may_be_that_of_the_write(kept: Kept) -> None:
    asked_of(kept, HERE)
    service = await kept.write(Inner([OutcomeUnknown()]), reconcile={**FIND, "answer": True})
    assert [(await service(kept.call())).body for _ in range(2)] == [HERE, HERE]


@pytest.mark.parametrize("said", [NOT_HERE, Fault("no order", status=404, name="OrderNotFound")])
async def test_one_that_was_not_done_may_be_sent_again(kept: Kept, said: bytes | Exception) -> None:
    inner = Inner([OutcomeUnknown(), b"1"])
    asked_of(kept, said)
    service = await kept.write(inner, reconcile=FIND)
    error = await failure(service(kept.call()))
    assert (error.code, error.outcome, error.retryable) == ("not_done", "not_sent", True)
    assert (await service(kept.call())).body == b"1"


@pytest.mark.parametrize(
    "said", [WHAT, UpstreamUnreachable(), OutcomeUnknown(), Fault("no", status=503), CallError(), b"1"]
)
async def test_what_cannot_be_found_out_stays_unknown(kept: Kept, said: bytes | Exception) -> None:
    found = asked_of(kept, said, said, said)
    inner = Inner([OutcomeUnknown()])
    service = await kept.write(inner, reconcile=FIND)
    error = await failure(service(kept.call()))
    assert (error.code, error.outcome) == ("outcome_unknown", "unknown")
    assert error.detail.endswith("FindOrder was asked 3 times and could not tell.")
    assert (len(found.asked), len(inner.asked)) == (3, 1)


async def test_an_answer_that_was_kept_before_the_write_knows_nothing_of_it(kept: Kept) -> None:
    async def stale(_: Call) -> Reply:
        return Reply(NOT_HERE, Meta(cache="hit;detail=upstream_unreachable"))

    kept.services["shop.FindOrder"] = stale
    inner = Inner([OutcomeUnknown(), b"1"])
    service = await kept.write(inner, reconcile=FIND)
    errors = [await failure(service(kept.call())) for _ in range(2)]
    assert [one.code for one in errors] == ["outcome_unknown"] * 2
    assert len(inner.asked) == 1


async def test_that_it_was_not_done_is_believed_when_it_has_been_quiet_for_a_while(kept: Kept) -> None:
    inner = Inner([OutcomeUnknown(), b"1"])
    asked_of(kept, *[NOT_HERE] * 7)
    service = await kept.write(inner, reconcile={**FIND, "quiet": "30s"})
    assert (await failure(service(kept.call()))).outcome == "unknown"
    assert (await failure(service(kept.call()))).outcome == "unknown"
    kept.clock.ahead_s = 31.0
    assert (await service(kept.call())).body == b"1", "asked again it turns out, and is done"


async def test_time_that_is_over_is_not_used_to_ask(kept: Kept) -> None:
    found = asked_of(kept, HERE)
    inner = Inner([OutcomeUnknown()])
    service = await kept.write(inner, reconcile=FIND, deadline_s=0.0)
    assert (await failure(service(kept.call()))).outcome == "unknown"
    assert not found.asked


async def test_what_nobody_asks_about_again_is_found_out_all_the_same(kept: Kept) -> None:
    ledger = await kept.ledger()
    inner = Inner([OutcomeUnknown()])
    service = await kept.write(inner, ledger, reconcile={**FIND, "answer": True}, deadline_s=0.0)
    await failure(service(kept.call()))
    found = asked_of(kept, HERE)
    other = await kept.ledger()
    patient = await kept.write(inner, other, reconcile={**FIND, "answer": True})
    await other.look_after()
    assert not found.asked, "not yet"
    kept.clock.ahead_s = 2.0
    await other.look_after()
    assert len(found.asked) == 1
    assert (await patient(kept.call())).body == HERE
    assert len(inner.asked) == 1


async def test_one_that_died_is_asked_about_by_another_process(kept: Kept) -> None:
    class Dies(Inner):
        async def __call__(self, call: Call) -> Reply:
            raise SystemExit  # nothing of it is written down

    async def died(**more: Any) -> None:
        service = await kept.write(Dies(), reconcile={**FIND, "answer": True}, **more)
        asked = await service._asked(kept.call())  # the layer ends where the process would
        assert asked is not None
        await service._ledger.begin(service._beginning(kept.call(), asked, kept.clock.monotonic()), frozenset())

    await died()
    other = await kept.ledger()
    service = await kept.write(Inner(), other, reconcile={**FIND, "answer": True})
    found = asked_of(kept, HERE)
    kept.clock.ahead_s = 60.0
    await other.look_after()
    assert len(found.asked) == 1
    assert (await service(kept.call())).body == HERE


async def test_without_a_key_it_is_asked_at_once_or_never(kept: Kept) -> None:
    asked_of(kept, HERE, NOT_HERE, HERE)
    inner = Inner([OutcomeUnknown(), OutcomeUnknown(), OutcomeUnknown()])
    service = await kept.write(inner, reconcile=FIND)
    assert (await failure(service(kept.call(None)))).code == "answer_lost"
    assert (await failure(service(kept.call(None)))).code == "not_done"
    service = await kept.write(inner, reconcile={**FIND, "answer": True}, operation=WRITE)
    assert (await service(kept.call(None))).body == HERE
