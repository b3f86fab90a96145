"""The contract of a SOAP service: operations, bindings, messages and the XML Layout. Plain frozen data, no pickle.

Client-side names and unwrapping are a projection of (contract × options) and never stored here. `DERIVATION` is part
of the key under which a derived contract is kept: raise it whenever the same documents would give other data.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from bridge.formats.xml.layout import Layout

DERIVATION = 2

Version = Literal["1.1", "1.2"]
Style = Literal["document", "rpc"]
Use = Literal["literal", "encoded"]


class Part(msgspec.Struct, frozen=True):
    """A message part: by `element` (a global element's Clark name) or by `type` (a type key); the other is ""."""

    name: str
    element: str = ""
    type: str = ""


class HeaderPart(msgspec.Struct, frozen=True):
    """A declared header (soap:header); always optional to the client."""

    part: Part
    use: Use = "literal"


class Message(msgspec.Struct, frozen=True):
    """One direction. `parts` are the body's, in wire order (`parts=` and `parameterOrder` already applied);
    `wrapper` is the Clark name of the rpc wrapper element, "" for document style."""

    parts: tuple[Part, ...] = ()
    headers: tuple[HeaderPart, ...] = ()
    use: Use = "literal"
    wrapper: str = ""
    doc: str = ""


class DeclaredFault(msgspec.Struct, frozen=True):
    """A wsdl:fault; `part` describes the child of the fault's detail."""

    name: str
    part: Part
    use: Use = "literal"
    doc: str = ""


class Port(msgspec.Struct, frozen=True):
    """A port that was chosen or could be: its advertised address and SOAP version."""

    service: str
    name: str
    version: Version
    address: str


class OperationContract(msgspec.Struct, frozen=True):
    """`output` None: one-way. `problem`: why it cannot be used, "" when it can.

    `port`: where it is called; None is the contract's own port. The version is the same for all of a contract.
    """

    name: str
    style: Style
    action: str
    input: Message
    output: Message | None = None
    faults: tuple[DeclaredFault, ...] = ()
    doc: str = ""
    problem: str = ""
    port: Port | None = None


class Contract(msgspec.Struct, frozen=True):
    """`ports`: all SOAP ports of the WSDL; `port` the one these operations belong to.

    `warnings`: readable lines about what was left out or mended; `second_reading`: where zeep reads the same
    documents differently (empty: it agrees, or `zeep could not load: …`).
    """

    target: str
    port: Port
    ports: tuple[Port, ...]
    operations: dict[str, OperationContract]
    layout: Layout
    doc: str = ""
    warnings: tuple[str, ...] = ()
    second_reading: tuple[str, ...] = ()
