"""SOAP-encoded messages are graphs; this makes trees of them, in place (SOAP 1.1 §5.4.1, SOAP 1.2 part 2 §3.1.5).

`href="#id"` is replaced by what it refers to, the independent elements beside the message's own go, arrays that are
transmitted in part are filled up with nils, and the oldest spellings of xsi are made today's. What a small message
can ask for is counted before anything is copied: one that refers to itself, or too often to too much, is refused.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, field
from typing import cast

from lxml import etree
from lxml.etree import _Element as XmlElement

from bridge.formats.xml.layout import SOAP_11_ENCODING, SOAP_12_ENCODING, XSI
from bridge.formats.xml.reading import NIL, TYPE, Unreadable, is_nil, path_of
from bridge.formats.xml.wild import clark

COPIES_MAX = 50_000
CHARACTERS_MAX = 8_000_000
DEPTH_MAX = 200
HOPS_MAX = 100
PADDING_MAX = 10_000
"""How much a message may grow: elements and characters beyond its own, and nils that fill up arrays."""

_E11, _E12 = f"{{{SOAP_11_ENCODING}}}", f"{{{SOAP_12_ENCODING}}}"
_REFERENCES = ("href", f"{_E12}ref")
_IDS = ("id", f"{_E12}id")
_ARRAY_TYPE, _ITEM_TYPE, _ARRAY_SIZE = f"{_E11}arrayType", f"{_E12}itemType", f"{_E12}arraySize"
_MISPLACED = f"{_E12}arrayType"
_OFFSET, _POSITION, _ROOT = f"{_E11}offset", f"{_E11}position", f"{_E11}root"
_OLD_XSI = ("http://www.w3.org/1999/XMLSchema-instance", "http://www.w3.org/2000/10/XMLSchema-instance")
_RPC_RESULT = "{http://www.w3.org/2003/05/soap-rpc}result"
_ENVELOPES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
_BODIES = frozenset(f"{{{space}}}Body" for space in _ENVELOPES)
_OF_THE_GRAPH = frozenset({_IDS[1], _ROOT, f"{_E12}nodeType", *(f"{{{space}}}encodingStyle" for space in _ENVELOPES)})
_INDEX = re.compile(r"\s*\[\s*(\d{1,9})\s*\]\s*")

_SPACES = {"a": SOAP_11_ENCODING, "b": SOAP_12_ENCODING, "x": XSI, "o": _OLD_XSI[0], "p": _OLD_XSI[1]}
_REFERRING = "(starts-with(@href, '#') or @b:ref) and not(*) and not(normalize-space())"
_referring = etree.XPath(f"descendant-or-self::*[{_REFERRING}]", namespaces=_SPACES)
_identified = etree.XPath(".//*[@id or @b:id]", namespaces=_SPACES)
_typed = etree.XPath(".//*[@x:type or @a:arrayType or @b:itemType]", namespaces=_SPACES)
_arrays = etree.XPath(".//*[@a:arrayType or @b:arraySize]", namespaces=_SPACES)
_placed = etree.XPath(".//*[@a:offset or *[@a:position]]", namespaces=_SPACES)
_misplaced = etree.XPath(".//*[@b:arrayType]", namespaces=_SPACES)
_old = etree.XPath(".//*[@o:* or @p:*]", namespaces=_SPACES)
_marked = etree.XPath(".//*[@b:id or @b:nodeType or @a:root or @*[local-name() = 'encodingStyle']]", namespaces=_SPACES)


def as_tree(envelope: XmlElement) -> None:
    """Makes a tree of a message. Raises Unreadable."""
    body = next((one for one in envelope if one.tag in _BODIES), envelope)
    for element in _found(_old, envelope):
        _renew(element)
    for element in _found(_misplaced, envelope):
        element.set(_ARRAY_TYPE, str(element.attrib.pop(_MISPLACED)))
    if _found(_referring, envelope):
        _Graph(envelope, body).put_in_place()
    independent = [one for one in body if one.get(_ROOT) == "0"]
    for element in independent if len(independent) < len(_elements(body)) else ():
        _drop(element)
    for element in _found(_arrays, envelope):
        _check_array(element)
    _fill_up(_found(_placed, envelope))
    for element in _found(_marked, envelope):
        for name in _OF_THE_GRAPH & set(map(str, element.attrib)):
            del element.attrib[name]
    for element in body.findall(f"*/{_RPC_RESULT}"):
        _drop(element)  # it only says which of the others is the result


def _found(path: etree.XPath, element: XmlElement) -> list[XmlElement]:
    return cast(list[XmlElement], path(element))


def _elements(parent: XmlElement) -> list[XmlElement]:
    return [child for child in parent if isinstance(child.tag, str)]


def _drop(element: XmlElement) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _renew(element: XmlElement) -> None:
    """`xsi:null` and `xsi:type` of the drafts of XML Schema."""
    for name, value in list(element.attrib.items()):
        space, _, local = str(name)[1:].rpartition("}")
        if space in _OLD_XSI:
            del element.attrib[name]
            element.set(f"{{{XSI}}}{'nil' if local == 'null' else local}", value)


# ── references ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Target:
    """An element that is referred to: what it amounts to with all it refers to itself, and how often it is used.

    `aside`: it stands beside the message only to be referred to.
    """

    element: XmlElement
    references: list[XmlElement] = field(default_factory=list)
    aside: bool = False
    uses: int = 0
    nodes: int = 0
    size: int = 0
    depth: int = 0
    state: str = "new"


class _Graph:
    """The references of one message, followed twice: to count, then to put in place."""

    def __init__(self, envelope: XmlElement, body: XmlElement) -> None:
        self.envelope, self.body = envelope, body
        self.targets: dict[str, _Target] = {}
        for element in _found(_identified, envelope):
            made = _Target(element)
            self.targets.update({given: made for name in _IDS if (given := element.get(name)) is not None})
        self.referring = set(_found(_referring, envelope))
        self.own = self.own_size = self.spent = 0
        for element in envelope.iter():
            self.own += 1
            self.own_size += len(element.text or "") + len(element.tail or "")

    def put_in_place(self) -> None:
        for element in _found(_typed, self.envelope):
            _name_types(element)
        references = self._of_the_message()
        nodes = size = 0
        for reference in references:
            target = self._target(reference)
            self._measure(target, 0)
            target.uses += 1
            nodes, size = nodes + target.nodes, size + target.size
            self._check(nodes, size, _height(reference) + target.depth)
        for target in self.targets.values():
            if target.uses:
                for name in _IDS:
                    target.element.attrib.pop(name, "")
        for reference in references:
            self._fill(reference)
        for target in self.targets.values():
            if target.aside:
                _drop(target.element)

    def _of_the_message(self) -> list[XmlElement]:
        """All references but those in elements that are only there to be referred to."""
        used = {self._target(reference).element for reference in self.referring}
        children = _elements(self.body)
        aside = {child for child in children if child.get(_ROOT) == "0" or child in used}
        if len(aside) == len(children):
            aside.discard(children[0])
        for target in self.targets.values():
            target.aside = target.element in aside
        tops = [child for child in self.envelope if child is not self.body]
        tops += [child for child in children if child not in aside]
        return [reference for top in tops for reference in _found(_referring, top)]

    def _target(self, reference: XmlElement) -> _Target:
        given = next(value for name in _REFERENCES if (value := reference.get(name)) is not None)
        found = self.targets.get(given.removeprefix("#"))
        if found is None:
            raise Unreadable(f"{path_of(reference)} refers to {given[:80]!r}, which is not in the message")
        return found

    def _measure(self, target: _Target, hops: int) -> None:
        """What it costs to put a target in place. Raises Unreadable on circles and on what grows too large."""
        if target.state == "done":
            return
        if target.state == "open":
            raise Unreadable(f"{path_of(target.element)} refers to itself; a circle has no form in JSON")
        if hops > HOPS_MAX:
            raise Unreadable(f"{path_of(target.element)} is referred to over more than {HOPS_MAX} steps")
        target.state = "open"
        references = self._take_measure(target)
        self.spent += target.nodes
        self._check(self.spent // 4, target.size, target.depth)
        start = _height(target.element)
        for reference in references:
            inner = self._target(reference)
            self._measure(inner, hops + 1)
            inner.uses += 1
            target.references.append(reference)
            target.nodes, target.size = target.nodes + inner.nodes, target.size + inner.size
            target.depth = max(target.depth, _height(reference) - start + inner.depth)
            self._check(target.nodes, target.size, target.depth)
        target.state = "done"

    def _take_measure(self, target: _Target) -> list[XmlElement]:
        """Its own elements, characters and levels; the references in it."""
        found: list[XmlElement] = []
        nodes = size = levels = 0
        waiting = [(target.element, 1)]
        while waiting:
            one, level = waiting.pop()
            nodes, levels = nodes + 1, max(levels, level)
            size += len(one.text or "") + len(one.tail or "")
            if one in self.referring:
                found.append(one)
            waiting.extend((child, level + 1) for child in one)
        target.nodes, target.size, target.depth = nodes, size, levels
        return found[::-1]

    def _check(self, nodes: int, size: int, depth: int) -> None:
        if nodes > self.own + COPIES_MAX or size > self.own_size + CHARACTERS_MAX:
            raise Unreadable("the message is too large when each of its references is followed")
        if depth > DEPTH_MAX:
            raise Unreadable(f"the message is nested more than {DEPTH_MAX} deep when its references are followed")

    def _fill(self, reference: XmlElement) -> None:
        """Gives a reference the content of its target, which is moved where nobody else needs it."""
        if not any(name in reference.attrib for name in _REFERENCES):
            return
        target = self._target(reference)
        for inner in target.references:
            self._fill(inner)
        for name in _REFERENCES:
            reference.attrib.pop(name, "")
        for key, value in target.element.attrib.items():
            if key not in _OF_THE_GRAPH:
                reference.set(key, value)
        reference.text = target.element.text
        target.uses -= 1
        inside = list(target.element)
        reference.extend(inside if target.aside and not target.uses else [deepcopy(one) for one in inside])


def _name_types(element: XmlElement) -> None:
    """Names of types as `{namespace}local`: prefixes are not the same elsewhere."""
    for name in (TYPE, _ITEM_TYPE):
        if (given := element.get(name)) is not None:
            element.set(name, clark(element, given))
    if (given := element.get(_ARRAY_TYPE)) is not None:
        of, bracket, sizes = given.partition("[")
        element.set(_ARRAY_TYPE, clark(element, of) + bracket + sizes)


def _height(element: XmlElement) -> int:
    return sum(1 for _ in element.iterancestors())


# ── arrays ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _check_array(element: XmlElement) -> None:
    sizes = (element.get(_ARRAY_TYPE) or "").rpartition("[")[2]
    if "," in sizes or len((element.get(_ARRAY_SIZE) or "").split()) > 1:
        raise Unreadable(f"{path_of(element)} is an array of several dimensions, which is not supported")
    if is_nil(element):
        for name in (_ARRAY_TYPE, _ITEM_TYPE, _ARRAY_SIZE):
            element.attrib.pop(name, "")


def _fill_up(arrays: list[XmlElement]) -> None:
    """Puts nils where an array leaves items out: before its offset, and between positions."""
    left = PADDING_MAX
    for array in arrays:
        at = _index(array, _OFFSET) or 0
        array.attrib.pop(_OFFSET, "")
        left = _allowed(array, at, left)
        for _ in range(at):
            array.insert(0, _nil())
        for item in _elements(array)[at:]:
            place = _index(item, _POSITION)
            item.attrib.pop(_POSITION, "")
            if place is not None and place < at:
                raise Unreadable(f"{path_of(item)} has a position that is taken already")
            if place is not None:
                left = _allowed(array, place - at, left)
                for _ in range(place - at):
                    item.addprevious(_nil())
                at = place
            at += 1


def _allowed(array: XmlElement, count: int, left: int) -> int:
    if count > left:
        raise Unreadable(f"{path_of(array)} leaves out more than {PADDING_MAX} items")
    return left - count


def _nil() -> XmlElement:
    return etree.Element("item", {NIL: "true"})


def _index(element: XmlElement, name: str) -> int | None:
    given = element.get(name)
    if given is None:
        return None
    found = _INDEX.fullmatch(given)
    if found is None:
        raise Unreadable(f"{path_of(element)} has the place {given[:40]!r}, which is not that of one item")
    return int(found[1])
