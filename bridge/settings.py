"""What every settings model stands on: unknown keys refused, values frozen, units in the types.

Each room keeps its own settings beside its code; `bridge/config` composes them. Every field has a description, a
default and an example: the reference page and the JSON Schema are generated from them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import core_schema

SECRET_BYTES_MAX = 64_000


class Settings(BaseModel):
    """The base of all settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, populate_by_name=True)


class ShortSettings(Settings):
    """Settings that may be written as one text: the field that `short` names."""

    short: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {cls.short: value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        written = handler.resolve_ref_schema(handler(schema))
        about = written.pop("description", "")
        text = {"type": "string", "examples": written["properties"][cls.short]["examples"]}
        return {"description": about, "anyOf": [text, written]}


class Secret:
    """A reference to a secret: `env:NAME` or `file:/path`. The value is read when asked for and never printed."""

    def __init__(self, reference: str) -> None:
        scheme, _, rest = reference.partition(":")
        if scheme not in {"env", "file"} or not rest:
            raise ValueError("a secret is a reference, never the value itself: write env:NAME or file:/path")
        self.reference = reference

    def reveal(self) -> str:
        """The value, one line end removed. Raises ValueError that names the reference when there is none."""
        scheme, _, rest = self.reference.partition(":")
        if scheme == "env":
            value = os.environ.get(rest)
            if value is None:
                raise ValueError(f"the environment variable {rest} is not set")
            if not value:
                raise ValueError(f"the environment variable {rest} is empty")
            return value
        value = _secret_file(Path(rest))
        if not value:
            raise ValueError(f"the secret file {rest} is empty")
        return value

    def __repr__(self) -> str:
        return f"Secret({self.reference})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reference == self.reference

    def __hash__(self) -> int:
        return hash(self.reference)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.str_schema(),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda secret: secret.reference),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "pattern": "^(env|file):.+", "description": "env:NAME or file:/path"}


def _secret_file(path: Path) -> str:
    """A pipe or a device could keep us waiting for ever, or give without end."""
    try:
        if not path.is_file():
            raise ValueError(f"the secret file {path} cannot be read: it is not there, or is no regular file")
        if path.stat().st_size > SECRET_BYTES_MAX:
            raise ValueError(f"the secret file {path} is larger than {SECRET_BYTES_MAX // 1000} kB")
        return path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise ValueError(f"the secret file {path} cannot be read: {error.strerror}") from error


_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = re.compile(r"(\d+)(B|kB|MB|GB)?")
_UNIT_BYTES = {"": 1, "B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3}
_RATE = re.compile(r"(\d+)/(s|m|h|d)")
_SHARE = re.compile(r"(\d{1,3}(?:\.\d+)?)%")


def parse_duration_s(text: object) -> float:
    """`250ms`, `20s`, `1.5m`, `2h`, `7d` → seconds."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("a duration is a number and a unit, such as 250ms, 20s, 5m, 2h or 7d")
    return float(match[1]) * _UNIT_S[match[2]]


def parse_bytes(text: object) -> int:
    """`512`, `64kB`, `2MB`, `1GB` → bytes."""
    match = _BYTES.fullmatch(str(text)) if isinstance(text, str | int) and not isinstance(text, bool) else None
    if match is None:
        raise ValueError("a size is a whole number and a unit, such as 64kB, 2MB or 1GB")
    return int(match[1]) * _UNIT_BYTES[match[2] or ""]


def parse_rate_per_s(text: object) -> float:
    """`5/s`, `100/m` → events per second."""
    match = _RATE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("a rate is a count and a unit of time, such as 5/s or 100/m")
    return int(match[1]) / _UNIT_S[match[2]]


def parse_share(text: object) -> float:
    """`20%` → 0.2."""
    match = _SHARE.fullmatch(text) if isinstance(text, str) else None
    if match is None or float(match[1]) > 100:
        raise ValueError("a share is a percentage from 0% to 100%, such as 20%")
    return float(match[1]) / 100


class _Written:
    """Tells JSON Schema that a value is written as text."""

    def __init__(self, pattern: str, example: str) -> None:
        self.pattern, self.example = pattern, example

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "pattern": self.pattern, "examples": [self.example]}


DurationS = Annotated[float, BeforeValidator(parse_duration_s), _Written(r"^\d+(\.\d+)?(ms|s|m|h|d)$", "20s")]
"""Seconds; written `250ms`, `20s`, `5m`, `2h`, `7d`."""
Bytes = Annotated[int, BeforeValidator(parse_bytes), _Written(r"^\d+(B|kB|MB|GB)?$", "2MB")]
"""Bytes; written `64kB`, `2MB`, `1GB`."""
RatePerS = Annotated[float, BeforeValidator(parse_rate_per_s), _Written(r"^\d+/(s|m|h|d)$", "5/s")]
"""Events per second; written `5/s`, `100/m`."""
Share = Annotated[float, BeforeValidator(parse_share), _Written(r"^\d{1,3}(\.\d+)?%$", "20%")]
"""A part of a whole, from 0 to 1; written `20%`."""
