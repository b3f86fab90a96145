"""The parts of a message as names and texts, the way a query or a form has them; and back, for the mock. Pure.

Only what is flat fits: simple types, an array of them (its name repeated), and one element whose children are such.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element as XmlElement

from adapters.soap.contract import Message, Part
from bridge.errors import BridgeError
from bridge.formats.xml.builtin import BUILTINS
from bridge.formats.xml.layout import XSI, ComplexType, Element, Group, Layout, SimpleType
from bridge.shapes.model import Kind

Pairs = list[tuple[str, str]]
_NESTED_MAX = 20


class NotFlat(BridgeError):
    """Why a message cannot be names and texts, or why names and texts are not that message."""


@dataclass(frozen=True, slots=True)
class Param:
    """`tag`: its element in the message; `item`: what repeats inside that, "" when it holds the text itself."""

    name: str
    tag: str
    item: str = ""
    min: int = 1
    many: bool = False


@dataclass(frozen=True, slots=True)
class Params:
    """All of a message. `root`: the element they lie in."""

    root: str
    all: tuple[Param, ...]

    def pairs(self, body: XmlElement) -> Pairs:
        """What a Body with this message says; null and absent are both left out."""
        by_tag = {param.tag: param for param in self.all}
        found = [(by_tag.get(str(one.tag)), one) for holder in body for one in holder]
        return [(param.name, text) for param, one in found if param for text in _texts(param, one)]

    def element(self, pairs: Iterable[tuple[str, str]]) -> XmlElement:
        """The message that such names and texts mean. Raises NotFlat for what is unknown, missing or too much."""
        given: dict[str, list[str]] = {}
        for name, text in pairs:
            given.setdefault(name, []).append(text)
        unknown = [name for name in given if name not in {param.name for param in self.all}]
        if unknown:
            raise NotFlat(f"Unknown parameter: {unknown[0][:100]}.")
        root = etree.Element(self.root)
        for param in self.all:
            texts = given.get(param.name, [])
            if not texts and param.min and not param.item:
                raise NotFlat(f"Missing parameter: {param.name}.")
            if len(texts) > 1 and not param.many:
                raise NotFlat(f"The parameter {param.name} is there {len(texts)} times.")
            _append(root, param, texts)
        return root


def _texts(param: Param, element: XmlElement) -> Iterator[str]:
    for one in element if param.item else [element]:
        if one.get(f"{{{XSI}}}nil") not in {"true", "1"}:
            yield one.text or ""


def _append(root: XmlElement, param: Param, texts: list[str]) -> None:
    try:
        holder = etree.SubElement(root, param.tag) if param.item else root
        for text in texts:
            etree.SubElement(holder, param.item or param.tag).text = text
    except ValueError as error:
        raise NotFlat(f"The parameter {param.name} has characters that XML cannot hold.") from error


def params_of(layout: Layout, message: Message) -> Params:
    """Raises NotFlat when a part has structure that names and texts cannot carry."""
    if message.wrapper or not message.parts:
        return Params(message.wrapper, tuple(_of_part(layout, part) for part in message.parts))
    element = layout.elements[message.parts[0].element]
    return Params(element.name, tuple(_children(layout, element)))


def is_structure(layout: Layout, part: Part) -> bool:
    """Whether a part is an element whose children would be the parameters."""
    element = layout.elements.get(part.element)
    return element is not None and _simple(layout, element.type) is None


def _of_part(layout: Layout, part: Part) -> Param:
    key = layout.elements[part.element].type if part.element else part.type
    return _param(layout, part.name, Element(part.element or part.name, key))


def _children(layout: Layout, element: Element) -> Iterator[Param]:
    found = layout.types.get(element.type)
    if not isinstance(found, ComplexType) or _odd(found) or found.text:
        raise _structure(element.name)
    for child in _elements(found.content, element.name) if found.content else ():
        yield _param(layout, _local(child.name), child)


def _param(layout: Layout, name: str, element: Element) -> Param:
    simple = _simple(layout, element.type)
    if simple is not None:
        if simple.kind in {Kind.QNAME, Kind.NOTATION}:
            raise NotFlat(f"the part {name} is a qualified name, which a query or form cannot carry")
        return Param(name, element.name, "", element.min, many=element.max != 1)
    found = layout.types.get(element.type)
    if not isinstance(found, ComplexType) or found.content is None or _odd(found) or element.max != 1:
        raise _structure(name)
    inside = list(_elements(found.content, name))
    if len(inside) != 1 or inside[0].max == 1 or _simple(layout, inside[0].type) is None:
        raise _structure(name)
    return Param(name, element.name, inside[0].name, element.min, many=True)


def _elements(group: Group, name: str, depth: int = 0) -> Iterator[Element]:
    """The elements of a content without choices."""
    for item in group.items:
        if group.kind == "choice" or group.max != 1 or depth > _NESTED_MAX:
            raise _structure(name)
        if isinstance(item, Group):
            yield from _elements(item, name, depth + 1)
        elif isinstance(item, Element):
            yield item
        else:
            raise _structure(name)


def _odd(found: ComplexType) -> bool:
    return bool(found.attributes or found.any_attribute or found.mixed or found.abstract)


def _simple(layout: Layout, key: str) -> SimpleType | None:
    found = layout.types.get(key) or BUILTINS.get(key)
    return found if isinstance(found, SimpleType) else None


def _structure(name: str) -> NotFlat:
    return NotFlat(f"{_local(name)} has structure, which a query or form cannot carry")


def _local(name: str) -> str:
    return name.rpartition("}")[2]
