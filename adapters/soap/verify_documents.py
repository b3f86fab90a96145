"""Envelopes that were made from the schema alone, without our codec: what a server or a client of others might send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.soap.contract import Part, Version
from adapters.soap.envelope import frame, write_fault
from bridge.formats.xml.instances import NoSample, XmlCoverage, XmlInstance, xml_instances
from bridge.formats.xml.layout import Element, Layout
from bridge.formats.xml.writing import escape_attribute


@dataclass(frozen=True, slots=True)
class Made:
    """`free`: it holds what the schema says nothing about."""

    xml: bytes
    free: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the documents of one message are made of. `wrapper`: the rpc wrapper's Clark name; `fault`: the parts are
    the detail of a fault."""

    layout: Layout
    version: Version
    parts: tuple[Part, ...]
    wrapper: str = ""
    fault: bool = False

    def documents(self, coverage: XmlCoverage, instances_max: int) -> Iterator[Made]:
        """None where the schema lacks what it takes."""
        try:
            found = [self._instances(part, coverage, instances_max) for part in self.parts]
            for together in _abreast(found):
                inner = "".join(one.xml.decode() for one in together)
                yield Made(self._envelope(inner), any(one.free for one in together))
        except NoSample:
            return

    def _instances(self, part: Part, coverage: XmlCoverage, instances_max: int) -> Iterator[XmlInstance]:
        element: Element | tuple[str, str] | None = (part.name, part.type)
        if part.element:
            element = self.layout.elements.get(part.element)
        if element is None:
            raise NoSample(part.element)
        return xml_instances(self.layout, element, coverage, instances_max=instances_max)

    def _envelope(self, inner: str) -> bytes:
        if self.fault:
            return frame(
                self.version, "", "", f"<soap:Body>{write_fault(self.version, 'server', '', inner)}</soap:Body>"
            )
        if self.wrapper:
            space, _, local = self.wrapper.rpartition("}")
            name = f"w:{local}" if space else local
            told = f' xmlns:w="{escape_attribute(space[1:])}"' if space else ""
            inner = f"<{name}{told}>{inner}</{name}>"
        return frame(self.version, "", "", f"<soap:Body>{inner}</soap:Body>")


def _abreast(found: list[Iterator[XmlInstance]]) -> Iterator[list[XmlInstance]]:
    """One of each, until none has a new one; who has none any more gives the last again."""
    last: list[XmlInstance | None] = [None] * len(found)
    while True:
        fresh = [next(one, None) for one in found]
        if not any(fresh):
            return
        last = [new or old for new, old in zip(fresh, last, strict=True)]
        yield [one for one in last if one is not None]
