"""Names that stand at several places: what is lossless as properties stays so, the rest is an array in order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree

from bridge.formats.xml.interleaving import spans, told_apart
from bridge.formats.xml.plan import Alt, Leaf, Seq, Slot
from tests.bridge.formats.xml.particles import Message, content

A, B, C, D = (Slot("element", key=key, name=key) for key in "abcd")


def test_an_array_with_one_order_is_told() -> None:
    assert told_apart([Leaf(A), Leaf(B), Leaf(A)])
    assert told_apart([Leaf(A, 0, None), Leaf(B), Leaf(A, 2, 2)])
    assert told_apart([Alt([Seq([Leaf(A), Leaf(B)]), Seq([Leaf(C), Leaf(A)])])])


def test_what_looks_the_same_in_two_orders_is_not_told() -> None:
    either = [Leaf(A), Leaf(B)]
    assert not told_apart([Alt(either), Alt(either, required=False)])
    assert not told_apart([Leaf(A, 0), Leaf(B, 0), Leaf(A, 0)])
    assert not told_apart([Alt([Seq([Leaf(A), Leaf(B)]), Seq([Leaf(B), Leaf(A)])])])


def test_a_schema_that_would_take_what_cannot_be_written_is_not_told() -> None:
    """`{"a": [1]}` would be right by `required` alone."""
    assert not told_apart([Alt([Seq([Leaf(A), Leaf(B)]), Seq([Leaf(A), Leaf(A)])])])


def test_ways_that_meet_only_where_much_must_be_there_are_found() -> None:
    often = [Leaf(A), Leaf(C), Leaf(A, 4, 4), Leaf(C), Leaf(A, 2, 2)]
    assert told_apart([Leaf(B, 1, None), *often])
    assert not told_apart([Leaf(B, 1, None), *often, Leaf(B, 0)])


def test_ways_that_meet_early_are_found_where_there_are_many() -> None:
    often = [Leaf(C, 1, None), Leaf(D, 0, None), Leaf(B), Leaf(A, 1, None)]
    assert not told_apart([*often, Seq([Leaf(C), Leaf(C, 0, 2), Leaf(D), Leaf(A, 2, None)], optional=True)])


def test_what_is_too_much_to_try_stays_as_it_is() -> None:
    many = [Leaf(Slot("element", key=f"k{number}"), 0) for number in range(9)]
    assert told_apart([*many, *many])
    assert not told_apart([*many[:3], *many[:3]])


def test_spans_are_as_short_as_can_be() -> None:
    assert list(spans([Leaf(C), Leaf(A), Leaf(B), Leaf(A)])) == [(0, 0), (1, 3)]
    assert list(spans([Leaf(A), Leaf(A), Leaf(B)])) == [(0, 1), (2, 2)]
    assert list(spans([])) == []


def messages(seeds: range) -> Iterator[tuple[str, Message]]:
    for seed in seeds:
        body = content(seed)
        try:
            yield body, Message(body)
        except etree.XMLSchemaParseError:
            continue  # XML Schema wants that each element has one place (part 1, §3.8.6)


def lossy(seeds: range) -> tuple[list[str], int, int]:
    """What is lost, of how many, and how many of them have an array for what properties could not tell."""
    lost, tried, arrays = [], 0, 0
    for body, message in messages(seeds):
        lost += [f"{body}: {problem}" for problem in message.problems()[:1]]
        tried += 1
        arrays += "Items(" in repr(message.described.table)
    return lost, tried, arrays


def test_random_contents_are_lossless() -> None:
    lost, tried, arrays = lossy(range(600))
    assert lost == []
    assert (tried > 150, arrays > 10) == (True, True)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_many_random_contents_are_lossless() -> None:
    assert lossy(range(600, 30_600))[0] == []
