"""What reads one element without looking into its type: a single value, what may be anything, and the forms that name
a type. Knows no view."""

from __future__ import annotations

from lxml.etree import _Element as XmlElement

from bridge.formats.xml import wild
from bridge.formats.xml.plan import VALUE_KEY
from bridge.formats.xml.reading import Read, Seen, Unreadable, count_attributes, scalar_json, text_of
from bridge.formats.xml.scalar_numbers import Unfit
from bridge.formats.xml.scalars import ScalarCodec
from bridge.shapes.json import loads, quote


def typed_form(key: str, name: str, read: Read, element: XmlElement, seen: Seen) -> str:
    """The typed form; "" for what is declared and yet cannot be read so: the free form loses nothing."""
    try:
        json = read(element, seen)
    except Unreadable:
        if seen.strict:
            raise
        json = ""
    if not json:
        seen.tolerate("untyped", element)
        return ""
    return f'{{"{key}":{quote(name)},"{VALUE_KEY}":{json}}}'


def takes_blank(codec: ScalarCodec) -> bool:
    """Whether nothing is a value of the type: it is no text of most enumerations."""
    if not codec.blank:
        return False
    try:
        codec.to_text(loads(codec.to_json("").encode()))
    except Unfit:
        return False
    return True


def free(element: XmlElement, _: Seen) -> str:
    return wild.to_json(element)


def free_object(element: XmlElement, _: Seen) -> str:
    """Where a text alone would not do."""
    json = wild.to_json(element, named=False)
    if json == '""':
        return "{}"
    return f'{{"@content":[{json}]}}' if json.startswith('"') else json


def free_unnamed(element: XmlElement, _: Seen) -> str:
    return wild.to_json(element, named=False)


def scalar(codec: ScalarCodec) -> Read:
    def read(element: XmlElement, seen: Seen) -> str:
        if element.attrib:
            count_attributes(element, seen)
        return scalar_json(codec, text_of(element, seen), element, seen)

    return read


def tagged(head: str, json: str, *, bare: bool) -> str:
    if bare:
        return head + ("}" if json == "{}" else f",{json[1:]}")
    return f'{head},"value":{json or "null"}}}'
