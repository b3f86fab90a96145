"""How rules are written in a configuration. Each expression is compiled when it is read, so a bad one is found then."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from bridge.rules.faults import is_expression
from bridge.settings import DurationS, Settings
from bridge.shapes.jsonpath import BadExpression, Condition, Path


def _condition(text: str) -> str:
    try:
        Condition(text)
    except BadExpression as error:
        raise ValueError(error.detail) from error
    return text


def _path(text: str) -> str:
    try:
        Path(text)
    except BadExpression as error:
        raise ValueError(error.detail) from error
    return text


def _words(text: str) -> str:
    return _path(text) if text.startswith("$") else text


def _fault(text: str) -> str:
    return _condition(text) if is_expression(text) else text


def _code(key: object) -> object:
    # `404:` without quotes is a number in YAML, and means the same.
    return str(key) if isinstance(key, int) and not isinstance(key, bool) else key


ConditionText = Annotated[str, AfterValidator(_condition)]
"""A filter expression of RFC 9535 on the answer, which is `@`."""
PathText = Annotated[str, AfterValidator(_path)]
"""A query of RFC 9535 on the answer, which is `$`."""
FaultKey = Annotated[str, BeforeValidator(_code), AfterValidator(_fault)]
"""A name or a code of a fault (of HTTP its status), `{namespace}Type`, or a condition on `{name, code, subcodes, text,
detail}`."""


class FailRule(Settings):
    """A good answer that says it failed, and the problem it becomes. Mostly written as one text, the condition."""

    when: ConditionText = Field(examples=["@.success == false"])
    """The condition: a filter expression of RFC 9535 (JSONPath) in which `@` is the answer as clients see it."""
    status: int = Field(default=422, ge=400, le=599, examples=[404])
    """The HTTP status. From 500 on it is a failure of the system behind, and is tried again where that does no harm."""
    code: str = Field(default="failed", pattern=r"^[a-z][a-z0-9_]{0,63}$", examples=["order_not_found"])
    """The `code` of the problem document, for programs."""
    message: Annotated[str, AfterValidator(_words)] | None = Field(default=None, examples=["$.errorText"])
    """The words for a person: a path into the answer, or the text itself. Hosts, paths and traces are cut out."""
    detail: PathText | None = Field(default=None, examples=["$.errorInfo"])
    """The part of the answer that stands under `fault`; else the whole answer does."""
    retry_after: DurationS | None = Field(default=None, gt=0, examples=["5s"])
    """When to try again: sent as `Retry-After`, and kept to by our own next try."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        return {"when": data} if isinstance(data, str) else data

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        written = handler.resolve_ref_schema(handler(schema))
        about = written.pop("description", "")
        text = {"type": "string", "examples": ["@.success == false"]}
        return {"description": about, "anyOf": [text, written]}


class _OneOrMany:
    """Tells JSON Schema that a list of one may be written without its brackets."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | dict | FailRule) else value


FailRules = Annotated[tuple[FailRule, ...], BeforeValidator(_listed), _OneOrMany()]
"""One text, one rule, or a list; the first that holds decides."""
