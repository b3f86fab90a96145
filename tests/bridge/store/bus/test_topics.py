"""Subscriptions of one process."""

from __future__ import annotations

import asyncio

import pytest

from bridge.store.bus.topics import Topics, check_data, check_name


def test_the_first_and_the_last_of_a_topic_are_told() -> None:
    told: list[tuple[str, bool]] = []
    topics = Topics(lambda topic, wanted: told.append((topic, wanted)))
    ends = [topics.subscribe("a", lambda data: None) for _ in range(2)]
    assert topics.names == ["a"]
    for end in (*ends, *ends):
        end()
    assert told == [("a", True), ("a", False)]
    assert topics.names == []


def test_a_new_subscription_of_an_old_topic_survives_the_end_of_the_old_one() -> None:
    topics, heard = Topics(), list[bytes]()
    old = topics.subscribe("a", heard.append)
    old()
    topics.subscribe("a", heard.append)
    old()
    topics.deliver("a", b"1")
    assert heard == [b"1"]


async def test_nobody_is_called_back_in_the_middle_of_his_own_work() -> None:
    topics, heard = Topics(), list[bytes]()
    end = topics.subscribe("a", heard.append)
    topics.deliver_soon("a", b"1")
    assert heard == []
    await asyncio.sleep(0)  # soon is the next turn
    assert heard == [b"1"]
    topics.deliver_soon("a", b"2")
    end()
    await asyncio.sleep(0)  # soon is the next turn
    assert heard == [b"1"]


def test_all_are_told_of_what_may_be_missing_until_they_end() -> None:
    topics, missed = Topics(), list[str]()
    end = topics.subscribe("a", lambda data: None, lambda: missed.append("a"))
    topics.subscribe("b", lambda data: None, lambda: missed.append("b"))
    topics.subscribe("c", lambda data: None)
    topics.miss()
    end()
    topics.miss()
    assert missed == ["a", "b", "b"]


def test_names_and_data_have_bounds() -> None:
    for name in ("", "x" * 201):
        with pytest.raises(ValueError, match="characters"):
            check_name(name)
    with pytest.raises(ValueError, match="bytes"):
        check_data(bytes(1_000_001))
