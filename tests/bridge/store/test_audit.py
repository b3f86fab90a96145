"""What of the audit log is plain; what it promises on each store is in tests/contract/test_audit.py."""

from __future__ import annotations

import pytest

from bridge.store.audit import TEXT_MAX, digest, plain


@pytest.mark.parametrize(
    ("given", "kept"),
    [("ada", "ada"), ("a\0b", "ab"), ("a\ud800", "a?"), ("x" * (TEXT_MAX + 1), "x" * TEXT_MAX), ("Zoë", "Zoë")],
)
def test_a_text_is_kept_as_both_databases_can(given: str, kept: str) -> None:
    assert plain(given) == kept


def test_a_digest_tells_contents_apart_and_nothing_of_them() -> None:
    assert digest(b"a") != digest(b"b")
    assert digest(b"a") == digest(b"a")
    assert len(digest(b"a" * 10_000)) == 64
