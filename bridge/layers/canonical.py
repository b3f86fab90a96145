"""A call, and its answer, as the journal keeps them: before credentials, bounded, in one spelling. Pure.

The canonical call is what a job of the kind `call` takes, so an entry can be sent again as it is. What is over the
bound is cut: `@cut` says how much there was, and its SHA-256; a cut call cannot be sent again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.call import Call, JsonValue
from bridge.errors import CallError, MalformedJson
from bridge.shapes.json import Number, dumps, loads, quote

CUT = "@cut"
SORTED_BYTES_MAX = 16_000
"""Larger ones are kept in the order in which they came: to sort them would hold up everybody else."""
_CREDENTIALS = re.compile(
    r"auth(?!or\b)|cookie|session|password|secret|token|api-?key|credential|signature", re.IGNORECASE
)
_MASK = "***"
_FIELD = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A call as it is kept, and its values as far as they could be read."""

    data: bytes
    values: JsonValue


def kept_call(call: Call, digests: Mapping[str, str], bytes_max: int) -> Kept:
    """`digests`: the SHA-256 of each upload, by its pointer."""
    args = call.args if isinstance(call.args, bytes) else dumps(call.args).encode()
    parts = {
        "headers": _headers(call),
        "idempotencyKey": quote(call.idempotency_key) if call.idempotency_key else "",
        "operation": quote(call.operation),
        "principal": quote(call.principal.name) if call.principal else "",
        "uploads": _uploads(call, digests),
        "want": quote(call.want) if call.want != "json" else "",
    }
    if len(args) > bytes_max:
        return Kept(_object({CUT: dumps(_cut(args, bytes_max))} | parts), None)
    try:
        values: JsonValue = loads(args) if args.strip() else {}
    except MalformedJson:
        return Kept(_object({CUT: dumps(_cut(args, bytes_max))} | parts), None)
    text = dumps(_sorted(values)) if len(args) <= SORTED_BYTES_MAX else args.decode()
    return Kept(_object({"args": text} | parts), values)


def kept_body(body: bytes, bytes_max: int) -> bytes:
    """An answer as it is kept."""
    return body if len(body) <= bytes_max else _object({CUT: dumps(_cut(body, bytes_max))})


def kept_stream(media_type: str, size: int, digest: str) -> bytes:
    """An answer that went by in pieces."""
    said: JsonValue = {"bytes": Number(size), "sha256": digest, "mediaType": media_type}
    return _object({CUT: dumps(said)})


def kept_error(error: CallError, bytes_max: int, mask: Callable[[str], str] = str) -> bytes:
    """What the caller was told, without the secrets that the system behind may have quoted. The cause is not in it."""
    parts = {
        "code": quote(error.code),
        "detail": quote(mask(error.detail)),
        "fault": mask(error.fault.decode("utf-8", "replace")) if error.fault else "",
        "outcome": quote(error.outcome) if error.outcome else "",
        "status": str(error.status),
    }
    errors: JsonValue = [{"pointer": one.pointer, "detail": mask(one.detail)} for one in error.errors[:100]]
    return kept_body(_object(parts | {"errors": dumps(errors) if errors else ""}), bytes_max)


def about(template: str, values: JsonValue) -> str:
    """The template with fields of the arguments put in; "" when one of them is not there."""
    text = ""
    for index, part in enumerate(_FIELD.split(template)):
        if index % 2 == 0:
            text += part
            continue
        value = values.get(part) if isinstance(values, dict) else None
        if not isinstance(value, str):
            return ""
        text += value
    return text[:500]


def _object(parts: Mapping[str, str]) -> bytes:
    """Of texts that are JSON already; without what is ""."""
    return ("{" + ",".join(f"{quote(key)}:{parts[key]}" for key in sorted(parts) if parts[key]) + "}").encode(
        "utf-8", "replace"
    )


def _headers(call: Call) -> str:
    shown: JsonValue = {
        name.lower(): _MASK if _CREDENTIALS.search(name) else value for name, value in sorted(call.headers.items())
    }
    return dumps(shown) if shown else ""


def _uploads(call: Call, digests: Mapping[str, str]) -> str:
    files: JsonValue = {
        pointer: {
            "name": one.name,
            "mediaType": one.media_type,
            "bytes": Number(one.length),
            "sha256": digests.get(pointer, ""),
        }
        for pointer, one in sorted(call.uploads.items())
    }
    return dumps(files) if files else ""


def _cut(data: bytes, bytes_max: int) -> JsonValue:
    return {
        "bytes": Number(len(data)),
        "sha256": hashlib.sha256(data).hexdigest(),
        "begins": data[:bytes_max].decode("utf-8", "replace"),
    }


def _sorted(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value
