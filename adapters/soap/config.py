"""What can be set about one SOAP upstream; everything about the connection itself is in transport/settings.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from adapters.soap.config_around import AddressingSettings, HeaderSettings, MediaType, SoapAction, merged
from adapters.soap.config_attachments import AttachmentSettings, OperationAttachmentSettings
from adapters.soap.config_security import SecuritySettings, with_paths
from adapters.soap.config_session import SessionSettings
from bridge.formats.xml.leniency import Leniency
from bridge.formats.xml.view import ViewOptions
from bridge.settings import Bytes, DurationS, Settings
from bridge.transport.origins import has_userinfo, is_http, origin
from bridge.transport.settings import ClientSettings
from bridge.transport.settings_lockout import LockoutSettings
from bridge.transport.settings_tls import tls_paths_from


def _without_every(value: object) -> object:
    # `refresh: every 24h` reads well in a file, so the word is allowed.
    return value.removeprefix("every ").strip() if isinstance(value, str) else value


def _address(value: str) -> str:
    if not origin(value):
        raise ValueError("an address starts with http:// or https:// and names a host")
    if has_userinfo(value):
        raise ValueError("credentials do not belong in an address; use auth")
    return value


def _null(value: object) -> object:
    # `null` without quotes is no text in YAML, and means the same here.
    return "null" if value is None else value


Refresh = Annotated[Literal["never", "start"] | DurationS, BeforeValidator(_without_every)]


class RequestSettings(Settings):
    """What requests may do although the WSDL forbids it, for services that want it so. Each use is counted
    (`bridge_requests_tolerated_total` in /metrics) and logged."""

    nulls: Literal["refuse", "nil", "omit"] = Field(default="refuse", examples=["omit"])
    """`null` for what is not nillable: an error, written as `xsi:nil`, or left out."""
    missing: Literal["refuse", "omit", "empty"] = Field(default="refuse", examples=["omit"])
    """What is required and not given: an error, left out, or written as an empty element."""
    values: Literal["refuse", "send"] = Field(default="refuse", examples=["send"])
    """Values outside an enumeration, a pattern, a length or a range."""
    counts: Literal["refuse", "send"] = Field(default="refuse", examples=["send"])
    """More or fewer items than declared."""
    choices: Literal["refuse", "send"] = Field(default="refuse", examples=["send"])
    """Several branches of a choice at once, or members of a mixed array in another order."""
    unknown: Literal["refuse", "send"] = Field(default="refuse", examples=["send"])
    """Elements and attributes that the WSDL does not have, given under `@unknown` in the form of free XML."""


class SoapOperationSettings(Settings):
    """Strictness and leniency of one operation of a SOAP service, where they differ from those of the service."""

    strict_answers: bool | None = Field(default=None, examples=[True])
    """Refuse answers that stray from the contract."""
    bad_dates: Literal["refuse", "text"] | None = Field(default=None, examples=["text"])
    """What becomes of a date in an answer that is none."""
    unknown_elements: Literal["keep", "drop"] | None = Field(default=None, examples=["drop"])
    """What an answer has beyond its contract."""
    missing_required: Annotated[Literal["absent", "null"] | None, BeforeValidator(_null)] = Field(
        default=None, examples=["null"]
    )
    """What an answer lacks although its contract requires it."""
    requests: RequestSettings | None = Field(default=None, examples=[{"nulls": "omit"}])
    """What requests may do although the WSDL forbids it; in place of what is said for the service."""
    headers: HeaderSettings | None = Field(default=None, examples=[{"from_clients": True}])
    """Header blocks; each key in place of the same one of the service."""
    addressing: bool | AddressingSettings | None = Field(default=None, examples=[{"action": "urn:orders/GetOrder"}])
    """WS-Addressing; each key in place of the same one of the service."""
    soap_action: SoapAction | None = Field(default=None, examples=["urn:orders#GetOrder"])
    """How the action is sent, or which; in place of what is said for the service."""
    attachments: OperationAttachmentSettings | None = Field(default=None, examples=[{"send": "mtom"}])
    """How binary values travel; each key in place of the same one of the service."""

    @property
    def file_of_answer(self) -> str:
        """Where the file of its answer is; "" for the only one."""
        return (self.attachments and self.attachments.answer) or ""


class SoapSettings(ClientSettings):
    """One SOAP service: where its WSDL is, which of its ports, and how its data looks to clients."""

    wsdl: str = Field(examples=["https://erp.example/orders?wsdl"], min_length=1)
    """The WSDL: an http(s) address or a path."""
    service: str | None = Field(default=None, examples=["OrderService"])
    """Which service of the WSDL. Without it calls go to the first one that can be used, and the operations that
    only the others have are offered as well."""
    port: str | None = Field(default=None, examples=["OrderServiceSoap12"])
    """Which port of the service; else the first that can be used."""
    endpoint: str | None = Field(default=None, examples=["https://erp.example/orders"])
    """Where calls go, in place of the address in the WSDL. Credentials go here."""
    resolve: dict[str, str] = Field(
        default_factory=dict, examples=[{"http://old.example/types.xsd": "/etc/bridge/types.xsd"}]
    )
    """Local copies of documents that cannot be fetched: address to path."""
    refresh: Refresh = Field(default="never", examples=["24h"])
    """When the WSDL is fetched again: `never`, at each `start`, or after a time such as `24h`."""
    rewrite: dict[str, str] = Field(
        default_factory=dict, examples=[{"http://erp01.internal:8080/": "https://erp.example/"}]
    )
    """Beginnings of addresses to be replaced, in documents and in the address of the service."""
    allow_imports: tuple[str, ...] = Field(default=(), examples=[["https://schemas.example"]])
    """Further origins that documents may be imported from. Their own origin always may."""
    tolerate_missing: bool = Field(default=False, examples=[True])
    """Go on without schemas that cannot be had; what needs them is left out."""
    security: SecuritySettings | None = Field(
        default=None, examples=[{"username_token": {"username": "shop", "password": "env:ERP_PASSWORD"}}]
    )
    """WS-Security: what requests carry, and what answers must prove."""
    session: SessionSettings | None = Field(
        default=None,
        examples=[
            {
                "login": "Login",
                "with": {"username": "shop", "password": "env:ERP_PASSWORD"},
                "token": "$.sessionId",
                "send": {"header": "{urn:shop}SessionHeader/sessionId"},
            }
        ],
    )
    """It wants a login first: the bridge keeps the session, and logs in again when it is over."""
    lockout: LockoutSettings = Field(default=LockoutSettings(), examples=[{"attempts": 3, "pause": "15m"}])
    """What happens when the service refuses our password."""
    strict_answers: bool = Field(default=False, examples=[True])
    """Refuse answers that stray from the contract, instead of counting what was overlooked."""
    naming: Literal["camel", "snake", "keep"] = Field(default="camel", examples=["snake"])
    """How the names of the schema are written in JSON: `orderId`, `order_id`, or as they are."""
    numbers: Literal["number", "string"] = Field(default="number", examples=["string"])
    """Whether 64-bit and decimal numbers are JSON numbers or strings."""
    bad_dates: Literal["refuse", "text"] = Field(default="refuse", examples=["text"])
    """What becomes of a date in an answer that is none: an error, or its text."""
    unknown_elements: Literal["keep", "drop"] = Field(default="keep", examples=["drop"])
    """What an answer has beyond its contract: kept under `@unknown`, or left out. Counted either way."""
    missing_required: Annotated[Literal["absent", "null"], BeforeValidator(_null)] = Field(
        default="absent", examples=["null"]
    )
    """What an answer lacks although its contract requires it: absent, or `null`. Counted either way."""
    requests: RequestSettings = Field(default=RequestSettings(), examples=[{"nulls": "omit", "values": "send"}])
    """What requests may do although the WSDL forbids it."""
    headers: HeaderSettings = Field(
        default=HeaderSettings(), examples=[{"send": ["<t:Tenant xmlns:t='urn:t'>7</t:Tenant>"]}]
    )
    """Header blocks beside those that the WSDL declares."""
    addressing: bool | AddressingSettings | None = Field(default=None, examples=[True])
    """WS-Addressing. Without it a WSDL that demands it gets it; `false` turns it off."""
    soap_action: SoapAction = Field(default="quoted", examples=["unquoted"])
    """How the action of a request is sent: `quoted`, `unquoted` or `omit`; any other text is sent in its place."""
    content_type: MediaType | None = Field(default=None, examples=["text/xml"])
    """The type of requests, for servers that want another one than that of their SOAP version."""
    attachments: AttachmentSettings = Field(default=AttachmentSettings(), examples=[{"send": "mtom"}])
    """How binary values travel: in the envelope, or beside it (MTOM, SOAP with attachments)."""
    nodes_max: int = Field(default=200_000, examples=[500_000], ge=1, le=20_000_000)
    """How many elements and attributes an answer may have; the byte limit alone does not bound memory."""
    documents_max: int = Field(default=500, examples=[1000], ge=1)
    """How many documents a WSDL may consist of."""
    documents_bytes_max: Bytes = Field(default=64_000_000, examples=["64MB"], gt=0)
    """How large they may be together."""

    @field_validator("wsdl")
    @classmethod
    def _wsdl(cls, value: str) -> str:
        if is_http(value):
            return _address(value)
        if "://" in value:
            raise ValueError("a WSDL is an http(s) address or a path")
        return value

    @field_validator("endpoint")
    @classmethod
    def _endpoint(cls, value: str | None) -> str | None:
        return None if value is None else _address(value)

    @field_validator("rewrite")
    @classmethod
    def _rewrite(cls, value: dict[str, str]) -> dict[str, str]:
        for begin, replacement in value.items():
            _address(replacement)
            if not is_http(begin):
                raise ValueError(f"{begin!r}: what is replaced is the beginning of an http(s) address")
            if begin.endswith("/") != replacement.endswith("/"):
                # else https://erp.example + @evil.test, or erp.example.evil.test, would follow from it
                raise ValueError(f"{begin!r}: both sides end in a slash, or neither does")
        return value

    @property
    def view(self) -> ViewOptions:
        """How data looks to clients, and what is let through."""
        return ViewOptions(
            self.naming,
            self.numbers,
            self.bad_dates,
            self.unknown_elements,
            self.missing_required,
            Leniency(**self.requests.model_dump()),
        )

    @model_validator(mode="after")
    def _one_header_each(self) -> Self:
        """The header of `auth` is filled in last, so a token in it would never be sent."""
        name = self.session.send.http_header if self.session else None
        if name and self.auth and name.lower() == self.auth.header.lower():
            raise ValueError(f"session and auth both fill in the HTTP header {name}")
        return self

    def of(self, own: SoapOperationSettings) -> SoapSettings:
        """The same as one operation has it."""
        given = {name: merged(getattr(self, name), value) for name, value in own if value is not None}
        if own.attachments is not None:
            given["attachments"] = self.attachments.of(own.attachments)
        return self.model_copy(update=given) if given else self

    @property
    def configured(self) -> tuple[str, ...]:
        """The addresses that a person wrote down: their origins may see credentials."""
        given = (self.wsdl if is_http(self.wsdl) else None, self.endpoint, *self.rewrite.values())
        return tuple(url for url in given if url)


def paths_from(settings: SoapSettings, folder: Path) -> SoapSettings:
    """The same with relative paths read from `folder`, where the configuration file lies."""

    def absolute(path: str) -> str:
        return str(folder / path)

    changes: dict[str, object] = {"resolve": {url: absolute(path) for url, path in settings.resolve.items()}}
    if not is_http(settings.wsdl):
        changes["wsdl"] = absolute(settings.wsdl)
    if settings.ca:
        changes["ca"] = folder / settings.ca
    if settings.tls:
        changes["tls"] = tls_paths_from(settings.tls, folder)
    if settings.security:
        changes["security"] = with_paths(settings.security, folder)
    return settings.model_copy(update=changes)
