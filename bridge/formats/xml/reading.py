"""What every reader needs: what cannot be read, what was overlooked, the text of an element, one scalar.

The rule of tolerance stands in decode.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from lxml.etree import _Element as XmlElement

from bridge.errors import BridgeError
from bridge.formats.xml import wild
from bridge.formats.xml.attached import MEDIA_ATTRIBUTE
from bridge.formats.xml.layout import SOAP_11_ENCODING, SOAP_12_ENCODING, XSI
from bridge.formats.xml.long_texts import bounded
from bridge.formats.xml.plan import local
from bridge.formats.xml.scalar_numbers import Unfit
from bridge.formats.xml.scalars import BAD_DATE, ScalarCodec
from bridge.shapes.model import Kind

NIL, TYPE = f"{{{XSI}}}nil", f"{{{XSI}}}type"
ARRAY_TYPE = f"{{{SOAP_11_ENCODING}}}arrayType"
ITEM_TYPE, ARRAY_SIZE = f"{{{SOAP_12_ENCODING}}}itemType", f"{{{SOAP_12_ENCODING}}}arraySize"
ARRAY_MARKS = frozenset({ARRAY_TYPE, ITEM_TYPE, ARRAY_SIZE})


class Unreadable(BridgeError):
    """An answer that cannot be read without inventing something; `detail` names the element."""


class Seen:
    """What one decoding overlooked, by kind."""

    __slots__ = ("strict", "tolerances")

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self.tolerances: Counter[str] = Counter()

    def tolerate(self, kind: str, element: XmlElement) -> None:
        if self.strict:
            raise Unreadable(f"{kind} at {path_of(element)}")
        self.tolerances[kind] += 1


Read = Callable[[XmlElement, Seen], str]
"""The JSON text of an element; "" when it is as if absent."""


def path_of(element: XmlElement) -> str:
    """A readable place, such as `Order/lines/sku`."""
    names = [local(str(element.tag))]
    names.extend(local(str(parent.tag)) for parent in element.iterancestors())
    return "/".join(reversed(names[:12]))


def text_of(element: XmlElement, seen: Seen) -> str:
    """The text of an element that should hold nothing else."""
    if len(element) == 0:
        return element.text or ""
    if any(isinstance(child.tag, str) for child in element):
        seen.tolerate("unknown-element", element)
    return (element.text or "") + "".join(child.tail or "" for child in element)


def count_attributes(element: XmlElement, seen: Seen) -> None:
    """Attributes of an element whose JSON has no place for them."""
    for name in element.attrib:
        if not str(name).startswith(f"{{{XSI}}}") and name != MEDIA_ATTRIBUTE:
            seen.tolerate("unknown-attribute", element)


def check_array(element: XmlElement, seen: Seen) -> None:
    """Counts what an array of SOAP's encodings has besides its marks and items."""
    for name in element.attrib:
        if name not in ARRAY_MARKS and not str(name).startswith(f"{{{XSI}}}"):
            seen.tolerate("unknown-attribute", element)
    if element.text and element.text.strip():
        seen.tolerate("unknown-text", element)


def is_nil(element: XmlElement) -> bool:
    return element.get(NIL, "").strip() in {"true", "1"}


def scalar_json(codec: ScalarCodec, text: str, element: XmlElement, seen: Seen) -> str:
    """The JSON text of a value; "" where nothing stands and nothing may be invented."""
    if not codec.blank and not text.strip():
        seen.tolerate("empty-value", element)
        return ""
    if codec.binary is not Kind.BASE64:
        bounded(text)
    if codec.names and ":" in text:
        text = " ".join(_resolved(element, word, seen) for word in text.split())
    try:
        return codec.to_json(text)
    except Unfit as unfit:
        if codec.odd is not None and (codec.oddity == BAD_DATE or not seen.strict):
            with suppress(Unfit):
                json = codec.odd(text)
                seen.tolerances[codec.oddity] += 1
                return json
        raise Unreadable(f"{path_of(element)} {unfit}") from unfit


def _resolved(element: XmlElement, name: str, seen: Seen) -> str:
    found = wild.clark(element, name)
    if ":" in name and not found.startswith("{"):
        seen.tolerate("unknown-prefix", element)
    return found
