"""The demo's legacy world: what it says fits the contract that it hands out, and it is as strict as it should be."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from adapters.soap.codec import Projection
from adapters.soap.contract import Contract
from adapters.soap.documents import DocumentSet
from adapters.soap.judge import Judge
from adapters.soap.wsdl.reader import read_contract
from bridge.formats.xml import safe
from bridge.shapes import json
from tests.bridge.demo.running import Shop, shop_running
from tests.cpu import HANG_S

WSDL = Path(__file__).parents[3] / "bridge" / "demo" / "shop.wsdl"
NEW = '{"customerId":"C-1","lines":[{"sku":"AB-100","quantity":2,"note":null}],"comment":"<soon>"}'
CARD = (
    '{"orderId":1001,"payment":{"@type":"cardPayment","amount":{"currency":"EUR","value":1.50},'
    '"cardNumber":"123456789012","expires":"2030-01"}}'
)


@pytest.fixture(scope="module")
def docs() -> DocumentSet:
    return DocumentSet(str(WSDL), {str(WSDL): WSDL.read_bytes()})


@pytest.fixture(scope="module")
def projection(docs: DocumentSet) -> Projection:
    return Projection(read_contract(docs))


@pytest.fixture
def shop() -> Iterator[Shop]:
    with shop_running() as shop:
        yield shop


def post(shop: Shop, body: bytes) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(shop.address, body), timeout=HANG_S) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def ask(shop: Shop, projection: Projection, operation: str, request: str) -> tuple[int, bytes]:
    return post(shop, projection.operation(operation).encode_request(json.loads(request.encode())))


@pytest.mark.parametrize(
    ("operation", "request_json", "expected"),
    [
        ("GetOrder", '{"orderId":1001}', '"lines":[{"number":1,"sku":"AB-100","quantity":2'),
        ("ListOrders", '{"status":["open"]}', '[{"version":1,"orderId":1002'),
        ("ListOrders", '{"customerId":"C-9"}', "[]"),
        ("CreateOrder", NEW, '"comment":"<soon>"'),
        ("PayOrder", CARD, '"payment":{"@type":"cardPayment","amount":{"currency":"EUR","value":1.50}'),
        ("CancelOrder", '{"orderId":1001}', "{}"),
        ("GetCustomer", '{"customerId":"C-1"}', "Müller & Söhne"),
        ("GetCustomer", '{"customerId":"C-2"}', '"birthDate":"1815-12-10"'),
        ("GetStock", '{"sku":"CD-300"}', '"onHand":9007199254740993,"weight":1.2E0'),
    ],
)
def test_every_answer_fits(
    shop: Shop,
    projection: Projection,
    docs: DocumentSet,
    tmp_path: Path,
    operation: str,
    request_json: str,
    expected: str,
) -> None:
    status, answer = ask(shop, projection, operation, request_json)
    assert status == 200
    decoded = projection.operation(operation).decode_answer(safe.parse(answer), strict=True)
    assert expected in (decoded.json or "")
    assert Judge(docs, tmp_path).envelope(answer).verdict == "valid"


@pytest.mark.parametrize(
    ("operation", "request_json", "fault"),
    [
        ("GetOrder", '{"orderId":7}', "OrderNotFound"),
        ("CreateOrder", NEW.replace("C-1", "C-9"), "CustomerNotFound"),
        ("CreateOrder", NEW.replace("AB-100", "ZZ-999"), "SkuNotFound"),
        ("CreateOrder", NEW.replace("{", '{"orderId":1001,', 1), "OrderExists"),
        ("GetCustomer", '{"customerId":"C-9"}', "CustomerNotFound"),
        ("GetStock", '{"sku":"ZZ-999"}', "SkuNotFound"),
    ],
)
def test_every_fault_is_a_declared_one(
    shop: Shop, projection: Projection, operation: str, request_json: str, fault: str
) -> None:
    status, answer = ask(shop, projection, operation, request_json)
    read = projection.operation(operation).decode_fault(safe.parse(answer))
    assert (status, read.name, read.blame) == (500, fault, "client")
    assert read.detail is not None


def test_it_remembers(shop: Shop, projection: Projection) -> None:
    assert ask(shop, projection, "CancelOrder", '{"orderId":1001}')[0] == 200
    assert b">cancelled<" in ask(shop, projection, "GetOrder", '{"orderId":1001}')[1]
    status, answer = ask(shop, projection, "PayOrder", CARD)
    read = projection.operation("PayOrder").decode_fault(safe.parse(answer))
    assert (status, read.name, read.detail) == (500, "WrongState", '{"orderId":1001,"status":"cancelled"}')


@pytest.mark.parametrize("body", [b"", b"<no", b"<a/>", b"<e:Envelope xmlns:e='x'/>"])
def test_nonsense_is_a_fault(shop: Shop, body: bytes) -> None:
    status, answer = post(shop, body)
    assert status == 500
    assert b"faultstring" in answer


def test_the_wsdl_leads_to_itself(shop: Shop, docs: DocumentSet) -> None:
    with urllib.request.urlopen(shop.wsdl, timeout=HANG_S) as answer:
        found: Contract = read_contract(DocumentSet(shop.wsdl, {shop.wsdl: answer.read()}))
    assert found.port.address == shop.address
    assert etree.fromstring(docs.documents[docs.location]).get("name") == "ShopService"


def test_as_a_process_it_says_where_it_is() -> None:
    command = [sys.executable, "-m", "bridge.demo.shop", "--port", "0", "--delay", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=WSDL.parents[2]) as process:
        try:
            assert process.stdout is not None
            with urllib.request.urlopen(process.stdout.readline().strip(), timeout=HANG_S) as answer:
                assert b"ShopService" in answer.read()
        finally:
            process.terminate()
