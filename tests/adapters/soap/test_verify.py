"""`verify`: what is right is found right, and each kind of fault that is planted in a codec is found and named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.soap.codec import Decoded, OperationCodec, Projection
from adapters.soap.documents import DocumentSet
from adapters.soap.envelope import frame
from adapters.soap.judge import Judge
from adapters.soap.verify import Bounds, verify
from adapters.soap.verify_goals import kind_of
from adapters.soap.verify_report import OperationReport, Reason, Report
from adapters.soap.verify_trees import apart, presets
from adapters.soap.verify_values import difference
from adapters.soap.wsdl.reader import read_contract
from bridge.clock import SystemClock
from bridge.formats.xml.layout import Layout
from bridge.shapes import json
from bridge.shapes.model import Described, Field, Kind, ListOf, Record, Ref, Scalar, TextMap, Variant, Variants
from tests.adapters.soap.wsdls import PORT_TYPE, SCHEMA, binding, pinned, wsdl

WSDL = Path(__file__).parents[3] / "bridge" / "demo" / "shop.wsdl"
SHOP = DocumentSet(str(WSDL), {str(WSDL): WSDL.read_bytes()})
STRING, DECIMAL, DOUBLE = Scalar(Kind.STRING), Scalar(Kind.DECIMAL), Scalar(Kind.DOUBLE)


class Broken:
    """A codec with a fault in it: everything but what a test replaces is the real one's."""

    def __init__(self, codec: OperationCodec, **faults: Callable[..., Any]) -> None:
        self._codec, self._faults = codec, faults

    def __getattr__(self, name: str) -> Any:
        return self._faults.get(name) or getattr(self._codec, name)


def proved(docs: DocumentSet, *only: str, **faults: Callable[[OperationCodec], Callable[..., Any]]) -> Report:
    contract = read_contract(docs, every_port=True)
    projection = Projection(contract)

    def codec(name: str) -> Any:
        real = projection.operation(name)
        return Broken(real, **{method: made(real) for method, made in faults.items()})

    return verify(contract, docs, clock=SystemClock(), bounds=Bounds(only=only), codecs=codec if faults else None)


def checks(report: Report) -> set[str]:
    return {reason.check for one in report.operations for reason in one.reasons}


# ── what is right ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_shop_of_the_demo_is_lossless() -> None:
    report = proved(SHOP)
    assert (report.percent(), report.judge, report.stopped) == (100.0, "", "")
    assert {one.outcome for one in report.operations} == {"lossless"}
    assert len(report.operations) == 7
    assert all(one.values and one.documents for one in report.operations)
    assert report.goals["edges of values"] > 50
    assert {"absent", "present", "lists of 0, 1 and more", "derived types"} <= report.goals.keys()


def test_parts_by_type_and_several_parts_are_judged() -> None:
    messages = """
      <w:message name="GetIn"><w:part name="order" type="t:Order"/><w:part name="much" type="xs:decimal"/></w:message>
      <w:message name="GetOut"><w:part name="order" type="t:Order"/></w:message>
      <w:message name="GoneFault"><w:part name="fault" element="t:Gone"/></w:message>"""
    body = "<s:body use='literal' namespace='urn:rpc'/>"
    operation = (
        f"<w:operation name='Get'><s:operation soapAction='' style='rpc'/><w:input>{body}</w:input><w:output>{body}"
    )
    report = proved(pinned(wsdl(messages=messages, bindings=binding(f"{operation}</w:output></w:operation>"))))
    assert [(one.name, one.outcome) for one in report.operations] == [("Get", "lossless")]
    assert report.operations[0].documents > 5


def test_what_is_left_out_counts_for_nothing() -> None:
    report = proved(pinned(wsdl(port_type=PORT_TYPE.replace("t:GetIn", "t:Nothing"))))
    assert [one.outcome for one in report.operations] == ["left out"]
    assert report.percent() is None


# ── what is wrong is named ───────────────────────────────────────────────────────────────────────────────────────


def test_a_field_that_is_dropped_in_writing() -> None:
    def dropping(real: OperationCodec) -> Callable[..., bytes]:
        def encode(value: Any, **given: Any) -> bytes:
            short = {key: one for key, one in value.items() if key != "comment"} if isinstance(value, dict) else value
            return real.encode_request(short, **given)

        return encode

    report = proved(SHOP, "CreateOrder", encode_request=dropping)
    [wrong] = report.operations
    assert (wrong.outcome, report.percent()) == ("not lossless", 0.0)
    assert "json" in checks(report)
    first = wrong.reasons[0]
    assert (first.message, first.pointer, "became nothing" in first.said) == ("request", "/comment", True)


def test_elements_in_the_wrong_order() -> None:
    def shuffled(real: OperationCodec) -> Callable[..., bytes]:
        def encode(value: Any, **given: Any) -> bytes:
            root = etree.fromstring(real.encode_answer(value, **given))
            for parent in [one for one in root.iter() if len(one) > 1 and "urn:" in str(one.tag)]:
                parent.append(parent[0])
            return etree.tostring(root)

        return encode

    report = proved(SHOP, "GetOrder", encode_answer=shuffled)
    assert report.operations[0].outcome == "not lossless"
    assert checks(report) == {"xsd"}
    assert "not expected" in report.operations[0].reasons[0].said


def test_a_digit_that_is_lost_in_reading() -> None:
    def rounded(real: OperationCodec) -> Callable[..., Decoded]:
        def decode(root: Any, *, strict: bool = False) -> Decoded:
            found = real.decode_answer(root, strict=strict)
            return Decoded(found.json.replace(".50", ".5") if found.json else None)

        return decode

    report = proved(SHOP, "GetStock", "GetOrder", "ListOrders", decode_answer=rounded)
    assert "json" in checks(report) or "xml" in checks(report)


def test_a_fault_that_is_taken_for_another() -> None:
    def nameless(real: OperationCodec) -> Callable[..., Any]:
        def decode(root: Any) -> Any:
            found = real.decode_fault(root)
            return type(found)(found.code, found.subcodes, found.text, "", None, found.blame)

        return decode

    report = proved(SHOP, "GetOrder", decode_fault=nameless)
    assert checks(report) == {"decode"}
    assert report.operations[0].reasons[0].message == "fault OrderNotFound"


def test_a_bound_in_time_is_told() -> None:
    class Late(SystemClock):
        """Each look at it takes a minute."""

        now = 0.0

        def monotonic(self) -> float:
            self.now += 60
            return self.now

    contract = read_contract(SHOP)
    report = verify(contract, SHOP, clock=Late(), bounds=Bounds(total_s=100))
    assert report.stopped == "100 s were over"
    assert any(one.cut for one in report.operations)
    assert {(one.outcome, one.values) for one in report.operations if one.cut} >= {("not judged", 0)}


def test_what_got_no_part_of_the_time_is_tried_once() -> None:
    class Over(SystemClock):
        """Stands still a second after the end."""

        now = 0.0

        def monotonic(self) -> float:
            self.now += 6
            return min(self.now, 12)

    report = verify(read_contract(SHOP), SHOP, clock=Over(), bounds=Bounds(total_s=5))
    assert {one.outcome for one in report.operations} == {"lossless"}
    assert all(1 <= one.values <= 12 and one.cut for one in report.operations)


def test_the_second_judge_is_not_loaded_when_that_would_take_too_long(tmp_path: Path) -> None:
    again = '<xs:complexType name="Order"><xs:sequence/></xs:complexType></xs:schema>'
    docs = pinned(wsdl(schema=SCHEMA.replace("</xs:schema>", again)))
    contract = read_contract(docs)
    operation = contract.operations["Get"]
    envelope = frame("1.1", "", "", "<soap:Body><Get xmlns='urn:shop'><id>1</id></Get></soap:Body>")
    left_s = 0.0
    judge = Judge(docs, tmp_path, contract, left_s=lambda: left_s)
    late = judge.message(operation, "request", operation.input, envelope)
    assert (late.verdict, late.said[-35:]) == ("not judged", "there was no time to load xmlschema")
    left_s = 60
    assert judge.message(operation, "request", operation.input, envelope).verdict == "valid"


# ── values and trees ─────────────────────────────────────────────────────────────────────────────────────────────

NOTE = Record((Field("note", STRING), Field("sum", DECIMAL), Field("rate", DOUBLE), Field("many", ListOf(STRING))))
PAY = Variants(
    (
        Variant("card", Record((Field("no", STRING),), type_tag="card"), default=True),
        Variant("cash", STRING, wrapped=True),
    )
)


@pytest.mark.parametrize(
    ("shape", "one", "other", "pointer"),
    [
        (NOTE, '{"note":"a"}', '{"note":"a"}', None),
        (NOTE, '{"note":"a"}', '{"note":"b"}', "/note"),
        (NOTE, '{"note":""}', "{}", "/note"),
        (NOTE, '{"note":null}', '{"note":""}', "/note"),
        (NOTE, '{"many":[]}', "{}", None),
        (NOTE, '{"many":["a"]}', '{"many":["a","a"]}', "/many"),
        (NOTE, '{"sum":1.50}', '{"sum":1.5}', "/sum"),
        (NOTE, '{"sum":15e-1}', '{"sum":1.5}', None),
        (NOTE, '{"sum":1.5}', '{"sum":"1.5"}', "/sum"),
        (NOTE, '{"rate":1.50}', '{"rate":15e-1}', None),
        (Ref("note"), '{"note":"a"}', "{}", "/note"),
        (PAY, '{"@type":"card","no":"1"}', '{"no":"1"}', None),
        (PAY, '{"@type":"cash","value":"1"}', '{"no":"1"}', ""),
        (Scalar(Kind.BASE64), '"QUI="', '"Q U I ="', None),
        (Scalar(Kind.HEX), '"ab"', '"AB"', None),
        (Record((Field("free", TextMap()),)), '{"free":{}}', "{}", None),
    ],
)
def test_differences_of_values(shape: Any, one: str, other: str, pointer: str | None) -> None:
    found = difference(Described(shape, {"note": NOTE}), json.loads(one.encode()), json.loads(other.encode()))
    assert (found and found.pointer) == pointer


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("<a xmlns='u'>1</a>", "<p:a xmlns:p='u'> true </p:a>", None),
        ("<a xmlns='u'/>", "<a xmlns='v'/>", "/a: {u}a became {v}a"),
        ("<a b='1' c='2'/>", "<a c='2' b='1'/>", None),
        ("<a b='1'/>", "<a/>", "/a: the attribute b '1' became (nothing)"),
        ("<a>x</a>", "<a>y</a>", "/a: 'x' became 'y'"),
        ("<a> <b/> </a>", "<a><b/></a>", None),
        ("<a>t<b/></a>", "<a><b/></a>", "/a: 't' became ''"),
        ("<a><b/><b/></a>", "<a><b/></a>", "/a: 2 elements became 1"),
        ("<a>+05.0</a>", "<a>5</a>", None),
        ("<a>p:x</a>", "<a>x</a>", "/a: 'p:x' became 'x'"),
        (
            "<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:p='u' i:type='p:T'/>",
            "<a xmlns:x='http://www.w3.org/2001/XMLSchema-instance' xmlns:q='u' x:type='q:T'/>",
            None,
        ),
        (
            "<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:p='u' i:type='p:T'/>",
            "<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:p='v' i:type='p:T'/>",
            "/a: the attribute {http://www.w3.org/2001/XMLSchema-instance}type '{u}T' became '{v}T'",
        ),
    ],
)
def test_differences_of_trees(one: str, other: str, said: str | None) -> None:
    assert apart(etree.fromstring(one), etree.fromstring(other), {}) == said


def test_what_the_schema_says_of_what_is_not_there() -> None:
    known = {"a": frozenset({"5"}), "b": frozenset({"x"})}
    assert apart(etree.fromstring("<a/>"), etree.fromstring("<a b='x'>5</a>"), known) is None
    assert apart(etree.fromstring("<a/>"), etree.fromstring("<a>6</a>"), known) == "/a: '' became '6'"
    assert presets(Layout({}, {})) == {}


# ── the report ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_first_reasons_are_kept_and_all_are_counted() -> None:
    one = OperationReport("Get")
    for _ in range(20):
        one.add(Reason("request", "json", "a became b", "{}"))
    one.unjudged("no schema")
    assert (one.outcome, one.failures, len(one.reasons), one.why) == ("not lossless", 20, 5, "")


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        (" edge longest", "edges of values"),
        (" -> card", "choice branches"),
        (" is Card", "derived types"),
        (" absent", "absent"),
        ("[2]", "lists of 0, 1 and more"),
        ("[a, b]", "orders of repeated choices"),
        (" comment", "free XML"),
    ],
)
def test_kinds_of_goals(label: str, kind: str) -> None:
    assert kind_of(label) == kind


def test_notations_are_those_that_the_type_lists() -> None:
    declared = """<xs:notation name="jpeg" public="image/jpeg"/><xs:notation name="png" public="image/png"/>
      <xs:simpleType name="Kind"><xs:restriction base="xs:NOTATION">
        <xs:enumeration value="t:jpeg"/><xs:enumeration value="t:png"/></xs:restriction></xs:simpleType>
      <xs:element name="Gone" """
    schema = SCHEMA.replace('<xs:element name="Gone" ', declared).replace('"id" type="xs:int"', '"id" type="t:Kind"')
    report = proved(pinned(wsdl(schema=schema)))
    assert [(one.outcome, one.contradictions) for one in report.operations] == [("lossless", [])]
