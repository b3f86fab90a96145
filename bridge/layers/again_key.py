"""What a request is known by: its key, a digest of who asks for what under it, a digest of the request itself. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from bridge.call import Call, JsonValue
from bridge.layers.keys import canonical, canonical_number
from bridge.shapes.json import Number, quote

KEY_MAX = 255
"""Characters of a key, whoever made it."""
_FIELD = re.compile(r"\{([^{}]+)\}")
_PLAIN = re.compile(r"-?[0-9]{1,40}")


def made_key(template: str, values: JsonValue) -> str:
    """A key out of fields of the arguments; "" where one is missing or empty, or where it gets too long."""
    text = ""
    for index, part in enumerate(_FIELD.split(template)):
        found = part if index % 2 == 0 else _text(at(values, part))
        if index % 2 and not found:
            return ""
        text += found
    return text if len(text) <= KEY_MAX else ""


def filled(template: str, values: JsonValue) -> JsonValue:
    """A template with fields put in. A field by itself keeps its kind; one that is not there is null, and "" in a
    text."""
    alone = _FIELD.fullmatch(template)
    if alone:
        return at(values, alone[1])
    parts = _FIELD.split(template)
    return "".join(part if index % 2 == 0 else _text(at(values, part)) for index, part in enumerate(parts))


def at(values: JsonValue, path: str) -> JsonValue:
    """What stands at a field such as `customer.id`; None when nothing does."""
    for name in path.split("."):
        values = values.get(name) if isinstance(values, dict) else None
    return values


def answer_id(call: Call, key: str) -> str:
    """By whom, for which operation, under which key: callers do not meet in each other's keys."""
    who = quote(call.principal.name) if call.principal else "null"
    return _digest(f"[{who},{quote(call.operation)},{quote(key)}]", 20).hex()


def sent_key(of_answer: str) -> str:
    """What the system behind gets for a key: the same each time, in the form of a UUID (RFC 9562, version 8)."""
    digits = hashlib.blake2b(of_answer.encode(), digest_size=16, person=b"sent key").hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def fingerprint(call: Call, values: JsonValue, files: Mapping[str, str]) -> str:
    """The same for the same request in other words. `files`: the digest of each upload, by its pointer."""
    parts = {
        "args": canonical(values),
        "files": canonical({pointer: files[pointer] for pointer in sorted(files)}),
        "headers": canonical({name.lower(): value for name, value in call.headers.items()}),
        "operation": quote(call.operation),
    }
    return _digest("{" + ",".join(f"{quote(name)}:{text}" for name, text in parts.items()) + "}", 20).hex()


def _text(value: JsonValue) -> str:
    if isinstance(value, Number):
        return str(value) if _PLAIN.fullmatch(value) else canonical_number(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else ""


def _digest(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()
