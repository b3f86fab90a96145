"""A small legacy world in a process of its own: a slow, stateful SOAP shop, as one finds them.

Written with the standard library only and without a line of the bridge, so that the demo really talks to something
foreign. Run as `python -m bridge.demo.shop --port 8081`; it prints its address when it is ready.
"""

from __future__ import annotations

import argparse
import threading
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET  # the demo reads requests of loopback clients only
from xml.sax.saxutils import escape

SHOP, PAYMENTS = "urn:legacy:shop", "urn:legacy:payments"
SOAP, XSI = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2001/XMLSchema-instance"
BODY_MAX = 1_000_000
CURRENCY = "EUR"

Record = dict[str, Any]


class ShopFault(Exception):
    """A declared fault: the name of its detail element, its fields, a text for people."""

    def __init__(self, name: str, text: str, **fields: object) -> None:
        super().__init__(text)
        self.name, self.text, self.fields = name, text, fields


class Shop:
    """Orders, customers and stock, in memory; one lock, as old systems do."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stock: dict[str, Record] = {
            "AB-100": {"name": "Office chair", "on_hand": 42, "weight": "7.5", "price": "189.90", "gone": False},
            "AB-200": {"name": "Desk, oak", "on_hand": 7, "weight": "31.25", "price": "649.00", "gone": False},
            "CD-300": {"name": "Lamp", "on_hand": 9007199254740993, "weight": "1.2E0", "price": "24.5", "gone": True},
        }
        self.customers: dict[str, Record] = {
            "C-1": {"name": "Müller & Söhne GmbH", "vat": "DE123456789", "mail": ["einkauf@mueller.example"]},
            "C-2": {"name": "Ada Lovelace", "born": "1815-12-10", "mail": []},
        }
        self.orders: dict[int, Record] = {}
        self._place(1001, "C-1", [("AB-100", 2, None), ("CD-300", 4, "without bulbs")], "2026-11-02", "2026-11-20")
        self._place(1002, "C-2", [("AB-200", 1, None)], "2026-11-09", None)
        self.next_id = 1003

    def _place(
        self, number: int, customer: str, lines: list[tuple[str, int, str | None]], day: str, deliver: str | None
    ) -> Record:
        order = {
            "id": number,
            "customer": customer,
            "placed": f"{day}T08:30:00Z",
            "deliver": deliver,
            "status": "open",
            "lines": lines,
            "payment": None,
            "comment": None,
            "version": 1,
        }
        self.orders[number] = order
        return order

    # ── operations ───────────────────────────────────────────────────────────────────────────────────────────────

    def get_order(self, args: ET.Element) -> str:
        return f"<GetOrderResult{self.order_xml(self.order(args))}</GetOrderResult>"

    def list_orders(self, args: ET.Element) -> str:
        customer = args.findtext(f"{{{SHOP}}}CustomerID")
        states = {one.text for one in args.findall(f"{{{SHOP}}}Status")}
        found = [
            order
            for order in sorted(self.orders.values(), key=lambda one: -one["id"])
            if customer in (None, order["customer"]) and (not states or order["status"] in states)
        ]
        return f"<Orders>{''.join(f'<Order{self.order_xml(order)}</Order>' for order in found)}</Orders>"

    def create_order(self, args: ET.Element) -> str:
        wanted = _need(args, "Order")
        number = int(wanted.findtext(f"{{{SHOP}}}OrderID") or self.next_id)
        if number in self.orders:
            placed = self.orders[number]["placed"]
            raise ShopFault("OrderExists", f"Order {number} exists already", OrderID=number, PlacedAt=placed)
        customer = _text(wanted, "CustomerID")
        if customer not in self.customers:
            raise ShopFault("CustomerNotFound", f"No customer {customer}", CustomerID=customer)
        lines = [self._line(line) for line in _need(wanted, "Lines")]
        now = datetime.now(UTC).strftime("%Y-%m-%d")  # the shop has a clock of its own
        order = self._place(number, customer, lines, now, wanted.findtext(f"{{{SHOP}}}DeliverOn"))
        order["comment"] = wanted.findtext(f"{{{SHOP}}}Comment")
        self.next_id = max(self.next_id, number + 1)
        return f"<Order{self.order_xml(order)}</Order>"

    def _line(self, line: ET.Element) -> tuple[str, int, str | None]:
        sku = self._sku(_text(line, "SKU"))
        return sku, int(_text(line, "Quantity")), line.findtext(f"{{{SHOP}}}Note")

    def pay_order(self, args: ET.Element) -> str:
        order = self.order(args)
        self._only_when(order, "open")
        payment = _need(args, "Payment")
        kind = payment.get(f"{{{XSI}}}type", "").rpartition(":")[2]
        fields = [(child.tag.rpartition("}")[2], child.text or "", child.get("currency")) for child in payment]
        order.update(payment=(kind, fields), status="paid", version=order["version"] + 1)
        return f"<Order{self.order_xml(order)}</Order>"

    def cancel_order(self, args: ET.Element) -> str:
        order = self.order(args)
        self._only_when(order, "open", "paid")
        order.update(status="cancelled", version=order["version"] + 1)
        return ""

    def get_customer(self, args: ET.Element) -> str:
        number = _text(args, "CustomerID")
        found = self.customers.get(number)
        if found is None:
            raise ShopFault("CustomerNotFound", f"No customer {number}", CustomerID=number)
        who = f"<VATNumber>{found['vat']}</VATNumber>" if "vat" in found else f"<BirthDate>{found['born']}</BirthDate>"
        mails = "".join(f"<EMail>{escape(mail)}</EMail>" for mail in found["mail"])
        name = escape(found["name"])
        return (
            f"<Customer><CustomerID>{number}</CustomerID><Name>{name}</Name>{who}{mails}<Since>2006</Since></Customer>"
        )

    def get_stock(self, args: ET.Element) -> str:
        sku = self._sku(_text(args, "SKU"))
        found = self.stock[sku]
        return (
            f"<Stock><SKU>{sku}</SKU><Name>{escape(found['name'])}</Name><OnHand>{found['on_hand']}</OnHand>"
            f"<Weight>{found['weight']}</Weight><Discontinued>{str(found['gone']).lower()}</Discontinued>"
            f'<Price currency="{CURRENCY}">{found["price"]}</Price></Stock>'
        )

    # ── pieces ───────────────────────────────────────────────────────────────────────────────────────────────────

    def order(self, args: ET.Element) -> Record:
        number = int(_text(args, "OrderID"))
        if number not in self.orders:
            raise ShopFault("OrderNotFound", f"No order {number}", OrderID=number)
        return self.orders[number]

    def _sku(self, sku: str) -> str:
        if sku not in self.stock:
            raise ShopFault("SkuNotFound", f"No article {sku}", SKU=sku)
        return sku

    def _only_when(self, order: Record, *states: str) -> None:
        if order["status"] not in states:
            text = f"Order {order['id']} is {order['status']}"
            raise ShopFault("WrongState", text, OrderID=order["id"], Status=order["status"])

    def order_xml(self, order: Record) -> str:
        """Everything after the element's name: its attributes, `>`, its content."""
        total = sum((Decimal(self.stock[sku]["price"]) * count for sku, count, _ in order["lines"]), Decimal(0))
        lines = "".join(self._line_xml(index, line) for index, line in enumerate(order["lines"], 1))
        deliver = f"<DeliverOn>{order['deliver']}</DeliverOn>" if order["deliver"] else '<DeliverOn xsi:nil="true"/>'
        comment = f"<Comment>{escape(order['comment'])}</Comment>" if order["comment"] is not None else ""
        return (
            f' version="{order["version"]}"><OrderID>{order["id"]}</OrderID>'
            f"<CustomerID>{order['customer']}</CustomerID>"
            f"<PlacedAt>{order['placed']}</PlacedAt>{deliver}<Status>{order['status']}</Status><Lines>{lines}</Lines>"
            f'<Total currency="{CURRENCY}">{total}</Total>{_payment_xml(order["payment"])}{comment}'
        )

    def _line_xml(self, index: int, line: tuple[str, int, str | None]) -> str:
        sku, count, note = line
        noted = '<Note xsi:nil="true"/>' if note is None else f"<Note>{escape(note)}</Note>"
        price = self.stock[sku]["price"]
        return (
            f'<Line number="{index}"><SKU>{sku}</SKU><Quantity>{count}</Quantity>'
            f'<UnitPrice currency="{CURRENCY}">{price}</UnitPrice>{noted}</Line>'
        )


def _payment_xml(payment: tuple[str, list[tuple[str, str, str | None]]] | None) -> str:
    if payment is None:
        return ""
    kind, fields = payment
    inner = ""
    for name, text, currency in fields:
        attribute = f' currency="{currency}"' if currency else ""
        inner += f"<p:{name}{attribute}>{escape(text)}</p:{name}>"
    return f'<Payment xsi:type="p:{kind}">{inner}</Payment>'


def _need(parent: ET.Element, name: str) -> ET.Element:
    found = parent.find(f"{{{SHOP}}}{name}")
    if found is None:
        raise ValueError(f"{name} is missing")
    return found


def _text(parent: ET.Element, name: str) -> str:
    return _need(parent, name).text or ""


class Handler(BaseHTTPRequestHandler):
    """One SOAP request at a time, after a pause that an old machine needs."""

    shop: Shop
    wsdl: bytes
    delay_s: float
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._send(200, self.wsdl)

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", "0"))
        if size > BODY_MAX:
            self._send(413, b"")
            return
        threading.Event().wait(self.delay_s)  # this is the slowness that the bridge's cache hides
        try:
            status, content = 200, self._answer(self.rfile.read(size))
        except ShopFault as fault:
            status, content = 500, _fault_xml("Client", fault.text, _detail(fault))
        except (ET.ParseError, ValueError, KeyError, AttributeError) as error:
            status, content = 500, _fault_xml("Client", f"Bad request: {error}", "")
        self._send(status, _envelope(content))

    def _answer(self, data: bytes) -> str:
        body = ET.fromstring(data).find(f"{{{SOAP}}}Body")  # noqa: S314  see the import: loopback, bounded in size
        if body is None or len(body) != 1:
            raise ValueError("one element is needed in the Body")
        name = body[0].tag.rpartition("}")[2]
        operations = {
            "GetOrder": self.shop.get_order,
            "ListOrders": self.shop.list_orders,
            "CreateOrder": self.shop.create_order,
            "PayOrder": self.shop.pay_order,
            "CancelOrder": self.shop.cancel_order,
            "GetCustomer": self.shop.get_customer,
            "GetStock": self.shop.get_stock,
        }
        with self.shop.lock:
            inner = operations[name](body[0])
        return f'<{name}Response xmlns="{SHOP}" xmlns:p="{PAYMENTS}" xmlns:xsi="{XSI}">{inner}</{name}Response>'

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the library's
        """Quiet: the terminal belongs to the bridge."""


def _detail(fault: ShopFault) -> str:
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fault.fields.items())
    return f'<{fault.name} xmlns="{SHOP}">{inner}</{fault.name}>'


def _fault_xml(code: str, text: str, detail: str) -> str:
    inside = f"<detail>{detail}</detail>" if detail else ""
    return f"<e:Fault><faultcode>e:{code}</faultcode><faultstring>{escape(text)}</faultstring>{inside}</e:Fault>"


def _envelope(content: str) -> bytes:
    return f'<?xml version="1.0"?><e:Envelope xmlns:e="{SOAP}"><e:Body>{content}</e:Body></e:Envelope>'.encode()


def serve(port: int, delay_s: float) -> ThreadingHTTPServer:
    """A server that is bound but not yet running; port 0 takes a free one."""
    wsdl = Path(__file__).with_name("shop.wsdl").read_bytes()
    Handler.shop, Handler.delay_s = Shop(), delay_s
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    Handler.wsdl = wsdl.replace(b"127.0.0.1:8081", f"127.0.0.1:{server.server_address[1]}".encode())
    return server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--delay", type=float, default=0.4, help="seconds that every call takes")
    options = parser.parse_args()
    server = serve(options.port, options.delay)
    print(f"http://127.0.0.1:{server.server_address[1]}/shop?wsdl", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
