"""Again where it does no harm, with the right pauses, in time."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import ValidationError

from bridge.call import Reply, Trail
from bridge.contracts import Operation
from bridge.errors import (
    AnswerFailed,
    BreakerOpen,
    BridgeError,
    CallError,
    DoesNotFit,
    Fault,
    OutcomeUnknown,
    Overloaded,
    UpstreamCut,
    UpstreamError,
    UpstreamFault,
    UpstreamInvalid,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnauthorized,
    UpstreamUnreachable,
)
from bridge.events import CallNotRetried, CallRetried
from bridge.events_calls import RetryDenied
from bridge.layers.retry import Retried, RetrySettings
from bridge.layers.retry_budget import RetryBudget
from tests.bridge.layers.world import READ, WRITE, Inner, World, passes

IDEMPOTENT = Operation("shop", "PutOrder", idempotent=True)


def retried(world: World, inner: Inner, operation: Operation = READ, **settings: object) -> Retried:
    chosen = RetrySettings.model_validate(settings)
    return Retried(
        inner, operation, chosen, world.clock, world.events.append, world.shared.rng, RetryBudget(chosen.budget)
    )


def page(error: CallError) -> CallError:
    """The same from a gateway in between."""
    error.outcome = "unknown"
    return error


def stale(error: UpstreamError) -> UpstreamError:
    """The same on a connection that had been kept."""
    error.stale = True
    return error


@pytest.mark.parametrize("operation", [READ, IDEMPOTENT])
async def test_works_breaks_is_seen_recovers(world: World, operation: Operation) -> None:
    inner = Inner([UpstreamFault(cause="broken"), UpstreamCut(), b'"ok"'])
    reply = await retried(world, inner, operation)(world.call(operation=operation))
    assert (reply.body, reply.meta.attempts) == (b'"ok"', 3)
    told = world.heard(CallRetried)
    assert [(event.attempt, event.code, event.cause) for event in told] == [
        (2, "upstream_fault", "broken"),
        (3, "upstream_cut", ""),
    ]
    pauses = [later.at - earlier.at for earlier, later in zip(inner.asked, inner.asked[1:], strict=False)]
    assert pauses == pytest.approx([event.delay_s for event in told])


async def test_the_first_try_counts(world: World) -> None:
    inner = Inner([UpstreamFault(str(number)) for number in range(9)])
    with pytest.raises(UpstreamFault, match="4"):
        await retried(world, inner)(world.call())
    assert len(inner.asked) == 5


@pytest.mark.parametrize(
    ("outcomes", "operation", "attempts"),
    [
        ([UpstreamFault()] * 5, READ, 5),
        ([UpstreamFault(), DoesNotFit()], READ, 2),
        ([UpstreamFault()], WRITE, 1),
        ([UpstreamUnreachable(), UpstreamCut()], WRITE, 2),
        ([Fault("no", status=404)], READ, 1),
        ([AnswerFailed("no")], READ, 1),
        ([DoesNotFit()], READ, 0),
        ([Overloaded(retry_after_s=1)], READ, 0),
    ],
)
async def test_a_failure_says_how_often_it_was_tried(
    world: World, outcomes: list[CallError], operation: Operation, attempts: int
) -> None:
    inner = Inner([*outcomes])
    with pytest.raises(CallError) as caught:
        await retried(world, inner, operation)(world.call(operation=operation))
    assert caught.value.attempts == attempts


@pytest.mark.parametrize(
    ("error", "tries", "told"),
    [
        (UpstreamUnreachable(), 5, UpstreamUnreachable),
        (UpstreamFault(), 1, UpstreamFault),
        (UpstreamCut(), 1, OutcomeUnknown),
        (UpstreamTimeout(), 1, OutcomeUnknown),
        (OutcomeUnknown(), 1, OutcomeUnknown),
        (UpstreamInvalid(), 1, UpstreamInvalid),
        (UpstreamThrottled(retry_after_s=1), 1, UpstreamThrottled),
        (page(UpstreamFault()), 1, OutcomeUnknown),
        (page(UpstreamThrottled()), 1, OutcomeUnknown),
        (Fault("no", status=409), 1, Fault),
    ],
)
async def test_a_write_is_repeated_only_when_nothing_was_sent(
    world: World, error: CallError, tries: int, told: type[BridgeError]
) -> None:
    inner = Inner([error] * 9)
    with pytest.raises(told) as caught:
        await retried(world, inner, WRITE)(world.call(operation=WRITE))
    assert type(caught.value) is told
    assert len(inner.asked) == tries
    not_retried = [event.code for event in world.heard(CallNotRetried)]
    harmless = isinstance(error, Fault | UpstreamUnreachable)
    assert not_retried == ([] if harmless else [error.code])


async def test_a_write_cut_on_a_later_try_is_not_repeated(world: World) -> None:
    inner = Inner([UpstreamUnreachable(), UpstreamCut(), b"1"])
    with pytest.raises(OutcomeUnknown):
        await retried(world, inner, WRITE)(world.call(operation=WRITE))
    assert len(inner.asked) == 2


@pytest.mark.parametrize(
    "error",
    [DoesNotFit(), UpstreamUnauthorized(), UpstreamInvalid(), Overloaded(retry_after_s=1), Fault("x", status=404)],
)
async def test_what_another_try_would_not_mend(world: World, error: CallError) -> None:
    inner = Inner([error, b"1"])
    with pytest.raises(type(error)):
        await retried(world, inner)(world.call())
    assert len(inner.asked) == 1


async def test_retry_after_is_kept_to_the_letter(world: World) -> None:
    inner = Inner([UpstreamThrottled(retry_after_s=7.0), b"1"])
    await retried(world, inner, cap="1s")(world.call())
    assert inner.asked[1].at - inner.asked[0].at == pytest.approx(7.0)


async def test_a_fault_that_may_pass_is_tried_again_where_that_does_no_harm(world: World) -> None:
    closed = Fault("closed", status=503)
    closed.retryable = True
    inner = Inner([closed, b"1"])
    assert (await retried(world, inner)(world.call())).meta.attempts == 2
    inner = Inner([closed, b"1"])
    with pytest.raises(Fault):
        await retried(world, inner, WRITE)(world.call(operation=WRITE))
    assert len(inner.asked) == 1
    assert [event.code for event in world.heard(CallNotRetried)] == ["fault"]


async def test_a_busy_upstream_that_asks_for_no_pause_gets_ours(world: World) -> None:
    inner = Inner([page(UpstreamThrottled()), b"1"])
    await retried(world, inner, base="100ms")(world.call())
    assert inner.asked[1].at - inner.asked[0].at <= 0.1


async def test_retry_after_beyond_the_deadline_is_handed_on(world: World) -> None:
    inner = Inner([UpstreamThrottled(retry_after_s=31.0), b"1"])
    began = world.clock.monotonic()
    with pytest.raises(UpstreamThrottled) as caught:
        await retried(world, inner)(world.call(in_s=30.0))
    assert (caught.value.retry_after_s, world.clock.monotonic()) == (31.0, began)


async def test_no_try_begins_after_the_deadline(world: World) -> None:
    inner = Inner([UpstreamFault()] * 99, takes_s=1.0)
    call = world.call(in_s=4.0)
    with pytest.raises(UpstreamFault):
        await retried(world, inner, attempts=20)(call)
    assert 3 <= len(inner.asked) <= 4
    assert all(asked.at < call.deadline for asked in inner.asked)


async def test_pauses_are_uniform_between_zero_and_a_doubling_bound(world: World) -> None:
    drawn: list[list[float]] = [[], [], [], []]
    world.shared.rng.seed(11)
    for _ in range(2000):
        world.events.clear()
        with pytest.raises(UpstreamFault):
            await retried(world, Inner([UpstreamFault()] * 5), base="1s", cap="3s")(world.call(in_s=60.0))
        for pauses, event in zip(drawn, world.heard(CallRetried), strict=True):
            pauses.append(event.delay_s)
    for pauses, bound in zip(drawn, [1.0, 2.0, 3.0, 3.0], strict=True):
        assert _distance_from_uniform(pauses, bound) < 0.0437  # Kolmogorov-Smirnov, n = 2000, α = 0.001


async def test_an_error_of_ours_passes(world: World) -> None:
    inner = Inner([ZeroDivisionError(), b"1"])
    with pytest.raises(ZeroDivisionError):
        await retried(world, inner)(world.call())


def _distance_from_uniform(sample: list[float], bound: float) -> float:
    ordered, count = sorted(sample), len(sample)
    assert 0 <= ordered[0] <= ordered[-1] <= bound
    return max(
        max((index + 1) / count - value / bound, value / bound - index / count) for index, value in enumerate(ordered)
    )


async def test_every_try_is_noted_with_its_time_its_end_and_how_long_it_took(world: World) -> None:
    trail = Trail()
    inner = Inner([UpstreamFault(), UpstreamCut(), b'"ok"'])
    await retried(world, inner)(world.call().with_(trail=trail))
    assert [(one.number, one.code) for one in trail.attempts] == [(1, "upstream_fault"), (2, "upstream_cut"), (3, "")]
    assert [one.at for one in trail.attempts] == [
        world.clock.wall() - inner.asked[-1].at + one.at for one in inner.asked
    ]


async def test_a_try_that_is_cut_short_took_as_long_as_it_lasted(world: World) -> None:
    trail, inner = Trail(), Inner()
    task = asyncio.ensure_future(retried(world, inner)(world.call().with_(trail=trail)))
    await inner.arrival()
    await passes(2.5)
    task.cancel()
    await asyncio.wait([task])
    assert [(one.number, one.code, one.duration_s) for one in trail.attempts] == [(1, "cancelled", 2.5)]


def crowd(world: World, inner: Inner, **settings: object) -> list[asyncio.Future[Reply]]:
    service = retried(world, inner, **settings)
    return [asyncio.ensure_future(service(world.call())) for _ in range(100)]


async def test_a_crowd_that_fails_does_not_become_a_larger_crowd(world: World) -> None:
    inner = Inner([UpstreamFault()] * 120, takes_s=1.0)
    ended = await asyncio.gather(*crowd(world, inner, attempts=2), return_exceptions=True)
    assert {type(one) for one in ended} == {UpstreamFault}
    assert len(inner.asked) == 120
    assert len(world.heard(RetryDenied)) == 80


async def test_what_a_try_took_of_the_budget_is_there_again_when_it_ends_however_it_ends(world: World) -> None:
    settings = RetrySettings()
    budget = RetryBudget(settings.budget)
    inner = Inner([UpstreamFault(), ZeroDivisionError(), UpstreamFault()])
    service = Retried(inner, READ, settings, world.clock, world.events.append, world.shared.rng, budget)
    with pytest.raises(ZeroDivisionError):
        await service(world.call())
    task = asyncio.ensure_future(service(world.call()))
    await inner.arrival(4)
    assert (budget.calls, budget.tries) == (1, 1)
    task.cancel()
    await asyncio.wait([task])
    assert (budget.calls, budget.tries, budget.left) == (0, 0, 3)


async def test_a_kept_connection_that_was_closed_costs_no_pause_and_no_budget(world: World) -> None:
    inner = Inner([stale(UpstreamCut()), b"1"])
    reply = await retried(world, inner, budget={"ratio": "0%", "min": 0})(world.call())
    assert (reply.meta.attempts, inner.asked[1].at - inner.asked[0].at) == (2, 0.0)
    assert [event.delay_s for event in world.heard(CallRetried)] == [0.0]


async def test_a_second_one_is_a_failure_like_any_other(world: World) -> None:
    inner = Inner([stale(UpstreamCut()), stale(UpstreamCut()), b"1"])
    with pytest.raises(UpstreamCut):
        await retried(world, inner, budget={"ratio": "0%", "min": 0})(world.call())
    assert (len(inner.asked), len(world.heard(RetryDenied))) == (2, 1)


@pytest.mark.parametrize(("error", "tries"), [(UpstreamUnreachable(), 2), (UpstreamCut(), 1)])
async def test_a_write_on_a_closed_connection_goes_again_only_if_nothing_was_written(
    world: World, error: UpstreamError, tries: int
) -> None:
    inner = Inner([stale(error), b"1"])
    service = retried(world, inner, WRITE)
    await asyncio.gather(service(world.call(operation=WRITE)), return_exceptions=True)
    assert len(inner.asked) == tries


@pytest.mark.parametrize("refusal", [Overloaded(retry_after_s=1), BreakerOpen(retry_after_s=9)])
async def test_what_we_do_not_let_through_ourselves_does_not_hide_what_happened_before(
    world: World, refusal: CallError
) -> None:
    inner = Inner([UpstreamCut(), refusal])
    with pytest.raises(UpstreamCut) as caught:
        await retried(world, inner)(world.call())
    assert caught.value.attempts == 1


async def test_a_person_knows_better(world: World) -> None:
    inner = Inner([Fault("locked", status=422, name="OrderLocked"), UpstreamInvalid(), b"1"])
    reply = await retried(world, inner, on={"OrderLocked": True, "upstream_invalid": True})(world.call())
    assert reply.meta.attempts == 3
    with pytest.raises(UpstreamThrottled):
        await retried(world, Inner([UpstreamThrottled(cause="http_429"), b"1"]), on={429: False})(world.call())


async def test_a_write_is_not_repeated_whatever_a_person_says(world: World) -> None:
    inner = Inner([UpstreamFault(), b"1"])
    with pytest.raises(UpstreamFault):
        await retried(world, inner, WRITE, on={"upstream_fault": True})(world.call(operation=WRITE))
    assert len(inner.asked) == 1


@pytest.mark.parametrize("on", [{"outcome_unknown": True}, {"200": True}, {600: False}, {"x": "maybe"}])
def test_what_cannot_be_said(on: object) -> None:
    with pytest.raises(ValidationError):
        RetrySettings.model_validate({"on": on})


async def test_a_connection_that_did_not_come_about_in_time_is_tried_again_also_for_a_write(world: World) -> None:
    late = UpstreamTimeout(cause="timeout_connecting")
    late.outcome = "not_sent"
    inner = Inner([late, b"1"])
    assert (await retried(world, inner, WRITE)(world.call(operation=WRITE))).meta.attempts == 2
