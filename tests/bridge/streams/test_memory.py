"""A topic in memory. That it does what one in a store does is tested in tests/contract/test_topics.py."""

from __future__ import annotations

from bridge.store.topics import Keep, Message
from bridge.streams import memory
from bridge.streams.memory import MemoryTopic


def test_age_takes_what_is_old() -> None:
    topic = MemoryTopic(Keep(age_s=10.0))
    topic.append([Message(b"a")], now=0.0)
    topic.append([Message(b"b")], now=5.0)
    assert [one.data for one in topic.read(0, 10)] == [b"a", b"b"]
    assert topic.trim(now=10.5) == 1
    assert [(one.offset, one.data) for one in topic.read(0, 10)] == [(1, b"b")]
    assert (topic.extent.first, topic.extent.next, topic.extent.size) == (1, 2, 1)


def test_a_source_is_known_until_too_many_others_came() -> None:
    topic = MemoryTopic(Keep(count=1))
    assert topic.append([Message(b"a", source="first")], now=0.0) == (0,)
    assert topic.append([Message(b"a", source="first")], now=0.0) == (0,)
    topic.append([Message(b"", source=str(n)) for n in range(memory.SOURCES_MAX)], now=0.0)
    assert topic.append([Message(b"a", source="first")], now=0.0) == (memory.SOURCES_MAX + 1,)


def test_two_topics_have_two_epochs() -> None:
    assert MemoryTopic(Keep()).extent.epoch != MemoryTopic(Keep()).extent.epoch


def test_last_values_have_bounds_of_their_own() -> None:
    topic = MemoryTopic(Keep(), Keep(age_s=10.0, count=2, size=3))
    topic.append([Message(b"1", "a"), Message(b"2", "b"), Message(b"3", "c")], now=0.0)
    assert [one.key for one in topic.values(-1, 10)] == ["b", "c"]
    topic.append([Message(b"33", "c"), Message(b"1", "d")], now=5.0)
    assert [one.key for one in topic.values(-1, 10)] == ["c", "d"]
    topic.append([Message(None, "d")], now=9.0)
    assert topic.value("d") is None
    topic.trim(now=15.5)
    assert topic.values(-1, 10) == []
    assert len(topic.read(0, 10)) == 6
