"""Shapes: what a piece of data looks like to a client, whatever protocol brings it.

A Shape learned once serves the codec, JSON Schema and OpenAPI, samples, mock answers and the contract diff. Recursion
goes through `Ref` to a name in a `Shapes` table. Nothing here knows XML, HTTP or a partner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The exact kind of a scalar; the names are those of XML Schema part 2, which has the richest set."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    DOUBLE = "double"
    DURATION = "duration"
    DATETIME = "dateTime"
    TIME = "time"
    DATE = "date"
    YEAR_MONTH = "gYearMonth"
    YEAR = "gYear"
    MONTH_DAY = "gMonthDay"
    DAY = "gDay"
    MONTH = "gMonth"
    HEX = "hexBinary"
    BASE64 = "base64Binary"
    URI = "anyURI"
    QNAME = "QName"
    NOTATION = "NOTATION"


@dataclass(frozen=True, slots=True)
class Facets:
    """What a scalar's text must satisfy (XML Schema part 2 §4.3). Bounds are texts, so no digit is lost.

    `patterns`: one entry a derivation step, each an XSD regular expression (alternatives of one step are already
    joined with `|`); all must match. Lengths count characters, or bytes for binary kinds, or items for lists.
    """

    length: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    patterns: tuple[str, ...] = ()
    enumeration: tuple[str, ...] | None = None
    white_space: str = "preserve"
    min_inclusive: str | None = None
    max_inclusive: str | None = None
    min_exclusive: str | None = None
    max_exclusive: str | None = None
    total_digits: int | None = None
    fraction_digits: int | None = None


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value. `as_text` says that a number kind is written as a JSON string (`numbers: string`).

    `name` is the XSD built-in it comes from (`int`, `token`, …), for people and documents. `media`: of a binary kind
    the media types that its bytes should have, as `Accept` would name them; "" for any.
    """

    kind: Kind
    facets: Facets = Facets()
    name: str = ""
    as_text: bool = False
    media: str = ""


@dataclass(frozen=True, slots=True)
class Union:
    """One of several scalars or scalar lists; the first that accepts a text gives the value."""

    members: tuple[Shape, ...]
    facets: Facets = Facets()


@dataclass(frozen=True, slots=True)
class ListOf:
    """An array. `max_items` None is unbounded. `nullable_items`: an item may be null."""

    item: Shape
    min_items: int = 0
    max_items: int | None = None
    nullable_items: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a record. Absent, `null` and empty are three different things."""

    key: str
    shape: Shape
    required: bool = False
    nullable: bool = False
    default: str | None = None
    fixed: str | None = None
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """One way through a choice: its own keys, those of them it cannot do without, and choices nested in it.

    `needs`: further keys that must be there and do not tell that this way was taken (they have another place as well).
    """

    keys: tuple[str, ...]
    required: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Exactly one branch may be taken (`required`), or at most one."""

    branches: tuple[Branch, ...]
    required: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """An object. Every key that a choice governs is also a (not required) field.

    `type_tag` is the value of `@type` this record answers to when it stands among `Variants`; such records accept
    the property `@type`. `takes_unknown`: `@unknown`, else only found in answers, may be given, too. `open`: has
    further keys with any value, passed on as they are, and no `@unknown`.
    """

    fields: tuple[Field, ...]
    choices: tuple[Choice, ...] = ()
    type_tag: str = ""
    doc: str = ""
    takes_unknown: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """One member: the value of `@type`, its shape, and whether it is meant when `@type` is absent.

    `wrapped`: the value stands under the key `value` beside `@type` (scalars and arrays cannot carry `@type`).
    """

    tag: str
    shape: Shape
    default: bool = False
    wrapped: bool = False


@dataclass(frozen=True, slots=True)
class Variants:
    """One of several shapes, told apart by `@type`."""

    members: tuple[Variant, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """An array of single-key objects, so that the order of different members survives (repeated choice, mixed).

    `members` are the possible keys; `max_items` bounds the array. `orders`: some right orders of keys, the plainest
    first; none are told where any order is right.
    """

    members: tuple[Field, ...]
    min_items: int = 0
    max_items: int | None = None
    orders: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class XmlNode:
    """Free XML in the lossless JSON form (see formats/xml/wild.py). `named`: the form carries the element's name.

    `typed`: what has a typed form there, `{"@name" or "@type": field.key, "@value": …}`. `text`: a plain string will
    do (unnamed only). `names`/`not_names`: XSD patterns that a name must, or must not, match; "" for any.
    `example`: a name for samples; "" when only the typed ones are valid. `plain` (unnamed only): plain JSON will do,
    too: texts, numbers, true, false, null, and arrays and objects of the same, which has this name in the table.
    """

    named: bool = True
    typed: tuple[Field, ...] = ()
    text: bool = True
    names: str = ""
    not_names: str = ""
    example: str = "note"
    plain: str = ""


@dataclass(frozen=True, slots=True)
class TextMap:
    """An object of texts with free keys (`anyAttribute`). `names`, `not_names`, `example`: as in `XmlNode`.

    `value`: what the values are where they are more than texts; then the keys are texts.
    """

    names: str = ""
    not_names: str = ""
    example: str = "note"
    value: Shape | None = None


@dataclass(frozen=True, slots=True)
class AnyJson:
    """Any JSON at all, passed on as it is.

    `schema`: a JSON Schema (2020-12) as JSON text that says more, where the system behind gave one; `refs` are the
    shapes of the table that it refers to, written `{"$ref": "#name"}`. `example`: a JSON text that fits; "" for {}.
    """

    schema: str = ""
    refs: tuple[str, ...] = ()
    example: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """A shape by name, in the table that travels with it."""

    name: str


Shape = Scalar | Union | ListOf | Record | Variants | Items | XmlNode | TextMap | AnyJson | Ref


@dataclass(frozen=True, slots=True)
class Described:
    """A shape together with the table its `Ref`s point into. `None` is "no content at all"."""

    shape: Shape | None
    table: Mapping[str, Shape] = field(default_factory=dict)
    nullable: bool = False
    required: bool = True
