"""What stands in content models."""

from __future__ import annotations

import pytest

from bridge.errors import ContractError
from bridge.formats.xml.layout import ANY_TYPE, Element, Group, Wildcard
from tests.bridge.formats.xml.xsd.schemas import complex_type, leaves, names, read, schema, simple_type, t, xs


def content(body: str, *, more: str = "", attributes: str = 'elementFormDefault="qualified"') -> Group:
    """The content of a type whose model is `body`."""
    layout = read(schema(f'<xs:complexType name="c">{body}</xs:complexType>{more}', attributes=attributes))
    assert not layout.problems
    found = complex_type(layout, t("c")).content
    assert found is not None
    return found


@pytest.mark.parametrize(("said", "least", "most"), [
    ("", 1, 1),
    ('minOccurs="0"', 0, 1),
    ('minOccurs="0" maxOccurs="unbounded"', 0, None),
    ('minOccurs="2" maxOccurs="5"', 2, 5),
    ('minOccurs="3"', 3, 3),
    ('maxOccurs="99999999999999999999"', 1, None),
    ('minOccurs="x" maxOccurs="y"', 1, 1),
])  # fmt: skip
def test_occurrences(said: str, least: int, most: int | None):
    found = content(f'<xs:sequence><xs:element name="a" type="xs:int" {said}/></xs:sequence>')
    assert found.items == (Element(t("a"), xs("int"), least, most),)


def test_what_may_occur_never_is_not_there():
    found = content(
        '<xs:sequence><xs:element name="a" type="xs:int"/><xs:element name="b" minOccurs="0" maxOccurs="0"/>'
        '<xs:any minOccurs="0" maxOccurs="0"/><xs:choice minOccurs="0" maxOccurs="0"><xs:element name="c"/></xs:choice>'
        "<xs:sequence/></xs:sequence>"
    )
    assert len(found.items) == 1


@pytest.mark.parametrize(("defaults", "form", "qualified"), [
    ("", "", False),
    ('elementFormDefault="qualified"', "", True),
    ('elementFormDefault="qualified"', 'form="unqualified"', False),
    ("", 'form="qualified"', True),
])  # fmt: skip
def test_form(defaults: str, form: str, qualified: bool):
    found = content(f'<xs:sequence><xs:element name="a" type="xs:int" {form}/></xs:sequence>', attributes=defaults)
    (one,) = leaves(found)
    assert isinstance(one, Element)
    assert one.name == (t("a") if qualified else "a")


def test_everything_an_element_says():
    found = content(
        '<xs:sequence><xs:element name="a" type="xs:int" nillable="true" default="5">'
        "<xs:annotation><xs:documentation> How\n many </xs:documentation><xs:documentation>there are"
        "</xs:documentation></xs:annotation></xs:element>"
        '<xs:element name="b" type="xs:string" nillable="1" fixed=""/></xs:sequence>'
    )
    assert found.items == (
        Element(t("a"), xs("int"), nillable=True, default="5", doc="How many there are"),
        Element(t("b"), xs("string"), nillable=True, fixed=""),
    )


def test_documentation_is_bounded():
    found = content(
        '<xs:sequence><xs:element name="a" type="xs:int"><xs:annotation><xs:documentation>'
        f"{'word ' * 5_000}</xs:documentation></xs:annotation></xs:element></xs:sequence>"
    )
    (one,) = leaves(found)
    assert isinstance(one, Element)
    assert len(one.doc) == 2_000


def test_a_reference_is_the_global_element_with_occurrences_of_its_own():
    found = content(
        '<xs:sequence><xs:element ref="t:g" minOccurs="0"/></xs:sequence>',
        more='<xs:element name="g" type="xs:int" nillable="true" default="1"/>',
    )
    assert found.items == (Element(t("g"), xs("int"), 0, 1, nillable=True, default="1", ref=True),)


def test_unnamed_types_have_keys_that_say_where_they_stand():
    layout = read(
        '<xs:element name="g"><xs:complexType><xs:sequence><xs:element name="line" maxOccurs="9"><xs:complexType>'
        '<xs:sequence><xs:element name="qty"><xs:simpleType><xs:restriction base="xs:int"/></xs:simpleType>'
        "</xs:element></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"
    )
    assert layout.elements[t("g")].type == "{urn:t}/g"
    assert [key for key in layout.types if key != xs("int")] == ["{urn:t}/g", "{urn:t}/g/line", "{urn:t}/g/line/qty"]
    assert simple_type(layout, "{urn:t}/g/line/qty").name == "int"


def test_two_unnamed_types_of_one_name_have_two_keys():
    inner = '<xs:element name="a"><xs:complexType><xs:attribute name="{}"/></xs:complexType></xs:element>'
    found = content(f"<xs:choice>{inner.format('x')}<xs:sequence>{inner.format('y')}</xs:sequence></xs:choice>")
    assert [one.type for one in leaves(found) if isinstance(one, Element)] == [t("c/a"), t("c/a~2")]


def test_an_element_without_type_is_of_any_type():
    layout = read('<xs:element name="a"/>')
    assert layout.elements[t("a")].type == ANY_TYPE
    assert ANY_TYPE in layout.types


@pytest.mark.parametrize(("said", "expected"), [
    ("", Wildcard()),
    ('namespace="##any" processContents="lax"', Wildcard(process="lax")),
    ('namespace="##other"', Wildcard(("##other",), "urn:t")),
    ('namespace="##local"', Wildcard(("",))),
    ('namespace="##targetNamespace urn:a  ##local"', Wildcard(("urn:t", "urn:a", ""))),
    ('minOccurs="0" maxOccurs="unbounded" processContents="skip"', Wildcard(process="skip", min=0, max=None)),
])  # fmt: skip
def test_wildcards(said: str, expected: Wildcard):
    assert content(f"<xs:sequence><xs:any {said}/></xs:sequence>").items == (expected,)


def test_models_nest():
    found = content(
        '<xs:choice maxOccurs="unbounded"><xs:element name="a" type="xs:int"/><xs:sequence minOccurs="0">'
        '<xs:element name="b" type="xs:int"/></xs:sequence></xs:choice>'
    )
    inner = Group("sequence", (Element(t("b"), xs("int")),), 0, 1)
    assert found == Group("choice", (Element(t("a"), xs("int")), inner), 1, None)


def test_all():
    assert content('<xs:all minOccurs="0"><xs:element name="a" type="xs:int"/></xs:all>').kind == "all"


GROUP = '<xs:group name="g"><xs:choice><xs:element name="x" type="xs:int"/></xs:choice></xs:group>'


def test_a_named_group_is_put_in_place():
    found = content('<xs:group ref="t:g" minOccurs="0" maxOccurs="unbounded"/>', more=GROUP)
    assert found == Group("choice", (Element(t("x"), xs("int")),), 0, None)


def test_groups_in_groups_multiply_nothing_away():
    more = GROUP + '<xs:group name="h"><xs:sequence><xs:group ref="t:g" maxOccurs="2"/></xs:sequence></xs:group>'
    found = content('<xs:sequence><xs:group ref="t:h" maxOccurs="3"/></xs:sequence>', more=more)
    (outer,) = found.items
    assert isinstance(outer, Group)
    (inner,) = outer.items
    assert isinstance(inner, Group)
    assert (outer.max, inner.max) == (3, 2)


def test_an_unnamed_type_in_a_group_is_one_type():
    group = (
        '<xs:group name="g"><xs:sequence><xs:element name="x"><xs:complexType/></xs:element></xs:sequence></xs:group>'
        '<xs:complexType name="d"><xs:group ref="t:g"/></xs:complexType>'
    )
    (one,) = leaves(content('<xs:group ref="t:g"/>', more=group))
    assert isinstance(one, Element)
    assert one.type == t("g/x")


def test_a_group_inside_itself_is_left_out_there_and_nowhere_else():
    def group(name: str, other: str) -> str:
        body = f'<xs:element name="in-{name}" type="xs:int"/><xs:group ref="t:{other}"/>'
        return f'<xs:group name="{name}"><xs:sequence>{body}</xs:sequence></xs:group>'

    layout = read(
        group("g", "h")
        + group("h", "g")
        + '<xs:complexType name="c"><xs:group ref="t:g"/></xs:complexType>'
        + '<xs:complexType name="d"><xs:group ref="t:h"/></xs:complexType>'
    )
    assert names(layout, t("c")) == ["in-g", "in-h"]
    assert names(layout, t("d")) == ["in-h", "in-g"]
    assert any("contains itself" in note for note in layout.notes)


def test_groups_that_all_contain_each_other_are_stopped():
    refs = "".join(f'<xs:group ref="t:g{n}"/>' for n in range(40))
    groups = "".join(f'<xs:group name="g{n}"><xs:sequence>{refs}</xs:sequence></xs:group>' for n in range(40))
    layout = read(groups + '<xs:complexType name="c"><xs:group ref="t:g0"/></xs:complexType><xs:complexType name="d"/>')
    assert "over too many ways" in layout.problems[t("c")]
    assert t("d") in layout.types


def test_groups_that_multiply_are_stopped():
    groups = '<xs:group name="g0"><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence></xs:group>'
    for n in range(1, 30):
        refs = f'<xs:group ref="t:g{n - 1}"/>' * 10
        groups += f'<xs:group name="g{n}"><xs:sequence>{refs}</xs:sequence></xs:group>'
    with pytest.raises(ContractError, match="more than"):
        read(groups + '<xs:complexType name="c"><xs:group ref="t:g29"/></xs:complexType>')


def test_deep_nesting_of_groups_is_a_problem_of_one_type():
    groups = '<xs:group name="g0"><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence></xs:group>'
    for n in range(1, 500):
        groups += f'<xs:group name="g{n}"><xs:sequence><xs:group ref="t:g{n - 1}"/></xs:sequence></xs:group>'
    layout = read(groups + '<xs:complexType name="c"><xs:group ref="t:g499"/></xs:complexType>')
    assert "nested" in layout.problems[t("c")]


def test_a_missing_group_matters_only_where_it_is_required():
    layout = read(
        '<xs:complexType name="a"><xs:sequence><xs:group ref="t:no"/></xs:sequence></xs:complexType>'
        '<xs:complexType name="b"><xs:sequence><xs:group ref="t:no" minOccurs="0"/>'
        '<xs:element name="x" type="xs:int"/></xs:sequence></xs:complexType>'
    )
    assert "t:no" in layout.problems[t("a")]
    assert names(layout, t("b")) == ["x"]
    assert any("t:no" in note for note in layout.notes)


def test_a_schema_inside_a_message_is_free_xml():
    layout = read(
        '<xs:element name="r"><xs:complexType><xs:sequence><xs:element ref="xs:schema"/><xs:any/></xs:sequence>'
        "</xs:complexType></xs:element>"
    )
    assert not layout.problems
    (first, _) = leaves(complex_type(layout, "{urn:t}/r").content)
    assert first == Element(xs("schema"), ANY_TYPE, ref=True)
    assert layout.elements[xs("schema")].type == ANY_TYPE
