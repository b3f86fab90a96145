"""What every store promises about the logs of topics."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import column, select, table

from bridge.clock import SystemClock
from bridge.store import topics
from bridge.store.settings import StoreSettings
from bridge.store.statement import Statement
from bridge.store.store import Store
from bridge.store.topics import Keep, Logged, Message
from bridge.store.tx import Tx
from bridge.streams.memory import MemoryTopic

several_writers = pytest.mark.parametrize("store_kind", ["postgresql"])
"""SQLite has one writer at a time, so nobody can come in between."""

WAITS = Statement(select(column("pid")).select_from(table("pg_locks")).where(~column("granted")))


def message(text: str, key: str = "", source: str = "") -> Message:
    return Message(text.encode(), key, source)


async def append(store: Store, *messages: Message, topic: str = "t") -> tuple[int, ...]:
    return await store.write(lambda tx: topics.append(tx, topic, messages))


async def read(store: Store, begin: int = 0, limit: int = 100, topic: str = "t") -> list[str]:
    return [(one.data or b"").decode() for one in await store.read(lambda tx: topics.read(tx, topic, begin, limit))]


async def test_messages_come_back_in_order_from_any_offset(store: Store) -> None:
    assert await append(store, message("a"), message("b")) == (0, 1)
    assert await append(store, message("c")) == (2,)
    assert await read(store) == ["a", "b", "c"]
    assert await read(store, 1, 1) == ["b"]
    assert await read(store, topic="other") == []
    extent = await store.read(lambda tx: topics.extent(tx, "t"))
    assert extent is not None
    assert (extent.first, extent.next, extent.size) == (0, 3, 3)


async def test_a_source_is_appended_once_also_within_one_append(store: Store) -> None:
    assert await append(store, message("a", source="1"), message("b", source="2")) == (0, 1)
    assert await append(store, message("again", source="1"), message("c"), message("again", source="2")) == (0, 2, 1)
    assert await append(store, message("x", source="9"), message("y", source="9")) == (3, 3)
    assert await read(store) == ["a", "b", "c", "x"]


async def test_the_last_value_of_each_key_outlives_its_message(store: Store) -> None:
    await append(store, message("1", "a"), message("2", "b"), message("3", "a"), message("no key"))
    await store.write(lambda tx: topics.trim(tx, "t", Keep(count=0)))
    assert await read(store) == []
    found = await store.read(lambda tx: topics.values(tx, "t", -1, 10))
    assert [(one.key, one.data, one.offset) for one in found] == [("b", b"2", 1), ("a", b"3", 2)]
    assert [one.key for one in await store.read(lambda tx: topics.values(tx, "t", 1, 10))] == ["a"]
    one = await store.read(lambda tx: topics.value(tx, "t", "a"))
    assert one is not None
    assert one.data == b"3"
    assert await store.read(lambda tx: topics.value(tx, "t", "z")) is None


async def keys(store: Store, topic: str = "t") -> list[str]:
    return [one.key for one in await store.read(lambda tx: topics.values(tx, topic, -1, 1000))]


async def forget(store: Store, keep: Keep, topic: str = "t") -> int:
    before = await store.read(lambda tx: topics.values_kept_from(tx, topic, keep))
    return await store.write(lambda tx: topics.forget(tx, topic, before))


async def test_a_message_without_data_takes_away_the_value_of_its_key(store: Store) -> None:
    await append(store, message("1", "a"), message("2", "b"), Message(None, "a"))
    assert await keys(store) == ["b"]
    last = (await store.read(lambda tx: topics.read(tx, "t", 2, 1)))[0]
    assert (last.key, last.data) == ("a", None), "it is in the log, so that readers hear of it"
    await append(store, Message(None, "b"), message("3", "b"), message("4", "c"), Message(None, "c"))
    assert await keys(store) == ["b"]
    extent = await store.read(lambda tx: topics.extent(tx, "t"))
    assert extent is not None
    assert extent.size == 4
    assert await store.write(lambda tx: topics.trim(tx, "t", Keep(count=0))) == 7


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        (Keep(), ["b", "c", "a"]),
        (Keep(count=3), ["b", "c", "a"]),
        (Keep(count=2), ["c", "a"]),
        (Keep(size=8), ["c", "a"]),
        (Keep(size=7), ["a"]),
        (Keep(size=3), []),
        (Keep(age_s=-1.0), []),
        (Keep(age_s=3600.0, size=4), ["a"]),
    ],
)
async def test_retention_of_last_values_takes_those_that_have_not_changed_for_longest(
    store: Store, keep: Keep, left: list[str]
) -> None:
    await append(store, message("aaaa", "a"), message("bbbb", "b"), message("cccc", "c"), message("AAAA", "a"))
    await append(store, message("other", "x"), topic="other")
    assert await forget(store, keep) == 3 - len(left)
    assert await keys(store) == left
    assert await keys(store, "other") == ["x"]
    assert len(await read(store)) == 4, "messages have a retention of their own"
    assert await forget(store, keep, "unknown") == 0


async def test_one_unit_forgets_a_bounded_number_and_never_what_has_changed_since(store: Store) -> None:
    for begin in range(0, topics.TRIM_MAX * 2, 500):
        await append(store, *(message("x", f"k{number}") for number in range(begin, begin + 500)))
    before = await store.read(lambda tx: topics.values_kept_from(tx, "t", Keep(count=1)))
    await append(store, message("new", "k0"))
    told = [await store.write(lambda tx: topics.forget(tx, "t", before)) for _ in range(3)]
    assert told == [topics.TRIM_MAX, topics.TRIM_MAX - 2, 0]
    assert await keys(store) == [f"k{topics.TRIM_MAX * 2 - 1}", "k0"]


async def test_all_topics_of_the_store_are_known(store: Store) -> None:
    assert await store.read(topics.stored_topics) == {}
    await append(store, message("a"), topic="two")
    await append(store, message("a"), message("bb"), topic="one")
    found = await store.read(topics.stored_topics)
    assert {name: (one.first, one.next, one.size) for name, one in found.items()} == {
        "one": (0, 2, 3),
        "two": (0, 1, 1),
    }


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        (Keep(), ["aaaa", "bbbb", "cccc"]),
        (Keep(count=2), ["bbbb", "cccc"]),
        (Keep(size=11), ["bbbb", "cccc"]),
        (Keep(size=12), ["aaaa", "bbbb", "cccc"]),
        (Keep(size=3), []),
        (Keep(age_s=0.0), []),
        (Keep(age_s=3600.0, size=4), ["cccc"]),
    ],
)
async def test_retention_takes_the_oldest(store: Store, keep: Keep, left: list[str]) -> None:
    await append(store, *map(message, ("aaaa", "bbbb", "cccc")))
    gone = await store.write(lambda tx: topics.trim(tx, "t", keep))
    assert (gone, await read(store)) == (3 - len(left), left)
    extent = await store.read(lambda tx: topics.extent(tx, "t"))
    assert extent is not None
    assert (extent.first, extent.next, extent.size) == (3 - len(left), 3, 4 * len(left))
    assert await append(store, message("d")) == (3,)


async def test_one_unit_of_retention_is_bounded(store: Store) -> None:
    for _ in range(3):
        await append(store, *(message("x") for _ in range(topics.TRIM_MAX // 2)))
    assert await store.write(lambda tx: topics.trim(tx, "t", Keep(count=0))) == topics.TRIM_MAX
    assert await store.write(lambda tx: topics.trim(tx, "t", Keep(count=0))) == topics.TRIM_MAX // 2
    assert await store.write(lambda tx: topics.trim(tx, "unknown", Keep(count=0))) == 0


async def test_offsets_of_two_writers_have_no_gap_and_stand_in_the_order_of_the_commits(
    store: Store, store_url: str
) -> None:
    """A reader that follows the end never misses one that got its offset earlier and was committed later."""
    other = await Store.open(StoreSettings(url=store_url), SystemClock())
    seen: list[int] = []

    async def follow() -> None:
        while len(seen) < 200:
            begin = seen[-1] + 1 if seen else 0
            seen.extend(one.offset for one in await store.read(partial(topics.read, topic="t", begin=begin, limit=50)))

    async def write(to: Store, name: str) -> None:
        for number in range(100):
            await append(to, message(f"{name}{number}"))

    await asyncio.gather(follow(), write(store, "a"), write(other, "b"))
    await other.close()
    assert seen == list(range(200))


async def test_what_its_unit_takes_back_leaves_no_gap(store: Store) -> None:
    def failing(tx: Tx) -> None:
        topics.append(tx, "t", [message("never")])
        raise KeyError("on purpose")

    told = await asyncio.gather(
        append(store, message("a")), store.write(failing), append(store, message("b")), return_exceptions=True
    )
    assert isinstance(told[1], KeyError)
    assert await read(store) == ["a", "b"]
    assert await append(store, message("c")) == (2,)


class Both:
    """The log in a store and the one in memory do the same."""

    def __init__(self, keep: Keep, values: Keep) -> None:
        self.memory = MemoryTopic(keep, values)

    def look(self, stored: list[Logged], values: list[Logged]) -> None:
        mine = self.memory.read(0, 1000)
        assert [(one.offset, one.key, one.data) for one in stored] == [(one.offset, one.key, one.data) for one in mine]
        kept = self.memory.values(-1, 1000)
        assert [(one.offset, one.key) for one in values] == [(one.offset, one.key) for one in kept]


KEEPS = [Keep(), Keep(count=3), Keep(size=6), Keep(count=1)]
messages = st.lists(
    st.builds(
        Message,
        data=st.one_of(st.binary(max_size=5), st.none()),
        key=st.sampled_from(["", "a", "b", "c"]),
        source=st.sampled_from(["", "", "1", "2", "3"]),
    ),
    max_size=4,
)


@settings(max_examples=25)
@given(st.lists(messages, max_size=8), st.sampled_from(KEEPS), st.sampled_from([*KEEPS, Keep(count=2, size=4)]))
async def test_a_topic_in_memory_does_what_one_in_a_store_does(
    batches: list[list[Message]], keep: Keep, values: Keep
) -> None:
    """Apart from retention of sources, which memory bounds by their count alone."""
    with TemporaryDirectory() as name:
        store = await Store.open(StoreSettings(url=f"sqlite:///{name}/t.db"), SystemClock())
        both, batches = Both(keep, values), [[Message(m.data, m.key) for m in batch] for batch in batches]
        for batch in batches:
            assert await append(store, *batch) == both.memory.append(batch, 0.0)
            await store.write(lambda tx: topics.trim(tx, "t", keep))
            await forget(store, values)
        both.look(
            await store.read(lambda tx: topics.read(tx, "t", 0, 1000)),
            await store.read(lambda tx: topics.values(tx, "t", -1, 1000)),
        )
        await store.close()


@several_writers
async def test_two_nodes_that_trim_at_once_take_away_once(store: Store, store_url: str) -> None:
    other = await Store.open(StoreSettings(url=store_url), SystemClock())
    await append(store, *(message("0123456789") for _ in range(20)))
    trimmed, go_on = threading.Event(), threading.Event()

    def trimming(tx: Tx) -> int:
        gone = topics.trim(tx, "t", Keep(count=10))
        trimmed.set()
        go_on.wait(30)
        return gone

    one = asyncio.create_task(store.write(trimming))
    await asyncio.to_thread(trimmed.wait, 30)
    two = asyncio.create_task(other.write(lambda tx: topics.trim(tx, "t", Keep(count=10))))
    while not await store.read(lambda tx: tx.one(WAITS)):
        pass  # each look is a transaction; then the other one stands at a lock
    go_on.set()
    assert (await one, await two) == (10, 0)
    extent = await store.read(lambda tx: topics.extent(tx, "t"))
    assert extent is not None
    assert (extent.first, extent.next, extent.size) == (10, 20, 100)
    await other.close()
