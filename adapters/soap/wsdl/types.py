"""What the parts of messages refer to: whether the Layout has it, and under which key.

Where a name is wrong and yet only one thing can be meant, that is used; where nothing is defined under a name, it is
free XML. Each such case is a warning. An element that had to be made up that way is added to the Layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.soap.contract import Part
from adapters.soap.wsdl.names import WSDL, local, namespace_of, undeclared
from bridge.formats.xml.builtin import ANY, BUILTINS
from bridge.formats.xml.layout import ANY_TYPE, XSD, Element, Layout, SimpleType
from bridge.formats.xml.xsd import meant_builtin
from bridge.formats.xml.xsd.names import OLD_TYPES


def _is_alike(one: str, name: str) -> bool:
    return local(one) == local(name) and namespace_of(one) != XSD and "/" not in local(one)


def _title(part: str, message: str) -> str:
    return f"the part {part} of the message {message}" if message else f"the part {part}"


def with_items(name: str) -> dict[str, SimpleType]:
    """A built-in type and, for a list, that of its items."""
    found = BUILTINS[name]
    return {name: found} | ({found.item: BUILTINS[found.item]} if found.item else {})


@dataclass(frozen=True, slots=True)
class Types:
    """A Layout as the messages see it. `complete`: all documents are there, so a name that misses is a wrong name."""

    layout: Layout
    warnings: list[str] = field(default_factory=list)
    complete: bool = True

    def by_element(self, part: str, name: str, target: str, *, of: str = "") -> Part:
        """A part that says `element=`, `of` a message."""
        title = _title(part, of)
        meant = self._meant(name, target, self.layout.elements)
        if meant in self.layout.elements or meant in self.layout.problems or undeclared(meant):
            return Part(part, element=meant)
        kind = self._meant(name, target, self.layout.types)
        if kind in self.layout.types:
            self._tell(f"{title} names the type {kind} as its element; it is taken as an element of that type")
            return Part(part, element=self._made(meant, kind))
        self._tell(f"{title} needs the element {meant}: it is not defined in any schema; it is free XML")
        return Part(part, element=self._made(meant, ANY_TYPE))

    def by_type(self, part: str, name: str, target: str, *, rpc: bool, of: str = "") -> Part:
        """A part that says `type=`. In rpc style it is called like the part, whatever its type is called."""
        title = _title(part, of)
        if not local(name):
            return Part(part)
        if namespace_of(name) == XSD:
            name = f"{{{XSD}}}{OLD_TYPES.get(local(name), local(name))}"
        meant = self._meant(name, target, self.layout.types)
        if meant in self.layout.types or meant in self.layout.problems:
            return Part(part, type=meant)
        element = self.layout.elements.get(self._meant(name, target, self.layout.elements))
        if element is not None:
            self._tell(f"{title} names the element {element.name} as its type; that element's type is meant")
            return Part(part, type=element.type) if rpc else Part(part, element=element.name)
        built_in = meant_builtin(None if undeclared(name) else name, local(name))
        if built_in:
            if built_in != name:
                self._tell(f"{title} needs the type {name}: it is taken to be the built-in {local(built_in)}")
            self.layout.types.update(with_items(built_in))
            return Part(part, type=built_in)
        self._tell(f"{title} needs the type {meant}: it is not defined in any schema; it is free XML")
        self.layout.types.setdefault(ANY_TYPE, ANY)
        return Part(part, type=ANY_TYPE)

    def _meant(self, name: str, target: str, names: Mapping[str, object]) -> str:
        """The key of what is called so. A name without a prefix is often of the WSDL's own namespace; one that is
        nowhere may be the only one alike in another namespace."""
        if name in names or name in self.layout.problems or namespace_of(name) == XSD:
            return name
        owned = f"{{{target}}}{local(name)}"
        if namespace_of(name) in {"", WSDL} and (owned in names or owned in self.layout.problems):
            return owned
        if names is self.layout.types and f"{{{XSD}}}{local(name)}" in BUILTINS:
            return name  # the built-in is meant before any type that happens to be called so
        alike = [one for one in names if _is_alike(one, name)]
        if len(alike) == 1 and (self.complete or undeclared(name)):
            self._tell(f"{name} is not defined under that name and is taken to be {alike[0]}, the only one alike")
            return alike[0]
        return name

    def _made(self, name: str, kind: str) -> str:
        self.layout.types.setdefault(ANY_TYPE, ANY)
        self.layout.elements[name] = Element(name, kind)
        return name

    def _tell(self, line: str) -> None:
        if line not in self.warnings:
            self.warnings.append(line)

    def lacks(self, part: Part) -> str:
        """Why a part cannot be used, "" when it can."""
        if part.element:
            known, kind, name = part.element in self.layout.elements, "element", part.element
        elif part.type:
            known, kind, name = part.type in self.layout.types, "type", part.type
        else:
            return f"the part {part.name} names neither an element nor a type"
        if known:
            return ""
        unknown = "its prefix is not declared" if undeclared(name) else "it is not defined in any schema"
        reason = self.layout.problems.get(name, unknown)
        return f"the part {part.name} needs the {kind} {name}: {reason}"
