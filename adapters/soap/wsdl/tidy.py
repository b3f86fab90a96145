"""Takes stray white space from the attributes of WSDL and XML Schema: all are names, numbers and words, whose white
space means nothing, but for the few that hold values. Knows nothing of what the attributes say.
"""

from __future__ import annotations

import re

from lxml import etree

from adapters.soap.wsdl.names import SCHEMA_TAGS, WSDL, namespace_of

_VALUES = frozenset({"default", "fixed", "value"})
_SPACES = frozenset({namespace_of(tag) for tag in SCHEMA_TAGS})
# A look at the bytes settles it for nearly all documents. What stands in texts may look alike; that costs only time.
_STRAY = re.compile(rb"=[ \t\r\n]*(?:\"[ \t\r\n]|'[ \t\r\n]|\"[^\"<>]*[ \t\r\n]\"|'[^'<>]*[ \t\r\n]')")


def tidy(root: etree._Element, data: bytes) -> None:
    """In place. `data` is what the root was parsed from."""
    if not _STRAY.search(data) and b"\x00" not in data[:100]:
        return
    for element in root.iter("*"):
        if not _is_description(str(element.tag)):
            continue
        for name, value in element.attrib.items():
            if name not in _VALUES and value != value.strip():
                element.set(name, value.strip())


def _is_description(tag: str) -> bool:
    space = namespace_of(tag)
    return space in _SPACES or space.startswith(WSDL)
