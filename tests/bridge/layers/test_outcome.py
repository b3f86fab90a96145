"""Every problem of a write says what is known of its effect: one line for each class of the error tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bridge import errors, errors_writes
from bridge.errors import CallError, Fault, Outcome
from bridge.layers.outcome import WithOutcome, outcome_of
from tests.bridge.layers.world import WRITE, Inner, World

UNKNOWN = {
    *("internal_error", "upstream_error", "upstream_cut", "upstream_invalid", "upstream_fault", "upstream_failed"),
    *("upstream_timeout", "outcome_unknown"),
}
APPLIED = {"answer_lost"}
ANSWERED = {"fault", "failed"}
NAMELESS = {errors_writes.AnsweredBefore}
TREE = {errors.__name__, errors_writes.__name__}


def tree(kind: type[CallError] = CallError) -> Iterator[type[CallError]]:
    if kind not in NAMELESS and kind.__module__ in TREE:
        yield kind
    for below in kind.__subclasses__():
        yield from tree(below)


def made(kind: type[CallError]) -> CallError:
    return Fault("no", status=422) if kind is Fault else kind()


@pytest.mark.parametrize("kind", sorted(set(tree()), key=lambda kind: kind.__name__))
def test_each_class_of_the_tree_says_it(kind: type[CallError]) -> None:
    wanted: Outcome | None = "not_sent"
    if kind.code in UNKNOWN:
        wanted = "unknown"
    elif kind.code in APPLIED:
        wanted = "applied"
    elif kind.code in ANSWERED:
        wanted = None
    assert outcome_of(made(kind)) == wanted, kind.code


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(404, None), (422, None), (500, "unknown"), (502, "unknown"), (503, "not_sent"), (504, "unknown")],
)
def test_a_fault_says_it_by_the_status_that_a_person_gave_it(status: int, outcome: Outcome | None) -> None:
    assert outcome_of(Fault("x", status=status)) == outcome


async def test_what_might_be_done_twice_is_not_called_retryable(world: World) -> None:
    for operation, retryable in ((WRITE, False), (replace(WRITE, idempotent=True), True)):
        service = WithOutcome(Inner([errors.UpstreamFault()]), operation)
        with pytest.raises(errors.UpstreamFault) as caught:
            await service(world.call(operation=operation))
        assert (caught.value.outcome, caught.value.retryable) == ("unknown", retryable)


async def test_a_good_answer_passes(world: World) -> None:
    assert (await WithOutcome(Inner([b"1"]), WRITE)(world.call(operation=WRITE))).body == b"1"
