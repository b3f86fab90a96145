"""What operators see of topics: JSON masked, texts, bytes; pages that end and go on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.errors import NotFound
from bridge.queue.shown import Shown
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.topics import Message
from bridge.streams import desk as module
from bridge.streams.desk import TopicsDesk
from bridge.streams.log import Log
from bridge.streams.settings import TopicSettings

DURABLE = ("each", "memory")
every_kind = pytest.mark.parametrize("kind", DURABLE)


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'log.db'}"), SystemClock())
    given = {kind: TopicSettings.model_validate({"durable": kind, "keep": {"count": 500}}) for kind in DURABLE}
    made = Log(given, store, SystemClock(), lambda _: None)
    yield made
    await made.close()
    await store.close()


def at(log: Log) -> TopicsDesk:
    return TopicsDesk(log, Shown().mask)


@every_kind
async def test_data_are_shown_as_what_they_are(log: Log, kind: str) -> None:
    given = [b'{"n": 1.50, "password": "hunter2"}', b"plain text", b"\xff\x00", None]
    await log.append(kind, [Message(one, "k") for one in given])
    page = await at(log).read(kind)
    assert [(one.encoding, one.data) for one in page.items] == [
        ("json", {"n": "1.50", "password": "***"}),
        ("text", "plain text"),
        ("base64", "/wA="),
        ("none", None),
    ]
    assert (page.gap, page.next, page.end, len(page.epoch)) == (False, 4, 4, 16)


@every_kind
async def test_pages_go_on_where_they_ended(log: Log, kind: str) -> None:
    for _ in range(3):
        await log.append(kind, [Message(str(number).encode(), f"k{number % 10}") for number in range(100)])
    seen, begin = 0, 0
    while begin < 300:
        page = await at(log).read(kind, begin, limit=130)
        assert [one.offset for one in page.items] == list(range(begin, page.next))
        seen, begin = seen + len(page.items), page.next
    assert seen == 300
    some = await at(log).read(kind, key="k7", limit=12)
    assert [one.offset for one in some.items] == list(range(7, 120, 10))
    assert (await at(log).read(kind, some.next, key="k7", limit=100)).items[0].offset == 127
    assert [one.offset for one in (await at(log).read(kind, -2)).items] == [298, 299]
    assert [one.offset for one in (await at(log).read(kind, -1000, limit=1)).items] == [0]
    values = await at(log).values(kind, limit=6)
    assert [one.key for one in values.items] == [f"k{number}" for number in range(6)]
    rest = await at(log).values(kind, after=values.next or 0)
    assert ([one.key for one in rest.items], rest.next) == (["k6", "k7", "k8", "k9"], None)
    assert [one.offset for one in (await at(log).values(kind, key="k3")).items] == [293]
    assert (await at(log).values(kind, key="none")).items == ()


@every_kind
async def test_a_page_has_a_bound_of_bytes_and_of_what_it_looks_at(log: Log, kind: str) -> None:
    await log.append(kind, [Message(b"x" * 200_000, "large") for _ in range(40)])
    page = await at(log).read(kind, limit=40)
    assert sum(len(str(one.data)) for one in page.items) == module.BYTES_MAX
    assert page.next == len(page.items) == 20
    assert (await at(log).read(kind, key="none")).next == 40


@every_kind
async def test_gaps_and_what_is_not_there_are_told(log: Log, kind: str) -> None:
    assert (await at(log).read(kind)).items == ()
    for _ in range(6):
        await log.append(kind, [Message(b"1")] * 100)
    await log.trim()
    page = await at(log).read(kind, 0, limit=1)
    assert (page.gap, page.items[0].offset) == (True, 100)
    assert not (await at(log).read(kind, limit=1)).gap
    with pytest.raises(NotFound):
        await at(log).read("none")
    with pytest.raises(NotFound):
        await at(log).values("none")


async def test_a_topic_that_the_configuration_has_no_more_is_still_listed(log: Log) -> None:
    await log.append("each", [Message(b"12345")])
    await log.append("memory", [Message(b"1")])
    rows = await at(log).search()
    assert [(one.name, one.durable, one.messages, one.size) for one in rows] == [
        ("each", "each", 1, 5),
        ("memory", "memory", 1, 1),
    ]
    other = Log({"new": TopicSettings()}, log._store, SystemClock(), lambda _: None)
    assert [(one.name, one.durable, one.next) for one in await at(other).search()] == [
        ("each", "", 1),
        ("new", "each", 0),
    ]
