"""Who has what, decided without any wire: each step is a call, each later decision is told."""

from __future__ import annotations

import pytest

from bridge.store.bus import arbiter as module
from bridge.store.bus.arbiter import Arbiter, Who
from bridge.store.bus.messages import GIVEN, NO, QUEUED, Grant, LockAsk, PlaceAsk, RenewAsk, TokensAsk
from tests.bridge.store.bus.clock import HandClock

LOCK = LockAsk("k", 10.0, gift=False)
TAKER = LockAsk("k", 10.0, gift=True)
PLACE = PlaceAsk("up", 1)
A, B, C = (1, 1), (2, 1), (3, 1)


class Court:
    """An arbiter, its clock, and what it told."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.told: list[tuple[Who, Grant]] = []
        self.arbiter = Arbiter(self.clock, lambda who, grant: self.told.append((who, grant)))


@pytest.fixture
def court() -> Court:
    return Court()


def test_a_lock_goes_from_one_to_the_next_in_the_order_of_asking(court: Court) -> None:
    first = court.arbiter.ask(A, LOCK)
    assert (first.state, court.arbiter.ask(B, LOCK), court.arbiter.ask(C, LOCK)) == ("given", QUEUED, QUEUED)
    court.arbiter.release(A)
    [(who, second)] = court.told
    assert (who, second.state) == (B, "given")
    assert second.fence > first.fence
    court.arbiter.release(A)
    assert len(court.told) == 1
    court.arbiter.release(B)
    assert court.told[1][0] == C


def test_a_gift_goes_to_all_who_take_one_and_the_lock_to_the_first_other(court: Court) -> None:
    court.arbiter.ask(A, TAKER)
    for who, ask in ((B, TAKER), (C, LOCK), ((4, 1), TAKER)):
        assert court.arbiter.ask(who, ask) is QUEUED
    court.arbiter.release(A, b"gift")
    assert [(who, grant.gift) for who, grant in court.told] == [(B, b"gift"), ((4, 1), b"gift"), (C, None)]
    court.arbiter.release(C)
    assert court.arbiter.ask(A, LOCK).state == "given"


def test_a_lock_that_is_not_renewed_goes_on_after_its_time_and_its_holder_is_told_no(court: Court) -> None:
    court.arbiter.ask(A, LOCK)
    court.arbiter.ask(B, LOCK)
    court.clock.now += 9.0
    assert court.arbiter.ask((1, 2), RenewAsk(1)) == GIVEN
    court.clock.now += 9.0
    court.arbiter.sweep()
    assert court.told == []
    court.clock.now += 1.0
    court.arbiter.sweep()
    assert [who for who, _ in court.told] == [B]
    assert court.arbiter.ask((1, 3), RenewAsk(1)) == NO
    court.arbiter.release(A, b"late")
    assert len(court.told) == 1


def test_a_fence_is_higher_than_before_also_after_a_new_start(court: Court) -> None:
    before = court.arbiter.ask(A, LOCK).fence
    court.clock.now += 0.001
    anew = Arbiter(court.clock, lambda who, grant: None)
    assert anew.ask(A, LOCK).fence > before


def test_a_place_is_given_in_the_order_of_asking_and_who_gave_up_is_passed_over(court: Court) -> None:
    assert [court.arbiter.ask(who, PLACE) for who in (A, B, C)] == [GIVEN, QUEUED, QUEUED]
    court.arbiter.release(B)
    court.arbiter.release(A)
    assert court.told == [(C, GIVEN)]


def test_a_peer_that_is_gone_leaves_all_it_had_and_waited_for(court: Court) -> None:
    court.arbiter.ask(A, PLACE)
    court.arbiter.ask((1, 2), LOCK)
    for who, ask in ((B, PLACE), ((2, 2), LOCK), ((1, 3), PLACE), ((3, 1), PLACE)):
        court.arbiter.ask(who, ask)
    court.arbiter.gone(1)
    assert [(who, grant.state) for who, grant in court.told] == [(B, "given"), ((2, 2), "given")]
    court.arbiter.gone(2)
    assert court.told[2][0] == (3, 1)


def test_places_from_before_are_counted_even_where_they_are_too_many(court: Court) -> None:
    court.arbiter.claim(A, PLACE)
    court.arbiter.claim(B, PLACE)
    assert court.arbiter.ask(C, PLACE) == QUEUED
    court.arbiter.release(A)
    assert court.told == []
    court.arbiter.release(B)
    assert court.told == [(C, GIVEN)]


def test_more_places_after_a_reload_are_given_at_once(court: Court) -> None:
    court.arbiter.ask(A, PLACE)
    assert court.arbiter.ask(B, PlaceAsk("up", 2)) == GIVEN


def test_tokens_of_a_rate_that_was_used_before_begin_with_a_debt(court: Court) -> None:
    fresh = TokensAsk("a", 10.0, 1, 1, 1, known=False)
    assert court.arbiter.ask(A, fresh) == Grant("given", 1)
    said = court.arbiter.ask(A, fresh)
    assert (said.state, round(said.again_s, 3)) == ("no", 0.1)
    again = court.arbiter.ask(B, TokensAsk("b", 10.0, 1, 1, 1, known=True))
    assert (again.state, round(again.again_s, 3)) == ("no", module.DEBT_S + 0.1)


def test_another_rate_after_a_reload_does_not_begin_with_a_burst(court: Court) -> None:
    court.arbiter.ask(A, TokensAsk("a", 10.0, 1, 1, 1, known=False))
    assert court.arbiter.ask(A, TokensAsk("a", 20.0, 5, 1, 1, known=False)).state == "no"
