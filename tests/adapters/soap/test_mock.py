"""The mock's mind: which operation, does it fit, and answers that are valid and always the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.soap.codec import Projection
from adapters.soap.contract import Contract
from adapters.soap.documents import DocumentSet
from adapters.soap.documents_gather import gather
from adapters.soap.judge import Judge
from adapters.soap.mock import MockService
from adapters.soap.mock_pages import Pages
from adapters.soap.wsdl.reader import read_contract
from bridge.formats.xml import safe
from bridge.shapes import json
from tests.adapters.soap.corpus import corpus
from tests.adapters.soap.wsdls import BODY, PORT_TYPE, SCHEMA, SERVICE, binding, read, wsdl

WSDL = Path(__file__).parents[3] / "bridge" / "demo" / "shop.wsdl"
DOCS = DocumentSet(str(WSDL), {str(WSDL): WSDL.read_bytes()})
BASE = "http://127.0.0.1:8090/shop"

GET = '{"id":1}'


@pytest.fixture(scope="module")
def contract() -> Contract:
    return read_contract(DOCS)


def envelope(contract: Contract, operation: str, request: str = "") -> bytes:
    codec = Projection(contract).operation(operation)
    return codec.encode_request(json.loads(request.encode() or codec.example.request))


def text_of(answer: bytes) -> str:
    return " ".join("".join(map(str, safe.parse(answer).itertext())).split())


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_answer_is_valid(contract: Contract, tmp_path: Path) -> None:
    mock, judge = MockService(contract), Judge(DOCS, tmp_path)
    for name in contract.operations:
        for _ in range(20):
            answer = mock.answer(envelope(contract, name))
            assert (answer.status, answer.operation) == (200, name)
            assert judge.envelope(answer.body).verdict == "valid"


def test_the_same_calls_get_the_same_answers(contract: Contract) -> None:
    def answers(seed: int) -> list[bytes]:
        mock = MockService(contract, seed=seed, fault_rate=0.2)
        return [mock.answer(envelope(contract, "GetOrder")).body for _ in range(30)]

    assert answers(1) == answers(1)
    assert answers(1) != answers(2)
    assert len(set(answers(1))) > 5


def test_one_operation_does_not_move_another(contract: Contract) -> None:
    alone, beside = MockService(contract), MockService(contract)
    beside.answer(envelope(contract, "GetStock"))
    order = envelope(contract, "GetOrder")
    assert alone.answer(order).body == beside.answer(order).body


@pytest.mark.parametrize(("rate", "least", "most"), [(0.0, 0, 0), (0.5, 60, 140), (1.0, 200, 200)])
def test_the_share_of_faults(contract: Contract, rate: float, least: int, most: int) -> None:
    mock = MockService(contract, fault_rate=rate)
    order = envelope(contract, "GetOrder")
    answers = [mock.answer(order) for _ in range(200)]
    assert least <= sum(answer.status == 500 for answer in answers) <= most


def test_asked_for_faults_are_declared_and_typed(contract: Contract, tmp_path: Path) -> None:
    mock = MockService(contract, fault_rate=1.0)
    codec = Projection(contract).operation("CreateOrder")
    names = set()
    for _ in range(40):
        fault = codec.decode_fault(safe.parse(mock.answer(envelope(contract, "CreateOrder")).body))
        assert fault.detail is not None
        names.add(fault.name)
    assert names == {"OrderExists", "CustomerNotFound", "SkuNotFound"}
    undeclared = mock.answer(envelope(contract, "ListOrders"))
    assert "a failure that the mock was asked for" in text_of(undeclared.body)


# ── what does not fit ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((b">1001<", b">0<"), "/orderId: must be"),
        ((b">1001<", b">many<"), "many"),
        ((b"GetOrder", b"GetOrders"), "no operation takes {urn:legacy:shop}GetOrders; there are"),
        ((b"urn:legacy:shop", b"urn:other"), "no operation takes {urn:other}GetOrder"),
        ((b"OrderID", b"orderid"), "orderid"),
        ((b"</ns1:GetOrder>", b"<ns1:More/></ns1:GetOrder>"), "More"),
        ((b"schemas.xmlsoap.org/soap/envelope/", b"x"), "not a SOAP message"),
        ((b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope"), "speaks SOAP 1.1"),
        ((b"<soap:Body>", b"<soap:Body"), "not well-formed"),
    ],
)
def test_the_sender_is_told(contract: Contract, change: tuple[bytes, bytes], said: str) -> None:
    body = envelope(contract, "GetOrder", '{"orderId":1001}').replace(*change)
    answer = MockService(contract).answer(body)
    fault = Projection(contract).operation("GetOrder").decode_fault(safe.parse(answer.body))
    assert (answer.status, fault.blame, fault.code) == (500, "client", "Client")
    assert said in fault.text


def test_hostile_xml_is_a_fault(contract: Contract) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "boom">]><a>&b;</a>'
    assert "document type declaration" in text_of(MockService(contract).answer(bomb).body)


# ── which operation ──────────────────────────────────────────────────────────────────────────────────────────────

TWINS = wsdl(
    port_type=PORT_TYPE.replace(
        "</w:portType>",
        "<w:operation name='Take'><w:input message='t:GetIn'/><w:output message='t:GetOut'/></w:operation>"
        "</w:portType>",
    ),
    bindings=binding(
        "".join(
            f"<w:operation name='{name}'><s:operation soapAction='urn:{name}'/>{BODY}</w:operation>"
            for name in ("Get", "Take")
        )
    ),
)


def test_the_action_decides_between_twins() -> None:
    contract = read(TWINS)
    mock, body = MockService(contract), envelope(read(TWINS), "Get")
    assert mock.answer(body, action="urn:Take").operation == "Take"
    assert mock.answer(body, action="urn:Get").operation == "Get"
    assert "the SOAPAction must say which" in text_of(mock.answer(body).body)


def test_action_and_body_must_agree(contract: Contract) -> None:
    answer = MockService(contract).answer(envelope(contract, "GetOrder"), action="urn:legacy:shop#GetStock")
    assert "is that of GetStock, but the Body is that of GetOrder" in text_of(answer.body)


def test_soap_12_has_its_own_type_and_status() -> None:
    contract = read(
        wsdl(
            bindings=binding(version="1.2"),
            services=SERVICE.replace(
                "soap:address", "soap12:address xmlns:soap12='http://schemas.xmlsoap.org/wsdl/soap12/'"
            ),
        )
    )
    mock = MockService(contract)
    answer = mock.answer(envelope(contract, "Get"))
    assert (answer.status, answer.content_type) == (200, "application/soap+xml; charset=utf-8")
    assert mock.answer(b"<a/>").status == 400


def test_one_way_is_taken_without_a_word() -> None:
    one_way = PORT_TYPE.replace('<w:output message="t:GetOut"/><w:fault name="Gone" message="t:GoneFault"/>', "")
    body = "<w:input><s:body use='literal'/></w:input>"
    contract = read(
        wsdl(
            port_type=one_way,
            bindings=binding(f"<w:operation name='Get'><s:operation soapAction=''/>{body}</w:operation>"),
        )
    )
    answer = MockService(contract).answer(envelope(contract, "Get"))
    assert (answer.status, answer.body) == (202, b"")


def test_an_answer_that_cannot_be_made_up_is_a_fault() -> None:
    impossible = "<xs:element name='name'><xs:simpleType><xs:restriction base='xs:int'><xs:minInclusive value='5'/>"
    schema = SCHEMA.replace(
        '<xs:element name="name" type="xs:string"/>',
        f"{impossible}<xs:maxInclusive value='4'/></xs:restriction></xs:simpleType></xs:element>",
    )
    contract = read(wsdl(schema=schema))
    answer = MockService(contract).answer(envelope(contract, "Get", GET))
    assert answer.status == 500
    assert "no answer can be made up" in text_of(answer.body)


# ── the documents ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_address_is_the_mocks() -> None:
    page = Pages(DOCS).page(0, BASE)
    assert page is not None
    assert read_contract(DocumentSet("x", {"x": page})).port.address == BASE
    assert Pages(DOCS).page(1, BASE) is None
    assert Pages(DOCS).page(-1, BASE) is None


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["netsuite/netsuite", "gematik/PHRService"])
async def test_imports_come_from_the_mock_too(name: str) -> None:
    all_of_them = corpus()
    docs = await all_of_them.documents(all_of_them.named(name))
    pages, asked = Pages(docs), list[str]()

    async def fetch(url: str) -> bytes:
        asked.append(url)
        page = pages.page(int(url.partition("doc=")[2] or 0), BASE)
        assert page is not None
        return page

    again = read_contract(await gather(f"{BASE}?wsdl", fetch))
    assert again.operations.keys() == read_contract(docs).operations.keys()
    assert all(url.startswith(BASE) for url in asked)
    assert len(asked) > 1
