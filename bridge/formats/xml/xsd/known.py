"""Built-in copies of the schemas that everyone refers to and few servers still hand out.

They are found by address or by namespace (`known/map.json`), read from the package, never from the network.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
from lxml import etree

from bridge.formats.xml.safe import parse_schema_document

_HERE = Path(__file__).parent / "known"
PREFIX = "known:"


def known_location(address: str) -> str:
    """The location of the built-in copy for an address or a namespace, "" if there is none."""
    plain = address.replace("https://", "http://", 1)
    file = _files().get(plain) or _files().get(plain.rstrip("#/"))
    return PREFIX + file if file else ""


def known_document(location: str) -> etree._Element:
    """The root of the copy at a location that `known_location` gave."""
    return parse_schema_document((_HERE / location.removeprefix(PREFIX)).read_bytes())


@cache
def _files() -> dict[str, str]:
    return msgspec.json.decode((_HERE / "map.json").read_bytes(), type=dict[str, str])
