"""How data lies in XML: types, elements, attributes and particles in order, with namespaces.

Plain frozen data without behaviour, serialisable by msgspec and stored with a contract. It says what the schema says,
in the schema's own names; what a client sees is a projection of it (view.py). Names are in Clark notation,
`{namespace}local`. Types are referred to by key: `{ns}Name` for global ones, `{ns}Owner/local` for anonymous ones
(`{ns}/local` in a global element), built-ins by their name in the XML Schema namespace. Extension is already
flattened: the content of a derived type starts with that of its base, and `restriction` has already replaced it.
"""

from __future__ import annotations

import msgspec

from bridge.shapes.model import Facets, Kind

XSD = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ANY_TYPE = f"{{{XSD}}}anyType"
ANY_SIMPLE = f"{{{XSD}}}anySimpleType"
SOAP_11_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
SOAP_12_ENCODING = "http://www.w3.org/2003/05/soap-encoding"
ENCODINGS = (SOAP_11_ENCODING, SOAP_12_ENCODING)


class SimpleType(msgspec.Struct, frozen=True, tag_field="is", tag="simple"):
    """A type of texts. Exactly one of: `kind` (atomic), `item` (list), `members` (union); others are empty.

    `name` is the nearest built-in (`int`, `token` …). `facets` hold every step of derivation.
    `base` is the key of the type it restricts, "" for built-ins, lists and unions.
    """

    key: str
    name: str = ""
    kind: Kind | None = None
    item: str = ""
    members: tuple[str, ...] = ()
    facets: Facets = Facets()
    base: str = ""
    doc: str = ""


class Attribute(msgspec.Struct, frozen=True):
    """An attribute as it is used in a type; prohibited ones are not listed."""

    name: str
    type: str
    required: bool = False
    default: str | None = None
    fixed: str | None = None
    doc: str = ""


class Element(msgspec.Struct, frozen=True, tag_field="is", tag="element"):
    """An element, global or as a particle. `max` None is unbounded. `ref`: it refers to a global element, whose
    substitution group may stand in its place. `form` is already in the name. `block`: whoever derives from its type in
    one of these ways (`extension`, `restriction`) cannot stand here. `media`: the media types that its binary content
    should have (xmime:expectedContentTypes), "" where nothing is said."""

    name: str
    type: str
    min: int = 1
    max: int | None = 1
    nillable: bool = False
    default: str | None = None
    fixed: str | None = None
    abstract: bool = False
    ref: bool = False
    doc: str = ""
    media: str = ""
    block: tuple[str, ...] = ()


class Wildcard(msgspec.Struct, frozen=True, tag_field="is", tag="any"):
    """`xs:any` or `xs:anyAttribute`. `namespaces`: `##any`, `##other`, or URIs (`""` is no namespace);
    `target` is the namespace `##other` is other than."""

    namespaces: tuple[str, ...] = ("##any",)
    target: str = ""
    process: str = "strict"
    min: int = 1
    max: int | None = 1


class Group(msgspec.Struct, frozen=True, tag_field="is", tag="group"):
    """A model group. `kind`: sequence, choice or all; named groups are already put in place."""

    kind: str
    items: tuple[Particle, ...]
    min: int = 1
    max: int | None = 1


Particle = Element | Wildcard | Group


class ComplexType(msgspec.Struct, frozen=True, tag_field="is", tag="complex"):
    """`content` None and `text` "": empty. `text`: key of the simple type of its text (simple content).

    `base`/`derivation` (`extension` or `restriction`) only for complex bases, for `xsi:type`.
    `item`: key of the type of the items of an array of SOAP's encodings, whose content is one repeated element.
    """

    key: str
    content: Group | None = None
    text: str = ""
    attributes: tuple[Attribute, ...] = ()
    any_attribute: Wildcard | None = None
    mixed: bool = False
    abstract: bool = False
    base: str = ""
    derivation: str = ""
    doc: str = ""
    item: str = ""


class Layout(msgspec.Struct, frozen=True):
    """Everything a set of schema documents defines, resolved.

    `types` by key (built-ins that are used included); `elements` and `attributes` are the global ones by name;
    `derived`: for a type, the keys of all types derived from it, directly or not, in document order;
    `substitutes`: for a global element, the names of all that may stand in its place (itself excluded, abstract ones
    left out). `problems`: component key → why it cannot be used; such a component and what needs it is left out.
    `notes`: readable lines on what was mended or passed over (defined twice, an optional part left out).
    """

    types: dict[str, SimpleType | ComplexType]
    elements: dict[str, Element]
    attributes: dict[str, Attribute] = {}
    derived: dict[str, tuple[str, ...]] = {}
    substitutes: dict[str, tuple[str, ...]] = {}
    problems: dict[str, str] = {}
    notes: tuple[str, ...] = ()
