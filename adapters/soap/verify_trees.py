"""Whether two XML trees say the same: names by URI, attributes in any order, type names resolved, idle space aside.

Texts may differ in form where the value is the same (`1` and `true`, `+5` and `5`); that no text became another value
is seen by reading both as JSON, which is the caller's business.
"""

from __future__ import annotations

import base64
import binascii
import re

from lxml import etree

from bridge.formats.xml.layout import XSI
from bridge.shapes.numbers import exact

_TYPE, _NIL = f"{{{XSI}}}type", f"{{{XSI}}}nil"
_HINTS = frozenset({f"{{{XSI}}}schemaLocation", f"{{{XSI}}}noNamespaceSchemaLocation"})
_SHOWN_MAX = 80
_NAME = re.compile(r"(?:([^\s:{}]+):)?([^\s:{}]+)")


def apart(one: etree._Element, other: etree._Element) -> str | None:
    """Where and how they differ, for people; None where they do not."""
    todo = [(one, other, f"/{_local(one)}")]
    while todo:
        left, right, at = todo.pop()
        if left.tag != right.tag:
            return f"{at}: {left.tag} became {right.tag}"
        if said := _attributes(left, right) or _texts(left, right):
            return f"{at}: {said}"
        mine, theirs = _children(left), _children(right)
        if len(mine) != len(theirs):
            return f"{at}: {len(mine)} elements became {len(theirs)}"
        todo += [(a, b, f"{at}/{_local(a)}") for a, b in zip(mine, theirs, strict=True)][::-1]
    return None


def _attributes(one: etree._Element, other: etree._Element) -> str | None:
    left, right = _said(one), _said(other)
    for name in left.keys() | right.keys():
        mine, theirs = left.get(name), right.get(name)
        if mine is None or theirs is None or not _same(mine, theirs, one, other):
            return f"the attribute {name} {_shown(mine)} became {_shown(theirs)}"
    return None


def _said(element: etree._Element) -> dict[str, str]:
    found = {str(name): str(value) for name, value in element.attrib.items() if name not in _HINTS}
    if _TYPE in found:
        found[_TYPE] = resolved(found[_TYPE], element)
    if found.get(_NIL, "").strip() in {"false", "0"}:
        del found[_NIL]
    return found


def _texts(one: etree._Element, other: etree._Element) -> str | None:
    for mine, theirs in zip(_runs(one), _runs(other), strict=False):
        if not _same(mine, theirs, one, other):
            return f"{_shown(mine)} became {_shown(theirs)}"
    return None


def _runs(element: etree._Element) -> list[str]:
    """The texts before, between and after the children; between elements white space alone is nothing."""
    children = _children(element)
    runs = [element.text or "", *(child.tail or "" for child in children)]
    return [run if run.strip() else "" for run in runs] if children else runs


def _same(one: str, other: str, left: etree._Element, right: etree._Element) -> bool:
    if one == other:
        return True
    a, b = " ".join(one.split()), " ".join(other.split())
    if a == b or {a, b} in ({"1", "true"}, {"0", "false"}):
        return True
    x, y = exact(a), exact(b)
    if x is not None and y is not None:
        return x == y
    if ":" in a or ":" in b:
        return resolved(a, left) == resolved(b, right)
    return (a.upper() == b.upper() and _is_hex(a)) or (_bytes(a) is not None and _bytes(a) == _bytes(b))


def resolved(name: str, element: etree._Element) -> str:
    """A qualified name in Clark notation; what is none stays as it is."""
    match = _NAME.fullmatch(name.strip())
    if match is None:
        return name
    space = element.nsmap.get(match[1])
    return f"{{{space}}}{match[2]}" if space else name.strip()


def _is_hex(text: str) -> bool:
    return re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", text) is not None


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _children(element: etree._Element) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str)]


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _shown(text: str | None) -> str:
    return "(nothing)" if text is None else repr(text[:_SHOWN_MAX])
