"""The client's view of an XML Layout: which JSON key stands for what, and which wrappers disappear.

A view is a projection of (layout × options) and holds no compiled code. Shapes (shape.py), the encoder and the decoder
are all made from the same plans here, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bridge.errors import ContractError
from bridge.formats.xml.attached import SWA_REF
from bridge.formats.xml.blocked import unblocked
from bridge.formats.xml.builtin import BUILTINS
from bridge.formats.xml.layout import ANY_SIMPLE, ANY_TYPE, XSD, ComplexType, Element, Layout, SimpleType, Wildcard
from bridge.formats.xml.leniency import STRICT, Leniency
from bridge.formats.xml.plan import (
    ArrayUse,
    FreeUse,
    Leaf,
    RecordPlan,
    RecordUse,
    ScalarUse,
    Slot,
    SubstituteUse,
    Use,
    VariantsUse,
    local,
)
from bridge.formats.xml.planner import plan_record
from bridge.formats.xml.wildcards import known
from bridge.shapes.model import Kind
from bridge.shapes.naming import Style, assign


@dataclass(frozen=True, slots=True)
class ViewOptions:
    """`naming` of keys; `numbers="string"` writes 64-bit and decimal kinds as strings; `bad_dates="text"` lets an
    unreadable date of an answer through as it is; `unknown_elements="drop"` leaves out what an answer has beyond its
    schema, `missing_required="null"` puts null where it lacks something. `requests`: see leniency.py. `attachments`
    False: what stands beside the envelope is left aside, and a reference to it is a text like others."""

    naming: Style = "camel"
    numbers: Literal["number", "string"] = "number"
    bad_dates: Literal["refuse", "text"] = "refuse"
    unknown_elements: Literal["keep", "drop"] = "keep"
    missing_required: Literal["absent", "null"] = "absent"
    requests: Leniency = STRICT
    attachments: bool = True


# Without a value space of their own, or tied to the document they stand in (ID, ENTITY), or newer than most servers.
_UNTYPED = {
    ANY_SIMPLE,
    *(f"{{{XSD}}}{name}" for name in ["anyAtomicType", "NOTATION", "ID", "IDREF", "IDREFS", "ENTITY", "ENTITIES"]),
}
_UNTYPED |= {f"{{{XSD}}}{name}" for name in ("dateTimeStamp", "dayTimeDuration", "yearMonthDuration")}
SCHEMA = f"{{{XSD}}}schema"
"""A schema inside a message (.NET DataSets): XML like any other, but never a text."""
TYPES_MAX = 1000
"""With more complex types than these, values of `xs:anyType` have a typed form for built-in types only."""


class View:
    """Plans for the types of one layout, made when first asked for.

    `messages`: the elements that are an operation's own message; they are not offered where anything may stand.
    """

    def __init__(self, layout: Layout, options: ViewOptions, messages: frozenset[str] = frozenset()) -> None:
        self.layout, self.options, self._messages = layout, options, messages
        self._records: dict[str, RecordPlan] = {}
        self._uses: dict[str, Use] = {}
        self._made: dict[str, ComplexType] = {}
        self._tags = self._type_tags()

    def complex(self, key: str) -> ComplexType:
        found = self._made.get(key) or self.layout.types.get(key)
        if not isinstance(found, ComplexType):
            raise ContractError(self.layout.problems.get(key) or f"the type {key} is not defined")
        return found

    def simple(self, key: str) -> SimpleType:
        found = self.layout.types.get(key) or BUILTINS.get(key)
        if not isinstance(found, SimpleType):
            raise ContractError(self.layout.problems.get(key) or f"the simple type {key} is not defined")
        if key == SWA_REF and self.options.attachments:
            return SimpleType(key, "swaRef", Kind.BASE64, doc=found.doc)
        return found

    def is_complex(self, key: str) -> bool:
        return isinstance(self.layout.types.get(key), ComplexType)

    def tag(self, key: str) -> str:
        """The value of `@type` for a global complex type, "" for others."""
        return self._tags.get(key, "")

    def in_hierarchy(self, key: str) -> bool:
        """True for a type that may stand among variants, so its record takes `@type`."""
        found = self.layout.types.get(key)
        return bool(self.layout.derived.get(key)) or (isinstance(found, ComplexType) and bool(found.base))

    def use_of(self, key: str) -> Use:
        """How an element of this declared type lies."""
        if key not in self._uses:
            self._uses[key] = self._use_of(key)
        return self._uses[key]

    def _use_of(self, key: str) -> Use:
        if key == ANY_TYPE:
            return FreeUse()
        found = self.layout.types.get(key)
        if isinstance(found, SimpleType) or key in BUILTINS:
            return ScalarUse(key)
        derived = [(self.tag(one), one) for one in self.layout.derived.get(key, ()) if self._may_stand(one)]
        declared = self.complex(key)
        if derived:
            own = [] if declared.abstract else [(self.tag(key), key)]
            return VariantsUse(key, tuple(own + derived))
        return FreeUse(typed=False) if declared.abstract else self.plain_use_of(key)

    def _has_members(self, key: str) -> bool:
        """Whether a value of a type can be had: it is not abstract, or something concrete derives from it."""
        return not self._is_abstract(key) or any(map(self._may_stand, self.layout.derived.get(key, ())))

    def _may_stand(self, key: str) -> bool:
        found = self.layout.types.get(key)
        return isinstance(found, ComplexType) and not found.abstract and key in self._tags

    def plain_use_of(self, key: str) -> Use:
        """How exactly this type lies, derived ones left aside."""
        found = self.complex(key)
        if found.text and not found.attributes and not found.any_attribute:
            return ScalarUse(found.text)
        plan = self.record(key)
        only = plan.slots[0] if len(plan.slots) == 1 else None
        if only and only.kind == "element" and only.many and not found.mixed and isinstance(plan.tree.items[0], Leaf):
            return ArrayUse(key)
        return RecordUse(key)

    def element_use(self, element: Element) -> Use:
        """How a particle lies, its substitution group included."""
        if element.name == SCHEMA:
            return FreeUse(typed=False, text=False)
        substitutes = self.layout.substitutes.get(element.name, ()) if element.ref else ()
        if not substitutes:
            return self.declared_use(element)
        own = [] if element.abstract else [self.layout.elements[element.name]]
        members = own + [self.layout.elements[name] for name in substitutes]
        members = [one for one in members if self._has_members(one.type)] or members
        typed = [one for one in members if self.derived_use(one.type, one) is not None]
        names = [*(local(one.name) for one in members), *(f"{local(one.name)}Derived" for one in typed)]
        tags = assign(names, self.options.naming)
        told = tuple(zip(tags, [*members, *typed], strict=True))
        return SubstituteUse(element.name, told[: len(members)], told[len(members) :])

    def declared_use(self, element: Element) -> Use:
        """How an element lies by its type, or one derived from it that its `block` lets in."""
        use = self.use_of(element.type)
        if not element.block or not isinstance(use, VariantsUse):
            return use
        allowed = {element.type, *unblocked(self.layout, element)}
        members = tuple((tag, key) for tag, key in use.members if key in allowed)
        if [key for _, key in members] == [element.type]:
            return self.plain_use_of(element.type)
        return VariantsUse(element.type, members) if members else FreeUse(typed=False)

    def derived_use(self, key: str, element: Element | None = None) -> VariantsUse | None:
        """The types derived from one that may stand itself, without it; those that an element lets in."""
        use = self.declared_use(element) if element else self.use_of(key)
        if not isinstance(use, VariantsUse) or self._is_abstract(key):
            return None
        return VariantsUse(key, tuple((tag, one) for tag, one in use.members if one != key))

    def _is_abstract(self, key: str) -> bool:
        found = self.layout.types.get(key)
        return isinstance(found, ComplexType) and found.abstract

    def known_at(self, wildcard: Wildcard) -> dict[str, Element]:
        """The elements that have a typed form at a wildcard, by name."""
        return {one.name: one for one in known(self.layout, wildcard, self._messages)}

    @cached_property
    def typed(self) -> tuple[str, ...]:
        """The keys of the types that a value of `xs:anyType` may name and then has a typed form."""
        simple = [key for key in BUILTINS if key not in _UNTYPED]
        named = [key for key in self.layout.types if "/" not in local(key) and key not in BUILTINS and key != ANY_TYPE]
        fitting = [key for key in named if not self._is_abstract(key)]
        return tuple(simple + (fitting if len(fitting) <= TYPES_MAX else []))

    def record(self, key: str) -> RecordPlan:
        if key not in self._records:
            self._records[key] = plan_record(self.complex(key), self.layout, self.options.naming)
        return self._records[key]

    def add(self, made: ComplexType) -> str:
        """Adds a type that stands in no schema (an rpc wrapper, a message of several parts); its key."""
        self._made[made.key] = made
        return made.key

    def _type_tags(self) -> dict[str, str]:
        keys = [
            key for key, found in self.layout.types.items() if isinstance(found, ComplexType) and "/" not in local(key)
        ]
        return dict(zip(keys, assign([local(key) for key in keys], self.options.naming), strict=True))


def use_of_slot(view: View, slot: Slot) -> Use:
    """Slots of elements look up their use late, because types may be recursive."""
    return view.element_use(slot.source) if isinstance(slot.source, Element) else slot.use


def members_of(view: View, use: SubstituteUse) -> list[tuple[str, Element, Use]]:
    """The members of a substitution group with how each lies: as its own type, and as one derived from that."""
    plain = [(tag, element, _member_use(view, element.type)) for tag, element in use.members]
    derived = [(tag, element, view.derived_use(element.type, element)) for tag, element in use.derived]
    return plain + [(tag, element, found) for tag, element, found in derived if found is not None]


def names_of(view: View, slot: Slot) -> list[str]:
    """The element names that fill a slot: one, or those of a substitution group."""
    use = use_of_slot(view, slot) if slot.kind == "element" else None
    if isinstance(use, SubstituteUse):
        return [element.name for _, element in use.members]
    return [slot.name]


def _member_use(view: View, key: str) -> Use:
    found = view.layout.types.get(key)
    if isinstance(found, ComplexType) and not found.abstract:
        return view.plain_use_of(key)
    return view.use_of(key)  # where it is abstract, nothing but derived ones could be offered


def nil_attributes(view: View, use: Use) -> list[Slot]:
    """The attributes that an element may carry although it is nil; those of a plain record only."""
    if not isinstance(use, RecordUse):
        return []
    return [slot for slot in view.record(use.type).slots if slot.kind in {"attribute", "attributes"}]


def nil_variants(view: View, use: VariantsUse) -> dict[str, list[Slot]]:
    """By the value of `@type`, the attributes that an element of this member may carry although it is nil."""
    return {tag: nil_attributes(view, view.plain_use_of(key)) for tag, key in use.members}


def nil_variant(view: View, use: VariantsUse) -> str | None:
    """The member that `null` alone stands for: the declared type; where that is abstract, the first that needs no
    attributes; None when there is none."""
    own = next((tag for tag, key in use.members if key == use.type), None)
    if own is not None:
        return own
    return next((tag for tag, slots in nil_variants(view, use).items() if not any(one.min for one in slots)), None)


def may_be_null(view: View, slot: Slot) -> bool:
    """Nil without a word more; not so where attributes are required even then (XML Schema part 1, §3.3.4)."""
    if not slot.nillable:
        return False
    use = use_of_slot(view, slot)
    if isinstance(use, VariantsUse):
        chosen = nil_variant(view, use)
        # An abstract type all of whose members need attributes: not valid by the letter, and yet what servers write.
        return chosen is None or not any(one.min for one in nil_variants(view, use)[chosen])
    return not any(one.min for one in nil_attributes(view, use))
