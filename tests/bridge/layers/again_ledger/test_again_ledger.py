"""What a write came to is written down, also when the store cannot be used just then."""

from __future__ import annotations

import asyncio

from bridge.errors import OutcomeUnknown
from bridge.layers.again_kept import Told
from bridge.store.answers import KEPT_S_MIN, Beginning
from tests.bridge.layers.again.conftest import Kept
from tests.bridge.layers.world import Inner

NEW = Beginning("a1", "shop.CreateOrder", "f1", "fence-1", 30.0, KEPT_S_MIN, "r1", "t1")


async def test_an_error_is_described_once(kept: Kept) -> None:
    ledger = await kept.ledger()
    error = ledger.describe(OutcomeUnknown(), "r1", "t" * 32)
    assert error.written is not None
    assert b'"code":"outcome_unknown"' in error.written.body
    assert ("Content-Type", "application/problem+json") in error.written.headers


async def test_what_is_under_way_is_waited_for(kept: Kept) -> None:
    ledger, going = await kept.ledger(), asyncio.Event()

    async def work() -> Told:
        await going.wait()
        return Told()

    flight = ledger.fly("a1", "f1", work())
    settled = asyncio.ensure_future(ledger.settled())
    assert list(ledger.flights) == ["a1"]
    going.set()
    await settled
    assert (flight.task.done(), ledger.flights) == (True, {})


async def test_an_answer_is_written_down_when_the_store_is_there_again(kept: Kept) -> None:
    one, other = await kept.ledger(), await kept.ledger()
    known = await one.begin(NEW, frozenset())
    store = kept.stores[0]
    await store.close()
    await one.end(known, "done", b'{"status":200}\n1')
    assert len(one._late) == 1
    one._store = kept.stores[1]  # as if it had come back
    await one.settled()
    found = await other.look("a1")
    assert found is not None
    assert (found.state, found.answer) == ("done", b'{"status":200}\n1')


async def test_it_looks_after_what_is_due_by_itself_and_ends(kept: Kept) -> None:
    ledger = await kept.ledger()
    ledger.start()
    await kept.write(Inner(), ledger)
    await ledger.close()
    assert ledger.askers == {}
