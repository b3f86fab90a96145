"""JSON values → XML text, compiled from a view: one closure per type, made when first needed.

Requests are strict: everything that does not fit is reported at once, each with its JSON Pointer. The text is built
from escaped parts only, so no value can become markup.
"""

from __future__ import annotations

from bridge.call import JsonValue
from bridge.formats.xml.attached import MEDIA_ATTRIBUTE
from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.encode_free import AnyContent, AnyElement, check_of_twins
from bridge.formats.xml.encode_order import Body, Write, order_of, order_of_items
from bridge.formats.xml.encode_values import (
    WriteAttribute,
    check_bounds,
    check_known,
    expecting,
    fits_fixed,
    free_attributes,
    is_wrapped,
    scalar_body,
    sends_unknown,
    tag_of,
    text_of,
    unknown_attributes,
    unknown_children,
    with_media_type,
    write_content,
    write_item,
    write_nil,
)
from bridge.formats.xml.layout import XSI, Attribute, Element, Wildcard
from bridge.formats.xml.leniency import MISSING, NULLS
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
from bridge.formats.xml.view import View, members_of, nil_attributes, nil_variant, nil_variants, use_of_slot
from bridge.formats.xml.writing import Out, Path, Prefixes, escape, escape_attribute

XSI_TYPE, XSI_NIL = f"{{{XSI}}}type", f"{{{XSI}}}nil"


class Encoder:
    """Compiled writers for one view. Thread-safe once built: closures hold no state of a message."""

    def __init__(self, view: View, scalars: Scalars) -> None:
        self.view, self.scalars = view, scalars
        self.prefixes = Prefixes()
        self._bodies: dict[Use, Body] = {}

    def element(self, name: str, use: Use, *, nillable: bool) -> Write:
        """A writer of one element: (value, path, out)."""
        if isinstance(use, SubstituteUse):
            return self._substitute(use, nillable=nillable)
        tag, bit = self.prefixes.tag(name)
        body = self.body(use)
        attributes = self._nil_attributes(use) if nillable else None

        def write(value: JsonValue, path: Path, out: Out) -> None:
            out.mask |= bit
            if attributes is not None and (value is None or (type(value) is dict and NIL_KEY in value)):
                attributes(value, path, out, tag, "")
            elif value is None:
                write_nil(tag, path, out, nillable=nillable)
            else:
                body(value, path, out, tag, "")

        return write

    def _nil_attributes(self, use: Use) -> Body | None:
        """A writer of `null` and of `{"@nil": true, …}`: a nil element may, and must, have its attributes."""
        if isinstance(use, VariantsUse):
            return self._nil_variants(use)
        slots = nil_attributes(self.view, use)
        if not slots:
            return None
        assert isinstance(use, RecordUse)
        attributes = self._attributes(self.view.record(use.type))
        keys = frozenset(slot.key for slot in slots) | {NIL_KEY}
        required = [slot.key for slot in slots if slot.min]

        def write(value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
            if value is None and required:
                out.error(path, f'cannot be null alone; write {{"@nil": true}} with: {", ".join(required)}')
            elif type(value) is dict:
                if value[NIL_KEY] is not True:
                    out.error((path, NIL_KEY), "must be true, or be left out")
                check_known(value, keys, path, out, "")
                extra += "".join([attribute(value, path, out) for attribute in attributes])
            write_nil(tag + extra, path, out, nillable=True)

        return write

    def _nil_variants(self, use: VariantsUse) -> Body | None:
        """What is nil is of one of the types all the same, and none may be abstract (XML Schema part 1, §3.3.4)."""
        own = next((tag for tag, key in use.members if key == use.type), None)
        if own is not None and not any(nil_variants(self.view, use).values()):
            return None  # null says it all
        alone, keys = nil_variant(self.view, use), dict(use.members)
        writers: dict[str, Body | None] = {}

        def write(value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
            chosen = tag_of(value, own) if type(value) is dict else alone
            if chosen is None and value is None:
                self._nil_plain(value, path, out, tag, extra)
                return
            if chosen is None or chosen not in keys:
                out.error((path, TYPE_KEY), f"must be one of: {', '.join(keys)}")
                return
            if chosen not in writers:
                writers[chosen] = self._nil_attributes(self.view.plain_use_of(keys[chosen]))
            if chosen != own:
                extra += f' xsi:type="{out.qname(keys[chosen])}"'
                out.mask |= 1
            rest: JsonValue = (
                {key: one for key, one in value.items() if key != TYPE_KEY} if type(value) is dict else None
            )
            (writers[chosen] or self._nil_plain)(rest, path, out, tag, extra)

        return write

    def _nil_plain(self, value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
        """Nil without attributes."""
        if type(value) is dict:
            check_known(value, frozenset({NIL_KEY}), path, out, "")
        write_nil(tag + extra, path, out, nillable=True)

    def body(self, use: Use) -> Body:
        """A writer of what an element holds. Its children are compiled when first written (see _slot)."""
        if use not in self._bodies:
            self._bodies[use] = self._compile(use)
        return self._bodies[use]

    def _compile(self, use: Use) -> Body:
        match use:
            case ScalarUse(key):
                return scalar_body(self.scalars[key])
            case RecordUse(key):
                return self._record(self.view.record(key))
            case ArrayUse(key):
                return self._array(self.view.record(key).slots[0])
            case VariantsUse():
                return self._variants(use)
            case FreeUse():
                return AnyContent(self, use).write
            case SubstituteUse():
                raise AssertionError("a substitution is written by element()")

    # ── records ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _record(self, plan: RecordPlan) -> Body:
        keys = frozenset(slot.key for slot in plan.slots)
        tag_of_type = self.view.tag(plan.type.key) if self.view.in_hierarchy(plan.type.key) else ""
        attributes = self._attributes(plan)
        named = frozenset(slot.name for slot in plan.slots if slot.kind == "attribute") | {XSI_TYPE, XSI_NIL}
        children = order_of(plan, self._writers(plan))
        text, twins = self._text(plan), check_of_twins(plan, self.view)

        def write(value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
            if type(value) is not dict:
                out.error(path, "must be an object")
                return
            more = False
            if not value.keys() <= keys:
                check_known(value, keys, path, out, tag_of_type)
                more = sends_unknown(value, out)
            for attribute in attributes:
                extra += attribute(value, path, out)
            if more:
                extra += unknown_attributes(value, path, out, named)
            out.parts.append(f"<{tag}{extra}>")
            if text is not None:
                text(value, path, out)
            children(value, path, out)
            if twins is not None:
                twins(value, path, out)
            if more:
                unknown_children(value, path, out)
            out.parts.append(f"</{tag}>")

        return write

    def _attributes(self, plan: RecordPlan) -> list[WriteAttribute]:
        named = frozenset(slot.name for slot in plan.slots if slot.kind == "attribute") | {XSI_TYPE, XSI_NIL}
        free = plan.slot("attributes")
        found = [self._attribute_in(slot, plan) for slot in plan.slots if slot.kind == "attribute"]
        if free is None:
            return found
        assert isinstance(free.source, Wildcard)
        return [*found, free_attributes(free.key, named, free.source)]

    def _writers(self, plan: RecordPlan) -> dict[Slot, Write]:
        return {slot: self._slot(slot) for slot in plan.slots if slot.kind in {"element", "any", "items"}}

    def _slot(self, slot: Slot) -> Write:
        """Writes one occurrence (of `items`: the whole array)."""
        if slot.kind == "any":
            assert isinstance(slot.source, Wildcard)
            return AnyElement(self, slot.source).write
        if slot.kind == "items":
            return self._items(slot)
        if slot.kind == "text":
            return self._mixed_text(slot)
        use = use_of_slot(self.view, slot)
        late: list[Write] = []

        def write(value: JsonValue, path: Path, out: Out) -> None:
            # Compiled at the first use: a type may hold itself, and most optional branches are never taken.
            if not late:
                late.append(self.element(slot.name, use, nillable=slot.nillable))
            late[0](value, path, out)

        return self._fixed(slot, use, write)

    def _fixed(self, slot: Slot, use: Use, inner: Write) -> Write:
        if isinstance(slot.source, Element) and slot.source.media:
            inner = expecting(slot.source.media, inner)
        fixed = slot.source.fixed if isinstance(slot.source, Element) else None
        if fixed is None or not isinstance(use, ScalarUse):
            return inner
        fits = fits_fixed(self.scalars[use.type], fixed)

        def write(value: JsonValue, path: Path, out: Out) -> None:
            if value is not None and not fits(value):
                out.error(path, f"must be {fixed}")
            inner(value, path, out)

        return write

    def _mixed_text(self, slot: Slot) -> Write:
        assert isinstance(slot.use, ScalarUse)
        scalar = self.scalars[slot.use.type]
        return lambda value, path, out: out.parts.append(text_of(scalar, value, path, out, escape))

    def _items(self, slot: Slot) -> Write:
        writers = {member.key: self._slot(member) for member in slot.members}
        in_order = order_of_items(slot)

        def write(value: JsonValue, path: Path, out: Out) -> None:
            if type(value) is not list:
                out.error(path, "must be an array of objects with one key each")
                return
            told = len(out.errors)
            check_bounds(len(value), slot.least, None, path, out)
            for index, item in enumerate(value):
                write_item(item, (path, index), out, writers)
            if in_order is not None and len(out.errors) == told:
                in_order(value, path, out)

        return write

    def _text(self, plan: RecordPlan) -> Write | None:
        slot = plan.slot("text")
        if slot is None:
            return None
        scalar = self.scalars[plan.type.text]
        media_key = next((one.key for one in plan.slots if one.name == MEDIA_ATTRIBUTE), "")

        def write(value: JsonValue, path: Path, out: Out) -> None:
            assert isinstance(value, dict)
            if slot.key not in value:
                if not out.bend(MISSING, allowed=out.lenient.missing != "refuse"):
                    out.error((path, slot.key), "is required")
                return
            write_content(scalar, value[slot.key], (path, slot.key), out, value.get(media_key))

        return write

    def _attribute_in(self, slot: Slot, plan: RecordPlan) -> WriteAttribute:
        text = plan.slot("text") if slot.name == MEDIA_ATTRIBUTE else None
        return self._attribute(slot) if text is None else with_media_type(self._attribute(slot), slot.key, text.key)

    def _attribute(self, slot: Slot) -> WriteAttribute:
        key = slot.key
        assert isinstance(slot.source, Attribute)
        source, scalar = slot.source, self.scalars[slot.source.type]
        tag, bit = self.prefixes.tag(source.name)

        fits = fits_fixed(scalar, source.fixed)
        filled = "" if source.fixed is None else f' {tag}="{escape_attribute(source.fixed)}"'

        def write(value: dict[str, JsonValue], path: Path, out: Out) -> str:
            if key not in value or (
                value[key] is None and out.lenient.nulls == "omit" and out.bend(NULLS, allowed=True)
            ):
                if not source.required:
                    return ""
                if source.fixed is None:
                    if not out.bend(MISSING, allowed=out.lenient.missing != "refuse"):
                        out.error((path, key), "is required")
                    return ""
                out.mask |= bit
                return filled
            out.mask |= bit
            text = text_of(scalar, value[key], (path, key), out, escape_attribute)
            if not fits(value[key]):
                out.error((path, key), f"must be {source.fixed}")
            return f' {tag}="{text}"'

        return write

    # ── arrays, variants, substitutions ──────────────────────────────────────────────────────────────────────────

    def _array(self, slot: Slot) -> Body:
        one = self._slot(slot)

        def write(value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
            if type(value) is not list:
                out.error(path, "must be an array")
                return
            check_bounds(len(value), slot.min, slot.max, path, out)
            out.parts.append(f"<{tag}{extra}>")
            for index, item in enumerate(value):
                one(item, (path, index), out)
            out.parts.append(f"</{tag}>")

        return write

    def _variants(self, use: VariantsUse) -> Body:
        bodies = {
            tag: (self.body(plain), isinstance(plain, RecordUse), *self._variant_says(plain, key, use))
            for tag, key in use.members
            for plain in [self.view.plain_use_of(key)]
        }
        default = next((tag for tag, key in use.members if key == use.type), None)

        def write(value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
            chosen = tag_of(value, default)
            if chosen not in bodies:
                out.error((path, TYPE_KEY), f"must be one of: {', '.join(bodies)}")
                return
            body, bare, says, bits = bodies[chosen]
            out.mask |= bits
            if bare:
                body(value, path, out, tag, extra + says)
            elif is_wrapped(value, path, out):
                body(value["value"], (path, "value"), out, tag, extra + says)

        return write

    def _variant_says(self, _: Use, key: str, use: VariantsUse, /) -> tuple[str, int]:
        """What an element of this variant says of its type, and the bits of the namespaces that needs."""
        if key == use.type:
            return "", 0
        tag, bit = self.prefixes.tag(key)
        return f' xsi:type="{tag}"', bit | 1

    def _substitute(self, use: SubstituteUse, *, nillable: bool) -> Write:
        members = {tag: (element, plain) for tag, element, plain in members_of(self.view, use)}
        heads = any(element.name == use.head for _, element in use.members)

        def write(value: JsonValue, path: Path, out: Out) -> None:
            chosen = tag_of(value, None)
            if value is None:
                # Only the head itself can be nil: null would not say which other element is meant.
                write_nil(out.qname(use.head), path, out, nillable=nillable and heads)
            elif chosen not in members:
                out.error((path, TYPE_KEY), f"must be one of: {', '.join(members)}")
            else:
                element, plain = members[chosen]
                body = self.body(plain)
                assert isinstance(value, dict)
                if isinstance(plain, RecordUse):
                    inner: JsonValue = {key: one for key, one in value.items() if key != TYPE_KEY}
                    body(inner, path, out, out.qname(element.name), "")
                elif is_wrapped(value, path, out):
                    body(value["value"], (path, "value"), out, out.qname(element.name), "")

        return write
