"""Free XML: the components refer to each other and each shown example is valid."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from bridge.shapes.json import dumps
from bridge.shapes.model import Described, Record, Shape, TextMap, XmlNode
from bridge.shapes.schema import json_schema
from bridge.shapes.schema_free import FREE


@pytest.mark.parametrize("shape", [XmlNode(), XmlNode(named=False), TextMap(), Record(())], ids=repr)
def test_all_references_can_be_followed(shape: Shape) -> None:
    schema = json.loads(dumps(json_schema(Described(shape))))
    jsonschema_rs.Draft202012Validator(schema)
    for component in schema["$defs"].values():
        validator = jsonschema_rs.Draft202012Validator({**component, "$defs": schema["$defs"]})
        for example in component.get("examples", ()):
            assert validator.is_valid(example)


def test_recursion_goes_as_deep_as_the_xml() -> None:
    schema = json.loads(dumps(json_schema(Described(XmlNode()))))
    value: object = "text"
    for _ in range(20):
        value = {"@name": "{urn:x}a", "@content": [value, "tail"]}
    validator = jsonschema_rs.Draft202012Validator(schema)
    assert validator.is_valid(value)
    assert not validator.is_valid({"@name": "a", "@content": [{"@name": "not a name"}]})


def test_what_is_offered() -> None:
    assert set(FREE) == {"XmlNode", "XmlContent", "TextMap", "Unknown", "Extra"}
