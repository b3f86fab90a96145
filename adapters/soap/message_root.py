"""What stands in the Body for the parts of a message: one element, a wrapper around several, or the Body itself."""

from __future__ import annotations

from adapters.soap.contract import Message, Part
from bridge.errors import ContractError
from bridge.formats.xml.layout import ComplexType, Element, Group
from bridge.formats.xml.plan import Leaf, RecordUse, Slot, Use, VariantsUse
from bridge.formats.xml.view import View, use_of_slot


def root_of(view: View, message: Message, key: str) -> tuple[str | None, Use | None]:
    """The element that stands in the Body (None: the Body itself holds several) and how it lies."""
    if message.wrapper:
        return message.wrapper, RecordUse(view.add(made_type(view, f"#{key}", message.parts)))
    if not message.parts:
        return None, None
    if len(message.parts) > 1 or not message.parts[0].element:
        return None, RecordUse(view.add(made_type(view, f"#{key}", message.parts)))
    element = declared(view, message.parts[0].element)
    return element.name, view.declared_use(element)


def made_type(view: View, key: str, parts: tuple[Part, ...], *, least: int = 1) -> ComplexType:
    """The type of an element that holds these parts."""
    items = tuple(
        _with_least(declared(view, part.element), least) if part.element else Element(part.name, part.type, min=least)
        for part in parts
    )
    return ComplexType(key, content=Group("sequence", items))


def _with_least(element: Element, least: int) -> Element:
    return Element(
        element.name, element.type, least, 1, element.nillable, element.default, element.fixed, doc=element.doc
    )


def declared(view: View, name: str) -> Element:
    """Raises ContractError."""
    found = view.layout.elements.get(name)
    if found is None:
        raise ContractError(view.layout.problems.get(name) or f"the element {name} is not defined")
    return found


def inner_slot(view: View, use: Use, *, request: bool) -> Slot | None:
    """The one element a wrapper holds, when the wrapper is to disappear."""
    if not isinstance(use, RecordUse):
        return None
    plan = view.record(use.type)
    if len(plan.slots) != 1 or plan.slots[0].kind != "element" or plan.slots[0].many:
        return None
    if len(plan.tree.items) != 1 or not isinstance(plan.tree.items[0], Leaf):
        return None
    slot = plan.slots[0]
    return None if request and not isinstance(use_of_slot(view, slot), RecordUse | VariantsUse) else slot
