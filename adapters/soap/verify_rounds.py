"""The rounds of one message: JSON to XML and back, XML to JSON and back; each step checked by somebody else.

Knows the codec only as functions, so that a test can hand in a broken one and see it named.
"""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from adapters.soap.envelope import NoEnvelope
from adapters.soap.verify_components import Misfit
from adapters.soap.verify_report import Check, OperationReport, Reason
from adapters.soap.verify_sides import Side
from adapters.soap.verify_trees import Presets, apart
from adapters.soap.verify_values import difference
from bridge.call import JsonValue
from bridge.errors import BridgeError, CallError
from bridge.formats.xml.safe import parse
from bridge.shapes.json import DEPTH_MAX, dumps, loads

NOTHING: JsonValue = {"": "nothing"}
"""What was read where there was no value: compared by identity."""
MADE_MAX = 4_000
SAID_MAX = 500


class Rounds:
    """The rounds of one message, told to the report of its operation. `check` raises Misfit."""

    def __init__(self, side: Side, check: Callable[[JsonValue], None], known: Presets, report: OperationReport) -> None:
        self._side, self._check, self._known, self._report = side, check, known, report

    # ── from JSON ────────────────────────────────────────────────────────────────────────────────────────────────

    def value(self, value: JsonValue, *, free: bool = False, unsure: bool = False) -> bool:
        """JSON → XML → JSON → XML. `free`: it holds free XML, and what may stand there the schema does not say.
        False: the order of an `unsure` one was refused."""
        made = dumps(value)
        if (unsure or free) and self._is_refused(value):
            return not unsure
        if not self._fits(value, made):
            return True
        self._report.values += 1
        xml = self._encoded(value, made)
        if xml is None or not (free or self._valid(xml, made)):
            return True
        self._back(value, xml, made)
        return True

    def _is_refused(self, value: JsonValue) -> bool:
        try:
            self._check(value)
            self._side.encode(value)
        except (Misfit, CallError):
            return True
        return False

    def _back(self, value: JsonValue, xml: bytes, made: str) -> None:
        back = self._decoded(parse(xml), made)
        if back is None:
            return
        if (found := difference(self._side.described, value, back[0])) is not None:
            self._add("json", str(found), made, found.pointer)
            return
        again = self._encoded(back[0], made)
        if again is not None and again != xml and (said := apart(parse(xml), parse(again), self._known)):
            self._add("xml", said, made)

    def nothing(self) -> None:
        """A message without a value."""
        self._report.values += 1
        xml = self._side.nothing()
        if self._valid(xml, ""):
            back = self._decoded(parse(xml), "")
            if back is not None and back[0] not in (NOTHING, {}):
                self._add("json", f"nothing became {dumps(back[0])[:SAID_MAX]}", "")

    # ── from XML ─────────────────────────────────────────────────────────────────────────────────────────────────

    def document(self, xml: bytes, *, free: bool = False) -> None:
        """XML → JSON → XML → JSON. What the judge does not find valid says nothing about the codec. `free`: it holds
        what the schema says nothing about, and the judge is not asked."""
        if not free and self._side.judge(xml).verdict != "valid":
            return
        self._report.documents += 1
        made = xml.decode()
        root = parse(xml)
        back = self._decoded(root, made)
        if back is None or not self._fits(back[0], made):
            return
        again = self._side.nothing() if back[0] is NOTHING else self._encoded(back[0], made)
        if again is None or not (free or self._valid(again, made)):
            return
        if said := apart(root, parse(again), self._known):
            self._add("xml", said, made)
            return
        once_more = self._decoded(parse(again), made)
        if once_more is not None and (found := difference(self._side.described, back[0], once_more[0])) is not None:
            self._add("json", str(found), made, found.pointer)

    # ── the steps ────────────────────────────────────────────────────────────────────────────────────────────────

    def _fits(self, value: JsonValue, made: str) -> bool:
        if value is NOTHING and not (self._side.described.required and self._side.described.shape is not None):
            return True
        try:
            self._check(value)
        except Misfit as error:
            self._add("schema", str(error), made, error.pointer)
            return False
        return True

    def _encoded(self, value: JsonValue, made: str) -> bytes | None:
        try:
            return self._side.encode(value)
        except CallError as error:
            first = error.errors[0] if error.errors else None
            self._add("encode", first.detail if first else error.detail, made, first.pointer if first else "")
        except BridgeError as error:
            self._add("encode", error.detail, made)
        return None

    def _valid(self, xml: bytes, made: str) -> bool:
        judgement = self._side.judge(xml)
        if judgement.contradiction:
            self._report.contradicted(f"{self._side.name}: {judgement.contradiction}")
        if judgement.verdict == "not judged":
            self._report.unjudged(judgement.said)
        if judgement.verdict == "invalid":
            self._add("xsd", judgement.said, made or xml.decode())
        return judgement.verdict != "invalid"

    def _decoded(self, root: etree._Element, made: str) -> tuple[JsonValue] | None:
        """In a tuple, as null is a value and so is NOTHING."""
        try:
            text = self._side.decode(root)
            return (loads(text.encode(), depth_max=10 * DEPTH_MAX) if text else NOTHING,)
        except (BridgeError, NoEnvelope) as error:
            self._add("decode", str(error) or type(error).__name__, made)
            return None

    def _add(self, check: Check, said: str, made: str, pointer: str = "") -> None:
        self._report.add(Reason(self._side.name, check, said[:SAID_MAX], made[:MADE_MAX], pointer))
