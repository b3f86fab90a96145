"""Values of several: an xs:list of one kind, an xs:union of kinds. Made of the codecs of their members."""

from __future__ import annotations

from bridge.call import JsonValue
from bridge.formats.xml.facets import text_checks, value_checks
from bridge.formats.xml.scalar_numbers import Unfit
from bridge.formats.xml.scalars import SPACE, ScalarCodec, apply, collapse
from bridge.shapes.json import quote
from bridge.shapes.model import Facets


def list_of(item: ScalarCodec, facets: Facets) -> ScalarCodec:
    """xs:list: a JSON array; items are separated by white space on the wire."""
    checks = text_checks(facets, "items", len)

    def to_text(value: JsonValue) -> str:
        if type(value) is not list:
            raise Unfit("must be an array")
        texts = [item.to_text(one) for one in value]
        if any(SPACE.search(text) or not text for text in texts):
            raise Unfit("an item of this list cannot be empty or hold white space")
        joined = " ".join(texts)
        apply(checks, texts)
        apply(checks_of_text, joined)
        return joined

    def to_json(text: str) -> str:
        bare = collapse(text)
        return f"[{','.join(map(item.to_json, bare.split(' ')))}]" if bare else "[]"

    def odd(text: str) -> str:
        return f"[{','.join(_tolerant(item, word) for word in collapse(text).split(' '))}]"

    checks_of_text = value_checks(facets)
    return ScalarCodec(
        to_text, to_json, blank=True, names=item.names, odd=odd if item.odd else None, oddity=item.oddity
    )


def _tolerant(codec: ScalarCodec, text: str) -> str:
    try:
        return codec.to_json(text)
    except Unfit:
        if codec.odd is None:
            raise
        return codec.odd(text)


def union_of(members: list[ScalarCodec], facets: Facets) -> ScalarCodec:
    """xs:union: the first member that accepts gives the value. Names are only resolved where they come first."""
    checks = value_checks(facets)

    def to_text(value: JsonValue) -> str:
        for member in members:
            try:
                text = member.to_text(value)
            except Unfit:
                continue
            apply(checks, text)
            return text
        raise Unfit("fits none of the allowed kinds")

    def to_json(text: str) -> str:
        for member in members:
            try:
                json = member.to_json(text)
            except Unfit:
                continue
            return json
        return quote(text)

    return ScalarCodec(to_text, to_json, blank=any(member.blank for member in members), names=members[0].names)
