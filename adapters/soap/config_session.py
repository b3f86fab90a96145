"""What can be set about services that want a login first: how to log in, what to keep and send, when it is over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from bridge.rules.settings import ConditionText, FaultKey, PathText
from bridge.settings import DurationS, Secret, Settings
from bridge.shapes.json import Number
from bridge.shapes.jsonpath import Path
from bridge.transport.origins import has_userinfo, origin

DEPTH_MAX = 10
COOKIE: Literal["cookie"] = "cookie"
_SECRET = re.compile(r"(env|file):.+", re.DOTALL)
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_SECRETS = frozenset(["password", "passwd", "passphrase", "pwd", "pass", "secret", "token", "pin", "apikey"])
_HEADER_STEP = re.compile(r"\s*(?:\{([^{}]*)\})?([^\W\d][\w.-]*)\s*")
_FIELD_NAME = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$"
_STARRED = re.compile(r"(https?://)\*\.(.+)", re.IGNORECASE)
_NEVER = frozenset(
    ["content-type", "content-length", "host", "soapaction", "cookie", "connection", "transfer-encoding"]
)


def _is_secret(key: str) -> bool:
    """Whether what stands under this key is a secret, by its last word: `userPassword`, `api_key`, `PIN`."""
    words = [word.lower() for word in _WORD.findall(key)]
    return bool(words) and (words[-1] in _SECRETS or "".join(words[-2:]) in _SECRETS)


def _values(value: Any, depth: int = 0, way: tuple[str, ...] = ()) -> Any:
    """References become secrets, numbers keep their digits, lists become tuples, which nobody can change."""
    if depth > DEPTH_MAX:
        raise ValueError(f"the arguments of a login are nested deeper than {DEPTH_MAX} levels")
    match value:
        case str() if _SECRET.fullmatch(value):
            return Secret(value)
        case str() if value and way and _is_secret(way[-1]) and not isinstance(value, Number):
            text = "a secret does not stand in a configuration; write env:NAME or file:/path"
            raise PydanticCustomError("rule", "{message}", {"message": text, "path": way})
        case Number() | str() | bool() | None | Secret():
            return value
        case int() | float():
            return Number(repr(value))
        case Mapping():
            return {str(key): _values(inner, depth + 1, (*way, str(key))) for key, inner in value.items()}
        case list() | tuple():
            return tuple(_values(inner, depth + 1, way) for inner in value)
    raise ValueError("the arguments of a login are texts, numbers, true, false, lists and mappings")


def header_steps(text: str) -> tuple[tuple[str, str], ...]:
    """`{urn:x}SessionHeader/sessionId` → names from the block inwards, each with its namespace. A step without one has
    that of the step before it; `{}` is none. Raises ValueError."""
    steps: list[tuple[str, str]] = []
    for part in re.split(r"/(?![^{]*\})", text):
        match = _HEADER_STEP.fullmatch(part)
        if match is None:
            raise ValueError("a header is written {namespace}Name or {namespace}Name/Child")
        steps.append((match[1] if match[1] is not None else steps[-1][0] if steps else "", match[2]))
    if not steps[0][0]:
        raise ValueError("a header block has a namespace: {namespace}Name/Child")
    return tuple(steps)


def _header(text: str) -> str:
    header_steps(text)
    return text


def _keys(text: str) -> str:
    if not Path(text).keys:
        raise ValueError("the place of the token is a path of names only, such as $.auth.token")
    return text


def _http_header(name: str) -> str:
    if name.lower() in _NEVER:
        raise ValueError(f"{name} cannot carry a token" + ("; use cookie: true" if name.lower() == "cookie" else ""))
    return name


def _origin(text: str) -> str:
    starred = _STARRED.fullmatch(text)
    plain = f"{starred[1]}x.{starred[2]}" if starred else text
    if (
        not origin(plain)
        or "*" in plain
        or has_userinfo(plain)
        or plain.count("/") > 2
        or (starred and "." not in starred[2])
    ):
        raise ValueError("an origin is scheme and host, such as https://erp.example or https://*.erp.example")
    return text


class SendSettings(Settings):
    """Where a request carries the token: exactly one of these."""

    header: Annotated[str, AfterValidator(_header)] | None = Field(
        default=None, examples=["{urn:shop}SessionHeader/sessionId"]
    )
    """In a SOAP header block: the name of the block, and of the elements in it down to the token. An element without a
    namespace of its own has that of the one around it."""
    http_header: Annotated[str, Field(pattern=_FIELD_NAME), AfterValidator(_http_header)] | None = Field(
        default=None, examples=["X-Session"]
    )
    """In an HTTP header of this name."""
    prefix: str = Field(default="", max_length=50, pattern=r"^[\x20-\x7e]*$", examples=["Bearer "])
    """What stands before the token in the HTTP header."""
    cookie: Literal[True] | None = Field(default=None, examples=[True])
    """As the cookies that the answer to the login set."""
    element: Annotated[PathText, AfterValidator(_keys)] | None = Field(default=None, examples=["$.auth.token"])
    """In the arguments of each request that has this field. It is ours then: clients neither see nor send it."""

    @model_validator(mode="after")
    def _one_only(self) -> Self:
        given = [self.header, self.http_header, self.cookie, self.element]
        if sum(one is not None for one in given) != 1:
            raise ValueError("give exactly one of header, http_header, cookie or element")
        if self.prefix and self.http_header is None:
            raise ValueError("prefix belongs to http_header")
        return self


class ExpiredSettings(Settings):
    """What says that the session is over. One of these is enough."""

    fault: tuple[FaultKey, ...] = Field(default=(), examples=[["INVALID_SESSION_ID"]])
    """Faults: names, codes, `{namespace}Type`, or conditions on `{name, code, subcodes, text, detail}`."""
    when: ConditionText | None = Field(default=None, examples=["@.errorCode == 401"])
    """A condition on a good answer (RFC 9535), where `@` is the answer."""
    status: tuple[Annotated[int, Field(ge=400, le=599)], ...] = Field(default=(), examples=[[401]])
    """HTTP statuses. Without any of the three it is 401."""

    @property
    def statuses(self) -> frozenset[int]:
        return frozenset(self.status or (() if self.fault or self.when else (401,)))


class SessionSettings(Settings):
    """A service that wants a login before anything else. The bridge logs in once for everybody, keeps what it got, and
    logs in again when the session is over."""

    login: str = Field(examples=["Login"], min_length=1)
    """The operation that logs in. It is not offered to clients, unless it stands under `operations`."""
    with_: Annotated[dict[str, Any], BeforeValidator(_values)] = Field(
        default={}, alias="with", examples=[{"username": "shop", "password": "env:ERP_PASSWORD"}]
    )
    """Its arguments, as a client would send them; `env:NAME` and `file:/path` are secrets and read at each login. A
    text under a key such as `password`, `token` or `pin` must be one."""
    token: PathText | Literal["cookie"] = Field(examples=["$.sessionId"])
    """Where its answer holds the token: a path (RFC 9535, `$` is the answer), or `cookie`."""
    send: SendSettings = Field(examples=[{"header": "{urn:shop}SessionHeader/sessionId"}])
    """How requests carry the token."""
    expired: ExpiredSettings = Field(default=ExpiredSettings(), examples=[{"fault": ["INVALID_SESSION_ID"]}])
    """What says that the session is over: then the bridge logs in again, once for all, and repeats the call once."""
    logout: str | None = Field(default=None, examples=["Logout"], min_length=1)
    """The operation that ends the session, called when the bridge stops or reloads. Not offered to clients either."""
    lifetime: DurationS | None = Field(default=None, gt=0, examples=["20m"])
    """After this time the bridge logs in again before it is told to."""
    endpoint: PathText | None = Field(default=None, examples=["$.serverUrl"])
    """Where the answer to the login tells the address of all further calls. Its origin must be one that the
    configuration names."""
    endpoint_origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = Field(
        default=(), examples=[["https://*.my.erp.example"]]
    )
    """Further origins that address may have; `*.` stands for one or more names."""
    attempts: int = Field(default=3, ge=1, le=20, examples=[3])
    """How often in a row a login may be refused before the bridge stops asking for a while, so that a wrong password
    does not lock the account."""
    pause: DurationS = Field(default=900.0, gt=0, examples=["15m"])
    """How long that is. Calls are answered at once with `upstream_unauthorized` meanwhile."""
    timeout: DurationS = Field(default=30.0, gt=0, examples=["30s"])
    """How long one login may take."""
    per: Literal["service"] = Field(default="service", examples=["service"])
    """Who shares a session: all callers of the service."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.token == COOKIE) != bool(self.send.cookie):
            raise ValueError("token: cookie and send: {cookie: true} go together")
        if self.endpoint_origins and self.endpoint is None:
            raise ValueError("endpoint_origins needs endpoint")
        if self.login == self.logout:
            raise ValueError("login and logout are two operations")
        return self

    def allows(self, url: str) -> bool:
        """Whether one of the further origins is the origin of this address."""
        own = origin(url)
        return bool(own) and any(_is_within(own, one) for one in self.endpoint_origins)


def _is_within(own: str, allowed: str) -> bool:
    starred = _STARRED.fullmatch(allowed)
    if starred is None:
        return own == origin(allowed)
    wanted = origin(f"{starred[1]}x.{starred[2]}")
    scheme, _, rest = wanted.partition("://x.")
    return own.startswith(f"{scheme}://") and own.endswith(f".{rest}")
