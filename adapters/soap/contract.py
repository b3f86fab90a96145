"""The contract of a SOAP service: operations, bindings, messages and the XML Layout. Plain frozen data, no pickle.

Client-side names and unwrapping are a projection of (contract × options) and never stored here. `DERIVATION` is part
of the key under which a derived contract is kept: raise it whenever the same documents would give other data.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from bridge.formats.xml.layout import Layout

DERIVATION = 6

Version = Literal["1.1", "1.2"]
Style = Literal["document", "rpc"]
Use = Literal["literal", "encoded"]
Verb = Literal["GET", "POST"]
AddressingVersion = Literal["2005/08", "2004/08"]
Mtom = Literal["", "optional", "required"]


class Part(msgspec.Struct, frozen=True):
    """A message part: by `element` (a global element's Clark name) or by `type` (a type key); the other is ""."""

    name: str
    element: str = ""
    type: str = ""


class HeaderPart(msgspec.Struct, frozen=True):
    """A declared header (soap:header); always optional to the client."""

    part: Part
    use: Use = "literal"


class AttachedPart(msgspec.Struct, frozen=True):
    """A part of a message that travels beside the envelope (mime:content); `media`: of which types, "" for any."""

    name: str
    media: str = ""
    doc: str = ""


class Message(msgspec.Struct, frozen=True):
    """One direction. `parts` are the body's, in wire order (`parts=` and `parameterOrder` already applied);
    `wrapper` is the Clark name of the rpc wrapper element, "" for document style; `attachments` stand beside it."""

    parts: tuple[Part, ...] = ()
    headers: tuple[HeaderPart, ...] = ()
    use: Use = "literal"
    wrapper: str = ""
    doc: str = ""
    attachments: tuple[AttachedPart, ...] = ()


class DeclaredFault(msgspec.Struct, frozen=True):
    """A wsdl:fault; `part` describes the child of the fault's detail, or for a soap:headerfault its header block.

    `action`: that of WS-Addressing, which tells faults of one element apart.
    """

    name: str
    part: Part
    use: Use = "literal"
    doc: str = ""
    action: str = ""


class Addressed(msgspec.Struct, frozen=True):
    """The actions of WS-Addressing of both messages, and the version that the port demands, if it does."""

    action: str
    answer_action: str = ""
    demanded: AddressingVersion | None = None


class HttpBinding(msgspec.Struct, frozen=True):
    """How an operation travels without an envelope (WSDL 1.1 §4 and §5).

    `location` is put behind the address of the port; with `input` "path" it holds the parts' names in parentheses.
    `content_type` is that of a body that is sent, `accept` what may come back. The messages of such an operation are
    those of document/literal or, for parts that are named values, of rpc/literal: what they would be in an envelope.
    """

    verb: Verb
    location: str
    input: Literal["query", "form", "path", "xml", "text", "binary"]
    output: Literal["xml", "text", "binary", "nothing"]
    content_type: str = ""
    accept: tuple[str, ...] = ()


class Port(msgspec.Struct, frozen=True):
    """A port that was chosen or could be: its advertised address and SOAP version.

    `verb`: the method of a port with an HTTP GET/POST binding, whose `version` means nothing; "" for SOAP.
    """

    service: str
    name: str
    version: Version
    address: str
    verb: Literal["", "GET", "POST"] = ""


class OperationContract(msgspec.Struct, frozen=True):
    """`output` None: one-way. `problem`: why it cannot be used, "" when it can.

    `port`: where it is called; None is the contract's own port. The version is the same for all of a contract.
    `http`: it has an HTTP binding and is no SOAP. `header_faults`: what may come in the Header of a fault.
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
    http: HttpBinding | None = None
    header_faults: tuple[DeclaredFault, ...] = ()
    addressed: Addressed = Addressed("")


class SecurityDemand(msgspec.Struct, frozen=True):
    """What the WS-SecurityPolicy of a port asks of its clients, all operations taken together.

    `binding`: by which means messages are protected, "" where nothing is said. `suite`: the name of the algorithms.
    `signed`, `encrypted`: parts of requests as the settings name them, `*_back`: of answers. `key_info`: how our
    certificate is named, as in the settings. `unknown`: assertions that are not supported, by their names.
    """

    binding: Literal["", "transport", "asymmetric", "symmetric"] = ""
    suite: str = ""
    https: bool = False
    client_certificate: bool = False
    http_auth: str = ""
    timestamp: bool = False
    username_token: Literal["", "text", "digest"] = ""
    nonce: bool = False
    created: bool = False
    saml: str = ""
    signed: tuple[str, ...] = ()
    encrypted: tuple[str, ...] = ()
    signed_back: tuple[str, ...] = ()
    encrypted_back: tuple[str, ...] = ()
    key_info: str = ""
    receiver_key_info: str = ""
    encrypt_first: bool = False
    confirmation: bool = False
    unknown: tuple[str, ...] = ()


class Contract(msgspec.Struct, frozen=True):
    """`ports`: all usable ports of the WSDL; `port` the one these operations belong to.

    `warnings`: readable lines about what was left out or mended; `second_reading`: where zeep reads the same
    documents differently (`zeep could not load: …` where it cannot; empty: it agrees, if it was `compared` at all).
    `mtom`: what the policy of the port says of it, "" for nothing; `security`: what that asks of clients.
    """

    target: str
    port: Port
    ports: tuple[Port, ...]
    operations: dict[str, OperationContract]
    layout: Layout
    doc: str = ""
    warnings: tuple[str, ...] = ()
    second_reading: tuple[str, ...] = ()
    compared: bool = False
    mtom: Mtom = ""
    security: SecurityDemand | None = None
