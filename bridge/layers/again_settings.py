"""How one write is kept from being done twice, and how the bridge finds out whether it was done."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from bridge.rules.settings import ConditionText
from bridge.settings import DurationS, Settings
from bridge.store.answers import KEPT_S_MIN

_TEMPLATE = re.compile(r"(?:[^{}]|\{[A-Za-z_@][\w.@-]*\})+")
_FIELD = re.compile(r"\{([^{}]+)\}")
# What speaks about the connection, or is a credential, carries no key.
_TAKEN = frozenset(
    [
        *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "host", "expect"),
        *("content-length", "content-type", "content-encoding", "accept", "accept-encoding", "soapaction"),
        *("authorization", "proxy-authorization", "cookie", "traceparent", "tracestate", "user-agent"),
    ]
)


def check_key(template: str) -> str:
    """Raises ValueError that says what a template of a key is."""
    if not _TEMPLATE.fullmatch(template):
        raise ValueError("this is a text with fields of the arguments, such as order:{number}")
    return template


def fields_of(template: str) -> tuple[str, ...]:
    """The fields that a template is filled with, in their order."""
    return tuple(_FIELD.findall(template))


def _key(template: str) -> str:
    if not fields_of(check_key(template)):
        raise ValueError("without a field of the arguments all requests would have one key; write order:{number}")
    return template


def _free(name: str) -> str:
    if name.lower() in _TAKEN:
        raise ValueError(f"{name} says something else already")
    return name


def _long(keep_s: float) -> float:
    if keep_s < KEPT_S_MIN:
        raise ValueError("an answer is kept for 72h at the least")
    return keep_s


Template = Annotated[str, AfterValidator(check_key)]


class IdempotencySettings(Settings):
    """The same request again is answered as before, and not done again. `true` for the usual."""

    key: Annotated[str, AfterValidator(_key)] | None = Field(default=None, examples=["order:{number}"])
    """The key of a request that comes without one, made of fields of its arguments (`a.b` for a nested one). Where one
    of them is not there, the request has none."""
    required: bool = Field(default=False, examples=[True])
    """Refuse a request that has no key."""
    keep: Annotated[DurationS, AfterValidator(_long)] = Field(
        default=KEPT_S_MIN, le=366 * 86400.0, examples=["72h", "7d"]
    )
    """How long the answer is kept: 72 hours at the least, so that a weekend lies in between."""
    wait: DurationS = Field(default=10.0, ge=0, le=60, examples=["10s", "0s"])
    """How long a request waits for the same one that is under way, before it is told so (409)."""
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"), AfterValidator(_free)] | None = Field(
        default=None, examples=["Idempotency-Key", "X-Request-Id"]
    )
    """The header in which the system behind gets a key of its own: an id that is the same whenever the same caller
    sends the same key for this operation. Without it the system behind gets none."""
    unquoted: bool = Field(default=False, examples=[True])
    """Take keys without quotes as well, as many clients send them. The header is a text in quotes by its
    specification."""

    @model_validator(mode="before")
    @classmethod
    def _usual(cls, value: Any) -> Any:
        if value is False:
            raise ValueError("what nobody asks for needs no word: leave `idempotency` out")
        return {} if value is True else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        written = handler.resolve_ref_schema(handler(schema))
        about = written.pop("description", "")
        return {"description": about, "anyOf": [{"const": True}, written]}


class ReconcileSettings(Settings):
    """How to find out whether a write was done whose outcome is unknown: by asking the same system."""

    operation: str = Field(min_length=1, examples=["FindOrder"])
    """The operation that is asked. It changes nothing, and says so with `safe: true`."""
    with_: dict[str, Template] = Field(default={}, alias="with", max_length=50, examples=[{"number": "{number}"}])
    """Its arguments, with fields of the arguments of the write. A field by itself keeps its kind."""
    applied_when: ConditionText = Field(examples=["@.found == true"])
    """What its answer says when the write was done: a condition of RFC 9535 (JSONPath) in which `@` is the answer. Of
    a refusal `@` is `{"problem": {"status": 404, "code": "fault", "fault": "OrderNotFound"}}`."""
    not_applied_when: ConditionText | None = Field(default=None, examples=["@.problem.status == 404"])
    """What it says when the write was not done: then the key is free again, and the write may be sent again. Without
    it the bridge never says so."""
    answer: bool = Field(default=False, examples=[True])
    """Its answer becomes that of the write. Otherwise the write is answered with a problem whose `outcome` is
    `applied`."""
    tries: int = Field(default=3, ge=1, le=20, examples=[3])
    """How often it is asked at the most, each time somebody wants to know."""
    pause: DurationS = Field(default=1.0, gt=0, le=60, examples=["1s"])
    """How long it waits before it asks again; twice as long each time."""
    quiet: DurationS = Field(default=30.0, ge=0, le=86400, examples=["30s", "5m"])
    """How long after the write it is believed that it was not done: until then the system behind may still be at it."""

    @model_validator(mode="after")
    def _two_sides(self) -> Self:
        if self.applied_when == self.not_applied_when:
            raise ValueError("`applied_when` and `not_applied_when` say the same")
        return self
