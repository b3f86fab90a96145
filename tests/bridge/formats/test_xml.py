"""Every file in xml/cases/ is a case: a schema, and what goes in and out. A new one needs no Python (STYLE 17).

`pairs` are proved both ways, against libxml2 as judge of the XML and jsonschema-rs as judge of the JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from lxml import etree
from ruamel.yaml import YAML

from bridge.errors import Violation
from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.decode import Decoder, Seen, Unreadable
from bridge.formats.xml.encode import Encoder
from bridge.formats.xml.leniency import Leniency
from bridge.formats.xml.shape import Shaper
from bridge.formats.xml.view import View, ViewOptions
from bridge.formats.xml.writing import Out
from bridge.formats.xml.xsd import Source, read_schemas
from bridge.shapes.json import dumps, loads
from bridge.shapes.model import Described
from bridge.shapes.schema import json_schema

CASES = sorted((Path(__file__).parent / "xml" / "cases").glob("*.yaml"))
HEAD = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t" '
    'elementFormDefault="qualified">'
)
NAMESPACES = 'xmlns="urn:t" xmlns:t="urn:t" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


class Case:
    """One file, compiled."""

    def __init__(self, path: Path) -> None:
        self.data: dict[str, Any] = YAML(typ="safe").load(path)
        schema = etree.fromstring(f"{HEAD}{self.data['xsd']}</xs:schema>")
        self.judge = etree.XMLSchema(schema)
        layout = read_schemas([Source("case.xsd", schema)], lambda *_: None)
        assert not layout.problems
        options = dict(self.data.get("options", {}))
        options["requests"] = Leniency(**options.get("requests", {}))
        self.view = View(layout, ViewOptions(**options))
        scalars = Scalars(self.view)
        self.use = self.view.use_of(layout.elements["{urn:t}R"].type)
        self.encoder = Encoder(self.view, scalars)
        self.write = self.encoder.element("{urn:t}R", self.use, nillable=False)
        self.read = Decoder(self.view, scalars).element(self.use)
        self.shaper = Shaper(self.view)

    def encode(self, text: str) -> tuple[etree._Element | None, list[Violation]]:
        out = Out(self.encoder.prefixes, self.view.options.requests)
        self.write(loads(text.encode()), None, out)
        self.bent = dict(out.bent)
        if out.errors:
            return None, out.errors
        body = "".join(out.parts)
        return etree.fromstring(f"<w{out.declarations()}>{body}</w>")[0], []

    def decode(self, text: str) -> tuple[str, dict[str, int]]:
        seen = Seen()
        return self.read(parse(text), seen), dict(seen.tolerances)

    def validator(self) -> jsonschema_rs.Draft202012Validator:
        described = Described(self.shaper.shape(self.use), self.shaper.table)
        return jsonschema_rs.Draft202012Validator(json.loads(dumps(json_schema(described))))


def parse(text: str) -> etree._Element:
    return etree.fromstring(text.replace("<R", f"<R {NAMESPACES}", 1))


def canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n2", strip_text=False)


def same(one: etree._Element, other: etree._Element) -> bool:
    """Equal whatever the prefixes; the value of xsi:type is compared by the judge and the decoder."""
    kind = "{http://www.w3.org/2001/XMLSchema-instance}type"
    return (
        one.tag == other.tag
        and {k: v for k, v in one.attrib.items() if k != kind} == {k: v for k, v in other.attrib.items() if k != kind}
        and (kind in one.attrib) == (kind in other.attrib)
        and (one.text or "") == (other.text or "")
        and (one.tail or "") == (other.tail or "")
        and len(one) == len(other)
        and all(map(same, one, other))
    )


@pytest.fixture(params=CASES, ids=lambda path: path.stem)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(request.param)


def test_pairs_survive_both_ways(case: Case) -> None:
    for pair in case.data.get("pairs", []):
        expected = parse(pair["xml"])
        assert case.judge.validate(expected), case.judge.error_log
        written, errors = case.encode(pair["json"])
        assert not errors
        assert written is not None
        assert same(written, expected), etree.tostring(written)
        assert case.judge.validate(parse(etree.tostring(written).decode())), case.judge.error_log
        assert case.decode(pair["xml"]) == (pair["json"], {})
        assert case.decode(etree.tostring(written).decode()) == (pair["json"], {})


def test_the_schema_tells_what_the_codec_does(case: Case) -> None:
    validator = case.validator()
    for pair in case.data.get("pairs", []):
        assert validator.is_valid(json.loads(pair["json"])), next(validator.iter_errors(json.loads(pair["json"])))
    for taken in case.data.get("schema_takes", []):
        assert validator.is_valid(json.loads(taken))
    for refused in case.data.get("refuse", []):
        if refused.get("schema", True):
            assert not validator.is_valid(json.loads(refused["json"])), refused["json"]


def test_refusals_name_every_violation(case: Case) -> None:
    for refused in case.data.get("refuse", []):
        _, errors = case.encode(refused["json"])
        assert [f"{error.pointer} {error.detail}" for error in errors] == refused["errors"]


def test_tolerances_are_counted_and_strict_refuses_them(case: Case) -> None:
    for told in case.data.get("tolerate", []):
        assert case.decode(told["xml"]) == (told["json"], told["tolerances"] or {})
        if told["tolerances"] and not told.get("by_name"):
            with pytest.raises(Unreadable):
                case.read(parse(told["xml"]), Seen(strict=True))


def test_what_is_sent_though_no_schema_allows_it(case: Case) -> None:
    for told in case.data.get("sent", []):
        written, errors = case.encode(told["json"])
        assert (errors, written is not None) == ([], True)
        assert written is not None
        assert same(written, parse(told["xml"])), etree.tostring(written)
        assert case.decode(told["xml"]) == (told["json"], {})
        assert case.validator().is_valid(json.loads(told["json"]))


def test_what_is_let_through_by_name_is_counted(case: Case) -> None:
    for told in case.data.get("bend", []):
        written, errors = case.encode(told["json"])
        assert not errors
        assert written is not None
        assert same(written, parse(told["xml"])), etree.tostring(written)
        assert case.bent == told["bent"]
        strict = Encoder(View(case.view.layout, ViewOptions()), Scalars(View(case.view.layout, ViewOptions())))
        out = Out(strict.prefixes)
        strict.element("{urn:t}R", case.use, nillable=False)(loads(told["json"].encode()), None, out)
        assert out.errors


def test_what_cannot_be_read_is_never_invented(case: Case) -> None:
    for told in case.data.get("unreadable", []):
        with pytest.raises(Unreadable):
            case.decode(told["xml"])


def test_there_are_cases() -> None:
    assert len(CASES) >= 30
