"""From the plans of a view to Shapes: what the client is told is exactly what the codec does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from bridge.errors import ContractError
from bridge.formats.xml import wildcards
from bridge.formats.xml.choices import choices_of
from bridge.formats.xml.items import orders_of
from bridge.formats.xml.layout import Attribute, Element, SimpleType, Wildcard
from bridge.formats.xml.plan import (
    NIL_KEY,
    TYPE_KEY,
    ArrayUse,
    FreeUse,
    RecordPlan,
    RecordUse,
    ScalarUse,
    Slot,
    SubstituteUse,
    Use,
    VariantsUse,
)
from bridge.formats.xml.view import View, may_be_null, members_of, nil_attributes, nil_variants, use_of_slot
from bridge.shapes.model import (
    Facets,
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

_BIG = frozenset({"long", "unsignedLong", "integer", "nonNegativeInteger", "positiveInteger"}) | {
    "nonPositiveInteger",
    "negativeInteger",
    "decimal",
}


class Shaper:
    """Builds shapes lazily; `table` collects every named one that was met."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.table: dict[str, Shape] = {}
        self._names: dict[tuple[str, str | Use | Wildcard], str] = {}
        self._pending: list[tuple[str, str, Use | Wildcard | None]] = []

    def shape(self, use: Use) -> Shape:
        """The shape of a use, with all it refers to in `table`."""
        found = self.of_use(use)
        self.complete()
        return found

    def complete(self) -> None:
        """Builds what is only referred to. A work list, because type graphs are deeper than Python's stack."""
        while self._pending:
            name, key, use = self._pending.pop()
            self.table[name] = self._build(key, use)

    def of_use(self, use: Use) -> Shape:
        match use:
            case ScalarUse(key):
                return self.scalar(key)
            case RecordUse(key):
                return self._named("", key)
            case ArrayUse(key):
                return self._named("", key)
            case VariantsUse(key):
                if use == self.view.use_of(key):
                    return self._named("any", key, use)
                return self._named("derived" if use == self.view.derived_use(key) else "some", key, use)
            case SubstituteUse(head):
                return self._named("element", head, use)
            case FreeUse(typed, text):
                return self._named("free", "AnyContent", use) if typed else XmlNode(named=False, text=text)

    def scalar(self, key: str, within: tuple[str, ...] = ()) -> Shape:
        if key in within:
            raise ContractError(f"the type {key} is made of itself")
        found, within = self.view.simple(key), (*within, key)
        if found.item:
            return _words(self.scalar(found.item, within), found.facets)
        if found.members:
            return Union(tuple(self.scalar(member, within) for member in found.members), found.facets)
        return Scalar(found.kind or Kind.STRING, found.facets, found.name, as_text=writes_as_text(self.view, found))

    def _named(self, sort: str, key: str, use: Use | Wildcard | None = None) -> Ref:
        known = (sort, use if use is not None and (isinstance(use, Wildcard) or sort == "some") else key)
        if known not in self._names:
            name = self._names[known] = self._free_name(sort, key)
            self.table[name] = Record(())  # holds the place until complete()
            self._pending.append((name, key, use))
        return Ref(self._names[known])

    def _free_name(self, sort: str, key: str) -> str:
        local = key.rpartition("}")[2].strip("/#").replace("/", ".") or "Type"
        name = wanted = {"any": f"Any{local}", "derived": f"Derived{local}", "some": f"Some{local}"}.get(sort, local)
        number = 2
        while name in self.table:
            name, number = f"{wanted}{number}", number + 1
        return name

    def _wildcard(self, wildcard: Wildcard) -> Shape:
        """Wildcards that let in the same are one named shape."""
        if not self.view.known_at(wildcard):
            return _free_element(wildcard, ())
        said = msgspec.structs.replace(wildcard, min=1, max=1)
        return self._named("wildcard", "AnyElement", said)

    def _known(self, wildcard: Wildcard) -> Iterator[Field]:
        for name, element in self.view.known_at(wildcard).items():
            shape = self.of_use(self.view.declared_use(element))
            yield Field(name, shape, required=True, nullable=element.nillable, doc=element.doc)

    def _typed(self) -> Iterator[Field]:
        for key in self.view.typed:
            use = self.view.plain_use_of(key) if self.view.is_complex(key) else ScalarUse(key)
            yield Field(key, self.of_use(use), required=True)

    def _build(self, key: str, use: Use | Wildcard | None) -> Shape:
        if isinstance(use, Wildcard):
            return _free_element(use, tuple(self._known(use)))
        if isinstance(use, FreeUse):
            return XmlNode(named=False, typed=tuple(self._typed()), text=use.text)
        if isinstance(use, VariantsUse):
            members = tuple(self._variant(tag, member, default=member == use.type) for tag, member in use.members)
            return Variants(members, doc=self.view.complex(use.type).doc)
        if isinstance(use, SubstituteUse):
            return Variants(tuple(self._substitute(tag, plain) for tag, _, plain in members_of(self.view, use)))
        plan = self.view.record(key)
        if isinstance(self.view.plain_use_of(key), ArrayUse):
            return self._slot_shape(plan.slots[0])
        return self.record(plan)

    def _variant(self, tag: str, key: str, *, default: bool) -> Variant:
        plain = self.view.plain_use_of(key)
        return Variant(tag, self.of_use(plain), default=default, wrapped=not isinstance(plain, RecordUse))

    def _substitute(self, tag: str, plain: Use) -> Variant:
        return Variant(tag, self.of_use(plain), wrapped=not isinstance(plain, RecordUse))

    def record(self, plan: RecordPlan) -> Record:
        fields = tuple(self._field(slot) for slot in plan.slots)
        tag = self.view.tag(plan.type.key) if self.view.in_hierarchy(plan.type.key) else ""
        choices = tuple(choices_of(plan.tree))
        takes_unknown = self.view.options.requests.unknown == "send"
        return Record(fields, choices, type_tag=tag, doc=plan.type.doc, takes_unknown=takes_unknown)

    def _field(self, slot: Slot) -> Field:
        source = slot.source
        described = source if isinstance(source, Element | Attribute) else None
        shape = self._slot_shape(slot)
        if isinstance(shape, Union) and described and described.fixed is not None and not slot.nillable:
            shape = replace(shape, facets=replace(shape.facets, enumeration=(described.fixed,)))
        return Field(
            slot.key,
            shape,
            required=slot.min > 0,
            nullable=not slot.many and may_be_null(self.view, slot),
            default=described.default if described else None,
            fixed=described.fixed if described else None,
            doc=described.doc if described else "",
        )

    def _slot_shape(self, slot: Slot) -> Shape:
        one: Shape
        match slot.kind:
            case "attributes":
                assert isinstance(slot.source, Wildcard)
                names, not_names = _name_rules(slot.source)
                return TextMap(names, not_names, wildcards.example_name(slot.source))
            case "any":
                assert isinstance(slot.source, Wildcard)
                one = self._wildcard(slot.source)
            case "items":
                members = tuple(self._field(member) for member in slot.members)
                return Items(members, slot.least, slot.max, orders_of(slot))
            case _:
                one = self._element(slot)
        if not slot.many:
            return one
        return ListOf(one, slot.least, slot.max, nullable_items=may_be_null(self.view, slot))

    def _element(self, slot: Slot) -> Shape:
        use = use_of_slot(self.view, slot)
        nils = tuple(self._nils(use)) if slot.nillable else ()
        found = self.of_use(use)
        if isinstance(found, Scalar) and isinstance(slot.source, Element) and slot.source.media:
            found = replace(found, media=slot.source.media)
        return Union((found, *nils)) if nils else found

    def _nils(self, use: Use) -> Iterator[Record]:
        """The objects that say nil and more: attributes, and of which type it is."""
        nil = Field(NIL_KEY, Scalar(Kind.BOOLEAN, name="boolean"), required=True, fixed="true")
        if not isinstance(use, VariantsUse):
            attributes = nil_attributes(self.view, use)
            if attributes:
                yield Record((nil, *map(self._field, attributes)))
            return
        own = next((tag for tag, key in use.members if key == use.type), None)
        for tag, attributes in nil_variants(self.view, use).items():
            kind = Field(TYPE_KEY, Scalar(Kind.STRING, name="string"), required=tag != own, fixed=tag)
            if attributes:
                yield Record((kind, nil, *map(self._field, attributes)))


def _free_element(wildcard: Wildcard, typed: tuple[Field, ...]) -> XmlNode:
    names, not_names = _name_rules(wildcard)
    strict = bool(typed) and wildcard.process == "strict"
    example = "" if strict else wildcards.example_name(wildcard)
    return XmlNode(typed=typed, names=names, not_names=not_names, example=example)


def _name_rules(wildcard: Wildcard) -> tuple[str, str]:
    other = wildcards.OTHER in wildcard.namespaces and wildcard.target
    return wildcards.name_pattern(wildcard), rf"\{{{wildcards.quoted(wildcard.target)}\}}[^{{}}]*" if other else ""


def _words(item: Shape, facets: Facets) -> ListOf:
    """A list in one text. Where whole lists are enumerated, an array can only be told their words and lengths."""
    least, most = facets.min_length or 0, facets.max_length
    if not facets.enumeration or not isinstance(item, Scalar):
        return ListOf(_word(item), least, most)
    lists = [text.split() for text in facets.enumeration]
    words = tuple(dict.fromkeys(word for words in lists for word in words))
    item = replace(item, facets=replace(item.facets, enumeration=words))
    longest = max(map(len, lists))
    return ListOf(item, max(least, min(map(len, lists))), longest if most is None else min(most, longest))


def _word(shape: Shape) -> Shape:
    """An item of a list on the wire: white space would part it."""
    match shape:
        case Scalar(Kind.STRING | Kind.URI, facets):
            return replace(shape, facets=replace(facets, patterns=(*facets.patterns, r"\S+")))
        case Union(members):
            return replace(shape, members=tuple(map(_word, members)))
    return shape


def writes_as_text(view: View, found: SimpleType) -> bool:
    """`numbers: string` covers the kinds that a JavaScript number cannot hold."""
    return view.options.numbers == "string" and found.name in _BIG
