"""WS-Addressing of one operation: the headers of a request, and whether an answer is one to it. Pure.

Web Services Addressing 1.0 (Core and SOAP Binding) and the submission of August 2004. What an answer says of where to
send anything (`To`, `ReplyTo`, `FaultTo`) is never followed: only the configuration and the contract name addresses.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from lxml.etree import _Element as XmlElement

from adapters.soap.config_around import AddressingSettings
from adapters.soap.contract import AddressingVersion, OperationContract
from adapters.soap.envelope import Parts
from adapters.soap.header_blocks import ADDRESSING
from bridge.errors import UpstreamInvalid
from bridge.formats.xml.writing import escape

_2005, _2004 = ADDRESSING
NAMESPACES: dict[AddressingVersion, str] = {"2005/08": _2005, "2004/08": _2004}
_ANONYMOUS: dict[AddressingVersion, str] = {"2005/08": f"{_2005}/anonymous", "2004/08": f"{_2004}/role/anonymous"}
_RELATES_TO = {f"{{{space}}}RelatesTo" for space in ADDRESSING}
_ACTION = {f"{{{space}}}Action" for space in ADDRESSING}
# To what a fault relates when the other side could not tell.
_UNKNOWN = {f"{_2005}/unspecified", f"{_2004}/id/unspecified"}
EXAMPLE_ID = "urn:uuid:00000000-0000-4000-8000-000000000000"
"""What a dry run shows."""


@dataclass(frozen=True, slots=True)
class Addressing:
    """How the messages of one operation are addressed. `to` "": the address that is called."""

    version: AddressingVersion
    action: str
    to: str = ""
    sender: str = ""
    reply_to: str = ""
    fault_to: str = ""
    relates_to: bool = True

    @property
    def answers_elsewhere(self) -> bool:
        """Whether no answer comes back on the connection."""
        return bool(self.reply_to) and self.reply_to not in _ANONYMOUS.values()

    def blocks(self, message_id: str, called: str) -> str:
        """The headers of one request to the address `called`."""
        endpoints = (("From", self.sender), ("ReplyTo", self.reply_to), ("FaultTo", self.fault_to))
        lines = [("Action", escape(self.action)), ("MessageID", escape(message_id))]
        lines += [("To", escape(self.to or called))]
        lines += [(name, f"<wsa:Address>{escape(one)}</wsa:Address>") for name, one in endpoints if one]
        space = NAMESPACES[self.version]
        return "".join(f'<wsa:{name} xmlns:wsa="{space}">{content}</wsa:{name}>' for name, content in lines)

    def check(self, parts: Parts, message_id: str) -> None:
        """Raises UpstreamInvalid for an answer that says it is one to another message."""
        answered = [_text(one) for one in parts.headers if one.tag in _RELATES_TO and _is_reply(one)]
        if parts.fault is not None:
            answered = [whom for whom in answered if whom not in _UNKNOWN]
        if self.relates_to and answered and message_id not in answered:
            raise UpstreamInvalid(cause=f"the answer relates to {answered[0][:100]!r}, not to {message_id}")


def _is_reply(relates_to: XmlElement) -> bool:
    """A URI in 1.0 and a qualified name before it; nothing at all means a reply."""
    kind = relates_to.get("RelationshipType", "").strip()
    return kind in {"", f"{_2005}/reply"} or kind.rpartition(":")[2] == "Reply"


def _text(element: XmlElement) -> str:
    return "".join(str(part) for part in element.itertext()).strip()


def addressing(settings: AddressingSettings | bool | None, operation: OperationContract) -> Addressing | None:
    """None where messages are not addressed. `settings` None: as the WSDL demands."""
    said = operation.addressed
    if operation.http or settings is False or (settings is None and said.demanded is None):
        return None
    own = settings if isinstance(settings, AddressingSettings) else AddressingSettings()
    version: AddressingVersion = own.version or said.demanded or "2005/08"
    actions = {"wsdl": said.action, "soap_action": operation.action or said.action}
    return Addressing(
        version,
        actions.get(own.action, own.action),
        own.to or "",
        own.from_ or "",
        own.reply_to or ("" if operation.output is None else _ANONYMOUS[version]),
        own.fault_to or "",
        own.relates_to == "check",
    )


def action_of(parts: Parts) -> str:
    """What a message says its action is, "" when it says nothing."""
    return next((_text(one) for one in parts.headers if one.tag in _ACTION), "")


def message_id(random: Callable[[int], bytes]) -> str:
    """A fresh one, for one attempt (RFC 9562, version 4)."""
    return uuid.UUID(bytes=random(16), version=4).urn
