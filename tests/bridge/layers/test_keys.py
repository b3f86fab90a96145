"""Two spellings of one question have one key; two questions never do."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.call import Call, Principal
from bridge.errors import MalformedJson
from bridge.layers.keys import Keys, canonical, canonical_number
from bridge.shapes.json import Number, loads
from tests.bridge.layers.world import TRACE

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False).map(str) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def call(args: Any, who: str | None = None, **headers: str) -> Call:
    return Call("shop.Get", args, 0.0, TRACE, Principal(who) if who else None, headers=headers)


@given(values)
def test_spelling_does_not_matter(value: object) -> None:
    spread = json.dumps(value, indent=3, ensure_ascii=True).encode()
    dense = json.dumps(_reversed(value), separators=(",", ":"), ensure_ascii=False)
    try:
        dense_bytes = dense.encode()
    except UnicodeEncodeError:
        return  # a lone surrogate is refused before it comes here
    keys = Keys()
    assert keys.of(call(spread), public=True) == keys.of(call(dense_bytes), public=True)
    assert keys.of(call(loads(spread)), public=True) == keys.of(call(spread), public=True)


@given(values, values)
def test_canonical_texts_are_as_different_as_the_values(one: object, other: object) -> None:
    try:
        first, second = (loads(json.dumps(value, ensure_ascii=False).encode()) for value in (one, other))
    except (UnicodeEncodeError, MalformedJson):
        return
    assert (canonical(first) == canonical(second)) == _same(one, other)


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(0, 9))
def test_numbers_are_keyed_by_value(number: Decimal, zeros: int) -> None:
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    longer = f"{'-' if sign else ''}{''.join(map(str, digits))}{'0' * zeros}e{exponent - zeros}"
    assert canonical_number(longer) == canonical_number(f"{number:f}" if abs(exponent) < 400 else str(number))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1.0000000000000000000000000000000000001"),
        ("12345678901234567890123456789012345678901", "12345678901234567890123456789012345678902"),
        ("0", "-0"),
        ("1e5", "1e50"),
        ("1e9999999999999999999", "1e9999999999999999998"),
    ],
)
def test_different_numbers_never_meet(one: str, other: str) -> None:
    assert canonical(Number(one)) != canonical(Number(other))


def test_a_number_is_no_string() -> None:
    assert canonical(Number("1")) != canonical("1")


def test_who_asks_matters_unless_public() -> None:
    keys = Keys()
    assert keys.of(call(b"{}", "a"), public=False) != keys.of(call(b"{}", "b"), public=False)
    assert keys.of(call(b"{}"), public=False) != keys.of(call(b"{}", "b"), public=False)
    assert keys.of(call(b"{}", "a"), public=True) == keys.of(call(b"{}", "b"), public=True)


def test_forwarded_headers_are_part_of_the_question_even_if_public() -> None:
    keys = Keys()
    assert keys.of(call(b"{}", lang="de"), public=True) != keys.of(call(b"{}", lang="en"), public=True)
    assert keys.of(call(b"{}", Lang="de"), public=True) == keys.of(call(b"{}", lang="de"), public=True)


def test_no_body_is_no_arguments() -> None:
    assert Keys().of(call(b""), public=True) == Keys().of(call(b"{}"), public=True)


def test_broken_json_is_told() -> None:
    with pytest.raises(MalformedJson):
        Keys().of(call(b'{"a":'), public=True)


def _reversed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def _same(one: object, other: object) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
