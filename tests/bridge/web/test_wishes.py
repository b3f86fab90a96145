"""The `Cache-Control` of a request, as RFC 9111 §5.2.1 has it; nonsense asks for nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.call import Wish
from bridge.web.wishes import wishes


@pytest.mark.parametrize(
    ("header", "anew", "wish"),
    [
        ("", False, None),
        ("no-cache", True, None),
        ("max-age=0", True, None),
        ("No-Cache , max-age=0", True, None),
        ("no-store", True, Wish(no_store=True)),
        ("max-age=5", False, Wish(max_age_s=5.0)),
        ('max-age="5"', False, Wish(max_age_s=5.0)),
        ("max-age=x", False, None),
        ("max-age=-1", False, None),
        ("max-age=99999999999999", False, None),
        ("min-fresh=10, max-age=60", False, Wish(max_age_s=60.0, min_fresh_s=10.0)),
        ("max-stale", False, Wish(max_stale_s=2.0**31)),
        ("max-stale=30", False, Wish(max_stale_s=30.0)),
        ("only-if-cached", False, Wish(only_if_cached=True)),
        ("no-cache, only-if-cached", True, Wish(only_if_cached=True)),
        ("max-age=5, max-age=0", False, Wish(max_age_s=5.0)),
        ('private="no-cache", no-transform', False, None),
        ("xno-cache, no-cached", False, None),
    ],
)
def test_what_is_asked_of_a_cache(header: str, anew: bool, wish: Wish | None) -> None:
    assert wishes(header) == (anew, wish)


@given(st.text(max_size=200))
def test_whatever_is_sent_is_read(header: str) -> None:
    wishes(header)
