"""What is kept is bounded, and is found by whoever may have it."""

from __future__ import annotations

from bridge.layers.http_cache.rules import Asking, Kept
from bridge.layers.http_cache.store import VARIANTS_MAX, HttpStore

PLAIN = Asking("GET", "/a", ())


def kept(size: int = 10, by: str = "", at: float = 0.0) -> Kept:
    return Kept(200, (), b"x" * size, (("accept", by),) if by else (), 0.0, 60.0, at)


def test_callers_share_nothing_by_themselves() -> None:
    store = HttpStore(100_000)
    assert store.put(("up", "/a"), "ann", kept())
    assert store.find(("up", "/a"), "ann", PLAIN)
    assert store.find(("up", "/a"), "bob", PLAIN) is None


def test_it_is_bounded_and_the_longest_unused_goes_first() -> None:
    store = HttpStore(100_000)
    for number in range(30):
        store.put(("up", f"/{number}"), "", kept(9000))
        store.find(("up", "/0"), "", PLAIN)
    assert store.used_bytes <= 100_000
    assert store.find(("up", "/0"), "", PLAIN)
    assert store.find(("up", "/1"), "", PLAIN) is None


def test_one_answer_does_not_take_it_all() -> None:
    store = HttpStore(100_000)
    assert not store.put(("up", "/a"), "", kept(13_000))


def test_variants_of_one_address_are_bounded() -> None:
    store = HttpStore(1_000_000)
    for number in range(VARIANTS_MAX + 5):
        store.put(("up", "/a"), "", kept(by=str(number), at=float(number)))
    assert store.find(("up", "/a"), "", Asking("GET", "/a", (("accept", "0"),))) is None
    assert store.find(("up", "/a"), "", Asking("GET", "/a", (("accept", str(VARIANTS_MAX)),)))


def test_what_is_no_longer_right_goes() -> None:
    store = HttpStore(100_000)
    for who in ("ann", "bob"):
        store.put(("up", "/a/1"), who, kept())
        store.put(("other", "/a/1"), who, kept())
    store.put(("up", "/a/2"), "ann", kept())
    assert store.forget(("up", "/a/1"))
    assert not store.forget(("up", "/a/1"))
    assert store.forget_all("up", "/a") == 1
    assert store.find(("other", "/a/1"), "bob", PLAIN)
