"""Patterns of XML Schema mean the same in Python, in the linear walk, and in the engines that read JSON Schema."""

from __future__ import annotations

import re

import jsonschema_rs
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bridge.shapes.pattern_linear import Walk, is_tame
from bridge.shapes.pattern_syntax import BadPattern, parse
from bridge.shapes.patterns import compile_xsd, ecma, example_for, fits, is_usable, matcher

# pattern, texts that match, texts that do not
CASES = [
    (r"[A-Z]{3}", ["ABC"], ["AB", "ABCD", "abc", "ABC\n", ""]),
    (r"a|bc|", ["a", "bc", ""], ["b", "abc"]),
    (r"\d{2}", ["12", "٣٤"], ["1", "x2"]),
    (r"\i\c*", ["_a-b.c", "é·"], ["-a", "1", ""]),
    (r"[\i-[:]][\c-[:]]*", ["abc"], ["a:b", ":a"]),
    (r"[a-z-[aeiou]]+", ["xyz"], ["xay"]),
    (r"[^a-z-[0-9]]", ["A", "-"], ["a", "5"]),
    (r"\p{Lu}\p{Ll}*", ["Éa", "A"], ["a", "A1"]),
    (r"\P{L}", ["1"], ["a"]),
    (r"\p{IsBasicLatin}*", ["abc~"], ["é"]),
    (r"\p{IsGreek}", ["α"], ["a"]),
    (r"\w+", ["Müller", "a1+"], ["a b", "a-b"]),
    (r"\S\s", ["a\t"], ["aa"]),
    (r".", ["a", "\u2028", "\U0001f600"], ["\n", "\r"]),
    (r"^a$", ["^a$"], ["a"]),
    (r"[-a]b", ["-b", "ab"], ["b"]),
    (r"[a-]", ["-", "a"], ["b"]),
    (r"[a\-z]", ["-"], ["b"]),
    (r"(a+)+b", ["aab"], ["aac"]),
    (r"(\d+\.)*\d+", ["1.2.3", "12"], ["1.", "."]),
    (r"((\d+|\*)\.)*(\d+|\*|\+)", ["1.*.+", "*"], ["+.1"]),
    (r"\-?P(\d*D)?(T(\d*H)?(\d*M)?(\d*(\.\d*)?S)?)?", ["P1DT2H", "-P"], ["1D"]),
    (r"[\n-\r]", ["\n"], ["a"]),
    (r"[a-zA-Z 0-9_.\-äöüÄÖÜß]*", ["Größe 1"], ["é", "a,"]),
    (r"(?:ab){2,}", ["abab", "ababab"], ["ab"]),
    ("[\U0001f600-\U0001f610]", ["\U0001f605"], ["\U0001f5ff"]),
    (r"", [""], ["a"]),
]
PATTERNS = [case[0] for case in CASES]


@pytest.mark.parametrize(("pattern", "good", "bad"), CASES, ids=repr)
def test_meaning(pattern: str, good: list[str], bad: list[str]) -> None:
    walk = Walk(parse(pattern))
    for text in good:
        assert (fits(pattern, text), bool(compile_xsd(pattern).search(text)), walk.fits(text)) == (True,) * 3, text
    for text in bad:
        assert (fits(pattern, text), bool(compile_xsd(pattern).search(text)), walk.fits(text)) == (False,) * 3, text


@pytest.mark.parametrize(("pattern", "good", "bad"), CASES, ids=repr)
def test_json_schema_says_the_same(pattern: str, good: list[str], bad: list[str]) -> None:
    source = ecma(pattern)
    assert source is not None
    validator = jsonschema_rs.Draft202012Validator({"pattern": source})
    for text in good:
        if "٣" not in text:  # our own narrowing: \d is written [0-9]
            assert validator.is_valid(text), (source, text)
            assert re.compile(source).search(text), "Python reads it alike"
    for text in bad:
        assert not validator.is_valid(text), (source, text)


@given(pattern=st.sampled_from(PATTERNS), text=st.text(max_size=12))
@example(pattern=".", text="\x00")
def test_all_three_agree_on_any_text(pattern: str, text: str) -> None:
    answers = {Walk(parse(pattern)).fits(text), compile_xsd(pattern).search(text) is not None, matcher(pattern)(text)}
    assert len(answers) == 1


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        ")",
        "a)",
        "[a",
        "*a",
        "a**",
        "a{2,1}",
        "a{x}",
        "a{999999}",
        "\\",
        "\\q",
        "\\p{Zzz}",
        "\\p{IsNone}",
        "[z-a]",
        "[a-\\d]x[",
        "(" * 99 + ")" * 99,
    ],
)
def test_what_is_no_pattern_is_refused_and_left_out(pattern: str) -> None:
    with pytest.raises(BadPattern):
        matcher(pattern)
    assert not is_usable(pattern)
    assert ecma(pattern) is None


def test_xml_cannot_carry_control_characters_so_no_schema_lets_them_in() -> None:
    source = ecma("[^;]*")
    assert source is not None
    validator = jsonschema_rs.Draft202012Validator({"pattern": source})
    assert validator.is_valid("a\tb\U0001f600")
    assert not any(validator.is_valid(text) for text in ("\x00", "\x0b", "\ufffe", ";"))


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(a|a)*b", "(a*)*b", ".*.*.*.*.*b", "(a{1,30}){1,30}b", "(a?){30}a{30}b"]
)
def test_a_hostile_pattern_costs_linear_time(pattern: str) -> None:
    assert not is_tame(parse(pattern))
    assert not fits(pattern, "a" * 3000)


@pytest.mark.parametrize("pattern", ["[A-Z]{3}", r"\d+(\.\d{1,2})?", "[a-z]+@[a-z]+", "a|b|c", ".{0,4000}"])
def test_usual_patterns_use_the_fast_engine(pattern: str) -> None:
    assert is_tame(parse(pattern))


@pytest.mark.parametrize("pattern", [".{0,4000}", r"\c{1,255}", r"[\w\s]{0,30}", r"\w{2,}", "[a-zA-Z0-9]{1,5000}"])
def test_large_counts_stay_compilable(pattern: str) -> None:
    source = ecma(pattern)
    assert source is not None
    assert jsonschema_rs.Draft202012Validator({"pattern": source}).is_valid("abc")


def test_what_is_too_heavy_for_other_engines_is_left_out() -> None:
    assert ecma(r"\w{1,4000}") is None
    assert ecma(r"(.{0,4000}){9}") is None


@given(pattern=st.sampled_from(PATTERNS), seed=st.integers(0, 2**31), low=st.integers(0, 4))
def test_examples_match(pattern: str, seed: int, low: int) -> None:
    text = example_for([pattern], low, low + 8, seed=seed)
    assume(text is not None)
    assert text is not None
    assert fits(pattern, text)
    assert low <= len(text) <= low + 8
    assert example_for([pattern], low, low + 8, seed=seed) == text


@pytest.mark.parametrize("pattern", [pattern for pattern, good, _ in CASES if good])
def test_every_pattern_has_an_example(pattern: str) -> None:
    assert example_for([pattern]) is not None


def test_examples_obey_all_patterns_and_lengths() -> None:
    assert example_for(["[A-Z]*", r"\c*", "[X-Z]{2,}"], 4, 4, seed=3) in {
        a + b + c + d for a in "XYZ" for b in "XYZ" for c in "XYZ" for d in "XYZ"
    }
    assert example_for(["[A-Z]+", "[0-9]+"]) is None
    assert example_for(["[A-Z]{3}"], 5) is None
    assert example_for(["("], 0) is None
    assert len({example_for(["[A-Z]{6}"], seed=seed) for seed in range(20)}) > 10
