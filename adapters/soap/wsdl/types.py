"""What the parts of messages refer to: whether the Layout has it, and under which key."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.soap.contract import Part
from adapters.soap.wsdl.names import WSDL, local, namespace_of, undeclared
from bridge.formats.xml.layout import Layout


@dataclass(frozen=True, slots=True)
class Types:
    """A Layout as the messages see it."""

    layout: Layout

    def element_name(self, name: str, target: str) -> str:
        """The key of an element; one without a prefix is often meant to be of the WSDL's own namespace."""
        return self._meant(name, target, name in self.layout.elements)

    def type_name(self, name: str, target: str) -> str:
        """The key of a type, "" for none."""
        return self._meant(name, target, name in self.layout.types) if local(name) else ""

    def _meant(self, name: str, target: str, there: bool) -> str:
        if there or namespace_of(name) not in {"", WSDL}:
            return name
        owned = f"{{{target}}}{local(name)}"
        return owned if owned in self.layout.elements or owned in self.layout.types else name

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
