"""What is kept has an end, an age, and a bound; looking at the list of it changes nothing."""

from __future__ import annotations

import pytest

from bridge.call import Reply, Wish
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.cache_store import CacheStore, Entry, entry_of
from bridge.layers.tags import Purges, Tag
from tests.bridge.layers.world import World, passes

SETTINGS = CacheSettings.model_validate({"ttl": "60s", "swr": "10s", "stale": "30s", "refresh_ahead": 0.5})


def key(number: int) -> tuple[str, str | None, bytes, tuple[tuple[str, str], ...]]:
    return "shop.GetOrder", None, number.to_bytes(4), ()


def entry(world: World, *about: Tag, body: bytes = b"1", purge: int = 0, age_s: float = 0.0) -> Entry:
    return entry_of(Reply(body), SETTINGS, world.clock.monotonic(), about, purge, age_s=age_s)


async def test_times_follow_from_the_age(world: World) -> None:
    now = world.clock.monotonic()
    one = entry(world, age_s=20.0)
    assert (one.age_s(now), one.left_s(now), one.ahead_at) == (20.0, 40.0, now + 10)
    assert (one.swr_until, one.stale_until, one.kept_until) == (now + 50, now + 70, now + 70)


@pytest.mark.parametrize(
    ("wish", "after_s", "fits"),
    [
        (Wish(), 59, True),
        (Wish(max_age_s=30), 30, True),
        (Wish(max_age_s=30), 31, False),
        (Wish(min_fresh_s=10), 50, True),
        (Wish(min_fresh_s=10), 51, False),
        (Wish(max_stale_s=5), 65, True),
        (Wish(max_stale_s=5), 66, False),
        (Wish(max_stale_s=5, max_age_s=62), 64, False),
        (Wish(min_fresh_s=1, max_stale_s=5), 61, False),
        (Wish(no_store=True), 1, False),
    ],
)
async def test_wishes(world: World, wish: Wish, after_s: float, fits: bool) -> None:
    one = entry(world)
    assert one.fits(wish, world.clock.monotonic() + after_s) is fits


async def test_it_is_there_until_it_helps_nobody(world: World) -> None:
    store, purges = CacheStore(1_000_000, world.clock), Purges()
    store.put(purges, key(1), entry(world))
    await passes(89.9)
    assert store.find(purges, key(1)) is not None
    await passes(0.1)
    assert store.find(purges, key(1)) is None
    store.forget(purges, key(1))


async def test_the_list_is_of_one_upstream_without_what_is_old_and_nothing_looks_used(world: World) -> None:
    store, purges, others = CacheStore(1_000_000, world.clock), Purges(), Purges()
    for number in range(3):
        store.put(purges, key(number), entry(world, Tag(f"order:{number}")))
    store.put(others, key(9), entry(world))
    purges.add([Tag("order:1")])
    assert [one for one, _ in store.entries(purges)] == [key(0), key(2)]
    for number in range(10, 200):
        store.put(purges, key(number), entry(world, body=b"x" * 5000))
    assert store.find(purges, key(0)) is None  # the first to give way, although it was in the list
    assert store.used_bytes <= store.bytes_max == 1_000_000
