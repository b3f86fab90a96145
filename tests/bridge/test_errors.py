"""The tree of errors: every one that a client can meet has a code, a title, a status and honest promises."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge import errors, errors_writes
from bridge.errors import BridgeError, CallError, ConfigError, DoesNotFit, MissingDocuments, Place, Violation


def family(root: type[CallError]) -> Iterator[type[CallError]]:
    yield root
    for child in root.__subclasses__():
        yield from family(child)


TREE = {errors.__name__, errors_writes.__name__}
ALL = [one for one in family(CallError) if one.__module__ in TREE]


def test_codes_are_unique() -> None:
    codes = [one.code for one in ALL]
    assert len(codes) == len(set(codes)) >= 25


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_each_says_what_a_client_needs(kind: type[CallError]) -> None:
    assert kind.__doc__
    assert kind.title
    assert not kind.title.endswith(".")
    assert kind.code.replace("_", "").isalpha()
    if kind is not errors.Fault:
        assert 400 <= kind.status < 600
        assert kind().detail == kind.title


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_what_may_be_tried_again_was_not_done(kind: type[CallError]) -> None:
    if kind.retryable and kind.status in {429, 503}:
        assert kind.outcome == "not_sent"
    if kind.status in {400, 401, 403, 404, 405, 413, 415, 422} and kind is not errors.Fault:
        assert not kind.retryable
    assert not errors.OutcomeUnknown.retryable


def test_details_and_violations_are_carried() -> None:
    error = DoesNotFit(
        errors=[Violation("/a", "is required")], retry_after_s=1.5, headers=[("Allow", "GET")], cause="x"
    )
    assert error.errors == (Violation("/a", "is required"),)
    assert (error.retry_after_s, error.headers, error.cause) == (1.5, (("Allow", "GET"),), "x")
    assert isinstance(error, BridgeError)
    assert str(error) == error.detail == DoesNotFit.title
    assert errors.Fault("no", status=409, name="Exists").status == 409


def test_errors_of_operators_show_every_place() -> None:
    error = ConfigError([Place("a.yaml", 3, 5, "unknown key", "did you mean b?"), Place("a.yaml", 9, 1, "bad")])
    assert str(error) == "a.yaml:3:5: unknown key (did you mean b?)\na.yaml:9:1: bad"
    missing = MissingDocuments([("http://x/a.xsd", "refused")])
    assert missing.detail.splitlines() == [
        "A document could not be had. Give a local copy of each with its line (PATH is yours to fill in):",
        "refused:",
        "  --resolve http://x/a.xsd=PATH",
    ]


def test_sixty_missing_documents_stand_there_once_each_below_their_reason() -> None:
    missing = [(f"http://x/{number}.xsd", "gone" if number % 2 else "refused") for number in range(60)]
    first, *lines = MissingDocuments(missing).detail.splitlines()
    assert first.startswith("60 documents could not be had.")
    assert [line for line in lines if not line.startswith("  --resolve ")] == ["refused:", "gone:"]
    assert len(lines) == 62
