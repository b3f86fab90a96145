"""JSON in and out: digits kept, ambiguity refused, and no input that costs more than its length."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import MalformedJson
from bridge.shapes.json import Number, dumps, loads, quote
from tests.cpu import best_s

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | TEXTS | st.integers().map(lambda one: Number(str(one))),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@settings(derandomize=True, max_examples=300)
@given(value=VALUES)
def test_values_survive(value: object) -> None:
    text = dumps(value)  # type: ignore[arg-type]  # hypothesis cannot say JsonValue
    assert loads(text.encode()) == value
    assert dumps(loads(text.encode())) == text
    json.loads(text)


@pytest.mark.parametrize("number", ["0", "-0", "1.50", "1E+05", "0.12345678901234567890", "9" * 6000, "1e999999999"])
def test_numbers_are_kept_as_written(number: str) -> None:
    value = loads(b"[" + number.encode() + b"]")
    assert dumps(value) == f"[{number}]"
    assert isinstance(value, list)
    assert type(value[0]) is Number


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b" ", b"{", b"[1,]", b"{'a':1}", b'{"a":1,}', b"[1] 2", b"nul", b'"a', b'"\n"', b'"\\x"', b'"\\ud8"'),
        *(b"-", b"01", b"1.", b".5", b"+1", b"1e", b"0x1", b"--1", b"1_0", "٣".encode(), "1٣".encode()),
        *(b"NaN", b"Infinity", b"[-Infinity]", b'{"a":1,"a":1}', b'[{"\\u0061":1,"a":2}]'),
        *(b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\xaf"'),
        *(b'"\\ud800"', b'["a","\\uDC00"]', b'[["\\ud800x"]]', b'{"\\udfff":1}', b'{"a":["\\ud800\\ud800"]}'),
    ],
)
def test_what_is_no_json_or_ambiguous_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedJson) as caught:
        loads(data)
    caught.value.detail.encode()


def test_pairs_of_surrogates_are_one_character() -> None:
    assert loads(b'["\\ud83d\\ude00","\\\\ud800"]') == ["😀", "\\ud800"]


def test_a_doubled_key_is_named() -> None:
    with pytest.raises(MalformedJson, match="'b' appears twice"):
        loads(b'[{"a":1},{"b":1,"c":2,"b":3}]')


def test_depth_is_bounded() -> None:
    assert loads(b"[" * 100 + b"]" * 100)
    for deep in (b"[" * 101 + b"]" * 101, b'{"a":' * 101 + b"1" + b"}" * 101, b"[" * 1_000_000):
        with pytest.raises(MalformedJson, match="deeper than 100"):
            loads(deep)
    assert loads(b'["' + b"[{" * 500 + b'"]')
    assert loads(b'["\\"' + b"[{" * 500 + b'",[]]')
    with pytest.raises(MalformedJson):
        loads(b"[[[[]]]]", depth_max=3)


def cost_s(data: bytes) -> float:
    """What reading it takes at best: without what other programs take, and without what other tests left behind."""

    def work() -> None:
        with suppress(MalformedJson):
            loads(data)

    return best_s(work)


@pytest.mark.parametrize(
    "hostile",
    [
        lambda size: b"[" * 100 + b"{" + b'"' + b'\\"' * size,
        lambda size: b"[" * 100 + b"{" + b'"' + b'\\"' * size + b"\\",
        lambda size: b"[" + b"[]," * size + b'"',
        lambda size: b"[" + b"9" * size * 2 + b"]",
        lambda size: b'{"' + b'":1,"'.join(b"%d" % one for one in range(size // 5)) + b'":1,"0":2}',
    ],
    ids=["quotes", "quotes and no end", "arrays", "digits", "keys"],
)
def test_hostile_input_costs_no_more_than_its_length(hostile: Callable[[int], bytes]) -> None:
    """Eight times the length, some eight times the cost; what goes back over what it has read would take 64."""
    assert cost_s(hostile(320_000)) < 32 * cost_s(hostile(40_000))


def test_quote_is_a_json_string() -> None:
    assert quote('a"\\\n\x00é') == '"a\\"\\\\\\n\\u0000é"'


def test_values_are_bounded() -> None:
    assert loads(b"[" + b"1," * 399_998 + b"1]")
    with pytest.raises(MalformedJson, match="more than 400000 values"):
        loads(b"[" + b"1," * 400_000 + b"1]")
    assert loads(b'["' + b"," * 500_000 + b'"]'), "commas in a text are no values"
    assert loads(b"[" + b"12345678," * 450_000 + b"1]"), "a large body, which somebody has allowed, may have more"
