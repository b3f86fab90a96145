"""What every store promises about writes that come again under their key."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bridge.clock import SystemClock
from bridge.store.answers import KEPT_S_MIN, Beginning, Known, State, begin, end, forget_answers, free, look
from bridge.store.failpoints import VARIABLE
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.contract.jobs_world import SEAL, Jobs, opened

NEW = Beginning("a1", "shop.CreateOrder", "f1", "fence-1", 30.0, KEPT_S_MIN, "r1", "t1", b'{"number":"4711"}')


@pytest.fixture
async def world(store_url: str) -> AsyncIterator[Jobs]:
    made = await opened(store_url)
    yield made
    await made.store.close()


async def begun(world: Jobs, new: Beginning = NEW, over: frozenset[State] = frozenset(), **changes: object) -> Known:
    made = replace(new, **changes)  # type: ignore[arg-type]  # dataclasses.replace is checked at run time
    return await world.store.write(lambda tx: begin(tx, made, SEAL, over))


async def ended(world: Jobs, state: State, answer: bytes = b"", fence: str = "fence-1") -> bool:
    return await world.store.write(lambda tx: end(tx, NEW.id, fence, state, answer, SEAL))


async def test_the_first_begins_and_others_find_it_under_way(world: Jobs) -> None:
    assert (await begun(world)).begun
    found = await begun(world, fence="fence-2", fingerprint="f2", request_id="r2")
    assert (found.begun, found.state, found.fence, found.fingerprint) == (False, "started", "fence-1", "f1")
    assert (found.lease_s, found.request_id, found.trace_id, found.question) == (30.0, "r1", "t1", NEW.question)
    assert (await begun(world, id="a2", fence="fence-3")).begun


async def test_of_two_nodes_that_race_one_begins(store_url: str) -> None:
    one = await opened(store_url)
    two = await opened(store_url, one.clock)
    tried = [(node, f"a{number}", f"{number}-{index}") for number in range(30) for index, node in enumerate((one, two))]
    found = await asyncio.gather(*(begun(node, id=answer, fence=fence) for node, answer, fence in tried))
    assert sum(one.begun for one in found) == 30
    for number in range(30):
        assert {found[2 * number].fence, found[2 * number + 1].fence} & {f"{number}-0", f"{number}-1"}
        assert found[2 * number].fence == found[2 * number + 1].fence
    await one.store.close()
    await two.store.close()


async def test_an_answer_is_kept_as_it_was_given(world: Jobs) -> None:
    await begun(world)
    assert await ended(world, "done", b'200\n{"number":"4711"}')
    for found in (await begun(world, fence="fence-2"), await world.store.read(lambda tx: look(tx, "a1", SEAL))):
        assert found is not None
        assert (found.begun, found.state, found.answer) == (False, "done", b'200\n{"number":"4711"}')
    assert not await ended(world, "done", b"another"), "what has ended has ended"
    assert not await world.store.write(lambda tx: free(tx, "a1", "fence-1"))


async def test_what_is_sealed_is_not_in_the_file_in_the_clear(world: Jobs) -> None:
    await begun(world)
    await ended(world, "done", b"CANARY-4711")
    held = await world.store.read(lambda tx: look(tx, "a1", SEAL))
    assert held is not None
    assert held.answer == b"CANARY-4711"
    assert SEAL.key_id


async def test_a_key_that_was_freed_begins_anew(world: Jobs) -> None:
    await begun(world)
    assert not await world.store.write(lambda tx: free(tx, "a1", "another"))
    assert await world.store.write(lambda tx: free(tx, "a1", "fence-1"))
    assert (await begun(world, fence="fence-2", fingerprint="f2")).begun


async def test_one_that_died_is_unknown_after_its_lease_and_the_late_truth_still_counts(world: Jobs) -> None:
    await begun(world, lease_s=0.0)
    found = await begun(world, fence="fence-2")
    assert (found.begun, found.state, found.lease_s) == (False, "unknown", 0.0)
    assert await ended(world, "done", b"late")
    again = await begun(world, fence="fence-3")
    assert (again.state, again.answer) == ("done", b"late")


async def test_what_may_give_way_does_and_then_the_late_one_is_not_heard(world: Jobs) -> None:
    await begun(world, lease_s=0.0)
    over: frozenset[State] = frozenset({"unknown"})
    assert not (await begun(world, over=over, fence="fence-2", fingerprint="f2")).begun, (
        "another request never takes it"
    )
    assert (await begun(world, over=over, fence="fence-2")).begun
    assert not await ended(world, "done", b"late", fence="fence-1")
    assert await ended(world, "refused", b"no", fence="fence-2")
    assert (await begun(world, over=over, fence="fence-3")).state == "refused"
    assert (await begun(world, over=frozenset({"refused"}), fence="fence-3")).begun


async def test_one_under_way_gives_way_to_nobody(world: Jobs) -> None:
    await begun(world)
    assert not (await begun(world, over=frozenset({"started", "unknown"}) - {"started"}, fence="fence-2")).begun


async def test_it_is_kept_for_three_days_at_least_and_removed_in_batches(world: Jobs) -> None:
    for number in range(5):
        await begun(world, id=f"a{number}", keep_s=1.0)
    await begun(world, id="long", keep_s=KEPT_S_MIN * 2)
    world.clock.now += KEPT_S_MIN - 1
    assert not (await begun(world, fence="fence-2")).begun
    assert await world.store.write(forget_answers) == 0
    world.clock.now += 1
    assert (await begun(world, id="a0", fence="fence-2", fingerprint="f2")).begun, "forgotten, removed or not"
    assert [await world.store.write(lambda tx: forget_answers(tx, 3)) for _ in range(3)] == [3, 1, 0]
    assert not (await begun(world, id="long", fence="fence-2")).begun


@pytest.mark.parametrize(
    ("point", "left"),
    [
        ("answers.begin", ""),
        ("answers.begun", ""),
        ("answers.end", "started"),
        ("answers.ended", "started"),
        ("store.committed:2", "done"),
    ],
)
async def test_killed_at_a_step_it_is_never_begun_a_second_time(store_url: str, point: str, left: str) -> None:
    assert await _lived(store_url, {VARIABLE: point}) == -signal.SIGKILL
    store = await Store.open(StoreSettings(url=store_url), SystemClock())
    found = await store.read(lambda tx: look(tx, "a1", SEAL))
    assert (found.state if found else "") == left
    again = await store.write(lambda tx: begin(tx, replace(NEW, fence="fence-2"), SEAL))
    assert again.begun == (left == "")
    await store.close()


async def _lived(url: str, env: dict[str, str]) -> int | None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.contract.answers_process", url), env={**os.environ, **env}
    )
    await process.communicate()
    return process.returncode
