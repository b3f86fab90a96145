"""A request and its answer as the journal may keep them: masked for sure, or not at all. Pure.

Secrets are known by the names of their fields and by where they were found; what is neither JSON nor a form, or too
large, is not kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from adapters.http.translate import is_json
from bridge.call import Hide, JsonValue, Side
from bridge.errors import MalformedJson
from bridge.shapes.json import Number, dumps, loads
from bridge.transport.masked import MASK, address, harmless, headers, plain
from bridge.transport.opened import Answer

WIRE_BYTES_MAX = 65_536
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that left. `secrets`: what of it nobody may see wherever it stands."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    media: str = ""
    secrets: tuple[str, ...] = ()


def request_side(sent: Sent, hide: Hide) -> Side:
    """To be asked before the answer: what is found here is hidden there."""
    for secret in sent.secrets:
        hide.learn(secret)
    for name, value in sent.headers:
        if not harmless(name):
            hide.learn(value)
    masked = headers(sent.headers, hide)
    line = f"{sent.method} {address(sent.url, hide)}"
    return Side(line, masked, _message(sent.body, sent.media, hide), len(sent.body or b""))


def answer_side(answer: Answer, hide: Hide) -> Side:
    masked = headers(answer.headers.items(), hide)
    return Side(str(answer.status), masked, _message(answer.body, answer.content_type, hide), answer.bytes_in)


def _message(body: bytes | None, media: str, hide: Hide) -> str | None:
    if not body or len(body) > WIRE_BYTES_MAX:
        return None
    bare = media.partition(";")[0].strip().lower()
    if is_json(bare):
        try:
            value = loads(body)
        except MalformedJson:
            return None
        _learn(value, hide, hidden=False)
        return dumps(_masked(value, hide))
    if bare == _FORM:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        for name, text in pairs:
            _learn({name: text}, hide, hidden=False)
        return urlencode([(name, MASK if hide.name(name) else plain(text, hide)) for name, text in pairs], safe="*")
    return None


def _learn(value: JsonValue, hide: Hide, *, hidden: bool) -> None:
    """What is hidden here is hidden everywhere."""
    if isinstance(value, dict):
        named = any(isinstance(one, str) and hide.name(one) for key, one in value.items() if _names(key))
        for key, one in value.items():
            _learn(one, hide, hidden=hidden or hide.name(key) or (named and not _names(key)))
    elif isinstance(value, list):
        for one in value:
            _learn(one, hide, hidden=hidden)
    elif hidden and isinstance(value, str):
        hide.learn(value)


def _masked(value: JsonValue, hide: Hide) -> JsonValue:
    if isinstance(value, dict):
        named = any(isinstance(one, str) and hide.name(one) for key, one in value.items() if _names(key))
        return {
            hide.text(key): MASK if hide.name(key) or (named and not _names(key)) else _masked(one, hide)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_masked(one, hide) for one in value]
    if isinstance(value, Number):
        return value if hide.text(value) == value else MASK
    return plain(value, hide) if isinstance(value, str) else value


def _names(key: str) -> bool:
    """Whether a field holds the name of the value beside it (`{"name": "pin", "value": …}`)."""
    return key.lower() in {"name", "key", "field", "param", "parameter", "property"}
