from __future__ import annotations

import pytest

from bridge.errors import RouteError
from bridge.shapes.model import (
    Branch,
    Choice,
    Described,
    Field,
    Kind,
    ListOf,
    Record,
    Ref,
    Scalar,
    Shape,
    Union,
    XmlNode,
)
from bridge.web.inputs import PARAMETERS_MAX, Inputs, Parameter, Sources, is_entangled, spread, whole
from tests.bridge.web.fake import DATE, EITHER, INPUTS, TABLE, TEXT, WHOLE, fields, must


def of(shape: Shape | None, method: str = "GET", *names: str, sources: Sources | None = None) -> Inputs:
    return spread(Described(shape, TABLE), method, names, sources or Sources())


def names(parameters: tuple[Parameter, ...]) -> list[str]:
    return [parameter.name + ("!" if parameter.required else "") for parameter in parameters]


def test_without_a_body_what_is_left_is_in_the_query() -> None:
    inputs = of(INPUTS["GetOrder"], "GET", "orderId")
    assert names(inputs.path) == ["orderId!"]
    assert inputs.path[0].shape == WHOLE  # the name behind the name
    assert names(inputs.query) == ["verbose", "lang"]
    assert inputs.body is None


def test_nested_records_of_scalars_have_dotted_names() -> None:
    inputs = of(INPUTS["FindOrders"])
    assert names(inputs.query)[:5] == ["tags", "ids", "range.from", "range.to", "limit"]
    assert inputs.query[1].shape == ListOf(WHOLE)
    assert inputs.query[2].pointer == ("range", "from")


def test_a_nested_required_field_is_required_only_when_all_above_are() -> None:
    assert names(of(fields(must("range", Ref("Range")))).query) == ["range.from!", "range.to"]
    assert names(of(fields(range=Ref("Range"))).query) == ["range.from", "range.to"]


def test_recursion_ends() -> None:
    assert names(of(fields(node=Ref("Node"))).query) == ["node.name"]
    with pytest.raises(RouteError, match="only a name for itself"):
        spread(Described(fields(a=Ref("A")), {"A": Ref("A")}), "GET", (), Sources())


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        (fields(must("free", XmlNode())), "free does not fit a query parameter"),
        (fields(must("outer", fields(must("free", XmlNode())))), "outer does not fit"),
        (fields(must("list", ListOf(fields(a=TEXT)))), "list does not fit"),
        (fields(must("inner", EITHER)), "inner does not fit"),
        (TEXT, "the input is not an object"),
        (Record((Field("a", XmlNode()),), choices=(Choice((Branch(("a",)),)),)), "one of a"),
        (fields(**{f"f{number}": TEXT for number in range(PARAMETERS_MAX + 1)}), "201 query parameters"),
    ],
)
def test_what_a_query_cannot_carry_is_said(shape: Shape, says: str) -> None:
    with pytest.raises(RouteError) as caught:
        of(shape)
    assert says in caught.value.detail


def test_optional_parts_that_do_not_fit_are_left_out() -> None:
    assert names(of(fields(a=TEXT, free=XmlNode())).query) == ["a"]
    assert names(of(fields(a=TEXT, outer=fields(must("free", XmlNode()), b=TEXT))).query) == ["a"]
    assert names(of(EITHER).query) == ["id"]
    nested = Choice((Branch((), choices=(Choice((Branch(("a",), ("a",)),)),)),))
    assert names(of(Record((Field("a", TEXT),), choices=(nested,))).query) == ["a"]


def test_unions_of_scalars_fit_and_others_do_not() -> None:
    assert of(fields(a=Union((Ref("Alias"), TEXT)))).query[0].shape == Union((WHOLE, TEXT))
    assert of(fields(a=Union((TEXT, ListOf(TEXT))))).query == ()


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(RouteError) as caught:
        of(INPUTS["UpdateOrder"], "GET", "id", sources=Sources(query={"x": "y"}))
    assert "id is not" in caught.value.detail
    assert "y is not" in caught.value.detail


def test_the_body_is_what_the_parameters_leave() -> None:
    sources = Sources(path={"id": "orderId"}, query={"since": "range.from"}, headers={"X-Tenant": "tenant"})
    inputs = of(INPUTS["UpdateOrder"], "PUT", "id", sources=sources)
    assert names(inputs.path) == ["id!"]
    assert inputs.path[0].pointer == ("orderId",)
    assert names(inputs.query) == ["since"]
    assert names(inputs.headers) == ["X-Tenant"]
    assert inputs.body is not None
    assert inputs.body.required
    assert inputs.body.shape == Record((must("status", TEXT), Field("range", fields(to=DATE))))


def test_a_body_of_which_nothing_is_left_is_none() -> None:
    assert of(fields(must("id", TEXT)), "POST", "id").body is None
    assert of(None, "POST").body is None


def test_a_body_of_optional_fields_may_be_absent() -> None:
    inputs = of(fields(must("id", TEXT), note=TEXT), "POST", "id")
    assert inputs.body is not None
    assert not inputs.body.required


def test_a_choice_that_a_parameter_decides_is_off_the_body() -> None:
    inputs = of(EITHER, "POST", "id")
    assert inputs.body is not None
    assert isinstance(inputs.body.shape, Record)
    assert inputs.body.shape.choices == (Choice((Branch(()), Branch(("free",))), required=False),)


def test_a_body_without_parameters_is_the_input_as_described() -> None:
    described = Described(Ref("Range"), TABLE)
    assert spread(described, "POST", (), Sources()).body is described
    assert of(Scalar(TEXT.kind), "POST").body == Described(TEXT, TABLE)


def test_a_body_in_which_nothing_must_be_may_be_left_out() -> None:
    text = Scalar(Kind.STRING)
    optional = Described(Ref("R"), {"R": Record((Field("a", text),))})
    needed = Described(Ref("R"), {"R": Record((Field("a", text, required=True),))})
    either = Choice((Branch(("a",), ("a",)), Branch(("b",), ("b",))))
    chosen = Described(Record((Field("a", text), Field("b", text)), (either,)))
    assert [whole(one).required for one in (optional, needed, chosen, Described(None, required=False))] == [
        False,
        True,
        True,
        False,
    ]


def test_what_single_parameters_cannot_tell() -> None:
    whole_or_not = Record((Field("id", TEXT, required=True), Field("user", TEXT)))
    either = Choice((Branch(("a",), ("a",)), Branch(("b",), ("b",))))
    assert is_entangled(Described(Record((Field("account", whole_or_not),))))
    assert is_entangled(Described(Record((Field("in", Record((Field("a", TEXT), Field("b", TEXT)), (either,))),))))
    for plain in (
        Record((Field("account", whole_or_not, required=True),)),
        Record((Field("one", Record((Field("id", TEXT, required=True),))),)),
        Record((Field("a", TEXT), Field("b", TEXT, required=True))),
    ):
        assert not is_entangled(Described(plain))
    itself = Described(Ref("N"), {"N": Record((Field("next", Ref("N")),))})
    assert not is_entangled(itself)
