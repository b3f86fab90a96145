"""Two nodes on one store at the same time: nothing runs twice, nothing is left lying, and each key keeps its order."""

from __future__ import annotations

import asyncio
import random
import threading

import pytest

from bridge.store.jobs import Job, done
from bridge.store.tx import Tx
from tests.contract.jobs_world import SEAL, Jobs, opened

KEYS, JOBS_EACH = 5, 40


async def test_each_key_in_its_order_while_two_nodes_hand_in_and_work(store_url: str) -> None:
    one = await opened(store_url)
    two = await opened(store_url, one.clock)
    accepted: dict[str, list[str]] = {f"k{number}": [] for number in range(KEYS)}
    ran: dict[str, list[str]] = {key: [] for key in accepted}
    running: set[str] = set()
    left = KEYS * JOBS_EACH

    async def hand_in(key: str, rng: random.Random) -> None:
        for _ in range(JOBS_EACH):
            accepted[key].append(await rng.choice((one, two)).put(key=key))

    async def work(node: Jobs, name: str, rng: random.Random) -> None:
        nonlocal left
        while left:
            for job in await node.claim(rng.randint(1, 4), name):
                if await _run(node, job):
                    left -= 1

    async def _run(node: Jobs, job: Job) -> bool:
        assert job.key not in running, "two of one key at a time"
        running.add(job.key)
        ran[job.key].append(job.id)
        await asyncio.sleep(0)
        running.discard(job.key)
        return await node.done(job)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for number, key in enumerate(accepted):
            group.create_task(hand_in(key, random.Random(number)))
        for number, node in enumerate((one, two, one, two)):
            group.create_task(work(node, f"w{number}", random.Random(number)))
    assert ran == accepted
    await one.store.close()
    await two.store.close()


async def test_a_job_that_comes_while_another_node_ends_its_head_is_not_left_lying(store_url: str) -> None:
    if store_url.startswith("sqlite"):
        pytest.skip("there is one writer at a time, so nobody can come in between")
    one = await opened(store_url)
    two = await opened(store_url, one.clock)
    await one.put(key="k")
    head = await one.one()
    ended, go_on = threading.Event(), threading.Event()

    def ending(tx: Tx) -> bool:
        ours = done(tx, head.id, head.fence, SEAL)
        ended.set()
        go_on.wait(30)
        return ours

    ends = asyncio.create_task(one.store.write(ending))
    await asyncio.to_thread(ended.wait, 30)
    late = await two.put(key="k")
    assert await two.claim() == [], "its head has not ended for anybody else yet"
    go_on.set()
    assert await ends
    assert [job.id for job in await two.claim()] == [late]
    await one.store.close()
    await two.store.close()
