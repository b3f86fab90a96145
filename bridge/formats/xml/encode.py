"""JSON values → XML text, compiled from a view: one closure per type, made when first needed.

Requests are strict: everything that does not fit is reported at once, each with its JSON Pointer. The text is built
from escaped parts only, so no value can become markup.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from bridge.call import JsonValue
from bridge.formats.xml import wild
from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.encode_order import Body, Write, order_of
from bridge.formats.xml.layout import Attribute, Element
from bridge.formats.xml.plan import (
    TYPE_KEY,
    UNKNOWN_KEY,
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
from bridge.formats.xml.scalars import ScalarCodec, Unfit
from bridge.formats.xml.shape import plain_use
from bridge.formats.xml.view import View, use_of_slot
from bridge.formats.xml.writing import Out, Path, Prefixes, escape, escape_attribute
from bridge.shapes.json import dumps
from bridge.shapes.model import Kind


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

        def write(value: JsonValue, path: Path, out: Out) -> None:
            out.mask |= bit
            if value is None:
                _nil(tag, path, out, nillable=nillable)
            else:
                body(value, path, out, tag, "")

        return write

    def body(self, use: Use) -> Body:
        """A writer of what an element holds. Its children are compiled when first written (see _slot)."""
        if use not in self._bodies:
            self._bodies[use] = self._compile(use)
        return self._bodies[use]

    def _compile(self, use: Use) -> Body:
        match use:
            case ScalarUse(key):
                return _scalar_body(self.scalars[key])
            case RecordUse(key):
                return self._record(self.view.record(key))
            case ArrayUse(key):
                return self._array(self.view.record(key).slots[0])
            case VariantsUse():
                return self._variants(use)
            case FreeUse():
                return wild.write
            case SubstituteUse():
                raise AssertionError("a substitution is written by element()")

    # ── records ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _record(self, plan: RecordPlan) -> Body:
        keys = frozenset(slot.key for slot in plan.slots)
        tag_of_type = self.view.tag(plan.type.key) if self.view.in_hierarchy(plan.type.key) else ""
        attributes = [self._attribute(slot) for slot in plan.slots if slot.kind in {"attribute", "attributes"}]
        children = order_of(plan, self._writers(plan))
        text = self._text(plan)

        def write(value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
            if type(value) is not dict:
                out.error(path, "must be an object")
                return
            if not value.keys() <= keys:
                _unknown(value, keys, path, out, tag_of_type)
            for attribute in attributes:
                extra += attribute(value, path, out)
            out.parts.append(f"<{tag}{extra}>")
            if text is not None:
                text(value, path, out)
            children(value, path, out)
            out.parts.append(f"</{tag}>")

        return write

    def _writers(self, plan: RecordPlan) -> dict[Slot, Write]:
        return {slot: self._slot(slot) for slot in plan.slots if slot.kind in {"element", "any", "items"}}

    def _slot(self, slot: Slot) -> Write:
        """Writes one occurrence (of `items`: the whole array)."""
        if slot.kind == "any":
            return wild.write
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
        fixed = slot.source.fixed if isinstance(slot.source, Element) else None
        if fixed is None or not isinstance(use, ScalarUse):
            return inner
        try:
            expected = self.scalars[use.type].to_json(fixed)
        except Unfit:
            return inner  # a fixed value that is none of its own type binds nobody

        def write(value: JsonValue, path: Path, out: Out) -> None:
            if value is not None and dumps(value) != expected:
                out.error(path, f"must be {expected}")
            inner(value, path, out)

        return write

    def _mixed_text(self, slot: Slot) -> Write:
        assert isinstance(slot.use, ScalarUse)
        scalar = self.scalars[slot.use.type]
        return lambda value, path, out: out.parts.append(_text_of(scalar, value, path, out, escape))

    def _items(self, slot: Slot) -> Write:
        writers = {member.key: self._slot(member) for member in slot.members}

        def write(value: JsonValue, path: Path, out: Out) -> None:
            if type(value) is not list:
                out.error(path, "must be an array of objects with one key each")
                return
            if len(value) < slot.min:
                out.error(path, f"must have at least {slot.min} items")
            for index, item in enumerate(value):
                _item(item, (path, index), out, writers)

        return write

    def _text(self, plan: RecordPlan) -> Write | None:
        slot = plan.slot("text")
        if slot is None:
            return None
        scalar = self.scalars[plan.type.text]

        def write(value: JsonValue, path: Path, out: Out) -> None:
            assert isinstance(value, dict)
            if slot.key not in value:
                out.error((path, slot.key), "is required")
                return
            out.parts.append(_text_of(scalar, value[slot.key], (path, slot.key), out, escape))

        return write

    def _attribute(self, slot: Slot) -> Callable[[dict[str, JsonValue], Path, Out], str]:
        key = slot.key
        if slot.kind == "attributes":
            return lambda value, path, out: wild.write_attributes(value[key], (path, key), out) if key in value else ""
        assert isinstance(slot.source, Attribute)
        source, scalar = slot.source, self.scalars[slot.source.type]
        tag, bit = (
            ("xml:" + source.name.rpartition("}")[2], 0) if _is_xml(source.name) else self.prefixes.tag(source.name)
        )

        def write(value: dict[str, JsonValue], path: Path, out: Out) -> str:
            if key not in value:
                if source.required and source.fixed is None:
                    out.error((path, key), "is required")
                return f' {tag}="{escape_attribute(source.fixed)}"' if source.required and source.fixed else ""
            out.mask |= bit
            text = _text_of(scalar, value[key], (path, key), out, escape_attribute)
            if source.fixed is not None and text != escape_attribute(source.fixed):
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
            _bounds(len(value), slot.min, slot.max, path, out)
            out.parts.append(f"<{tag}{extra}>")
            for index, item in enumerate(value):
                one(item, (path, index), out)
            out.parts.append(f"</{tag}>")

        return write

    def _variants(self, use: VariantsUse) -> Body:
        bodies = {
            tag: (*self.prefixes.tag(key), self.body(plain), isinstance(plain, RecordUse), key == use.type)
            for tag, key in use.members
            for plain in [self.view.plain_use_of(key)]
        }
        default = next((tag for tag, key in use.members if key == use.type), None)

        def write(value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
            chosen = _tag_of(value, default)
            if chosen not in bodies:
                out.error((path, TYPE_KEY), f"must be one of: {', '.join(bodies)}")
                return
            type_tag, bit, body, bare, own = bodies[chosen]
            if not own:
                out.mask |= bit | 1
                extra += f' xsi:type="{type_tag}"'
            if not bare:
                value = _unwrapped(value, path, out)
            body(value, path if bare else (path, "value"), out, tag, extra)

        return write

    def _substitute(self, use: SubstituteUse, *, nillable: bool) -> Write:
        members: dict[str, tuple[Element, Body, bool]] = {}
        for tag, element in use.members:
            plain = plain_use(self.view, element)
            members[tag] = (element, self.body(plain), isinstance(plain, RecordUse))

        def write(value: JsonValue, path: Path, out: Out) -> None:
            chosen = _tag_of(value, None)
            if value is None and nillable:
                _nil(out.qname(use.head), path, out, nillable=True)
            elif chosen not in members:
                out.error((path, TYPE_KEY), f"must be one of: {', '.join(members)}")
            else:
                element, body, bare = members[chosen]
                inner = (
                    {key: one for key, one in value.items() if key != TYPE_KEY} if isinstance(value, dict) else value
                )
                if not bare:
                    inner = _unwrapped(value, path, out)
                body(inner, path, out, out.qname(element.name), "")

        return write


# ── small pieces ─────────────────────────────────────────────────────────────────────────────────────────────────


def _scalar_body(scalar: ScalarCodec) -> Body:
    def write(value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
        out.parts.append(f"<{tag}{extra}>{_text_of(scalar, value, path, out, escape)}</{tag}>")

    return write


def _text_of(scalar: ScalarCodec, value: JsonValue, path: Path, out: Out, protect: Callable[[str], str]) -> str:
    try:
        text = scalar.to_text(value)
    except Unfit as unfit:
        out.error(path, str(unfit))
        return ""
    if scalar.kind in {Kind.QNAME, Kind.NOTATION}:
        return out.qname(text)
    return text if scalar.plain else protect(text)


def _nil(tag: str, path: Path, out: Out, *, nillable: bool) -> None:
    if not nillable:
        out.error(path, "cannot be null; leave it out if there is no value")
    out.mask |= 1
    out.parts.append(f'<{tag} xsi:nil="true"/>')


def _bounds(count: int, least: int, most: int | None, path: Path, out: Out) -> None:
    if count < least:
        out.error(path, f"must have at least {least} items")
    if most is not None and count > most:
        out.error(path, f"must have at most {most} items")


def _unknown(value: dict[str, JsonValue], keys: frozenset[str], path: Path, out: Out, tag: str) -> None:
    for key in value.keys() - keys:
        if key == TYPE_KEY and tag:
            if value[key] != tag:
                out.error((path, key), f"must be {tag}")
            continue
        near = get_close_matches(key, keys, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        reason = "is only found in answers" if key == UNKNOWN_KEY else f"is not known here{hint}"
        out.error((path, key[:200]), reason)


def _item(item: JsonValue, path: Path, out: Out, writers: dict[str, Write]) -> None:
    if type(item) is not dict or len(item) != 1:
        out.error(path, "must be an object with exactly one key")
        return
    [(key, value)] = item.items()
    if key in writers:
        writers[key](value, (path, key), out)
    else:
        out.error((path, key), f"must be one of: {', '.join(writers)}")


def _tag_of(value: JsonValue, default: str | None) -> str | None:
    tag = value.get(TYPE_KEY, default) if type(value) is dict else default
    return tag if type(tag) is str else None


def _unwrapped(value: JsonValue, path: Path, out: Out) -> JsonValue:
    if type(value) is not dict or "value" not in value or value.keys() - {TYPE_KEY, "value"}:
        out.error(path, 'must be an object with "@type" and "value"')
        return None
    return value["value"]


def _is_xml(name: str) -> bool:
    return name.startswith("{http://www.w3.org/XML/1998/namespace}")
