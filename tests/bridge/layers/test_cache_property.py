"""Whatever is asked in whatever words by whomever: one question has one answer, and nobody gets that of another."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.call import Call, Principal, Reply
from bridge.errors import UpstreamUnreachable
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.keys import Keys, digest_of
from bridge.layers.stack import LayerSettings, build
from bridge.shapes.json import loads
from tests.bridge.layers.world import READ, TRACE, Inner, LoopClock, World, passes

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
numbers = st.integers(-(10**20), 10**20) | st.decimals(-1000, 1000, places=3).map(float)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | texts | numbers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
arguments = st.dictionaries(texts, values, max_size=4)


def spelled(value: Any, rng: random.Random) -> str:
    """The same value in other words: order of keys, white space, escapes."""
    space = rng.choice(["", " ", "\n\t", "  "])
    if isinstance(value, dict):
        items = [*value.items()]
        rng.shuffle(items)
        members = (f"{spelled(key, rng)}{space}:{space}{spelled(one, rng)}" for key, one in items)
        return "{" + space + f",{space}".join(members) + space + "}"
    if isinstance(value, list):
        return "[" + space + f"{space},".join(spelled(one, rng) for one in value) + space + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=rng.random() < 0.5)
    if isinstance(value, int) and not isinstance(value, bool) and rng.random() < 0.5:
        return f"{value}.0" if rng.random() < 0.5 else f"{value}e0"
    return json.dumps(value)


@given(arguments, st.randoms(use_true_random=False))
def test_one_question_in_other_words_has_the_same_key(value: dict[str, Any], rng: random.Random) -> None:
    keys = Keys()
    one, other = (keys.of(Call(READ.id, spelled(value, rng).encode(), 0.0, TRACE), public=False) for _ in range(2))
    assert one == other


@given(arguments, arguments)
def test_other_questions_have_other_keys(one: dict[str, Any], other: dict[str, Any]) -> None:
    same = digest_of(loads(json.dumps(one).encode())) == digest_of(loads(json.dumps(other).encode()))
    assert same is (_typed(one) == _typed(other))


def _typed(value: Any) -> Any:
    """`true` is not 1 for JSON as it is for Python; -0.0 is not 0 for xs:double."""
    if isinstance(value, dict):
        return {key: _typed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_typed(one) for one in value]
    negative_zero = isinstance(value, float) and str(value) == "-0.0"
    return isinstance(value, bool), "-0" if negative_zero else value


CACHE = CacheSettings.model_validate({"ttl": "60s", "swr": "30s", "stale": "10m", "refresh_ahead": True})


class Personal:
    """Answers with who asked, what for, and which answer it is."""

    def __init__(self) -> None:
        self.given = 0

    async def __call__(self, call: Call) -> Reply:
        self.given += 1
        who = call.principal.name if call.principal else ""
        tenant = call.headers.get("X-Tenant", "")
        await passes(0.01)
        if self.given % 7 == 0:
            raise UpstreamUnreachable
        return Reply(f"{who}|{tenant}|{call.args!r}|{self.given}".encode())


@pytest.mark.parametrize("seed", range(20))
async def test_two_tenants_never_see_each_others_answers(world: World, seed: int) -> None:
    rng, inner = random.Random(seed), Personal()
    service = build(READ, inner, LayerSettings(cache=CACHE), world.shared)

    async def ask() -> None:
        who, tenant = rng.choice(["ada", "bob", "ada|", ""]), rng.choice(["north", "south"])
        args = b'{"orderId":%d}' % rng.randrange(3)
        call = world.call(args, who=who or None, headers={"X-Tenant": tenant}, no_cache=rng.random() < 0.1)
        try:
            reply = await service(call)
        except UpstreamUnreachable:
            return
        assert reply.body.startswith(f"{who}|{tenant}|{args!r}|".encode())

    for _ in range(60):
        await asyncio.gather(*(ask() for _ in range(rng.randrange(1, 6))))
        await passes(rng.choice([0.0, 1.0, 20.0, 50.0, 70.0, 700.0]))


async def test_public_answers_are_everybodys(world: World) -> None:
    inner = Personal()
    public = CACHE.model_copy(update={"public": True})
    service = build(READ, inner, LayerSettings(cache=public), world.shared)
    bodies = {(await service(world.call().with_(principal=Principal(who)))).body for who in ("ada", "bob")}
    assert len(bodies) == inner.given == 1


class Jumping(LoopClock):
    """A wall clock that is set by two hours now and then, as by a person."""

    def __init__(self) -> None:
        self._jumps: Iterator[float] = cycle([-7200.0, 7200.0])

    def wall(self) -> float:
        return super().wall() + next(self._jumps)


async def test_a_clock_that_is_set_by_two_hours_changes_nothing(world: World) -> None:
    world.clock = Jumping()
    world.shared = world.upstream()
    service = build(READ, inner := Inner([b"1", b"2"]), LayerSettings(cache=CACHE), world.shared)
    await service(world.call())
    for age in range(0, 45, 15):
        hit = await service(world.call())
        assert (hit.body, hit.meta.age_s, hit.meta.ttl_s) == (b"1", float(age), 60.0 - age)
        await passes(15)
    assert len(inner.asked) == 1


async def test_who_leaves_does_not_take_the_answer_with_him_and_a_failure_is_told_to_each_once(world: World) -> None:
    service = build(READ, inner := Inner(), LayerSettings(cache=CACHE), world.shared)
    waiters = [asyncio.ensure_future(service(world.call())) for _ in range(1000)]
    asked = await inner.arrival()
    for waiter in waiters[:500]:
        waiter.cancel()
    asked.reply(b"1")
    told = await asyncio.gather(*waiters, return_exceptions=True)
    assert [isinstance(one, asyncio.CancelledError) for one in told] == [True] * 500 + [False] * 500
    assert len(inner.asked) == 1

    other = build(READ, failing := Inner(), LayerSettings(cache=CACHE), world.upstream())
    waiters = [asyncio.ensure_future(other(world.call(b'{"orderId":"2"}'))) for _ in range(1000)]
    error = ValueError("a fault of ours, which nobody tries again")
    (await failing.arrival()).fail(error)
    told = await asyncio.gather(*waiters, return_exceptions=True)
    assert {type(one) for one in told} == {ValueError}
    assert len(failing.asked) == 1
