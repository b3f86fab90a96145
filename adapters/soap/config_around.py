"""What can be set around the Body of a SOAP message: header blocks, WS-Addressing, SOAPAction, the content type."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from adapters.soap.header_text import BLOCK_CHARACTERS_MAX, BlockText
from bridge.errors import BridgeError
from bridge.settings import Secret, Settings

BLOCKS_MAX = 50
_VALUE_NAME = r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]{1,2000}")
_MEDIA = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}(\s*;[ -~]{1,300})?", re.IGNORECASE)


def _uri(value: str) -> str:
    if not _URI.fullmatch(value):
        raise ValueError("must be an absolute URI without blanks, such as https://erp.example/orders or urn:orders")
    return value


def _header_text(value: str) -> str:
    if not value.isascii() or not value.isprintable() or len(value) > 2_000:
        raise ValueError("must be one line of printable ASCII")
    return value


def _media_type(value: str) -> str:
    if not _MEDIA.fullmatch(value):
        raise ValueError("must be a media type, such as text/xml, with its parameters if need be")
    return value


Uri = Annotated[str, AfterValidator(_uri)]
SoapAction = Annotated[str, AfterValidator(_header_text)]
MediaType = Annotated[str, AfterValidator(_media_type)]


class HeaderBlock(Settings):
    """A header block that is sent with each request. Without secrets it is mostly written as one text."""

    block: str = Field(examples=["<t:Key xmlns:t='urn:t'>{key}</t:Key>"], max_length=BLOCK_CHARACTERS_MAX)
    """One XML element with a namespace. `{name}` in its texts and attributes stands for a value."""
    values: dict[Annotated[str, Field(pattern=_VALUE_NAME)], Secret] = Field(
        default={}, examples=[{"key": "env:ERP_KEY"}]
    )
    """Where the values are found, by name. They are escaped, and masked wherever a message is shown."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        return {"block": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _fits(self) -> Self:
        try:
            lost = BlockText(self.block, tuple(self.values)).places - self.values.keys()
        except BridgeError as error:
            raise ValueError(error.detail) from error
        if lost:
            raise ValueError(f"there is no value for {{{min(lost)}}}; give it under values")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = {"type": "string", "examples": ["<t:Tenant xmlns:t='urn:t'>7</t:Tenant>"]}
        written = handler.resolve_ref_schema(handler(schema))
        about = written.pop("description", "")
        return {"description": about, "anyOf": [text, written]}


class HeaderSettings(Settings):
    """Header blocks that the WSDL does not declare. Those that it does are the member `headers` in any case."""

    send: tuple[HeaderBlock, ...] = Field(
        default=(), examples=[["<t:Tenant xmlns:t='urn:t'>7</t:Tenant>"]], max_length=BLOCKS_MAX
    )
    """Blocks that go with each request to the configured address."""
    from_clients: bool = Field(default=False, examples=[True])
    """Clients may add blocks of their own, as free XML under `headers/@any`. Blocks of WS-Security, WS-Addressing and
    SOAP itself, and those that the bridge writes, are refused."""
    undeclared: Literal["drop", "keep"] = Field(default="drop", examples=["keep"])
    """What becomes of undeclared blocks of an answer: left out and counted, or kept under `headers/@any`."""
    must_understand: Literal["check", "ignore"] = Field(default="check", examples=["ignore"])
    """An answer with a block that must be understood, and that nobody here does, is refused; or it is read."""


class AddressingSettings(Settings):
    """WS-Addressing of the requests. Without it a WSDL that demands it gets it."""

    version: Literal["2005/08", "2004/08"] | None = Field(default=None, examples=["2004/08"])
    """Which one; else the one that the WSDL demands, else 2005/08 (WS-Addressing 1.0)."""
    action: Literal["wsdl", "soap_action"] | Uri = Field(default="wsdl", examples=["urn:example:orders/GetOrder"])
    """The action: by the rules of the WSDL binding, the SOAPAction, or this URI (for one operation)."""
    to: Uri | None = Field(default=None, examples=["urn:example:orders"])
    """The address in `To`, where it is not the one that is called."""
    from_: Uri | None = Field(default=None, alias="from", examples=["urn:example:bridge"])
    """The address in `From`; without it there is none."""
    reply_to: Uri | None = Field(default=None, examples=["http://www.w3.org/2005/08/addressing/none"])
    """The address in `ReplyTo`, in place of the anonymous one. An answer that goes there is none here: such a call is
    done (202) when its message was taken."""
    fault_to: Uri | None = Field(default=None, examples=["https://faults.example/"])
    """The address in `FaultTo`; without it there is none."""
    relates_to: Literal["check", "ignore"] = Field(default="check", examples=["ignore"])
    """An answer that says it answers another message is refused; or it is read."""


def merged(service: object, operation: object) -> object:
    """The settings of an operation over those of its service: models of one kind key by key, all else as a whole."""
    if operation is True and isinstance(service, AddressingSettings):
        return service
    if not isinstance(operation, HeaderSettings | AddressingSettings) or type(service) is not type(operation):
        return operation
    own = {name: getattr(operation, name) for name in operation.model_fields_set}
    return service.model_copy(update=own) if isinstance(service, Settings) else operation
