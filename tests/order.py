"""Which files a worker takes first. The files are dealt out to the workers one by one, so a slow one that comes last is
waited for by all others."""

from __future__ import annotations

from collections.abc import MutableSequence
from pathlib import Path

import pytest

SLOW_FIRST = (
    "tests/proofs/crash/test_crash.py",
    "tests/proofs/test_schemathesis.py",
    "tests/proofs/test_cache_tests.py",
    "tests/test_package.py",
    "tests/journeys/test_docs_page.py",
    "tests/proofs/test_corpus.py",
    "tests/proofs/test_openapi.py",
    "tests/journeys/test_durable.py",
    "tests/journeys/test_workers.py",
    "tests/journeys/test_nodes.py",
    "tests/journeys/test_safe_writes.py",
    "tests/journeys/test_async.py",
    "tests/proofs/test_faults.py",
    "tests/journeys/test_limits.py",
    "tests/contract/test_worker.py",
    "tests/contract/test_key_change.py",
    "tests/contract/test_schedules_nodes.py",
    "tests/adapters/soap/test_corpus.py",
    "tests/journeys/test_foreign_java.py",
    "tests/journeys/test_foreign_java_security.py",
    "tests/journeys/test_foreign_guard.py",
    "tests/bridge/formats/xml/xsd/test_corpus.py",
    "tests/proofs/test_served.py",
    "tests/hostile/test_answers.py",
    "tests/hostile/test_requests.py",
    "tests/hostile/test_memory.py",
    "tests/journeys/test_credentials.py",
    "tests/journeys/test_files.py",
    "tests/journeys/test_foreign_addressing.py",
    "tests/adapters/soap/test_source.py",
    "tests/bridge/cli/test_draft.py",
    "tests/contract/test_store_failures.py",
    "tests/contract/test_topics.py",
    "tests/contract/test_journal.py",
    "tests/bridge/store/test_journal_size.py",
    "tests/journeys/test_bad_configuration.py",
    "tests/journeys/test_shutdown.py",
    "tests/journeys/test_upstream_down.py",
    "tests/journeys/test_rows.py",
    "tests/journeys/test_access.py",
)
"""By what they take, the slowest first (`pytest --durations=60`); what is not named here takes less."""


def slow_files_first(items: MutableSequence[pytest.Item], root: Path) -> None:
    """The named files, then all others in the order in which they came."""
    gone = [name for name in SLOW_FIRST if not (root / name).exists()]
    if gone:
        raise pytest.UsageError(f"tests/order.py names files that are not there: {gone}")
    places = {name: place for place, name in enumerate(SLOW_FIRST)}
    items[:] = sorted(items, key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))
