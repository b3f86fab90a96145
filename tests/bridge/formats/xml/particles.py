"""Random content models in which the same names stand at several places, and all that a record of one is made to."""

from __future__ import annotations

import json
import random

import jsonschema_rs
from lxml import etree

from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.decode import Decoder, Seen
from bridge.formats.xml.encode import Encoder
from bridge.formats.xml.instances import NoSample, XmlCoverage, xml_instances
from bridge.formats.xml.shape import Shaper
from bridge.formats.xml.view import View, ViewOptions
from bridge.formats.xml.writing import Out
from bridge.formats.xml.xsd import Source, read_schemas
from bridge.shapes.json import dumps, loads
from bridge.shapes.model import Described
from bridge.shapes.samples import sample
from bridge.shapes.schema import json_schema

HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" elementFormDefault="qualified">'
OCCURS = [(1, 1)] * 5 + [(0, 1)] * 3 + [(0, None), (1, None), (2, 2), (0, 2), (2, None)]


def content(seed: int) -> str:
    """A sequence or choice over the names a to d; the same seed, the same."""
    made = random.Random(seed)
    return _group(made, 2, "")


def _group(made: random.Random, depth: int, occurs: str) -> str:
    kind = made.choice(["sequence", "sequence", "choice"])
    items = "".join(_particle(made, depth) for _ in range(made.randint(1, 4)))
    return f"<xs:{kind}{occurs}>{items}</xs:{kind}>"


def _particle(made: random.Random, depth: int) -> str:
    least, most = made.choice(OCCURS)
    occurs = f' minOccurs="{least}" maxOccurs="{"unbounded" if most is None else most}"'
    if not depth or made.random() < 0.45:
        return f'<xs:element name="{made.choice("abcd")}" type="xs:int"{occurs}/>'
    return _group(made, depth - 1, occurs if made.random() < 0.4 else "")


class Message:
    """An element R of one content model, compiled. Raises XMLSchemaParseError where XML Schema forbids the model."""

    def __init__(self, body: str) -> None:
        schema = etree.fromstring(
            f'{HEAD}<xs:element name="R"><xs:complexType>{body}</xs:complexType></xs:element></xs:schema>'
        )
        self.judge = etree.XMLSchema(schema)
        self.layout = read_schemas([Source("r.xsd", schema)], lambda *_: None)
        self.view = View(self.layout, ViewOptions())
        self.root = self.layout.elements["{urn:t}R"]
        use, scalars = self.view.use_of(self.root.type), Scalars(self.view)
        self.encoder = Encoder(self.view, scalars)
        self.write = self.encoder.element("{urn:t}R", use, nillable=False)
        self.read = Decoder(self.view, scalars).element(use)
        shaper = Shaper(self.view)
        self.described = Described(shaper.shape(use), shaper.table)

    def problems(self) -> list[str]:
        """What does not survive, or is not told as it is: of documents that the schema allows, and of samples."""
        valid = jsonschema_rs.Draft202012Validator(json.loads(dumps(json_schema(self.described))))
        try:
            made = list(xml_instances(self.layout, self.root, XmlCoverage(), instances_max=60))
        except NoSample:
            return []
        found = []
        for one in made:
            root, seen = etree.fromstring(one.xml), Seen()
            text = self.read(root, seen)
            back, errors = self.encoded(text)
            if seen.tolerances or errors or names(back) != names(root) or not valid.is_valid(json.loads(text)):
                found.append(f"{names(root)} {text} {dict(seen.tolerances)} {errors} {names(back)}")
        shown = dumps(sample(self.described))
        if errors := self.encoded(shown)[1]:
            found.append(f"the sample {shown} {errors}")
        return found

    def encoded(self, text: str) -> tuple[etree._Element | None, list[str]]:
        out = Out(self.encoder.prefixes)
        self.write(loads(text.encode()), None, out)
        if out.errors:
            return None, [f"{error.pointer} {error.detail}" for error in out.errors]
        return etree.fromstring(f"<w{out.declarations()}>{''.join(out.parts)}</w>")[0], []


def names(root: etree._Element | None) -> list[tuple[str, int]]:
    """The children in their order, each with its value."""
    return [] if root is None else [(str(one.tag)[7:], int("".join(one.itertext()))) for one in root.iterchildren("*")]
