"""Header fields that a cache reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.layers.http_cache.fields import Directives, age, end_to_end, http_date, vary


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("max-age=60", 60.0),
        ("MAX-AGE=60", 60.0),
        ('max-age="60"', 60.0),
        ("max-age='60'", 0.0),
        ("max-age=-1", 0.0),
        ("max-age=6.5", 0.0),
        ("max-age", 0.0),
        ("max-age=", 0.0),
        ("max-age=003600", 3600.0),
        ("max-age=99999999999999999999", float(2**31)),
        ("max-age=60, max-age=1", 60.0),
        ('ext="max-age=100, a", max-age=1', 1.0),
        ('max-age=1, ext="max-age=100"', 1.0),
        ('ext="max-age=100"', None),
        ("max-age=60; s=1", 0.0),
        ("", None),
    ],
)
def test_seconds_of_a_directive(line: str, seconds: float | None) -> None:
    assert Directives([line]).seconds("max-age") == seconds


def test_a_malformed_directive_forbids_and_never_allows() -> None:
    control = Directives(["no-store; x, public; y"])
    assert "no-store" in control
    assert "public" not in control


@given(st.lists(st.text(st.characters(max_codepoint=126, min_codepoint=9), max_size=40), max_size=4))
def test_any_text_is_read_to_its_end(lines: list[str]) -> None:
    Directives(lines).seconds("max-age")


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [([], 0.0), (["7"], 7.0), (["7, 0"], 7.0), (["7", "0"], 7.0), (["-1"], 0.0), (["7;a=1"], 0.0), (["old, 7"], 0.0)],
)
def test_of_several_ages_the_first_counts_and_what_is_none_says_nothing(lines: list[str], seconds: float) -> None:
    assert age(lines) == seconds


@pytest.mark.parametrize(
    ("lines", "names"),
    [([], ()), (["A, b", "a"], ("a", "b")), (["*"], None), (["foo, *"], None), (["", "*"], None), ([", a ,"], ("a",))],
)
def test_what_an_answer_varies_by(lines: list[str], names: tuple[str, ...] | None) -> None:
    assert vary(lines) == names


@pytest.mark.parametrize(
    "text",
    [
        *("0", "-1", "tomorrow", ""),
        "Thu, 32 Jan 2020 00:00:00 GMT",
        "Thu, 18 Aug 2050 2:01:18 GMT",
        "Thu, 18 Aug 50 02:01:18 GMT",
        "Thu 18 Aug 2050 02:01:18 GMT",
        "Thu,  18 Aug 2050 02:01:18 GMT",
        "Thu, 18 Aug 2050 02:01:18 UTC",
        "thu, 18 Aug 2050 02:01:18 GMT",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert http_date(text) is None


@pytest.mark.parametrize(
    "text", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_a_date_has_three_forms(text: str) -> None:
    assert http_date(text) == 784111777.0


def test_what_speaks_of_the_connection_does_not_go_on() -> None:
    given_fields = (("Connection", "close, X-A"), ("x-a", "1"), ("TE", "trailers"), ("X-B", "2"))
    assert end_to_end(given_fields) == (("X-B", "2"),)
