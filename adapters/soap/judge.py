"""A judge of SOAP messages that shares no code with our codec: libxml2 with the schemas of the WSDL itself.

What it finds invalid a second judge, `xmlschema`, is asked about, and so is everything where libxml2 cannot load the
schemas. Where the two disagree that is told, not hidden.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from lxml import etree

from adapters.soap.contract import Contract, Message, OperationContract, Part
from adapters.soap.documents import DocumentSet
from adapters.soap.judge_files import JUDGE, SchemaFiles
from adapters.soap.judge_messages import Synthesised, synthesise
from adapters.soap.judge_second import SecondJudge
from bridge.formats.xml.safe import parse

ENVELOPES = ("{http://schemas.xmlsoap.org/soap/envelope/}", "{http://www.w3.org/2003/05/soap-envelope}")
_DETAILS = ("{0}Body/{0}Fault/detail/*".format(ENVELOPES[0]), "{0}Body/{0}Fault/{0}Detail/*".format(ENVELOPES[1]))
SAID_MAX = 500
Verdict = Literal["valid", "invalid", "not judged"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """`said`: why it is invalid or was not judged. `contradiction`: what libxml2 said where xmlschema found it
    valid."""

    verdict: Verdict
    said: str = ""
    contradiction: str = ""


class Judge:
    """`why`: why libxml2 cannot load these schemas, "" when it can. `contract`: whose messages are judged; without
    it only elements that are declared globally are."""

    def __init__(self, docs: DocumentSet, folder: Path, contract: Contract | None = None) -> None:
        self._files = SchemaFiles(docs, folder)
        self._made = synthesise(contract, self._files) if contract else Synthesised()
        self.why = ""
        self._first = self._load()

    def _load(self) -> etree.XMLSchema | None:
        """With the synthesised messages, or without them where they are what cannot be loaded."""
        for text in dict.fromkeys((self._made.text, "")):
            self.main = self._files.main(text)
            try:
                return etree.XMLSchema(file=str(self.main))
            except etree.LxmlError as error:
                self.why = self.why or " ".join(str(error).split())[:SAID_MAX]
        return None

    @cached_property
    def second(self) -> SecondJudge:
        return SecondJudge(self.main)

    # ── one message ──────────────────────────────────────────────────────────────────────────────────────────────

    def message(self, operation: OperationContract, side: str, message: Message, envelope: bytes) -> Judgement:
        """An envelope of an operation's `request` or `answer`: its Body, and the headers that are declared."""
        root = parse(envelope)
        judged = [self._header(one) for space in ENVELOPES for one in root.iterfind(f"{space}Header/*")]
        body = next(one for space in ENVELOPES for one in root.iterfind(f"{space}Body"))
        judged.append(self._body(f"{operation.name}/{side}", message, body))
        return worst(judged)

    def fault(self, operation: OperationContract, number: int, envelope: bytes) -> Judgement:
        """An envelope with the fault that the operation declares as the `number`th."""
        part = operation.faults[number].part
        root = parse(envelope)
        found = [one for path in _DETAILS for one in root.iterfind(path)]
        if len(found) != 1:
            return Judgement("invalid", "the fault has no detail with one element")
        return self._part(f"{operation.name}/fault{number}", part, found[0])

    def _header(self, element: etree._Element) -> Judgement:
        judged = self.element(element)
        return Judgement("valid") if judged.verdict == "not judged" else judged

    def _body(self, key: str, message: Message, body: etree._Element) -> Judgement:
        children = [one for one in body if isinstance(one.tag, str)]
        if message.wrapper:
            if len(children) != 1 or children[0].tag != message.wrapper:
                return Judgement("invalid", f"the Body does not hold {message.wrapper} alone")
            return self._renamed(key, children[0])
        if not message.parts:
            return Judgement("invalid", "the Body is not empty") if children else Judgement("valid")
        if len(message.parts) > 1 or not message.parts[0].element:
            return self._renamed(key, body)
        if len(children) != 1:
            return Judgement("invalid", "the Body does not hold one element")
        return self._part(key, message.parts[0], children[0])

    def _part(self, key: str, part: Part, element: etree._Element) -> Judgement:
        wanted = part.element or part.name
        if element.tag != wanted:
            return Judgement("invalid", f"there is {element.tag} in place of {wanted}")
        return self.element(element) if part.element else self._renamed(key, element)

    def _renamed(self, key: str, element: etree._Element) -> Judgement:
        """As the synthesised element that stands for it: rpc wrappers and parts by type are declared nowhere."""
        name = self._made.names.get(key)
        if name is None:
            return Judgement("not judged", self._made.why.get(key, "its parts have no schema"))
        copy = deepcopy(element)
        copy.tag = f"{{{JUDGE}}}{name}"
        return self.element(copy)

    # ── one element ──────────────────────────────────────────────────────────────────────────────────────────────

    def element(self, element: etree._Element) -> Judgement:
        """An element that is declared globally."""
        if self._first is None:
            return self._asked(element, self.why)
        if self._first.validate(element):
            return Judgement("valid")
        log: Any = self._first.error_log  # a list, which its stub does not say
        said = str(log[0].message)
        if "No matching global declaration" in said and str(element.tag) in said:
            return Judgement("not judged", f"{element.tag} is not declared globally")
        second = self._asked(element, said)
        if second.verdict == "valid":
            return Judgement("valid", contradiction=said[:SAID_MAX])
        return Judgement("invalid", said[:SAID_MAX])

    def _asked(self, element: etree._Element, said: str) -> Judgement:
        if self.second.why:
            return Judgement("not judged", f"libxml2: {said}; xmlschema: {self.second.why}"[: 2 * SAID_MAX])
        complaint = self.second.complaint(element)
        if complaint is None:
            return Judgement("valid")
        return Judgement("invalid", f"xmlschema: {complaint}"[:SAID_MAX])


def worst(judged: list[Judgement]) -> Judgement:
    """An invalid part makes a message invalid, one that was not judged leaves it not judged."""
    for verdict in ("invalid", "not judged"):
        for one in judged:
            if one.verdict == verdict:
                return one
    said = next((one.contradiction for one in judged if one.contradiction), "")
    return Judgement("valid", contradiction=said)
