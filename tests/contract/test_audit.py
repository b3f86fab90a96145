"""The audit log on every store: with the action or not at all, never changed, listed newest first."""

from __future__ import annotations

import asyncio

import pytest

from bridge.clock import SystemClock
from bridge.errors import StoreError
from bridge.store.audit import (
    KEPT_S_MIN,
    TEXT_MAX,
    Act,
    Audited,
    AuditFilter,
    change_of,
    digest,
    done_before,
    find,
    prune,
    record,
)
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store

SEAL = Seal(b"k" * 32)
ALL = AuditFilter()


async def _listed(store: Store, wanted: AuditFilter = ALL) -> list[Audited]:
    return list((await store.read(lambda tx: find(tx, wanted))).items)


async def _note(store: Store, *acts: Act) -> list[str]:
    entries = []
    for act in acts:
        began = SystemClock().wall()
        entries.append(await store.write(lambda tx, act=act: record(tx, act, SEAL)))
        while SystemClock().wall() < began + 0.002:  # noqa: ASYNC110  ids of one millisecond have no order
            await asyncio.sleep(0)  # the wall clock gives no signal
    return entries


async def test_an_entry_says_who_did_what_to_what_and_what_came_of_it(store: Store) -> None:
    act = Act(
        "ada", "dead.edit", "01j", {"ids": ["01j"]}, "wrong customer", digest(b"old"), digest(b"new"), {"done": ["01j"]}
    )
    [entry] = await _note(store, act)
    [one] = await _listed(store)
    assert (one.id, one.who, one.verb, one.target, one.reason) == (entry, "ada", "dead.edit", "01j", "wrong customer")
    assert (one.scope, one.result, one.changed) == ({"ids": ["01j"]}, {"done": ["01j"]}, False)
    assert (one.before, one.after) == (digest(b"old"), digest(b"new"))
    assert one.at > 1_700_000_000


async def test_an_action_that_fails_leaves_no_entry(store: Store) -> None:
    def unit(tx: object) -> None:
        record(tx, Act("ada", "dead.edit", "1"), SEAL)  # type: ignore[arg-type]  # the Tx that write hands in
        raise ValueError("the action did not work")

    with pytest.raises(ValueError, match="did not work"):
        await store.write(unit)
    assert await _listed(store) == []


async def test_what_was_written_is_kept_sealed_and_only_for_its_entry(store: Store) -> None:
    [entry, other] = await _note(store, Act("ada", "dead.edit", change=b"canary-7"), Act("ada", "dead.discard"))
    assert await store.read(lambda tx: change_of(tx, entry, SEAL)) == b"canary-7"
    assert await store.read(lambda tx: change_of(tx, other, SEAL)) is None
    with pytest.raises(StoreError, match="no entry"):
        await store.read(lambda tx: change_of(tx, "none", SEAL))
    assert [one.changed for one in await _listed(store)] == [False, True]


async def test_it_is_found_by_who_what_and_when(store: Store) -> None:
    await _note(store, Act("ada", "dead.edit", "1"), Act("bob", "dead.replay", "2"), Act("ada", "deadly.x", "3"))
    found = {
        "who": AuditFilter(who="ada"),
        "verb": AuditFilter(verb="dead.replay"),
        "room": AuditFilter(verb="dead"),
        "target": AuditFilter(target="3"),
        "later": AuditFilter(since=SystemClock().wall() + 60),
        "earlier": AuditFilter(until=SystemClock().wall() + 60),
        "wild": AuditFilter(verb="dea%"),
    }
    targets = {name: [one.target for one in await _listed(store, wanted)] for name, wanted in found.items()}
    assert targets == {
        "who": ["3", "1"],
        "verb": ["2"],
        "room": ["2", "1"],
        "target": ["3"],
        "later": [],
        "earlier": ["3", "2", "1"],
        "wild": [],
    }


async def test_pages_follow_each_other_and_miss_nothing(store: Store) -> None:
    await _note(store, *(Act("ada", "x.y", str(number)) for number in range(7)))
    seen: list[str] = []
    after = ""
    while True:
        page = await store.read(lambda tx, after=after: find(tx, AuditFilter(), after=after, limit=3))
        seen += [one.target for one in page.items]
        if not (after := page.next):
            break
    assert seen == [str(number) for number in reversed(range(7))]


async def test_the_same_request_again_is_known_by_its_key_and_its_sender(store: Store) -> None:
    await _note(store, Act("ada", "dead.replay", once="k1", result={"done": ["7"]}))
    ask = {
        "same": ("ada", "dead.replay", "k1"),
        "key": ("ada", "dead.replay", "k2"),
        "sender": ("bob", "dead.replay", "k1"),
        "verb": ("ada", "dead.edit", "k1"),
        "none": ("ada", "dead.replay", ""),
    }
    known = {name: await store.read(lambda tx, one=one: done_before(tx, *one)) for name, one in ask.items()}
    assert known == {"same": {"done": ["7"]}, "key": None, "sender": None, "verb": None, "none": None}
    with pytest.raises(Exception, match=r"(?i)unique"):
        await _note(store, Act("ada", "dead.replay", once="k1"))


async def test_nothing_younger_than_a_year_is_deleted(store: Store, store_url: str) -> None:
    await _note(store, Act("ada", "x.y"))
    assert await store.write(lambda tx: prune(tx, 0.0)) == 0
    later = await Store.open(StoreSettings(url=store_url), _Later(), own_time=True)
    try:
        assert await later.write(lambda tx: prune(tx, KEPT_S_MIN * 3)) == 0
        assert await later.write(lambda tx: prune(tx, 0.0)) == 1
    finally:
        await later.close()
    assert await _listed(store) == []


async def test_a_hostile_text_is_kept_bounded(store: Store) -> None:
    await _note(store, Act("a\0\ud800da", "x.y", "t" * 90_000, {"ids": ["i" * 90_000]}, "r" * 90_000))
    [one] = await _listed(store)
    assert (one.who, len(one.target), len(one.reason)) == ("a?da", TEXT_MAX, TEXT_MAX)
    assert len(str(one.scope)) < TEXT_MAX * 11


class _Later(SystemClock):
    """Two years on."""

    def wall(self) -> float:
        return super().wall() + 2 * KEPT_S_MIN
