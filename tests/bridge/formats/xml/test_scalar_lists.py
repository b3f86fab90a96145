"""Lists and unions, both ways; what types of real schemas have of them is judged in test_scalars.py."""

from __future__ import annotations

import pytest

from bridge.formats.xml.scalar_lists import list_of, union_of
from bridge.formats.xml.scalar_numbers import Unfit
from bridge.formats.xml.scalars import atomic
from bridge.shapes.json import Number
from bridge.shapes.model import Facets, Kind


def test_lists_part_at_the_white_space_of_xml_only() -> None:
    words = list_of(atomic(Kind.STRING, Facets()), Facets())
    assert words.to_json("a\u00a0b  c\n") == '["a\u00a0b","c"]'
    assert words.to_json(" \n") == "[]"
    with pytest.raises(Unfit):
        words.to_text(["a b"])
    with pytest.raises(Unfit):
        words.to_text([""])


def test_facets_of_a_list_count_items_and_judge_the_whole() -> None:
    some = list_of(atomic(Kind.INTEGER, Facets()), Facets(max_length=2, enumeration=("1 2", "3")))
    assert some.to_text([Number("1"), Number("2")]) == "1 2"
    for bad in (["1"], ["1", "2", "3"]):
        with pytest.raises(Unfit):
            some.to_text([Number(one) for one in bad])


def test_a_union_takes_the_first_member_that_accepts() -> None:
    either = union_of([atomic(Kind.INTEGER, Facets()), atomic(Kind.STRING, Facets(max_length=3))], Facets())
    assert either.to_text(Number("5")) == "5"
    assert either.to_text("abc") == "abc"
    assert either.to_json("5") == "5"
    assert either.to_json("x") == '"x"'
    with pytest.raises(Unfit):
        either.to_text("abcd")


def test_a_list_of_odd_items_is_read_where_each_means_one_value() -> None:
    some = list_of(atomic(Kind.BOOLEAN, Facets()), Facets())
    assert some.odd is not None
    assert some.odd("true FALSE") == "[true,false]"
    with pytest.raises(Unfit):
        some.odd("true maybe")


def test_of_no_member_a_union_reads_the_text() -> None:
    either = union_of([atomic(Kind.INTEGER, Facets()), atomic(Kind.BOOLEAN, Facets())], Facets())
    assert either.to_json("x") == '"x"'
    with pytest.raises(Unfit, match="none of the allowed kinds"):
        either.to_text("x")
