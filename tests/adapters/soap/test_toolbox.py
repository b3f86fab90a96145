"""The tools for literal and for encoded messages fit into one envelope and one description."""

from __future__ import annotations

import pytest

from adapters.soap.contract import Version
from bridge.formats.xml.writing import Out
from bridge.shapes.model import Ref
from tests.adapters.soap.encoded import ENCODINGS, projection

NODE = "{urn:graph}Node"


def test_both_share_prefixes_and_table():
    one = projection()
    assert one.tools.encoder.prefixes is one.encoded.encoder.prefixes
    assert one.tools.shaper.table is one.encoded.shaper.table


def test_a_type_that_both_describe_has_a_name_in_each():
    one = projection()
    names = set()
    for tools in (one.tools, one.encoded):
        shape = tools.shaper.shape(tools.view.plain_use_of(NODE))
        assert isinstance(shape, Ref)
        names.add(shape.name)
    assert len(names) == 2
    assert all(name.startswith("Node") for name in names)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_only_encoded_elements_say_their_encoding_and_type(version: Version):
    one = projection(version)
    assert (one.tools.style, one.tools.encoded, one.tools.says(one.tools.view.use_of(NODE), NODE)) == (
        "",
        False,
        ("", 0),
    )
    assert one.encoded.style == f' soap:encodingStyle="{ENCODINGS[version]}"'
    assert one.encoded.encoded
    said, bits = one.encoded.says(one.encoded.view.plain_use_of(NODE), NODE)
    assert said.startswith(' xsi:type="')
    assert bits & 1


@pytest.mark.parametrize(("encoded", "written"), [(False, '<a xsi:nil="true"/>'), (True, '<a xsi:nil="true"/>')])
def test_a_writer_writes_nil(written: str, *, encoded: bool):
    one = projection()
    tools = one.encoded if encoded else one.tools
    out = Out(tools.encoder.prefixes)
    tools.writer("a", tools.view.plain_use_of(NODE), NODE)(None, None, out)
    assert (out.parts, out.errors) == ([written], [])
