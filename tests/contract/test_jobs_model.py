"""Random histories of a queue, told to a store and to a plain model of it: whatever happens, both say the same."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.store.jobs import Job, Terms
from tests.contract.jobs_model import Item, Model
from tests.contract.jobs_world import LEASE_S, Jobs, opened

HISTORIES = 400
ATTEMPTS_MAX = 3
_QUEUES = count()
_PICK = st.integers(0, 30)
_DELAY = st.sampled_from([0.0, 0.0, 5.0])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(["", "a", "a", "b"]), st.integers(-1, 1), _DELAY),
        st.tuples(st.just("claim"), st.integers(1, 4)),
        st.tuples(
            st.sampled_from(["done", "dead", "give_back", "begin", "begin_again", "begin_again", "stale", "renew"]),
            _PICK,
        ),
        st.tuples(st.just("fail"), _PICK, _DELAY),
        st.tuples(st.sampled_from(["cancel", "skip", "revive"]), _PICK),
        st.tuples(st.just("wait"), st.sampled_from([1.0, 6.0, LEASE_S])),
    ),
    min_size=5,
    max_size=40,
)


class Both:
    """The store and the model, told the same."""

    def __init__(self, world: Jobs) -> None:
        world.queue = f"q{next(_QUEUES)}"
        world.terms = Terms(attempts_max=ATTEMPTS_MAX)
        self.world, self.model = world, Model(ATTEMPTS_MAX, LEASE_S, world.clock.now)
        self.ids: list[str] = []
        self.jobs: dict[int, Job] = {}
        self.stale: list[Job] = []

    async def step(self, name: str, *values: object) -> None:
        match name, values:
            case "put", (str(key), int(priority), float(delay_s)):
                self.model.put(key, priority, delay_s)
                self.ids.append(
                    await self.world.put(key=key, priority=priority, not_before=self.world.clock.now + delay_s)
                )
            case "claim", (int(limit),):
                await self._claim(limit)
            case "wait", (float(seconds),):
                self.world.clock.now += seconds
                self.model.now += seconds
            case "cancel" | "skip" | "revive", (int(pick),) if self.ids:
                item = self.model.items[pick % len(self.ids)]
                said = await getattr(self.world, name)(self.ids[item.number])
                assert said == getattr(self.model, name)(item), name
            case "stale", (int(pick),) if self.stale:
                job = self.stale[pick % len(self.stale)]
                assert not await self.world.done(job)
                assert not await self.world.failed(job)
            case _, (int(pick), *more) if self.jobs and name not in {"stale", "cancel", "skip", "revive"}:
                number = sorted(self.jobs)[pick % len(self.jobs)]
                await self._end(name, self.model.items[number], self.jobs[number], *more)

    async def _claim(self, limit: int) -> None:
        claimed = await self.world.claim(limit)
        numbers = [(self.ids.index(job.id), job.attempt, job.fence) for job in claimed]
        assert numbers == self.model.claim(limit)
        for job in claimed:
            number = self.ids.index(job.id)
            if number in self.jobs:
                self.stale.append(self.jobs[number])
            self.jobs[number] = job

    async def _end(self, name: str, item: Item, job: Job, *more: object) -> None:
        ours = item.state == "running"
        if name == "renew":
            kept = await self.world.renew(job)
            assert kept == ({job.id} if ours and not item.asked else set())
            item.lease_until = self.model.now + LEASE_S if ours else item.lease_until
            return
        said = self.world.failed(job, *more) if name == "fail" else getattr(self.world, name)(job)  # type: ignore[arg-type]  # it is a number of seconds
        assert await said == ours, name
        if not ours:
            return
        if name == "fail":
            self.model.retry(item, *more)  # type: ignore[arg-type]  # it is a number of seconds
        elif name == "give_back":
            self.model.give_back(item)
        elif name in {"begin", "begin_again"}:  # the last word holds
            item.begun, item.began_again = name == "begin", name == "begin_again"
        else:
            self.model.end(item, name)

    async def same(self) -> None:
        states = [(await self.world.standing(job_id)).state for job_id in self.ids]
        assert states == [item.state for item in self.model.items]


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running


def test_random_histories(store_url: str, runner: asyncio.Runner) -> None:
    world = runner.run(opened(store_url))
    told = count()

    async def history(steps: list[tuple[object, ...]]) -> None:
        both = Both(world)
        for name, *values in steps:
            await both.step(str(name), *values)
        await both.same()
        next(told)

    @settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(STEPS)
    def histories(steps: list[tuple[object, ...]]) -> None:
        runner.run(history(steps))

    try:
        histories()
    finally:
        runner.run(world.store.close())
    assert next(told) >= HISTORIES * 3 // 4, "too few histories were told to the end"
