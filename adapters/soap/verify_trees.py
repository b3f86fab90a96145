"""Whether two XML trees say the same: names by URI, attributes in any order, type names resolved, idle space aside.

Texts may differ in form where the value is the same (`1` and `true`, `+5` and `5`); that no text became another value
is seen by reading both as JSON, which is the caller's business.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from lxml import etree

from bridge.formats.xml.layout import XSI, Attribute, ComplexType, Element, Group, Layout, Particle
from bridge.shapes.numbers import exact

_TYPE, _NIL = f"{{{XSI}}}type", f"{{{XSI}}}nil"
_HINTS = frozenset({f"{{{XSI}}}schemaLocation", f"{{{XSI}}}noNamespaceSchemaLocation"})
_SHOWN_MAX = 80
_NAME = re.compile(r"(?:([^\s:{}]+):)?([^\s:{}]+)")


Presets = Mapping[str, frozenset[str]]
"""Local name of an element or attribute → the texts that it may have without being there or having any."""


def presets(layout: Layout) -> Presets:
    """The defaults and fixed values of a schema. By local name alone: this is a comparison, not a validation."""
    found: dict[str, set[str]] = {}

    def add(one: Element | Attribute) -> None:
        for text in (one.default, one.fixed):
            if text is not None:
                found.setdefault(one.name.rpartition("}")[2], set()).add(text)

    todo: list[Particle] = [*layout.elements.values()]
    for each in layout.types.values():
        if isinstance(each, ComplexType):
            todo += [each.content] if each.content else []
            for attribute in each.attributes:
                add(attribute)
    while todo:
        one = todo.pop()
        if isinstance(one, Element):
            add(one)
        elif isinstance(one, Group):
            todo += one.items
    return {name: frozenset(texts) for name, texts in found.items()}


def apart(one: etree._Element, other: etree._Element, known: Presets) -> str | None:
    """Where and how they differ, for people; None where they do not. `other` may say what `one` leaves to `known`."""
    todo = [(one, other, f"/{_local(one)}")]
    while todo:
        left, right, at = todo.pop()
        if left.tag != right.tag:
            return f"{at}: {left.tag} became {right.tag}"
        if said := _attributes(left, right, known) or _texts(left, right, known):
            return f"{at}: {said}"
        mine, theirs = _children(left), _children(right)
        if len(mine) != len(theirs):
            return f"{at}: {len(mine)} elements became {len(theirs)}"
        theirs = _in_order(mine, theirs)
        todo += [(a, b, f"{at}/{_local(a)}") for a, b in zip(mine, theirs, strict=True)][::-1]
    return None


def _in_order(mine: list[etree._Element], theirs: list[etree._Element]) -> list[etree._Element]:
    """Of an `xs:all` the order says nothing. Where it does, the other tree is not valid, which its judge tells."""
    by_name = {str(one.tag): one for one in theirs}
    names = [str(one.tag) for one in mine]
    if len(by_name) == len(theirs) and by_name.keys() == set(names):
        return [by_name[name] for name in names]
    return theirs


def _attributes(one: etree._Element, other: etree._Element, known: Presets) -> str | None:
    left, right = _said(one), _said(other)
    for name in left.keys() | right.keys():
        mine, theirs = left.get(name), right.get(name)
        if mine is None and theirs in known.get(name.rpartition("}")[2], ()):
            continue
        if mine is None or theirs is None or not _same(mine, theirs, one, other):
            return f"the attribute {name} {_shown(mine)} became {_shown(theirs)}"
    return None


def _said(element: etree._Element) -> dict[str, str]:
    found = {str(name): str(value) for name, value in element.attrib.items() if name not in _HINTS}
    if _TYPE in found:
        found[_TYPE] = resolved(found[_TYPE], element)
    if found.get(_NIL, "").strip() in {"false", "0"}:
        del found[_NIL]
    elif _NIL in found:
        found.pop(_TYPE, None)  # what is nil has no value that could be of a type
    return found


def _texts(one: etree._Element, other: etree._Element, known: Presets) -> str | None:
    preset = known.get(_local(one), frozenset())
    for mine, theirs in zip(_runs(one), _runs(other), strict=False):
        if not mine.strip() and any(_same(text, theirs, one, other) for text in preset):
            continue
        if not _same(mine, theirs, one, other):
            return f"{_shown(mine)} became {_shown(theirs)}"
    return None


def _runs(element: etree._Element) -> list[str]:
    """The texts before, between and after the children; between elements white space alone is nothing."""
    children = _children(element)
    runs = [element.text or "", *(child.tail or "" for child in children)]
    return [run if run.strip() else "" for run in runs] if children else runs


def _same(one: str, other: str, left: etree._Element, right: etree._Element) -> bool:
    if one == other or _same_word(one, other, left, right):
        return True
    mine, theirs = one.split(), other.split()
    if len(mine) != len(theirs) or len(mine) < 2:
        return False
    # The items of a list, each by its value.
    return all(a == b or _same_word(a, b, left, right) for a, b in zip(mine, theirs, strict=True))


def _same_word(one: str, other: str, left: etree._Element, right: etree._Element) -> bool:
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
