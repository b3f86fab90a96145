"""Messages in which the same names stand at several places go both ways, in whatever way a schema says it."""

from __future__ import annotations

import pytest

from adapters.soap.verify import verify
from adapters.soap.wsdl.reader import read_contract
from bridge.clock import SystemClock
from tests.adapters.soap.wsdls import SCHEMA, pinned, wsdl

A_OR_B = '<xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:string"/>'
OPTIONAL, REPEATED = 'minOccurs="0"', 'minOccurs="0" maxOccurs="unbounded"'


def one(name: str, occurs: str = "") -> str:
    return f'<xs:element name="{name}" type="xs:int" {occurs}/>'


def group(occurs: str = "") -> str:
    return f'<xs:group ref="t:G" {occurs}/>'


def row(*parts: str, kind: str = "sequence", occurs: str = "") -> str:
    return f"<xs:{kind} {occurs}>{''.join(parts)}</xs:{kind}>"


def choice(occurs: str = "") -> str:
    return row(A_OR_B, kind="choice", occurs=occurs)


def extension(content: str) -> str:
    return f'<xs:complexContent><xs:extension base="t:Base">{content}</xs:extension></xs:complexContent>'


ID, MID = one("id"), one("mid", OPTIONAL)
GROUPS = f'<xs:group name="G">{choice()}</xs:group>'
BASE = f'<xs:complexType name="Base">{row(ID, choice())}</xs:complexType>'
SHAPES = {
    "twice": row(ID, choice(), MID, choice(OPTIONAL)),
    "three times": row(choice(), MID, choice(), one("then"), choice(OPTIONAL)),
    "nested": row(ID, row(row(choice(), MID, choice(OPTIONAL)), one("c"), kind="choice")),
    "a group by reference": row(group(), MID, group(OPTIONAL)),
    "once, then repeated": row(choice(), choice(REPEATED)),
    "a sequence once, then repeated": row(A_OR_B, row(A_OR_B, occurs=REPEATED)),
    "a group once, then repeated": row(group(), group('minOccurs="0" maxOccurs="3"')),
    "an extension": extension(row(MID, choice(OPTIONAL))),
    "an extension that repeats": extension(choice(REPEATED)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_repeated_names_are_lossless(shape: str) -> None:
    get = """<xs:element name="id" type="xs:int"/></xs:sequence></xs:complexType></xs:element>"""
    assert get in SCHEMA
    schema = SCHEMA.replace(f"<xs:sequence>\n      {get}", f"{SHAPES[shape]}</xs:complexType></xs:element>", 1)
    assert schema != SCHEMA
    schema = schema.replace("<xs:complexType name=", f"{GROUPS}{BASE}<xs:complexType name=", 1)
    docs = pinned(wsdl(schema=schema))
    report = verify(read_contract(docs, every_port=True), docs, clock=SystemClock())
    assert [reason.said for one in report.operations for reason in one.reasons] == []
    assert (report.percent(), {one.outcome for one in report.operations}) == (100.0, {"lossless"})
