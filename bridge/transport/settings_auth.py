"""How an outbound connection proves who we are: one kind of credentials each, settings only.

Secrets are references; the values are read once, when a session is opened.
"""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from bridge.settings import DurationS, Secret, Settings
from bridge.transport.origins import has_userinfo, origin

_FIELD_NAME = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"  # RFC 9110 §5.6.2; a field name
_TEXT = r"^[^\x00-\x1f\x7f]+$"
# What says where a request ends, where it goes and what it is: a key in its place would break it.
_NOT_A_KEY = frozenset(
    [
        *("connection", "content-encoding", "content-length", "content-type", "expect", "host", "keep-alive"),
        *("proxy-authorization", "soapaction", "te", "trailer", "transfer-encoding", "upgrade"),
    ]
)


class BasicAuth(Settings):
    """A user name and a password (RFC 7617)."""

    username: str = Field(examples=["shop"], min_length=1, pattern=r"^[^:\x00-\x1f]+$")
    """The user name; it cannot hold a colon."""
    password: Secret = Field(examples=["env:ERP_PASSWORD"])
    """Where the password is found."""


class DigestAuth(Settings):
    """A user name and a password that never cross the wire (RFC 7616)."""

    username: str = Field(examples=["shop"], min_length=1, pattern=_TEXT)
    """The user name."""
    password: Secret = Field(examples=["env:ERP_PASSWORD"])
    """Where the password is found."""


class NtlmAuth(Settings):
    """A Windows account, by NTLM version 2; needs the extra `ntlm`."""

    username: str = Field(examples=["CORP\\shop", "shop@corp.example"], min_length=1, pattern=_TEXT)
    """The account: `DOMAIN\\user`, `user@domain`, or the name alone."""
    password: Secret = Field(examples=["env:ERP_PASSWORD"])
    """Where the password is found."""
    domain: str | None = Field(None, examples=["CORP"], min_length=1, pattern=r"^[^\x00-\x1f\x7f\\]+$")
    """The domain, when it is not part of the user name."""
    workstation: str | None = Field(None, examples=["BRIDGE01"], min_length=1, max_length=15, pattern=_TEXT)
    """The name we give as our own machine, for accounts that may log on from some machines only; else none."""

    @model_validator(mode="after")
    def _one_domain(self) -> Self:
        if self.domain and ("\\" in self.username or "@" in self.username):
            raise ValueError("the domain is in the user name already; give it once")
        return self


class OAuthAuth(Settings):
    """A token from an authorization server, by the client credentials grant (RFC 6749 §4.4)."""

    token_url: str = Field(examples=["https://login.example/oauth2/token"])
    """Where tokens are given out. Our secret goes there and nowhere else, through the same proxy and TLS settings."""
    client_id: str = Field(examples=["bridge"], min_length=1)
    """Our name there."""
    client_secret: Secret = Field(examples=["env:OAUTH_SECRET"])
    """Where our secret is found."""
    scope: str | None = Field(None, examples=["orders.read orders.write"], min_length=1)
    """What is asked for; names with blanks between."""
    audience: str | None = Field(None, examples=["https://erp.example"], min_length=1)
    """For whom the token is, where the server wants `audience` to say so."""
    resource: str | None = Field(None, examples=["https://erp.example"], min_length=1)
    """The same by RFC 8707, where the server wants `resource`."""
    auth_style: Literal["basic", "post"] = Field("basic", examples=["post"])
    """How our secret is sent: in an `Authorization: Basic` header, or in the form."""
    extra: dict[str, str] = Field(default_factory=dict, examples=[{"tenant": "north"}])
    """Further fields of the form. What is secret does not belong here."""
    lifetime: DurationS = Field(300.0, examples=["5m"], gt=0)
    """How long a token is used when the server does not say (`expires_in`)."""

    @field_validator("token_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if not origin(value) or urlsplit(value).fragment:
            raise ValueError("an address starts with http:// or https:// and names a host")
        if has_userinfo(value):
            raise ValueError("credentials do not belong in an address; use client_id and client_secret")
        return value

    @field_validator("extra")
    @classmethod
    def _not_ours(cls, value: dict[str, str]) -> dict[str, str]:
        ours = {"grant_type", "client_id", "client_secret", "scope", "audience", "resource"}
        if taken := sorted(ours & value.keys()):
            raise ValueError(f"{taken[0]} has a key of its own")
        return value


class ApiKeyAuth(Settings):
    """A key in a header of its own."""

    header: str = Field("X-API-Key", examples=["X-API-Key"], pattern=_FIELD_NAME)
    """The name of the header."""
    key: Secret = Field(examples=["file:/run/secrets/erp_key"])
    """Where the key is found."""

    @field_validator("header")
    @classmethod
    def _free(cls, value: str) -> str:
        if value.lower() in _NOT_A_KEY:
            raise ValueError(f"{value} cannot carry a key")
        return value


class AuthSettings(Settings):
    """How we prove who we are: exactly one kind."""

    basic: BasicAuth | None = Field(None, examples=[{"username": "shop", "password": "env:ERP_PASSWORD"}])
    """HTTP Basic: user name and password."""
    digest: DigestAuth | None = Field(None, examples=[{"username": "shop", "password": "env:ERP_PASSWORD"}])
    """HTTP Digest: user name and password, as the answer to a challenge of the server."""
    ntlm: NtlmAuth | None = Field(None, examples=[{"username": "CORP\\shop", "password": "env:ERP_PASSWORD"}])
    """NTLM, or Negotiate with NTLM inside: a Windows account."""
    oauth: OAuthAuth | None = Field(
        None,
        examples=[
            {
                "token_url": "https://login.example/oauth2/token",
                "client_id": "bridge",
                "client_secret": "env:OAUTH_SECRET",
            }
        ],
    )
    """OAuth 2.0 client credentials: a token that is fetched and renewed."""
    bearer: Secret | None = Field(None, examples=["env:ERP_FIELD_NAME"])
    """A token for `Authorization: Bearer`."""
    api_key: ApiKeyAuth | None = Field(None, examples=[{"header": "X-API-Key", "key": "env:ERP_KEY"}])
    """A key in a header of its own."""

    @model_validator(mode="after")
    def _one_only(self) -> Self:
        kinds = (self.basic, self.digest, self.ntlm, self.oauth, self.bearer, self.api_key)
        if sum(each is not None for each in kinds) != 1:
            raise ValueError("give exactly one of basic, digest, ntlm, oauth, bearer or api_key")
        return self

    @property
    def header(self) -> str:
        """The name of the HTTP header that it fills in."""
        return self.api_key.header if self.api_key else "Authorization"
