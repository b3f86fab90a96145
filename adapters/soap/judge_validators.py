"""Two validators over the same schema files: libxml2, and `xmlschema` where libxml2 cannot load them or objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any, Literal

from lxml import etree

from adapters.soap.judge_files import SchemaFiles
from adapters.soap.judge_messages import Synthesised
from adapters.soap.judge_second import SecondJudge

SAID_MAX = 500
SECOND_BYTES_S = 50_000
"""How much of a schema xmlschema loads in a second, about."""
Verdict = Literal["valid", "invalid", "not judged"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """`said`: why it is invalid or was not judged. `contradiction`: what libxml2 said where xmlschema found it
    valid."""

    verdict: Verdict
    said: str = ""
    contradiction: str = ""


class Validators:
    """`why`: why libxml2 cannot load the schemas, "" when it can. `made`: the messages that could be declared.
    `left_s`: how much time there is to load the second one."""

    def __init__(self, files: SchemaFiles, made: Synthesised, left_s: Callable[[], float] = lambda: inf) -> None:
        self._files, self.made, self._left_s = files, made, left_s
        self.why = ""
        self._first = self._load()

    def _load(self) -> etree.XMLSchema | None:
        """With the synthesised messages, or without them where they are what cannot be loaded."""
        for text in dict.fromkeys((self.made.text, "")):
            self._main = self._files.main(text)
            try:
                return etree.XMLSchema(file=str(self._main))
            except etree.LxmlError as error:
                self.why = self.why or " ".join(str(error).split())[:SAID_MAX]
        self._main = self._files.main(self.made.text)
        return None

    def _is_too_late(self) -> bool:
        """The second judge would not be loaded in time; nothing can interrupt it."""
        if "second" in self.__dict__:
            return False
        return sum(path.stat().st_size for path in self._main.parent.glob("*.xsd")) / SECOND_BYTES_S > self._left_s()

    @cached_property
    def second(self) -> SecondJudge:
        return SecondJudge(self._main)

    def element(self, element: etree._Element) -> Judgement:
        """An element that is declared globally."""
        if self._first is None:
            return self._asked(element, self.why)
        try:
            if self._first.validate(element):
                return Judgement("valid")
        except etree.LxmlError as error:
            return self._asked(element, " ".join(str(error).split()))
        log: Any = self._first.error_log  # a list, which its stub does not say
        said = str(log[0].message) if len(log) else "it is not valid, for no reason that was told"
        if "No matching global declaration" in said and str(element.tag) in said:
            return Judgement("not judged", f"{element.tag} is not declared globally")
        second = self._asked(element, said)
        if second.verdict == "valid":
            return Judgement("valid", contradiction=said[:SAID_MAX])
        return Judgement("invalid", said[:SAID_MAX])

    def _asked(self, element: etree._Element, said: str) -> Judgement:
        if self._is_too_late():
            return Judgement("not judged", f"libxml2: {said}; there was no time to load xmlschema"[: 2 * SAID_MAX])
        try:
            complaint = self.second.why or self.second.complaint(element)
        except LookupError as error:
            return Judgement("not judged", f"libxml2: {said}; xmlschema: {error}"[: 2 * SAID_MAX])
        if self.second.why:
            return Judgement("not judged", f"libxml2: {said}; xmlschema: {complaint}"[: 2 * SAID_MAX])
        if complaint is None:
            return Judgement("valid")
        return Judgement("invalid", f"xmlschema: {complaint}"[:SAID_MAX])
