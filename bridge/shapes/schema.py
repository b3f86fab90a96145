"""Shapes as JSON Schema 2020-12: exactly what a codec takes and gives, so that a document can be tested against.

Numbers in the result are `Number`s, so `json.dumps` of this room writes every digit. Names of components come from
the caller; what is shared by all (dates, free XML) has a fixed one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote

from bridge.call import JsonValue
from bridge.shapes.json import Number, loads
from bridge.shapes.lexical import value_of
from bridge.shapes.model import (
    AnyJson,
    Described,
    Field,
    Items,
    Kind,
    ListOf,
    Record,
    Ref,
    Scalar,
    Shape,
    TextMap,
    Union,
    Variant,
    Variants,
    XmlNode,
)
from bridge.shapes.patterns import is_usable
from bridge.shapes.schema_choices import constraints
from bridge.shapes.schema_free import FREE, free_rules, name_rule, plain_ways, text_keys
from bridge.shapes.schema_scalars import SHARED, scalar_schema, text_pattern

Json = dict[str, JsonValue]
COMPONENTS = "#/components/schemas/"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
Rename = Callable[[str, Shape], str]
RESERVED = frozenset({*SHARED, *FREE})
"""The names of components that all share; a shape of such a name needs another."""
TAG, UNKNOWN = "@type", "@unknown"


def json_schema(described: Described) -> Json:
    """One schema that stands alone, with what it refers to under `$defs`. No content at all is `false`."""
    writer = SchemaWriter(described.table, prefix="#/$defs/")
    if described.shape is None:
        return {"$schema": DIALECT, "not": {}}
    schema = writer.of(described.shape, nullable=described.nullable)
    return {"$schema": DIALECT, **schema, "$defs": dict(writer.components())}


class SchemaWriter:
    """Writes shapes of one table and remembers what they refer to.

    `rename`: the component's name for a name and its shape. Names beyond the table are made for variants.
    """

    def __init__(self, table: Mapping[str, Shape], *, prefix: str = COMPONENTS, rename: Rename | None = None) -> None:
        self._table, self._prefix = table, prefix
        self._rename: Rename = rename or (lambda name, _: f"{name}." if name in RESERVED else name)
        self._retagged: dict[str, Shape] = {}
        self._met: dict[str, None] = {}
        self._shared: dict[str, None] = {}

    def of(self, shape: Shape, *, nullable: bool = False) -> Json:
        """The schema of a shape; named shapes become references."""
        schema = self._of(shape)
        return _or_null(schema) if nullable else schema

    def components(self) -> dict[str, JsonValue]:
        """Every component that was referred to so far, and what those refer to in turn."""
        written: dict[str, JsonValue] = {}
        while todo := [name for name in self._met if name not in written]:
            written.update({name: self._of(self._named(name)) for name in todo})
        result: dict[str, JsonValue] = {self._component(name): schema for name, schema in written.items()}
        while todo := [name for name in self._shared if name not in result]:
            result.update({name: self._shared_schema(name) for name in todo})
        return result

    def _named(self, name: str) -> Shape:
        return self._retagged[name] if name in self._retagged else self._table[name]

    def _of(self, shape: Shape) -> Json:
        match shape:
            case Scalar():
                return scalar_schema(shape, self._share)
            case Union():
                return self._union(shape)
            case ListOf(item, low, high, nullable):
                return _array(self.of(item, nullable=nullable), low, high)
            case Record():
                return self._record(shape)
            case Variants():
                return self._variants(shape)
            case Items(members, low, high):
                return _array(_one_of([self._single(member) for member in members]), low, high)
            case XmlNode():
                return self._free(shape)
            case TextMap(value=value) if value is not None:
                return text_keys(shape, self._of(value))
            case TextMap():
                rule = name_rule(shape)
                return self._share("TextMap") | ({"propertyNames": rule} if rule else {})
            case AnyJson(schema=schema):
                return self._given(loads(schema.encode())) if schema else {}
            case Ref(name):
                return self._refer(name)

    def _given(self, schema: JsonValue) -> Json:
        """A schema that came from elsewhere, its references led to where we keep what they mean."""

        def led(value: JsonValue) -> JsonValue:
            if isinstance(value, list):
                return [led(one) for one in value]
            if not isinstance(value, dict):
                return value
            target = value.get("$ref")
            if isinstance(target, str) and target.startswith("#"):
                return self._refer(target[1:]) | {key: led(one) for key, one in value.items() if key != "$ref"}
            return {key: led(one) for key, one in value.items()}

        led_schema = led(schema)
        return led_schema if isinstance(led_schema, dict) else {}

    def _free(self, shape: XmlNode) -> Json:
        free = self._share("XmlNode" if shape.named else "XmlContent") | free_rules(shape)
        key = "@name" if shape.named else TAG
        typed: list[JsonValue] = [self._typed(key, entry) for entry in shape.typed]
        if shape.plain:
            return {"anyOf": [*plain_ways(self._refer(shape.plain)), free, *typed]}
        return {"anyOf": [free, *typed]} if typed else free

    def _typed(self, key: str, entry: Field) -> Json:
        value = self.of(entry.shape, nullable=entry.nullable)
        return {
            "type": "object",
            **_doc(entry.doc),
            "properties": {key: {"const": entry.key}, "@value": value},
            "required": [key, "@value"],
            "additionalProperties": False,
        }

    def _refer(self, name: str) -> Json:
        self._met[name] = None
        return {"$ref": self._prefix + _fragment(self._component(name))}

    def _component(self, name: str) -> str:
        return self._rename(name, self._named(name))

    def _share(self, name: str) -> Json:
        self._shared[name] = None
        return {"$ref": self._prefix + name}

    def _shared_schema(self, name: str) -> Json:
        return SHARED[name] if name in SHARED else FREE[name](self._share)

    # ── records ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _record(self, record: Record) -> Json:
        properties: Json = {TAG: {"const": record.type_tag}} if record.type_tag else {}
        properties |= {entry.key: self.of_field(entry) for entry in record.fields}
        only_found: Json = {} if record.takes_unknown else {"readOnly": True}
        if not record.open:
            properties[UNKNOWN] = self._share("Extra" if record.takes_unknown else "Unknown") | only_found
        required: list[JsonValue] = [entry.key for entry in record.fields if entry.required]
        return (
            {"type": "object"}
            | _doc(record.doc)
            | {"properties": properties}
            | ({"required": required} if required else {})
            | ({} if record.open else {"additionalProperties": False})
            | constraints(record.choices)
        )

    def of_field(self, entry: Field) -> Json:
        """The schema of a property of an object, or of what else has a default or a fixed value."""
        fixed, default = _typed(entry.shape, entry.fixed), _typed(entry.shape, entry.default)
        if fixed is not None:
            schema: Json = {"enum": [fixed, None]} if entry.nullable else {"const": fixed}
        else:
            schema = self.of(entry.shape, nullable=entry.nullable)
        return schema | ({} if default is None else {"default": default}) | _doc(entry.doc)

    def _single(self, member: Field) -> JsonValue:
        return {
            "type": "object",
            "properties": {member.key: self.of_field(member)},
            "required": [member.key],
            "additionalProperties": False,
        }

    # ── variants and unions ──────────────────────────────────────────────────────────────────────────────────────

    def _variants(self, variants: Variants) -> Json:
        members = [self._variant(member) for member in variants.members]
        explicit = not any(member.default for member in variants.members)
        ways: list[JsonValue] = [
            reference if explicit or member.default else {**reference, "required": [TAG]}
            for reference, member in zip(members, variants.members, strict=True)
        ]
        mapping: Json = {
            member.tag: reference["$ref"] for reference, member in zip(members, variants.members, strict=True)
        }
        return (
            _doc(variants.doc)
            | _one_of(ways)
            | ({"required": [TAG]} if explicit else {})
            | ({"discriminator": {"propertyName": TAG, "mapping": mapping}} if ways else {})
        )

    def _variant(self, member: Variant) -> Json:
        """Always a reference, so that the discriminator can name it."""
        if not member.wrapped:
            record = self._resolved(member.shape)
            if isinstance(member.shape, Ref) and isinstance(record, Record) and record.type_tag == member.tag:
                return self._refer(member.shape.name)
            if isinstance(record, Record):
                return self._extra(member, replace(record, type_tag=member.tag))
        value = Field("value", member.shape, required=True)
        return self._extra(member, Record((value,), type_tag=member.tag))

    def _extra(self, member: Variant, record: Record) -> Json:
        """A component of our own: the record under another tag, or what carries a value that cannot have one."""
        wanted = f"{member.shape.name}.{member.tag}" if isinstance(member.shape, Ref) else f"{member.tag}.value"
        name, number = wanted, 2
        while name in self._table or self._retagged.get(name, record) != record:
            name, number = f"{wanted}{number}", number + 1
        self._retagged[name] = record
        return self._refer(name)

    def _resolved(self, shape: Shape) -> Shape:
        for _ in range(len(self._table) + 1):
            if not isinstance(shape, Ref):
                break
            shape = self._named(shape.name)
        return shape

    def _union(self, union: Union) -> Json:
        ways: list[JsonValue] = [self._of(member) for member in union.members]
        schema: Json = ways[0] if len(ways) == 1 and isinstance(ways[0], dict) else {"anyOf": ways}
        texts = all(isinstance(member, Scalar) and member.kind is Kind.STRING for member in union.members)
        if union.facets.enumeration is not None:
            return {"enum": _union_values(union)}
        known: list[JsonValue] = [
            {"pattern": text_pattern(pattern)} for pattern in union.facets.patterns if texts and is_usable(pattern)
        ]
        return {"allOf": [schema, *known]} if known else schema


def _union_values(union: Union) -> list[JsonValue]:
    """Each text as every member could read it; the codec writes all of these as that text."""
    values: dict[str, JsonValue] = {}
    for text in union.facets.enumeration or ():
        for member in union.members:
            value = _typed(member, text)
            if value is not None:
                values.setdefault(("" if isinstance(value, Number) else "'") + str(value), value)
    return list(values.values())


def _typed(shape: Shape, text: str | None) -> JsonValue:
    if text is None or not isinstance(shape, Scalar):
        return None
    try:
        return value_of(shape, text)
    except ValueError:
        return None


def _fragment(name: str) -> str:
    """A key as a step of a JSON pointer in a URI (RFC 6901 §6): a reference holds no letters beyond ASCII."""
    return quote(name.replace("~", "~0").replace("/", "~1"), safe="!$&'()*+,;=:@")


def _or_null(schema: Json) -> Json:
    simple = isinstance(schema.get("type"), str) and not schema.keys() & {"oneOf", "anyOf", "allOf", "$ref", "not"}
    if simple and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def _array(item: Json, low: int, high: int | None) -> Json:
    bounds: Json = {"minItems": Number(low)} if low else {}
    most: Json = {} if high is None else {"maxItems": Number(high)}
    return {"type": "array", "items": item, **bounds, **most}


def _one_of(ways: list[JsonValue]) -> Json:
    if not ways:
        return {"not": {}}
    return ways[0] if len(ways) == 1 and isinstance(ways[0], dict) and "$ref" not in ways[0] else {"oneOf": ways}


def _doc(text: str) -> Json:
    return {"description": text} if text else {}
