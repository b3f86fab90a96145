"""What can be set about one HTTP system; everything about the connection itself is in transport/settings.py."""

from __future__ import annotations

import re
from typing import Any, Literal, Self

from pydantic import Field, GetJsonSchemaHandler, field_validator, model_validator
from pydantic_core import CoreSchema

from bridge.settings import Settings
from bridge.transport.origins import has_userinfo, origin
from bridge.transport.settings import ClientSettings

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
BODILESS = frozenset({"GET", "HEAD", "DELETE"})
_REQUEST = re.compile(r"(GET|HEAD|POST|PUT|PATCH|DELETE) +(/\S*)")
_PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class HttpSettings(ClientSettings):
    """One HTTP system that speaks JSON."""

    base: str = Field(examples=["https://api.example/v2"], min_length=1)
    """The address that the paths of its operations are put behind. Credentials go there."""

    @field_validator("base")
    @classmethod
    def _base(cls, value: str) -> str:
        if not origin(value) or "?" in value or "#" in value:
            raise ValueError("an address starts with http:// or https://, names a host, and has no ? and no #")
        if has_userinfo(value):
            raise ValueError("credentials do not belong in an address; use auth")
        return value.rstrip("/")


class HttpRequestSettings(Settings):
    """The request that an operation is. Mostly written as one text: `GET /orders/{orderId}`."""

    method: Method = Field(examples=["GET"])
    """The HTTP method."""
    path: str = Field(pattern=r"^/\S*$", max_length=2000, examples=["/orders/{orderId}"])
    """The path behind `base`. What stands in braces is taken from the arguments."""
    query: tuple[str, ...] = Field(default=(), examples=[["page", "size"]])
    """Arguments that go into the query. Without a body (GET, DELETE) all that the path does not take do."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if not isinstance(data, str):
            return data
        found = _REQUEST.fullmatch(data.strip())
        if found is None:
            raise ValueError("a request is a method and a path, such as GET /orders/{orderId}")
        return {"method": found[1], "path": found[2]}

    @model_validator(mode="after")
    def _plain_path(self) -> Self:
        bare = _PARAMETER.sub("", self.path)
        if "{" in bare or "}" in bare or "?" in bare or "#" in bare:
            raise ValueError("a parameter of a path is a name in braces, and the query is not part of it")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = {"type": "string", "pattern": "^(GET|HEAD|POST|PUT|PATCH|DELETE) +/", "examples": ["GET /orders/{id}"]}
        written = handler.resolve_ref_schema(handler(schema))
        about = written.pop("description", "")
        return {"description": about, "anyOf": [text, written]}

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the path, each once, in their order."""
        return tuple(dict.fromkeys(_PARAMETER.findall(self.path)))

    def filled(self, values: dict[str, str]) -> str:
        """The path with what stands for its parameters, already encoded."""
        return _PARAMETER.sub(lambda found: values[found[1]], self.path)
