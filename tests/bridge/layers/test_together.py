"""What one worker makes old is old for all; what they may have missed as well."""

from __future__ import annotations

from bridge.layers.tags import Tag
from bridge.store.bus.contract import DATA_BYTES_MAX
from tests.bridge.layers.meeting import MeetingBus

ABOUT, OTHER = (Tag("order:1"),), (Tag("order:2"),)


async def test_a_purge_reaches_the_others() -> None:
    bus = MeetingBus()
    one, other = bus.worker(), bus.worker()
    await one.tell((Tag("order:1"), Tag("customer:", open=True)))
    assert other.purges.concern(ABOUT, 0)
    assert other.purges.concern((Tag("customer:7"),), 0)
    assert not other.purges.concern(OTHER, 0)


async def test_a_purge_too_long_to_be_said_is_one_of_everything() -> None:
    bus = MeetingBus()
    one, other = bus.worker(), bus.worker()
    await one.tell((Tag("x" * DATA_BYTES_MAX),))
    assert other.purges.concern(OTHER, 0)


async def test_what_may_have_been_missed_makes_all_with_a_tag_old() -> None:
    bus = MeetingBus()
    one = bus.worker()
    since = one.purges.now
    bus.miss()
    assert one.purges.concern(OTHER, since)
    assert not one.purges.concern((), since)
    assert not one.purges.concern(OTHER, one.purges.now)


async def test_a_message_that_nobody_understands_makes_all_with_a_tag_old() -> None:
    bus = MeetingBus()
    one = bus.worker()
    await bus.told("purge.shop", b"from another version")
    assert one.purges.concern(OTHER, 0)


async def test_after_its_end_it_hears_nothing() -> None:
    bus = MeetingBus()
    one, other = bus.worker(), bus.worker()
    other.close()
    await one.tell(ABOUT)
    assert not other.purges.concern(ABOUT, 0)


async def test_other_settings_are_another_question() -> None:
    bus = MeetingBus()
    key = ("shop.GetOrder", None, b"digest", ())
    async with bus.worker("1").flight(key, 0) as first, bus.worker("1").flight(key, 0) as second:
        assert first is not None
        assert second is None
        async with bus.worker("2").flight(key, 0) as third:
            assert third is not None
