"""The Layout as a whole: plain data, and no schema, however odd, does more than name its problems."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import ContractError
from bridge.formats.xml.layout import Element, Group, Layout, SimpleType
from bridge.formats.xml.xsd import read_schemas
from tests.bridge.formats.xml.xsd.schemas import complex_type, leaves, names, read, t, xs

ORDER = """
<xs:element name="Order" type="t:Order"/>
<xs:complexType name="Order"><xs:sequence>
  <xs:element name="no" type="t:No"/>
  <xs:element name="line" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
    <xs:element name="sku" type="xs:token"/><xs:element name="sub" type="t:Order" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:sequence><xs:attribute name="state" type="t:State"/></xs:complexType>
<xs:simpleType name="No"><xs:restriction base="xs:int"><xs:minInclusive value="1"/></xs:restriction></xs:simpleType>
<xs:simpleType name="State"><xs:union memberTypes="xs:NMTOKENS t:No"/></xs:simpleType>"""


def test_nothing_gives_nothing():
    assert read_schemas([], lambda *_: None) == Layout({}, {})


def test_a_layout_survives_being_stored():
    layout = read(ORDER)
    assert not layout.problems
    assert msgspec.json.decode(msgspec.json.encode(layout), type=Layout) == layout


def test_every_type_that_is_named_is_there():
    layout = read(ORDER)
    assert closed(layout)
    assert names(layout, t("Order/line")) == ["sku", "sub"]
    assert {xs("int"), xs("token"), xs("NMTOKENS"), xs("NMTOKEN")} <= layout.types.keys()


def closed(layout: Layout) -> bool:
    """Whether all keys lead somewhere."""
    used = {one.type for one in (*layout.elements.values(), *layout.attributes.values())}
    for found in layout.types.values():
        if isinstance(found, SimpleType):
            used |= {found.item, found.base, *found.members}
        else:
            used |= {found.text, found.base, *(one.type for one in found.attributes)}
            used |= {one.type for one in leaves(found.content) if isinstance(one, Element)}
    used |= {key for head, keys in layout.derived.items() for key in (head, *keys)}
    elements = {name for head, names in layout.substitutes.items() for name in (head, *names)}
    return used - {""} <= layout.types.keys() and elements <= layout.elements.keys()


def test_elements_come_in_document_order():
    layout = read("".join(f'<xs:element name="{name}" type="xs:int"/>' for name in "zebra"))
    assert list(layout.elements) == [t(name) for name in "zebra"]


def test_long_chains_of_types_cost_no_stack():
    count = 20_000
    text = "".join(
        f'<xs:complexType name="T{n}"><xs:sequence><xs:element name="next" type="t:T{n + 1}"/></xs:sequence>'
        "</xs:complexType>"
        for n in range(count)
    )
    layout = read(text + f'<xs:complexType name="T{count}"/>')
    assert not layout.problems
    assert len(layout.types) == count + 1
    text += f'<xs:complexType name="T{count}"><xs:sequence><xs:group ref="t:No"/></xs:sequence></xs:complexType>'
    assert set(read(text).problems) == {t(f"T{n}") for n in range(count + 1)}


def test_a_base_that_grows_with_each_step_is_stopped():
    elements = "".join(f'<xs:element name="e{n}" type="xs:int"/>' for n in range(2_000))
    text = f'<xs:complexType name="T0"><xs:sequence>{elements}</xs:sequence></xs:complexType>'
    for n in range(1, 90):
        text += (
            f'<xs:complexType name="T{n}"><xs:complexContent><xs:extension base="t:T{n - 1}"><xs:sequence>{elements}'
            "</xs:sequence></xs:extension></xs:complexContent></xs:complexType>"
        )
    with pytest.raises(ContractError, match="more than"):
        read(text)


def test_repeated_extension_of_a_group_keeps_its_occurrences():
    layout = read(
        '<xs:complexType name="A"><xs:sequence maxOccurs="2"><xs:element name="a" type="xs:int"/></xs:sequence>'
        '</xs:complexType><xs:complexType name="B"><xs:complexContent><xs:extension base="t:A"><xs:sequence>'
        '<xs:element name="b" type="xs:int"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>'
    )
    content = complex_type(layout, t("B")).content
    assert content is not None
    first = content.items[0]
    assert isinstance(first, Group)
    assert (first.max, content.max) == (2, 1)


NAMES = st.sampled_from(["t:a", "t:b", "t:c", "xs:int", "xs:IDREFS", "xs:anyType", "no:x", "t:no", "a", ""])
LOCALS = st.sampled_from(["a", "b", "c", ""])


def tag(sort: str, inside: st.SearchStrategy[str], /, **attributes: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def written(said: dict[str, str], body: str) -> str:
        pairs = " ".join(f'{key}="{value}"' for key, value in said.items())
        return f"<xs:{sort} {pairs}>{body}</xs:{sort}>"

    return st.builds(written, st.fixed_dictionaries({}, optional=attributes), inside)


def some(*inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.one_of(*inside), max_size=3).map("".join)


COUNTS = st.sampled_from(["0", "1", "unbounded", "x"])
LEAVES = st.one_of(
    tag("any", st.just(""), namespace=st.sampled_from(["", "##other", "##local x"]), maxOccurs=COUNTS),
    tag("attribute", st.just(""), name=LOCALS, ref=NAMES, type=NAMES, use=st.sampled_from(["required", "prohibited"])),
    tag("group", st.just(""), ref=NAMES, minOccurs=COUNTS),
    tag("attributeGroup", st.just(""), ref=NAMES),
    tag("maxLength", st.just(""), value=COUNTS),
    tag("enumeration", st.just(""), value=LOCALS),
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    sorts = ("simpleType", "complexType", "simpleContent", "complexContent", "sequence", "choice", "all", "group")
    return st.one_of(
        *(tag(sort, some(inner), name=LOCALS, minOccurs=COUNTS, maxOccurs=COUNTS) for sort in sorts),
        *(tag(sort, some(inner), base=NAMES) for sort in ("restriction", "extension")),
        tag("list", some(inner), itemType=NAMES),
        tag("union", some(inner), memberTypes=NAMES),
        tag("attributeGroup", some(inner), name=LOCALS),
        tag("redefine", some(inner), schemaLocation=st.just("other.xsd")),
        tag("element", some(inner), name=LOCALS, ref=NAMES, type=NAMES, substitutionGroup=NAMES, minOccurs=COUNTS),
    )


SCHEMAS = st.lists(st.recursive(LEAVES, _grown, max_leaves=12), max_size=8).map("".join)


@given(SCHEMAS, SCHEMAS)
def test_no_schema_does_more_than_name_its_problems(first: str, second: str):
    layout = read(first, second)
    assert closed(layout)
    assert all(layout.problems.values())
