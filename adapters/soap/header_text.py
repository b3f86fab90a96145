"""One header block as a person or a contract wrote it: an element with a namespace, and places for values. Pure.

Values are put into the parsed tree, never into the text, so no value can add an element or end one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy

from lxml import etree

from adapters.soap.contract import Version
from adapters.soap.envelope import NAMESPACES
from bridge.errors import BridgeError
from bridge.formats.xml import safe

BLOCK_CHARACTERS_MAX = 64_000
NODES_MAX = 2_000
_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]{0,63})\}")
_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ROLES: dict[Version, str] = {"1.1": "actor", "1.2": "role"}


class BlockText:
    """A block that was found good. `names` are those of the values it has places for."""

    def __init__(self, text: str, names: tuple[str, ...] = ()) -> None:
        """Raises BridgeError that says what is wrong."""
        self._root, self._names = _element(text), names
        lost = [name for name in names if not any(f"{{{name}}}" in part for part in _texts(self._root))]
        if lost:
            raise BridgeError(f"the block has no place {{{lost[0]}}} for the value {lost[0]}")

    @property
    def places(self) -> frozenset[str]:
        """What looks like a place for a value. A GUID in braces is none."""
        found = (name for text in _texts(self._root) for name in _PLACE.findall(text))
        return frozenset(name for name in found if not _GUID.fullmatch(name))

    @property
    def tag(self) -> str:
        return str(self._root.tag)

    def written(self, values: Mapping[str, str], version: Version) -> str:
        """The block with its values, `mustUnderstand` and the rest in the form of this version of SOAP."""
        root = deepcopy(self._root)
        for element in root.iter("*"):
            element.text = _filled(element.text, values)
            element.tail = _filled(element.tail, values)
            for name, text in element.attrib.items():
                element.set(name, _filled(str(text), values) or "")
        _in_version(root, version)
        return etree.tostring(root, encoding="unicode", with_tail=False)


def _element(text: str) -> etree._Element:
    if len(text) > BLOCK_CHARACTERS_MAX:
        raise BridgeError(f"a header block has at most {BLOCK_CHARACTERS_MAX // 1000},000 characters")
    try:
        root = safe.parse(text.encode("utf-8"), nodes_max=NODES_MAX, charset="utf-8")
    except UnicodeEncodeError as error:
        raise BridgeError("the block holds a character that XML cannot carry") from error
    except safe.UnsafeXml as error:
        raise BridgeError(f"a header block is one XML element. {error.detail}") from error
    space = etree.QName(root).namespace
    if not space:
        raise BridgeError("a header block has a namespace (SOAP 1.1 §4.2); write xmlns or a prefix")
    if space in NAMESPACES.values():
        raise BridgeError("a header block stands inside of soap:Header; write only the block itself")
    return root


def _texts(root: etree._Element) -> Iterator[str]:
    for element in root.iter("*"):
        yield from (str(one) for one in (element.text, element.tail, *element.attrib.values()) if one)


def _filled(text: str | None, values: Mapping[str, str]) -> str | None:
    """One pass over the text, so that a value that looks like a place stays what it is."""
    if not text or not values or "{" not in text:
        return text
    parts = text.split("{")
    made = [parts[0]]
    for part in parts[1:]:
        name, end, rest = part.partition("}")
        made.append(values[name] + rest if end and name in values else "{" + part)
    return "".join(made)


def _in_version(root: etree._Element, version: Version) -> None:
    """The attributes that SOAP defines, as this version writes them."""
    for name, value in list(root.attrib.items()):
        space, _, local = str(name)[1:].rpartition("}")
        if space not in NAMESPACES.values():
            continue
        del root.attrib[name]
        said = str(value)
        if local == "mustUnderstand":
            said = "1" if said.strip() in {"1", "true"} else "0"
        local = _ROLES[version] if local in _ROLES.values() else local
        root.set(f"{{{NAMESPACES[version]}}}{local}", said)
