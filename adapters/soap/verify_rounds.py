"""The rounds of one message: JSON to XML and back, XML to JSON and back; each step checked by somebody else.

Knows the codec only as functions, so that a test can hand in a broken one and see it named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import jsonschema_rs
from lxml import etree

from adapters.soap.envelope import NoEnvelope
from adapters.soap.judge import Judgement
from adapters.soap.verify_report import Check, OperationReport, Reason
from adapters.soap.verify_trees import apart
from adapters.soap.verify_values import difference
from bridge.call import JsonValue
from bridge.errors import BridgeError, CallError
from bridge.formats.xml.safe import parse
from bridge.shapes.json import DEPTH_MAX, Number, dumps, loads
from bridge.shapes.model import Described
from bridge.shapes.schema import json_schema

MADE_MAX = 4_000
SAID_MAX = 500
_DIGITS_MAX = 400


@dataclass(frozen=True, slots=True)
class Side:
    """One message of an operation. `encode` raises DoesNotFit, `decode` Unreadable; `decode` gives None for nothing.

    `name`: request, answer, or fault with its name.
    """

    name: str
    described: Described
    encode: Callable[[JsonValue], bytes]
    decode: Callable[[etree._Element], str | None]
    judge: Callable[[bytes], Judgement]


class Rounds:
    """The rounds of one side, told to the report of its operation."""

    def __init__(self, side: Side, report: OperationReport) -> None:
        self._side, self._report = side, report
        self._schema = jsonschema_rs.Draft202012Validator(python(json_schema(side.described)))

    # ── from JSON ────────────────────────────────────────────────────────────────────────────────────────────────

    def value(self, value: JsonValue) -> None:
        """JSON → XML → JSON → XML."""
        self._report.values += 1
        made = dumps(value)
        if not self._fits(value, made):
            return
        xml = self._encoded(value, made)
        if xml is None or not self._valid(xml, made):
            return
        back = self._decoded(parse(xml), made)
        if back is None:
            return
        if (found := difference(self._side.described, value, back[0])) is not None:
            self._add("json", str(found), made, found.pointer)
            return
        again = self._encoded(back[0], made)
        if again is not None and again != xml and (said := apart(parse(xml), parse(again))):
            self._add("xml", said, made)

    def nothing(self, encode: Callable[[], bytes]) -> None:
        """A message without content."""
        self._report.values += 1
        xml = encode()
        if self._valid(xml, ""):
            back = self._decoded(parse(xml), "")
            if back is not None and back[0] not in (None, {}):
                self._add("json", f"nothing became {dumps(back[0])[:SAID_MAX]}", "")

    # ── from XML ─────────────────────────────────────────────────────────────────────────────────────────────────

    def document(self, xml: bytes) -> None:
        """XML → JSON → XML → JSON. What the judge does not find valid says nothing about the codec."""
        judgement = self._side.judge(xml)
        if judgement.verdict != "valid":
            return
        self._report.documents += 1
        made = xml.decode()
        root = parse(xml)
        back = self._decoded(root, made)
        if back is None or not self._fits(back[0], made):
            return
        again = self._encoded(back[0], made)
        if again is None or not self._valid(again, made):
            return
        if said := apart(root, parse(again)):
            self._add("xml", said, made)
            return
        once_more = self._decoded(parse(again), made)
        if once_more is not None and (found := difference(self._side.described, back[0], once_more[0])) is not None:
            self._add("json", str(found), made, found.pointer)

    # ── the steps ────────────────────────────────────────────────────────────────────────────────────────────────

    def _fits(self, value: JsonValue, made: str) -> bool:
        error = next(iter(self._schema.iter_errors(python(value))), None)
        if error is None:
            return True
        pointer = "".join(f"/{str(one).replace('~', '~0').replace('/', '~1')}" for one in error.instance_path)
        self._add("schema", error.message, made, pointer)
        return False

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
        """In a tuple, as null is a value."""
        try:
            text = self._side.decode(root)
            return (loads(text.encode(), depth_max=10 * DEPTH_MAX) if text else None,)
        except (BridgeError, NoEnvelope) as error:
            self._add("decode", str(error) or type(error).__name__, made)
            return None

    def _add(self, check: Check, said: str, made: str, pointer: str = "") -> None:
        self._report.add(Reason(self._side.name, check, said[:SAID_MAX], made[:MADE_MAX], pointer))


def python(value: JsonValue) -> Any:
    """A value as the validator takes it: numbers with every digit."""
    match value:
        case Number():
            text = str(value)
            return int(text) if len(text) < _DIGITS_MAX and text.lstrip("-").isdigit() else Decimal(text)
        case dict():
            return {key: python(one) for key, one in value.items()}
        case list():
            return [python(one) for one in value]
        case _:
            return value


def rounds(side: Side, report: OperationReport, values: Iterable[JsonValue]) -> None:
    """All values, one after the other."""
    going = Rounds(side, report)
    for value in values:
        going.value(value)
