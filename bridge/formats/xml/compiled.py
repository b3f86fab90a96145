"""The scalar codecs of a view, compiled once per simple type."""

from __future__ import annotations

from dataclasses import replace

from bridge.formats.xml.attached import SWA_REF
from bridge.formats.xml.layout import SimpleType
from bridge.formats.xml.scalar_lists import list_of, union_of
from bridge.formats.xml.scalars import ScalarCodec, atomic, reference
from bridge.formats.xml.shape import writes_as_text
from bridge.formats.xml.view import View
from bridge.shapes.model import Facets, Kind


class Scalars:
    """Type key → ScalarCodec. `loose`: values outside the facets fit, too."""

    def __init__(self, view: View, *, loose: bool = False) -> None:
        self._view = view
        self._made: dict[str, ScalarCodec] = {}
        self._loose = Scalars(view, loose=True) if not loose and view.options.requests.values == "send" else None
        self._any_value = loose

    def __getitem__(self, key: str) -> ScalarCodec:
        if key not in self._made:
            found = self._view.simple(key)
            # Without its facets but that of white space, which changes what is read rather than judging it.
            facets = Facets(white_space=found.facets.white_space) if self._any_value else found.facets
            codec = self._compile(found, facets)
            if self._loose is not None:
                codec = replace(codec, loose=self._loose[key])
            self._made[key] = codec
        return self._made[key]

    def _compile(self, found: SimpleType, facets: Facets) -> ScalarCodec:
        if found.key == SWA_REF and self._view.options.attachments:
            return reference()
        if found.item:
            return list_of(self[found.item], facets)
        if found.members:
            return union_of([self[member] for member in found.members], facets)
        return atomic(
            found.kind or Kind.STRING,
            facets,
            as_text=writes_as_text(self._view, found),
            bad_dates=self._view.options.bad_dates == "text",
        )
