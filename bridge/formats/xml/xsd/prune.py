"""Takes out what cannot be used: broken types, and the types and elements that cannot do without them.

An optional part of a broken type is left out and noted; a required one breaks the type it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bridge.formats.xml.layout import Attribute, ComplexType, Element, Group, Particle, SimpleType, Wildcard
from bridge.formats.xml.xsd.reading import Reading, Unresolved

_BECAUSE = ", because "


def prune(reading: Reading) -> None:
    """Leaves only types, elements and attributes that can be used."""
    _check_texts(reading)
    if not reading.broken:
        return
    users = _users(reading)
    waiting = list(reading.broken)
    touched: set[str] = set()
    while waiting:
        for user in users.get(waiting.pop(), ()):
            if user in reading.broken or user not in reading.types:
                continue
            touched.add(user)
            try:
                _left(reading, reading.types[user])
            except Unresolved as error:
                reading.broken[user] = f"{user}: {error.detail}"
                waiting.append(user)
    _take_out(reading, touched)


def _take_out(reading: Reading, touched: set[str]) -> None:
    for key in touched - reading.broken.keys():
        reading.types[key] = _left(reading, reading.types[key])
    for key in reading.broken:
        reading.types.pop(key, None)
    for name, element in list(reading.elements.items()):
        if element.type in reading.broken:
            del reading.elements[name]
            reading.broken.setdefault(f"element {name}", f"the element {name}: {reading.broken[element.type]}")
    for name, attribute in list(reading.attributes.items()):
        if attribute.type in reading.broken:
            del reading.attributes[name]


def _check_texts(reading: Reading) -> None:
    """What must be a simple type and is none breaks the type that says so."""
    for key, found in reading.types.items():
        for text in _texts(found):
            if isinstance(reading.types.get(text), ComplexType):
                reading.broken.setdefault(key, f"{key}: it needs a simple type, and {text} is none")


def _texts(found: SimpleType | ComplexType) -> Iterator[str]:
    if isinstance(found, SimpleType):
        yield from (one for one in (found.item, *found.members) if one)
    else:
        yield from (one.type for one in found.attributes)


def _users(reading: Reading) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    for key, found in reading.types.items():
        for needed in dict.fromkeys(_needed(found)):
            users.setdefault(needed, []).append(key)
    return users


def _needed(found: SimpleType | ComplexType) -> Iterator[str]:
    yield from _texts(found)
    yield found.base
    if isinstance(found, ComplexType):
        yield found.text
        yield found.item
        waiting: list[Particle] = [found.content] if found.content else []
        while waiting:
            one = waiting.pop()
            if isinstance(one, Group):
                waiting.extend(one.items)
            elif isinstance(one, Element):
                yield one.type


def _left(reading: Reading, found: SimpleType | ComplexType) -> SimpleType | ComplexType:
    """A type without its broken optional parts."""
    for needed in (
        [found.base, *_texts(found)] if isinstance(found, SimpleType) else [found.base, found.text, found.item]
    ):
        if needed in reading.broken:
            raise Unresolved(f"it needs {needed}, which cannot be used{_cause(reading, needed)}")
    if isinstance(found, SimpleType):
        return found
    attributes = tuple(one for one in found.attributes if _kept(reading, found.key, one))
    content = None if found.content is None else _group(reading, found.key, found.content)
    return msgspec.structs.replace(found, attributes=attributes, content=content)


def _cause(reading: Reading, key: str) -> str:
    """Why a broken type is broken in the end: what is told is the first cause, not each step from it."""
    begin, found, cause = reading.broken[key].partition(_BECAUSE)
    return f"{_BECAUSE}{cause if found else begin}"


def _kept(reading: Reading, owner: str, attribute: Attribute) -> bool:
    if attribute.type not in reading.broken:
        return True
    if attribute.required:
        why = f"which cannot be used{_cause(reading, attribute.type)}"
        raise Unresolved(f"its required attribute {attribute.name} is of {attribute.type}, {why}")
    reading.documents.note(f"{owner}: its optional attribute {attribute.name} cannot be used and is left out")
    return False


def _group(reading: Reading, owner: str, group: Group) -> Group | None:
    items: list[Particle] = []
    reason = None
    for one in group.items:
        try:
            left = _particle(reading, owner, one)
        except Unresolved as error:
            if group.kind != "choice":
                raise
            reason = reason or error
        else:
            items.extend([left] if left is not None else [])
    if reason is not None and not items:
        raise reason
    return msgspec.structs.replace(group, items=tuple(items)) if items else None


def _particle(reading: Reading, owner: str, one: Particle) -> Particle | None:
    if isinstance(one, Wildcard):
        return one
    if isinstance(one, Group):
        try:
            return _group(reading, owner, one)
        except Unresolved:
            if one.min:
                raise
            return None
    if one.type not in reading.broken:
        return one
    reason = f"its element {one.name} is of {one.type}, which cannot be used{_cause(reading, one.type)}"
    if one.min:
        raise Unresolved(reason)
    reading.documents.note(f"{owner}: {reason}; it is optional and left out")
    return None
