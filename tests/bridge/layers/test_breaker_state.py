"""The breaker by itself: each line of its picture, and whatever a crowd may do to it."""

from __future__ import annotations

import random
from copy import copy
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bridge.layers.breaker_state import OPEN_LEAST, SPREAD, Breaker, Mode, Permit, State, Terms
from bridge.layers.transient import Health

TERMS = Terms(window_s=30.0, calls_min=20, failures=0.5, slow_s=1.0, slow_rate=0.8, open_s=4.0, trials=3)


class Lab:
    """A breaker, its time, and what it told."""

    def __init__(self, terms: Terms = TERMS) -> None:
        self.now = 100.0
        self.told: list[tuple[State, str]] = []
        self.open_for: list[float] = []
        self.breaker = Breaker(terms, random.Random(3).uniform, self._hear)

    def _hear(self, state: State, why: str, for_s: float) -> None:
        self.told.append((state, why))
        if state == "open":
            self.open_for.append(for_s)

    def call(self, health: Health, *, slow: bool = False) -> bool:
        """Whether it was let through."""
        permit = self.breaker.admit(self.now)
        if permit is not None:
            self.breaker.ended(permit, self.now, health, slow=slow)
        return permit is not None

    def admit(self) -> Permit:
        permit = self.breaker.admit(self.now)
        assert permit is not None
        return permit

    def broken(self) -> Lab:
        while self.breaker.state == "closed":
            self.call("bad")
        return self


def test_all_calls_fail() -> None:
    lab = Lab()
    assert [lab.call("bad") for _ in range(100)] == [True] * 20 + [False] * 80
    assert lab.told == [("open", "failures")]


@pytest.mark.parametrize(
    ("calls", "opens"),
    [
        (["bad"] * 19, False),
        (["bad"] * 20, True),
        (["good", "bad"] * 10, True),
        (["good", "good", "bad"] * 100, False),
        (["nothing", "bad"] * 19, False),
        (["good"] * 1000, False),
        (["nothing"] * 1000, False),
        (["good", "good", "good", "bad"] * 10 + ["bad"] * 19, False),
        (["good", "good", "good", "bad"] * 10 + ["bad"] * 20, True),
    ],
)
def test_what_opens_it(calls: list[Health], opens: bool) -> None:
    lab = Lab()
    for one in calls:
        lab.call(one)
    assert (lab.breaker.state == "open") is opens


@pytest.mark.parametrize("why", ["failures", "slow"])
@pytest.mark.parametrize(
    ("per_s", "for_s", "opens"), [(10, 2.5, False), (10, 3.5, True), (4, 3.5, False), (4, 6, True)]
)
def test_what_had_gone_well_does_not_hide_for_long_that_nothing_does(
    per_s: int, for_s: float, opens: bool, why: str
) -> None:
    """A busy system begins to hang: what comes back now are a few failures beside thousands of answers before."""
    trouble: Health = "bad" if why == "failures" else "good"
    labs = [Lab(), Lab()]
    for now_and_then, lab in enumerate(labs):
        for _ in range(5000):
            lab.call("good")
        for number in range(int(per_s * for_s)):
            lab.now += 1 / per_s
            well = now_and_then and number % 9 == 0
            lab.call("good" if well else trouble, slow=why == "slow" and not well)
    assert labs[0].told == ([("open", why)] if opens else [])
    assert labs[1].told == []


@pytest.mark.parametrize(("slow", "opens"), [(15, False), (16, True), (20, True)])
def test_calls_that_end_well_and_far_too_late(slow: int, opens: bool) -> None:
    lab = Lab()
    for number in range(20):
        lab.call("good", slow=number >= 20 - slow)
    assert lab.told == ([("open", "slow")] if opens else [])


def test_failures_long_ago_are_forgotten() -> None:
    lab = Lab()
    for _ in range(19):
        lab.call("bad")
    lab.now += 30.0
    for _ in range(19):
        lab.call("bad")
    assert lab.breaker.state == "closed"


def test_it_is_seldom_open_for_the_same_time() -> None:
    lab = Lab()
    for _ in range(200):
        lab.broken()
        lab.now += 4.0
        for _ in range(2):
            lab.call("bad")
        lab.breaker.hand("closed", lab.now)
        lab.breaker.hand("auto", lab.now)
    assert min(lab.open_for) < 4.0 * 0.78
    assert max(lab.open_for) > 4.0 * 0.97
    assert all(4.0 * OPEN_LEAST <= one <= 4.0 for one in lab.open_for)


def test_those_who_are_turned_away_do_not_come_back_together() -> None:
    lab = Lab().broken()
    told = {lab.breaker.retry_after_s(lab.now) for _ in range(100)}
    left = lab.breaker.until - lab.now
    assert len(told) == 100
    assert all(left <= one <= left + 4.0 * SPREAD for one in told)


def test_trials_that_go_well_close_it_and_the_past_is_forgotten() -> None:
    lab = Lab().broken()
    lab.now += 4.0
    assert [lab.call("good"), lab.call("bad"), lab.call("good")] == [True] * 3
    assert lab.told[1:] == [("half-open", "time"), ("closed", "trials-passed")]
    assert [lab.call("bad") for _ in range(19)] == [True] * 19
    assert lab.breaker.state == "closed"


def test_trials_that_fail_open_it_at_once() -> None:
    lab = Lab().broken()
    lab.now += 4.0
    assert [lab.call("bad") for _ in range(3)] == [True, True, False]
    assert lab.told[1:] == [("half-open", "time"), ("open", "trials-failed")]


def test_a_crowd_gets_exactly_so_many_trials() -> None:
    lab = Lab().broken()
    lab.now += 4.0
    assert sum(lab.breaker.admit(lab.now) is not None for _ in range(100)) == 3


def test_a_trial_that_taught_nothing_gives_its_place_back() -> None:
    lab = Lab().broken()
    lab.now += 4.0
    permits = [lab.admit() for _ in range(3)]
    assert lab.breaker.admit(lab.now) is None
    lab.breaker.ended(permits[0], lab.now, "nothing")
    lab.admit()
    assert lab.breaker.admit(lab.now) is None


def test_trials_that_never_end_hold_up_nobody() -> None:
    lab = Lab().broken()
    lab.now += 4.0
    for _ in range(3):
        lab.admit()
    lab.now += 3.9
    assert lab.breaker.admit(lab.now) is None
    lab.now += 0.1
    assert [lab.call("good") for _ in range(3)] == [True] * 3
    assert lab.breaker.state == "closed"


def test_an_answer_that_is_slower_than_the_open_time_closes_it_still() -> None:
    lab = Lab().broken()
    lab.now += 4.0
    first = [lab.admit() for _ in range(3)]
    lab.now += 5.0
    lab.admit()
    for permit in first:
        lab.breaker.ended(permit, lab.now, "good")
    assert lab.breaker.state == "closed"


def test_what_began_before_says_nothing_about_now() -> None:
    lab = Lab()
    late = [lab.admit() for _ in range(10)]
    lab.broken()
    lab.now += 4.0
    permit = lab.admit()
    for one in late:
        lab.breaker.ended(one, lab.now, "bad")
    assert lab.breaker.state == "half-open"
    lab.breaker.ended(permit, lab.now, "good")
    assert [lab.call("good"), lab.call("good"), lab.breaker.state] == [True, True, "closed"]


@pytest.mark.parametrize(("mode", "through"), [("open", False), ("closed", True)])
def test_a_person_holds_it(mode: Mode, through: bool) -> None:
    lab = Lab()
    lab.breaker.hand(mode, lab.now)
    for _ in range(50):
        assert lab.call("bad") is through
        lab.now += 10.0
    lab.breaker.hand("auto", lab.now)
    assert lab.told == [(mode, "by-hand"), ("closed", "automatic")]
    assert lab.call("good")


def test_whoever_is_asked_may_refuse_that_it_opens() -> None:
    asked = list[float]()
    breaker = Breaker(TERMS, random.Random(3).uniform, agrees=lambda now: bool(asked.append(now)))
    for _ in range(30):
        permit = breaker.admit(5.0)
        assert permit is not None
        breaker.ended(permit, 5.0, "bad")
    assert len(asked) == 11


class Crowd(RuleBasedStateMachine):
    """Calls that begin, end, or never end, in any order, while time passes and people meddle."""

    def __init__(self) -> None:
        super().__init__()
        self.lab = Lab(replace(TERMS, calls_min=4))
        self.out: list[Permit] = []
        self.since, self.trials = 0.0, 0

    @rule()
    def begin(self) -> None:
        before = self.lab.breaker.state
        permit = self.lab.breaker.admit(self.lab.now)
        if self.lab.breaker.state == "half-open" and before != "half-open":
            self.since, self.trials = self.lab.now, 0
        if permit is not None:
            assert permit.trial is (self.lab.breaker.state == "half-open" and self.lab.breaker.mode == "auto")
            self.trials += permit.trial
            self.out.append(permit)

    @precondition(lambda self: self.out)
    @rule(data=st.data(), health=st.sampled_from(["good", "bad", "nothing"]), slow=st.booleans())
    def end(self, data: st.DataObject, health: Health, slow: bool) -> None:
        permit = self.out.pop(data.draw(st.integers(0, len(self.out) - 1)))
        current = self.lab.breaker.state == "half-open" and permit.trial and permit.episode == self._episode()
        if current and health == "nothing":
            self.trials -= 1
        self.lab.breaker.ended(permit, self.lab.now, health, slow=slow)

    def _episode(self) -> int:
        return self.lab.breaker._permit.episode

    @rule(seconds=st.floats(0.0, 10.0))
    def wait(self, seconds: float) -> None:
        self.lab.now += seconds

    @rule(mode=st.sampled_from(["auto", "auto", "open", "closed"]))
    def meddle(self, mode: Mode) -> None:
        self.lab.breaker.hand(mode, self.lab.now)

    @invariant()
    def never_more_trials_than_it_says(self) -> None:
        if self.lab.breaker.state == "half-open" and self.lab.breaker.mode == "auto":
            rounds = 1 + int((self.lab.now - self.since) / TERMS.open_s)
            assert self.trials <= TERMS.trials * rounds

    @invariant()
    def never_stuck(self) -> None:
        """Whatever happened: left to itself and with good answers it is closed before long."""
        breaker, later = copy(self.lab.breaker), self.lab.now + 2 * TERMS.open_s
        if breaker.mode != "auto":
            return
        for _ in range(TERMS.trials):
            permit = breaker.admit(later) if breaker.state != "closed" else None
            if permit is not None:
                breaker.ended(permit, later, "good")
            later += TERMS.open_s
        assert breaker.state == "closed"


TestCrowd = Crowd.TestCase
TestCrowd.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)
