"""The scalar codecs of a view, compiled once per simple type."""

from __future__ import annotations

from bridge.formats.xml.layout import SimpleType
from bridge.formats.xml.scalars import ScalarCodec, atomic, list_of, union_of
from bridge.formats.xml.shape import writes_as_text
from bridge.formats.xml.view import View
from bridge.shapes.model import Kind


class Scalars:
    """Type key → ScalarCodec."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._made: dict[str, ScalarCodec] = {}

    def __getitem__(self, key: str) -> ScalarCodec:
        if key not in self._made:
            self._made[key] = self._compile(self._view.simple(key))
        return self._made[key]

    def _compile(self, found: SimpleType) -> ScalarCodec:
        if found.item:
            return list_of(self[found.item], found.facets)
        if found.members:
            return union_of([self[member] for member in found.members], found.facets)
        return atomic(
            found.kind or Kind.STRING,
            found.facets,
            as_text=writes_as_text(self._view, found),
            bad_dates=self._view.options.bad_dates == "text",
        )
