"""The content model against libxml2: for random groups and random orders both say the same."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.formats.xml.content import ContentModel, TooLarge, may_be_empty
from bridge.formats.xml.layout import XSD, Element, Group, Particle, Wildcard
from tests.cpu import costs_at_most

NAMES = ["a", "b", "c"]
BOUNDS = st.sampled_from([(0, 1), (1, 1), (0, None), (1, None), (2, 3), (0, 2)])


def bounded(name: str, bounds: tuple[int, int | None]) -> Element:
    return Element(name, "", min=bounds[0], max=bounds[1])


def grouped(kind: str, items: list[Particle], bounds: tuple[int, int | None]) -> Group:
    return Group(kind, tuple(items), min=bounds[0], max=bounds[1])


ELEMENTS = st.builds(bounded, st.sampled_from(NAMES), BOUNDS)
KINDS = st.sampled_from(["sequence", "choice"])
GROUPS = st.recursive(
    ELEMENTS, lambda inner: st.builds(grouped, KINDS, st.lists(inner, min_size=1, max_size=3), BOUNDS), max_leaves=5
)


def xsd(particle: Particle) -> str:
    occurs = f'minOccurs="{particle.min}" maxOccurs="{"unbounded" if particle.max is None else particle.max}"'
    if isinstance(particle, Element):
        return f'<xs:element name="{particle.name}" {occurs}/>'
    assert isinstance(particle, Group)
    return f"<xs:{particle.kind} {occurs}>{''.join(map(xsd, particle.items))}</xs:{particle.kind}>"


@settings(derandomize=True, max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(group=GROUPS, orders=st.lists(st.lists(st.sampled_from(NAMES), max_size=6), min_size=5, max_size=12))
def test_libxml2_says_the_same(group: Particle, orders: list[list[str]]) -> None:
    whole = Group("sequence", (group,))
    try:
        judge = etree.XMLSchema(
            etree.fromstring(
                f'<xs:schema xmlns:xs="{XSD}"><xs:element name="r"><xs:complexType>{xsd(whole)}</xs:complexType>'
                "</xs:element></xs:schema>"
            )
        )
    except etree.XMLSchemaParseError:
        assume(False)  # ambiguous (unique particle attribution)
    model = ContentModel(whole)
    for names in [[], *orders]:
        element = etree.fromstring(f"<r>{''.join(f'<{name}/>' for name in names)}</r>")
        assert (model.wrong(names) is None) == judge.validate(element), (xsd(whole), names)
    assert may_be_empty(whole) == judge.validate(etree.fromstring("<r/>"))


def test_it_says_where_and_what_could_stand_there() -> None:
    model = ContentModel(Group("sequence", (Element("a", ""), Element("b", "", min=0), Wildcard()), max=None))
    assert model.wrong(["a", "@any", "a", "b", "@any"]) is None
    assert model.wrong(["a", "a"]) == (1, ("b", "@any"))
    assert model.wrong(["a", "b"]) == (2, ("@any",))
    assert model.wrong([]) == (0, ("a",))


def test_a_free_choice_takes_any_order_but_not_nothing() -> None:
    choice = Group("choice", (Element("a", ""), Element("b", "")), max=None)
    assert ContentModel(choice).wrong(["b", "a", "b"]) is None
    assert ContentModel(choice).wrong([]) == (0, ())
    assert ContentModel(Group("choice", choice.items, min=0, max=None)).wrong([]) is None


def test_all_is_left_to_itself() -> None:
    model = ContentModel(Group("all", (Element("a", ""), Element("b", "", min=0))))
    assert model.wrong(["b", "a"]) is None


def test_what_is_too_large_is_not_built() -> None:
    inner = Group("sequence", (Element("a", "", max=40), Element("b", "", max=40)), max=40)
    with pytest.raises(TooLarge):
        ContentModel(Group("sequence", (inner,), max=40))


def test_large_counts_are_loose_and_long_orders_cheap() -> None:
    model = ContentModel(Group("sequence", (Element("a", ""), Element("b", "", max=100_000)), max=None))
    with costs_at_most(3):
        assert model.wrong(["a", *["b"] * 200_000]) is None


@settings(max_examples=200, deadline=None, derandomize=True)
@given(GROUPS)
def test_the_orders_that_are_shown_are_right(particle: Particle) -> None:
    assume(isinstance(particle, Group))
    assert isinstance(particle, Group)
    model = ContentModel(particle)
    assume(not model.any_order)
    ways = model.ways()
    assert [way for way in ways if model.wrong(way) is not None] == []
    assert ways or may_be_empty(particle)
