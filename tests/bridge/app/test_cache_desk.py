"""Operators look at kept answers and purge them; each purge is in the audit log, and reaches what was meant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.app.cache_desk import CacheDesk
from bridge.call import JsonValue, Reply
from bridge.clock import SystemClock
from bridge.errors import BadRequest, DoesNotFit, NotFound
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.cache_store import CacheStore, entry_of
from bridge.layers.kept_answers import KeptAnswers
from bridge.layers.keys import Key, digest_of
from bridge.layers.tags import Purges, Tag, name
from bridge.queue.deeds import Office
from bridge.store.audit import AuditFilter, find
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.contract.operators import SEAL

CLOCK = SystemClock()
SETTINGS = CacheSettings.model_validate({"ttl": "60s"})


def keep(kept: KeptAnswers, operation: str, number: int) -> str:
    digest = digest_of({"orderId": str(number)})
    key: Key = (f"{kept.upstream}.{operation}", None, digest, ())
    about = (Tag(f"order:{number}"), name(key[0], digest.hex()))
    kept.store.put(kept.purges, key, entry_of(Reply(b"1"), SETTINGS, CLOCK.monotonic(), about, kept.purges.now))
    return digest.hex()


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[tuple[CacheDesk, dict[str, KeptAnswers]]]:
    """Two upstreams, each with three orders and a list."""
    store = await Store.open(StoreSettings(url=f"sqlite:///{folder / 'bridge.db'}"), CLOCK)
    answers = CacheStore(1_000_000, CLOCK)
    kept = {upstream: KeptAnswers(upstream, answers, Purges(), CLOCK) for upstream in ("shop", "crm")}
    for one in kept.values():
        for number in (1, 2, 3):
            keep(one, "GetOrder", number)
        keep(one, "ListOrders", 1)
    try:
        yield CacheDesk(Office(store, SEAL), lambda: kept), kept
    finally:
        await store.close()


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({"tag": "order:1"}, (2, 2)),
        ({"tag": "order:*"}, (0, 0)),
        ({"tag": "order:1", "upstream": "shop"}, (2, 4)),
        ({"upstream": "shop"}, (0, 4)),
        ({"operation": "shop.GetOrder"}, (1, 4)),
        ({"operation": "GetOrder", "upstream": "crm"}, (4, 1)),
        ({"operation": "shop.GetOrder", "args": {"orderId": "2"}}, (3, 4)),
        ({"operation": "shop.GetOrder", "key": digest_of({"orderId": "2"}).hex()[:12]}, (3, 4)),
        ({"operation": "shop.GetOrder", "key": "0" * 40}, (4, 4)),
        ({"all": True}, (0, 0)),
    ],
)
async def test_a_purge_is_of_what_was_meant_and_is_written_down(
    tmp_path: Path, asked: dict[str, JsonValue], left: tuple[int, int]
) -> None:
    async with desk(tmp_path) as (here, kept):
        purged = await here.purge_of("ada", {**asked, "reason": "wrong prices"})
        assert tuple(len(one.rows()) for one in kept.values()) == left
        assert (purged.dropped, purged.everywhere, purged.again) == (8 - sum(left), True, False)
        [entry] = (await here.office.store.read(lambda tx: find(tx, AuditFilter()))).items
        assert (entry.who, entry.verb, entry.reason, entry.id) == ("ada", "cache.purge", "wrong prices", purged.audit)
        assert isinstance(entry.scope, dict)
        assert set(entry.scope) <= {"tag", "upstream", "operation", "key", "args"}


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({}, BadRequest),
        ({"all": False}, BadRequest),
        ({"all": "yes"}, DoesNotFit),
        ({"tag": 5}, DoesNotFit),
        ({"upstream": "none"}, NotFound),
        ({"operation": "GetOrder"}, BadRequest),
        ({"operation": "shop.GetOrder", "upstream": "crm"}, BadRequest),
        ({"operation": "shop.GetOrder", "tag": "order:1"}, BadRequest),
        ({"operation": "shop.GetOrder", "key": "xyz"}, BadRequest),
        ({"upstream": "shop", "key": "a" * 40}, BadRequest),
        ({"tag": "order:{orderId}"}, BadRequest),
        ({"tag": "a*b"}, BadRequest),
    ],
)
async def test_what_cannot_be_meant_is_refused_and_nothing_happens(
    tmp_path: Path, asked: dict[str, Any], error: type[Exception]
) -> None:
    async with desk(tmp_path) as (here, kept):
        with pytest.raises(error):
            await here.purge_of("ada", asked)
        assert [len(one.rows()) for one in kept.values()] == [4, 4]
        assert (await here.office.store.read(lambda tx: find(tx, AuditFilter()))).items == ()


async def test_the_same_request_again_does_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as (here, kept):
        first = await here.purge("ada", upstream="shop", once="k1")
        keep(kept["shop"], "GetOrder", 1)
        again = await here.purge("ada", upstream="shop", once="k1")
        assert (first.again, again.again, again.dropped) == (False, True, 0)
        assert len(kept["shop"].rows()) == 1


async def test_it_is_shown_by_demand(tmp_path: Path) -> None:
    async with desk(tmp_path) as (here, kept):
        for entry in [entry for key, entry in kept["shop"].store.entries(kept["shop"].purges) if "List" in key[0]]:
            entry.asked = 9
        view = await here.show(limit=2)
        assert [(one.upstream, one.answers, len(one.items)) for one in view.upstreams] == [
            ("shop", 4, 2),
            ("crm", 4, 2),
        ]
        assert view.upstreams[0].items[0].operation == "ListOrders"
        assert view.used_bytes == sum(one.bytes for one in view.upstreams) < view.bytes_max
        [one] = (await here.show(operation="shop.GetOrder", tag="order:2")).upstreams
        assert [row.tags for row in one.items] == [("order:2",)]
        with pytest.raises(NotFound):
            await here.show(upstream="none")
