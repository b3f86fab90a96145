"""Whatever the pieces are in which an answer comes, the same rows are cut out of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.rows import RowCutter, rows_info
from bridge.errors import ContractError, UpstreamInvalid
from bridge.shapes.model import AnyJson, Described, Field, ListOf, Record, Ref

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab"\\[]{},:', max_size=4), inner, max_size=3),
    max_leaves=8,
)


def cut(data: bytes, path: tuple[str, ...], size: int, row_max: int = 100_000) -> list[bytes]:
    cutter = RowCutter(path, row_max)
    lines = b"".join(cutter.feed(data[at : at + size]) for at in range(0, len(data), size)) + cutter.finish()
    return lines.splitlines()


@given(
    st.lists(VALUES, max_size=5),
    st.dictionaries(st.text(max_size=3), VALUES, max_size=3),
    st.integers(1, 50),
    st.booleans(),
)
def test_rows_are_those_of_the_answer(rows: list[object], around: dict[str, object], size: int, spaced: bool) -> None:
    indent = 1 if spaced else None
    found = cut(json.dumps(rows, indent=indent).encode(), (), size)
    assert [json.loads(one) for one in found] == rows
    whole = {
        **{key: one for key, one in around.items() if key != "data"},
        "data": {"items": rows},
        "end": [1, {"items": [2]}],
    }
    found = cut(json.dumps(whole, ensure_ascii=False, indent=indent).encode(), ("data", "items"), size)
    assert [json.loads(one) for one in found] == rows


def test_digits_stay() -> None:
    assert cut(b'[ {"sum" : 1.50} , 1e3, "a\\u0041" ]', (), 3) == [b'{"sum":1.50}', b"1e3", b'"aA"']


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"7",
        b'"text"',
        b"[1, 2",
        b'{"items": [1',
        b"[1,,2]",
        b"[1 2]",
        b"[1}",
        b"[1]]",
        b'["a]',
        b"[" * 200,
        b"{}",
        b"[1,]",
    ],
)
def test_what_is_no_such_answer_is_told(bad: bytes) -> None:
    with pytest.raises(UpstreamInvalid):
        cut(bad, ("items",) if bad[:1] == b"{" else (), 2)


@pytest.mark.parametrize("data", [b'["' + b"a" * 300 + b'"]', b"[" + b"1" * 300 + b"]", b"[[" + b"1," * 300 + b"1]]"])
def test_one_item_is_bounded(data: bytes) -> None:
    with pytest.raises(UpstreamInvalid):
        cut(data, (), 7, row_max=100)


def test_the_list_is_the_only_one_or_the_one_that_was_named() -> None:
    one = Record((Field("items", ListOf(Ref("O"))), Field("count", AnyJson())), open=True)
    table = {"O": AnyJson(), "All": one}
    found = rows_info(Described(Ref("All"), table), "")
    assert found is not None
    assert (found.path, found.item.shape) == (("items",), Ref("O"))
    whole = rows_info(Described(ListOf(Ref("O")), table), "")
    assert whole is not None
    assert whole.path == ()
    two = Record((*one.fields, Field("more", ListOf(AnyJson()))))
    assert rows_info(Described(two), "") is None
    named = rows_info(Described(two), "more")
    assert named is not None
    assert named.path == ("more",)
    with pytest.raises(ContractError, match="it has items, more"):
        rows_info(Described(two), "mores")
    free = rows_info(Described(AnyJson()), "data.items")
    assert free is not None
    assert free.path == ("data", "items")
