"""Where the time of a call went, layer by layer, in virtual time."""

from __future__ import annotations

import pytest

from bridge.call import Explanation
from bridge.errors import UpstreamUnreachable
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.limit import LimitsSettings
from bridge.layers.retry import RetrySettings
from bridge.layers.stack import LayerSettings, build_explained
from tests.bridge.layers.world import READ, Inner, World

CACHE = CacheSettings.model_validate({"ttl": "60s"})
ALL = ["cache", "deadline", "coalesce", "retry", "limit", "timeout", "call"]


def settings(cache: CacheSettings | None = CACHE) -> LayerSettings:
    return LayerSettings(LimitsSettings(), RetrySettings(), cache)


async def test_each_layer_has_its_own_time(world: World) -> None:
    inner = Inner([UpstreamUnreachable(), b"1"], takes_s=0.5)
    service, told = build_explained(READ, inner, settings(), world.shared), Explanation()
    reply = await service(world.call().with_(explain=told))
    assert (reply.body, list(told.times)) == (b"1", ALL)
    assert told.times["call"] == pytest.approx(1.0), "two attempts"
    assert told.times["retry"] > 0, "the pause between them"
    others = {name: time for name, time in told.times.items() if name not in {"call", "retry"}}
    assert others == pytest.approx(dict.fromkeys(others, 0.0))


async def test_a_kept_answer_asked_nobody(world: World) -> None:
    service = build_explained(READ, Inner([b"1"], takes_s=0.5), settings(), world.shared)
    await service(world.call())
    told = Explanation()
    assert (await service(world.call().with_(explain=told))).meta.cache == "hit"
    assert told.times == pytest.approx(dict.fromkeys(ALL, 0.0))


async def test_a_failure_is_explained_as_well_and_steps_of_the_call_stay(world: World) -> None:
    inner, told = Inner([UpstreamUnreachable()] * 9, takes_s=0.25), Explanation(times={"encode": 0.125})
    service = build_explained(READ, inner, settings(None), world.shared)
    with pytest.raises(UpstreamUnreachable):
        await service(world.call().with_(explain=told))
    assert list(told.times) == ["deadline", "retry", "limit", "timeout", "call", "encode"]
    assert told.times["call"] == pytest.approx(0.25 * len(inner.asked))
    assert told.times["encode"] == 0.125
