"""The foreign servers answer to hand-made envelopes, and keep what `losses.py` says they keep: no bridge involved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
import pytest
from lxml import etree

from tests.servers.envelopes import ORDERS, TYPES, Answer, answered, call, clark, elements, record, text_of
from tests.servers.losses import LOSSES, NIL_LOST, reason
from tests.servers.node import node_server
from tests.servers.php import php_server
from tests.servers.running import Running
from tests.servers.spyne import spyne_server
from tests.servers.types import BUILT_INS, BuiltIn

Start = Callable[[Path], AbstractAsyncContextManager[Running]]

# The first run installs packages.
pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

SERVERS: dict[str, Start] = {"php": php_server, "node": node_server, "spyne": spyne_server}
# The node package does not follow rpc/literal (its answers are in the wrong namespaces), Spyne does not offer it.
TYPE_SERVICES = [("php", "types"), ("php", "types-rpc"), ("php", "types12"), ("node", "types"), ("node", "types12")]
TYPE_SERVICES += [("spyne", "types"), ("spyne", "types12")]
ORDER_SERVICES = [(server, service) for server in SERVERS for service in ("orders", "orders12")]
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
SPACES = " \n\t"

on_types = pytest.mark.parametrize(("server", "service"), TYPE_SERVICES)
on_orders = pytest.mark.parametrize(("server", "service"), ORDER_SERVICES)


def came_back(built_in: BuiltIn, sent: str, got: list[str | None]) -> bool:
    if len(got) != 1 or got[0] is None:
        return False
    try:
        return built_in.same(sent, got[0])
    except (ValueError, ArithmeticError, AssertionError):
        return False


def values(answer: Answer, name: str) -> list[str | None]:
    """The echoed values; nothing when the server failed."""
    return answered(answer, name) if answer.text.startswith("<") else []


def cases(name: str | None = None) -> Iterator[tuple[BuiltIn, str]]:
    return ((built_in, text) for built_in in BUILT_INS for text in built_in.texts if name in {None, built_in.name})


def compared(server: str, variant: str, built_in: BuiltIn, text: str, got: list[str | None]) -> str:
    """What differs between the table and the server; empty when they agree."""
    kept, why = came_back(built_in, text, got), reason(server, variant, built_in.name, text)
    if kept == (not why):
        return ""
    return f"{built_in.name} {text!r} came back as {got}; the table says {why or 'kept'}"


@on_types
async def test_each_value_is_kept_or_lost_as_the_table_says(tmp_path: Path, server: str, service: str) -> None:
    async with SERVERS[server](tmp_path) as running:
        differences = []
        for built_in, text in cases():
            payload = record("EchoPlain", elements(built_in.name, [text]), service=service)
            answer = await call(running, service, "EchoPlain", payload)
            differences.append(compared(server, "plain", built_in, text, values(answer, built_in.name)))
    assert list(filter(None, differences)) == []


@on_types
async def test_nil_and_repetition(tmp_path: Path, server: str, service: str) -> None:
    async with SERVERS[server](tmp_path) as running:
        for built_in in BUILT_INS:
            kept = [text for text in built_in.texts if not reason(server, "many", built_in.name, text)]
            payload = record("EchoMany", elements(built_in.name, kept), service=service)
            got = values(await call(running, service, "EchoMany", payload), built_in.name)
            assert all(map(came_back, [built_in] * len(kept), kept, [[one] for one in got])), (built_in.name, kept, got)
            assert len(got) == len(kept)

            payload = record("EchoNillable", f'<t:{built_in.name} {XSI} xsi:nil="true"/>', service=service)
            got = values(await call(running, service, "EchoNillable", payload), built_in.name)
            assert got == ([] if server in NIL_LOST else [None]), built_in.name


@on_types
async def test_attributes(tmp_path: Path, server: str, service: str) -> None:
    async with SERVERS[server](tmp_path) as running:
        differences = []
        for built_in, text in cases():
            value, declared = text_of(built_in.name, text)
            payload = record("EchoAttributed", "", f'{declared} {built_in.name}="{value}"', service=service)
            answer = await call(running, service, "EchoAttributed", payload)
            got: list[str | None] = []
            if answer.text.startswith("<") and answer.status == 200:
                element = answer.payload[0]
                text_back = element.get(built_in.name)
                got = [None if text_back is None else clark(built_in.name, text_back, element)]
            differences.append(compared(server, "attribute", built_in, text, got))
    assert list(filter(None, differences)) == []


@pytest.mark.parametrize(("server", "service"), [case for case in TYPE_SERVICES if case[0] != "spyne"])
async def test_lists(tmp_path: Path, server: str, service: str) -> None:
    """One value at a time, twice, so that a value that spoils a list is known by name."""
    listed = _listed()
    async with SERVERS[server](tmp_path) as running:
        differences = []
        for built_in, text in cases():
            if built_in.name not in listed or not text or set(text) & set(SPACES) or built_in.name == "qName":
                continue
            payload = record("EchoListed", elements(built_in.name, [f"{text} {text}"]), service=service)
            got = values(await call(running, service, "EchoListed", payload), built_in.name)
            items: list[str | None] = [*(got[0] or "").split()] if got else []
            one = items[:1] if len(items) == 2 and items[0] == items[1] else items
            differences.append(compared(server, "list", built_in, text, one))
    assert list(filter(None, differences)) == []


def _listed() -> set[str]:
    schema = etree.parse(Path(__file__).parent / "wsdl" / "types.xsd")
    names = schema.xpath("//*[local-name()='simpleType']/@name")
    assert isinstance(names, list)
    return {str(name).removeprefix("listOf-") for name in names}


def test_every_loss_is_of_a_value_in_the_table() -> None:
    for loss in LOSSES:
        for name in loss.types:
            assert any(loss.lost(text) for _, text in cases(name)), (loss.server, name, loss.reason)


def order_of(number: int) -> str:
    return f'<GetOrder xmlns="{ORDERS}"><orderId>{number}</orderId></GetOrder>'


@on_orders
async def test_an_order_with_all_its_parts(tmp_path: Path, server: str, service: str) -> None:
    async with SERVERS[server](tmp_path) as running:
        answer = await call(running, service, "GetOrder", order_of(1001))
        assert answer.status == 200, answer.text
        order = answer.payload[0]
        names = {"o": ORDERS, "c": "urn:example:common", "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
        assert order.get("status") == "open"
        assert order.xpath("string(o:orderId)", namespaces=names) == "1001"
        assert order.xpath("string(o:customer/c:name)", namespaces=names) == "Zoë & Söhne <AG>"
        assert order.xpath("string(o:customer/c:email/@xsi:nil)", namespaces=names) == "true"
        assert order.xpath("o:lines/o:line/@no", namespaces=names) == ["1", "2"]
        assert order.xpath("string(o:lines/o:line/o:quantity)", namespaces=names) == "2.50"
        assert order.xpath("o:lines/o:line/o:serial/text()", namespaces=names) == ["S1", "S2"]
        assert order.xpath("concat(o:total, o:total/@currency)", namespaces=names) == "49.750CHF"
        assert str(order.xpath("string(o:payment/@xsi:type)", namespaces=names)).endswith(":CardPayment")


@on_orders
async def test_faults(tmp_path: Path, server: str, service: str) -> None:
    async with SERVERS[server](tmp_path) as running:
        declared = await call(running, service, "GetOrder", order_of(404))
        assert declared.status == 500
        detail = next(declared.payload.iter(f"{{{ORDERS}}}OrderNotFound"))
        assert [element.text for element in detail] == ["404", "live", "archive"]

        fail = f'<Fail xmlns="{ORDERS}"><blame>server</blame><text>a &amp; b</text></Fail>'
        undeclared = await call(running, service, "Fail", fail)
        # The node package sends faults with 200, unless told otherwise.
        assert undeclared.status == (200 if server == "node" else 500)
        assert etree.QName(undeclared.payload).localname == "Fault"
        assert "a & b" in "".join(map(str, undeclared.payload.itertext()))


@on_orders
async def test_a_header_is_read(tmp_path: Path, server: str, service: str) -> None:
    async with SERVERS[server](tmp_path) as running:
        header = f'<Context xmlns="{ORDERS}"><tenant>north</tenant><priority>4</priority></Context>'
        answer = await call(running, service, "WhoAmI", f'<WhoAmI xmlns="{ORDERS}"/>', header)
        texts = [element.text for element in answer.payload.iter(f"{{{ORDERS}}}tenant", f"{{{ORDERS}}}priority")]
        assert texts == ["north", "4"]


@on_orders
async def test_a_derived_type_comes_back_as_such(tmp_path: Path, server: str, service: str) -> None:
    order = (
        f'<EchoOrder xmlns="{ORDERS}" {XSI} xmlns:c="urn:example:common"><order status="shipped"><orderId>5</orderId>'
        "<ordered>2024-02-29T23:59:59Z</ordered>"
        '<customer id="3"><c:name>A</c:name><c:email>a@example.org</c:email></customer>'
        '<total currency="EUR">1.50</total>'
        '<payment xsi:type="TransferPayment"><iban>CH93</iban></payment></order></EchoOrder>'
    )
    async with SERVERS[server](tmp_path) as running:
        answer = await call(running, service, "EchoOrder", order)
        payment = next(answer.payload.iter(f"{{{ORDERS}}}payment"))
        kind = payment.get("{http://www.w3.org/2001/XMLSchema-instance}type") or ""
        assert kind.rpartition(":")[2] == "TransferPayment"
        assert [child.text for child in payment] == ["CH93"]


@pytest.mark.parametrize("server", SERVERS)
async def test_the_recorder_keeps_what_went_over_the_wire(tmp_path: Path, server: str) -> None:
    async with SERVERS[server](tmp_path) as running:
        async with aiohttp.ClientSession() as session, session.get(running.wsdl_url("orders")) as response:
            wsdl = await response.read()
        answer = await call(running, "orders", "GetOrder", order_of(7))
        download, [exchange] = running.exchanges[0], running.calls
        assert (download.method, download.target, download.response) == ("GET", "/orders?wsdl", wsdl)
        assert running.url("orders").encode() in wsdl
        assert order_of(7).encode() in exchange.request
        assert exchange.response == answer.text.encode()
        assert exchange.header("soapaction") == f'"{ORDERS}#GetOrder"'


@pytest.mark.parametrize("server", SERVERS)
async def test_a_server_can_go_down(tmp_path: Path, server: str) -> None:
    async with SERVERS[server](tmp_path) as running:
        await running.stop()
        assert running.process.returncode is not None
        answer = await call(running, "orders", "GetOrder", order_of(7))
        assert answer.status == 500


async def test_node_as_it_is_leaves_xsi_undeclared(tmp_path: Path) -> None:
    async with node_server(tmp_path, declares_xsi=False) as running:
        answer = await call(running, "orders", "GetOrder", order_of(7))
        with pytest.raises(etree.XMLSyntaxError, match="Namespace prefix xsi"):
            etree.fromstring(answer.text.encode())


def test_the_schema_has_every_type_of_the_table() -> None:
    schema = etree.parse(Path(__file__).parent / "wsdl" / "types.xsd")
    plain = schema.xpath("//*[local-name()='complexType'][@name='Plain']//@name")
    assert isinstance(plain, list)
    assert {str(name) for name in plain} - {"Plain"} == {built_in.name for built_in in BUILT_INS}
    assert schema.getroot().get("targetNamespace") == TYPES
