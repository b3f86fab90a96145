"""A request and its answer as the journal may keep them: masked for sure, or not at all. Pure.

Stricter than what a person is shown who asks for one call (`shown.py`): this stays. Secrets are known by where they
stand (WS-Security, the names of fields, pairs of a name and a value), by what was handed in, and by what was found at
such places; what then stands elsewhere, such as in a fault that quotes the request, is masked too. What is no XML, or
too large, is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from lxml import etree
from lxml.etree import _Element as XmlElement

from adapters.soap.shown import WHO_AND_WHEN
from bridge.call import Hide, Side
from bridge.errors import BridgeError
from bridge.formats.xml import safe
from bridge.transport.masked import MASK, address, harmless, headers, plain
from bridge.transport.opened import Answer

WIRE_BYTES_MAX = 65_536
_Mode = Literal["open", "security", "hidden"]
_OF_SECURITY = {"Id", "Type", "EncodingType", "ValueType", "Algorithm", "URI", "mustUnderstand", "actor", "role"}
"""Attributes in a security header that hold no secret."""
_NAMING = re.compile(r".*(?:key|name|field|param|parameter|property)", re.IGNORECASE)
"""What holds the name of the value beside it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that left. `body` None: there was none, or it was too large to be kept; `length`: of what left."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    length: int


def request_side(sent: Sent, secrets: Sequence[str], hide: Hide) -> Side:
    """To be asked before the answer: what is found here is hidden there."""
    for secret in secrets:
        hide.learn(secret)
    for name, value in sent.headers:
        if not harmless(name):
            hide.learn(value)
    masked = headers(sent.headers, hide)
    line = f"{sent.method} {address(sent.url, hide)}"
    return Side(line, masked, _message(sent.body, hide), sent.length)


def answer_side(answer: Answer, secrets: Sequence[str], hide: Hide) -> Side:
    for secret in secrets:
        hide.learn(secret)
    masked = headers(answer.headers.items(), hide)
    return Side(str(answer.status), masked, _message(answer.body, hide), answer.bytes_in)


def _message(message: bytes | None, hide: Hide) -> str | None:
    if not message or len(message) > WIRE_BYTES_MAX:
        return None
    try:
        root = safe.parse(message, bytes_max=WIRE_BYTES_MAX)
    except BridgeError:
        return None
    nodes = list(_walked(root, hide))
    for node, mode in nodes:
        _learn(node, mode, hide)
    for node, mode in nodes:
        _mask(node, mode, hide)
    return hide.text(etree.tostring(root, encoding="unicode"))


def _walked(root: XmlElement, hide: Hide) -> Iterable[tuple[XmlElement, _Mode]]:
    """Every node with what holds for what is in it."""
    below: list[tuple[XmlElement, _Mode]] = [(root, "open")]
    while below:
        node, mode = below.pop()
        if isinstance(node.tag, str):
            mode = _mode(node, mode, hide)
            below.extend((child, mode) for child in node)
        yield node, mode


def _mode(element: XmlElement, outer: _Mode, hide: Hide) -> _Mode:
    if outer != "open":
        return outer
    name = _local(element.tag)
    if name == "Security":
        return "security"
    named = [str(value) for key, value in element.attrib.items() if _NAMING.fullmatch(_local(key))]
    named += [one.text or "" for one in element if isinstance(one.tag, str) and _NAMING.fullmatch(_local(one.tag))]
    return "hidden" if hide.name(name) or any(hide.name(one.strip()) for one in named) else "open"


def _learn(node: XmlElement, mode: _Mode, hide: Hide) -> None:
    """What is hidden here is hidden everywhere."""
    if not isinstance(node.tag, str) or _is_open(node, mode):
        return
    if mode != "open":
        hide.learn((node.text or "").strip())
    for key, value in node.attrib.items():
        if _hides(str(key), mode, hide):
            hide.learn(str(value))


def _mask(node: XmlElement, mode: _Mode, hide: Hide) -> None:
    named: object = node.tag
    if not isinstance(named, str):
        node.text = MASK  # a comment, or an instruction
    elif node.text and node.text.strip():
        node.text = plain(node.text, hide) if mode == "open" or _is_open(node, mode) else MASK
    for child in node:
        if child.tail and child.tail.strip():
            child.tail = plain(child.tail, hide) if mode == "open" else MASK
    for key, value in node.attrib.items():
        node.attrib[key] = MASK if _hides(str(key), mode, hide) else plain(str(value), hide)


def _hides(key: str, mode: _Mode, hide: Hide) -> bool:
    """Whether an attribute is hidden."""
    name = _local(key)
    return mode == "hidden" or hide.name(name) or (mode == "security" and name not in _OF_SECURITY)


def _is_open(element: XmlElement, mode: _Mode) -> bool:
    return mode == "security" and element.tag in WHO_AND_WHEN


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]
