"""Serves /types, /types12, /orders and /orders12 with Spyne, which writes its own WSDLs and validates what it gets.

Runs in an environment of its own (requirements.txt); it knows nothing of the bridge. Written as its manual shows.
"""

from __future__ import annotations

import datetime
import decimal
import logging
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytz
from spyne import (
    AnyUri,
    Application,
    Array,
    Boolean,
    ByteArray,
    ComplexModel,
    Date,
    DateTime,
    Decimal,
    Double,
    Duration,
    Fault,
    Float,
    Integer,
    Integer8,
    Integer16,
    Integer32,
    Integer64,
    Service,
    Time,
    Unicode,
    UnsignedInteger,
    UnsignedInteger8,
    UnsignedInteger16,
    UnsignedInteger32,
    UnsignedInteger64,
    XmlAttribute,
    XmlData,
    rpc,
)
from spyne.model.primitive import ID, Language, Name, NCName, NMToken, NormalizedString, QName, Token
from spyne.protocol.soap import Soap11, Soap12
from spyne.server.wsgi import WsgiApplication

TYPES = "urn:example:types"
ORDERS = "urn:example:orders"

SCALARS = {
    "string": Unicode,
    "normalizedString": NormalizedString,
    "token": Token,
    "language": Language,
    "name": Name,
    "ncName": NCName,
    "nmtoken": NMToken,
    "id": ID,
    "anyUri": AnyUri,
    "qName": QName,
    "boolean": Boolean,
    "decimal": Decimal,
    "integer": Integer,
    "nonNegativeInteger": UnsignedInteger,
    "long": Integer64,
    "int": Integer32,
    "short": Integer16,
    "byte": Integer8,
    "unsignedLong": UnsignedInteger64,
    "unsignedInt": UnsignedInteger32,
    "unsignedShort": UnsignedInteger16,
    "unsignedByte": UnsignedInteger8,
    "float": Float,
    "double": Double,
    "duration": Duration,
    "dateTime": DateTime,
    "time": Time,
    "date": Date,
    "hexBinary": ByteArray(encoding="hex"),
    "base64Binary": ByteArray,
}


def record(type_name: str, members: dict[str, object]) -> type:
    return type(ComplexModel)(
        type_name, (ComplexModel,), {"__namespace__": TYPES, "__type_name__": type_name, **members}
    )


Plain = record("Plain", {name: kind.customize(min_occurs=0, nillable=False) for name, kind in SCALARS.items()})
Nillable = record("Nillable", {name: kind.customize(min_occurs=0, nillable=True) for name, kind in SCALARS.items()})
Many = record("Many", {name: kind.customize(min_occurs=0, max_occurs="unbounded") for name, kind in SCALARS.items()})
Attributed = record("Attributed", {name: XmlAttribute(kind) for name, kind in SCALARS.items()})


def echo(name: str, kind: type) -> object:
    def operation(ctx: object, record: object) -> object:
        return record

    operation.__name__ = f"Echo{name}"
    return rpc(kind, _returns=kind, _out_variable_name="record")(operation)


Types = type(Service)(
    "Types",
    (Service,),
    {f"Echo{kind.__type_name__}": echo(kind.__type_name__, kind) for kind in (Plain, Nillable, Many, Attributed)},
)


class Address(ComplexModel):
    __namespace__ = "urn:example:common"
    street = Unicode(min_occurs=1, nillable=False)
    city = Unicode(min_occurs=1, nillable=False)
    country = XmlAttribute(Unicode)


class Customer(ComplexModel):
    __namespace__ = "urn:example:common"
    name = Unicode(min_occurs=1, nillable=False)
    email = Unicode(min_occurs=1, nillable=True)
    address = Address.customize(min_occurs=0)
    id = XmlAttribute(Integer32, use="required")


class Line(ComplexModel):
    __namespace__ = ORDERS
    sku = Unicode(min_occurs=1, nillable=False, pattern="[A-Z]{2}-[0-9]{4}")
    quantity = Decimal(min_occurs=1, nillable=False)
    price = Decimal(min_occurs=0, nillable=False)
    serial = Unicode(min_occurs=0, max_occurs="unbounded", nillable=False)
    no = XmlAttribute(Integer32, use="required")


class Money(ComplexModel):
    __namespace__ = ORDERS
    value = XmlData(Decimal)
    currency = XmlAttribute(Unicode, use="required")


class Payment(ComplexModel):
    __namespace__ = ORDERS
    reference = Unicode(min_occurs=0, nillable=False)


class CardPayment(Payment):
    __namespace__ = ORDERS
    lastDigits = Unicode(min_occurs=1, nillable=False)
    expires = Unicode(min_occurs=1, nillable=False)


class TransferPayment(Payment):
    __namespace__ = ORDERS
    iban = Unicode(min_occurs=1, nillable=False)


class Order(ComplexModel):
    __namespace__ = ORDERS
    orderId = Integer64(min_occurs=1, nillable=False)
    ordered = DateTime(min_occurs=1, nillable=False)
    dueDate = Date(min_occurs=0, nillable=True)
    customer = Customer.customize(min_occurs=1, nillable=False)
    lines = Array(Line.customize(type_name="Line"), member_name="line", min_occurs=0)
    total = Money.customize(min_occurs=1, nillable=False)
    deliverTo = Address.customize(min_occurs=0, nillable=False)
    payment = Payment.customize(min_occurs=0, nillable=False)
    remark = Unicode(min_occurs=0, max_occurs="unbounded", nillable=False)
    status = XmlAttribute(Unicode(values=["open", "shipped", "cancelled"]), use="required")


class Context(ComplexModel):
    __namespace__ = ORDERS
    tenant = Unicode(min_occurs=1, nillable=False)
    priority = Integer32(min_occurs=0, nillable=False)


class OrderNotFound(Fault):
    __namespace__ = ORDERS
    orderId = Integer64(min_occurs=1, nillable=False)
    searched = Unicode(min_occurs=0, max_occurs="unbounded", nillable=False)

    def __init__(self, order_id: int) -> None:
        self.orderId = order_id
        self.searched = ["live", "archive"]
        # Spyne writes a detail as it is given, whatever its WSDL says, so the names are spelt out.
        members = {f"{{{ORDERS}}}{name}": value for name, value in vars(self).items()}
        super().__init__(
            "Client.OrderNotFound", "There is no such order.", detail={f"{{{ORDERS}}}OrderNotFound": members}
        )


class Orders(Service):
    @rpc(Integer64(min_occurs=1, nillable=False), _returns=Order, _out_variable_name="order", _throws=[OrderNotFound])
    def GetOrder(ctx, orderId):
        """One order by its number."""
        if orderId == 404:
            raise OrderNotFound(orderId)
        number = decimal.Decimal
        return Order(
            orderId=orderId,
            ordered=datetime.datetime(2024, 2, 29, 23, 59, 59, 500000, pytz.FixedOffset(60)),
            customer=Customer(id=7, name="Zoë & Söhne <AG>"),
            lines=[
                Line(no=1, sku="AB-0001", quantity=number("2.50"), price=number("19.90"), serial=["S1", "S2"]),
                Line(no=2, sku="CD-0002", quantity=number("1")),
            ],
            total=Money(value=number("49.750"), currency="CHF"),
            deliverTo=Address(street="Weg 1", city="Bern"),
            payment=CardPayment(reference="R-1", lastDigits="4242", expires="2027-09"),
            status="open",
        )

    @rpc(Order.customize(min_occurs=1, nillable=False), _returns=Order, _out_variable_name="order")
    def EchoOrder(ctx, order):
        """Answers the order it was sent."""
        return order

    @rpc(_returns=Context, _in_header=(Context,), _out_variable_name="context")
    def WhoAmI(ctx):
        """Answers what the header said."""
        if ctx.in_header is None:
            raise Fault("Client", "No context header was sent.")
        return ctx.in_header

    @rpc(Unicode(min_occurs=1), Unicode(min_occurs=1), _returns=Unicode)
    def Fail(ctx, blame, text):
        """Fails with a fault that is declared nowhere; blame is client or server."""
        raise Fault("Client" if blame == "client" else "Server", text)


def application(service: type, namespace: str, protocol: type) -> WsgiApplication:
    return WsgiApplication(
        Application(
            [service],
            tns=namespace,
            name=service.__name__,
            in_protocol=protocol(validator="lxml"),
            out_protocol=protocol(polymorphic=True),
        )
    )


OFFERED = {
    "/types": application(Types, TYPES, Soap11),
    "/types12": application(Types, TYPES, Soap12),
    "/orders": application(Orders, ORDERS, Soap11),
    "/orders12": application(Orders, ORDERS, Soap12),
}


def dispatch(environ, start_response):
    # Spyne takes the last part of the path for itself when it describes the service.
    service = OFFERED.get(environ["PATH_INFO"].rstrip("/"))
    if service is None:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b""]
    return service(environ, start_response)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL)
    with make_server("127.0.0.1", 0, dispatch, handler_class=Quiet) as server:
        print(f"listening on {server.server_port}", flush=True)
        server.serve_forever()
