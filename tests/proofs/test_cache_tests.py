"""The public tests for HTTP caches, those of the registry's version, through a bridge that is served."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.proofs.cache_tests import run, score
from tests.servers.cache_tests import prepare

BEFORE_RFC_9111 = (
    # RFC 9111 §5.1: the first of several counts, and what is no number is ignored. The newer suite agrees.
    *("age-parse-nonnumeric", "age-parse-negative", "age-parse-float", "age-parse-prefix-twoline"),
    *("age-parse-dup-0", "age-parse-dup-0-twoline", "age-parse-dup-old", "age-parse-parameter"),
    "age-parse-numeric-parameter",
)
OURS_HAS_NO_NUMBER = (
    # A 502 of our own is taken for a kept answer, for it does not have the origin's number of the request.
    *("stale-close-must-revalidate", "stale-close-proxy-revalidate"),
    *("stale-close-no-cache", "stale-close-s-maxage=2"),
)
MORE_THAN_ANNOUNCED = (
    # The origin sends more bytes than it announces: 502, for whose are the others?
    *("headers-store-Content-Length", "304-etag-update-response-Content-Length"),
)
KNOWN = frozenset({*BEFORE_RFC_9111, *OURS_HAS_NO_NUMBER, *MORE_THAN_ANNOUNCED})
OPTIMAL_MIN = 60


async def test_what_is_required_of_a_cache(tmp_path: Path) -> None:
    suite = await asyncio.to_thread(prepare)
    found = await run(suite, tmp_path)
    print(f"{found.total.total()} tests, {found.passed('required')} of {found.total['required']} required ones passed")
    assert {name: why for name, why in found.failed["required"].items() if name not in KNOWN} == {}
    assert found.passed("optimal") >= OPTIMAL_MIN


@pytest.mark.long
async def test_a_bridge_without_the_cache_is_seen(tmp_path: Path) -> None:
    suite = await asyncio.to_thread(prepare)
    assert (await run(suite, tmp_path, planted=True)).passed("required") < 110


def test_what_was_not_run_has_not_passed() -> None:
    found = score({"a": "required", "b": "required", "c": "check"}, {"a": True, "c": ["Assertion", "no"]})
    assert (found.passed("required"), found.failed["required"], found.failed["check"]) == (
        1,
        {"b": "was not run"},
        {"c": "no"},
    )
