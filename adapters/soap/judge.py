"""A judge of SOAP messages that shares no code with our codec: libxml2 with the schemas of the WSDL itself.

What it finds invalid a second judge, `xmlschema`, is asked about, and so is everything where libxml2 cannot load the
schemas. Where the two disagree that is told, not hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from math import inf
from pathlib import Path

from lxml import etree

from adapters.soap.contract import Contract, Message, OperationContract, Part, Use
from adapters.soap.documents import DocumentSet
from adapters.soap.judge_files import JUDGE, SchemaFiles
from adapters.soap.judge_messages import Synthesised, synthesise
from adapters.soap.judge_validators import Judgement, Validators
from bridge.formats.xml.safe import parse

ENVELOPES = ("{http://schemas.xmlsoap.org/soap/envelope/}", "{http://www.w3.org/2003/05/soap-envelope}")
_DETAILS = ("{0}Body/{0}Fault/detail/*".format(ENVELOPES[0]), "{0}Body/{0}Fault/{0}Detail/*".format(ENVELOPES[1]))
_STYLES = tuple(f"{space}encodingStyle" for space in ENVELOPES)


class Judge:
    """`why`: why libxml2 cannot load these schemas, "" when it can. `contract`: whose messages are judged; without
    it only elements that are declared globally are. `left_s`: how much time there is."""

    def __init__(
        self,
        docs: DocumentSet,
        folder: Path,
        contract: Contract | None = None,
        *,
        left_s: Callable[[], float] = lambda: inf,
    ) -> None:
        self._docs, self._folder, self._contract, self._left_s = docs, folder, contract, left_s
        self._literal = self._validators("literal")
        self.why = self._literal.why

    @cached_property
    def _encoded(self) -> Validators:
        return self._validators("encoded")

    def _validators(self, use: Use) -> Validators:
        folder = self._folder / use
        folder.mkdir(exist_ok=True)
        files = SchemaFiles(self._docs, folder, encoded=use == "encoded")
        made = synthesise(self._contract, files, use) if self._contract else Synthesised()
        return Validators(files, made, self._left_s)

    # ── one message ──────────────────────────────────────────────────────────────────────────────────────────────

    def message(self, operation: OperationContract, side: str, message: Message, envelope: bytes) -> Judgement:
        """An envelope of an operation's `request` or `answer`: its Body, and the headers that are declared."""
        root = parse(envelope)
        headers = [one for space in ENVELOPES for one in root.iterfind(f"{space}Header/*")]
        body = next(one for space in ENVELOPES for one in root.iterfind(f"{space}Body"))
        key = f"{operation.name}/{side}"
        typed = {one.part.name: one.use for one in message.headers if one.part.type}
        judged = [self._header(one, key, typed) for one in headers]
        return worst([*judged, self._judging(message.use).body(key, message, body)])

    def fault(self, operation: OperationContract, number: int, envelope: bytes) -> Judgement:
        """An envelope with the fault that the operation declares as the `number`th."""
        fault, root = operation.faults[number], parse(envelope)
        found = [one for path in _DETAILS for one in root.iterfind(path)]
        if len(found) != 1:
            return Judgement("invalid", "the fault has no detail with one element")
        return self._judging(fault.use).part(f"{operation.name}/fault{number}", fault.part, found[0])

    def envelope(self, envelope: bytes) -> Judgement:
        """Every element in its Header and Body that is declared globally, whatever it is for; `not judged` is one
        that has none."""
        root = parse(envelope)
        found = [self.element(one) for space in ENVELOPES for one in root.iterfind(f"{space}*/*")]
        judged = [one for one in found if one.verdict != "not judged"]
        return worst(judged) if judged else Judgement("not judged", "nothing in this message is globally declared")

    def element(self, element: etree._Element) -> Judgement:
        """An element that is declared globally."""
        return self._literal.element(element)

    def _header(self, element: etree._Element, key: str, typed: Mapping[str, Use]) -> Judgement:
        name = str(element.tag)
        if name in typed:
            return self._judging(typed[name]).renamed(f"{key}/{name}", element)
        judged = self.element(element)
        return Judgement("valid") if judged.verdict == "not judged" else judged

    def _judging(self, use: Use) -> _Judging:
        return _Judging(self._encoded if use == "encoded" else self._literal)


class _Judging:
    """One message or part by the validators for its use."""

    def __init__(self, validators: Validators) -> None:
        self._validators = validators

    def body(self, key: str, message: Message, body: etree._Element) -> Judgement:
        children = [one for one in body if isinstance(one.tag, str)]
        if message.wrapper:
            if len(children) != 1 or children[0].tag != message.wrapper:
                return Judgement("invalid", f"the Body does not hold {message.wrapper} alone")
            return self.renamed(key, children[0])
        if not message.parts:
            return Judgement("invalid", "the Body is not empty") if children else Judgement("valid")
        if len(message.parts) > 1 or not message.parts[0].element:
            return self.renamed(key, body)
        if len(children) != 1:
            return Judgement("invalid", "the Body does not hold one element")
        return self.part(key, message.parts[0], children[0])

    def part(self, key: str, part: Part, element: etree._Element) -> Judgement:
        wanted = part.element or part.name
        if element.tag != wanted:
            return Judgement("invalid", f"there is {element.tag} in place of {wanted}")
        return self._validators.element(without_styles(element)) if part.element else self.renamed(key, element)

    def renamed(self, key: str, element: etree._Element) -> Judgement:
        """As the synthesised element that stands for it: rpc wrappers and parts by type are declared nowhere."""
        made = self._validators.made
        if key not in made.names:
            return Judgement("not judged", made.why.get(key, "its parts have no schema"))
        return self._validators.element(without_styles(element, f"{{{JUDGE}}}{made.names[key]}"))


def without_styles(element: etree._Element, name: str = "") -> etree._Element:
    """A copy, under another name, without what SOAP itself puts on elements. All prefixes are kept: they may stand in
    the values of xsi:type alone."""
    # Written and read: whatever else moves an element drops a second prefix of the same namespace.
    # In UTF-8, for names cannot be written by references as texts are.
    copy = etree.fromstring(etree.tostring(element, encoding="utf-8", with_tail=False))
    if name:
        copy.tag = name
    for one in copy.iter(etree.Element):
        for style in _STYLES:
            one.attrib.pop(style, "")
    return copy


def worst(judged: list[Judgement]) -> Judgement:
    """An invalid part makes a message invalid, one that was not judged leaves it not judged."""
    for verdict in ("invalid", "not judged"):
        for one in judged:
            if one.verdict == verdict:
                return one
    said = next((one.contradiction for one in judged if one.contradiction), "")
    return Judgement("valid", contradiction=said)
