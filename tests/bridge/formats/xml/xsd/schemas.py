"""Small schemas for the tests: documents given as texts, found by their names, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.formats.xml.layout import XSD, ComplexType, Element, Group, Layout, Particle, SimpleType, Wildcard
from bridge.formats.xml.safe import parse_schema_document
from bridge.formats.xml.xsd import Source, read_schemas

NS = "urn:t"


def schema(body: str, target: str = NS, attributes: str = 'elementFormDefault="qualified"') -> str:
    """A schema document; `t:` is its target namespace, `xs:` and no prefix as usual."""
    named = f'targetNamespace="{target}" xmlns:t="{target}"' if target else ""
    return f'<xs:schema xmlns:xs="{XSD}" {named} {attributes}>{body}</xs:schema>'


def read(*bodies: str, **documents: str) -> Layout:
    """The Layout of schemas given by their bodies (or whole); `documents` are what they may import, by name."""
    texts = [body if body.startswith("<xs:schema") else schema(body) for body in bodies]
    roots = {f"{name}.xsd": parse_schema_document(text.encode()) for name, text in documents.items()}

    def resolve(base: str, namespace: str, location: str | None) -> Source | None:
        found = roots.get(location or "")
        return None if found is None or location is None else Source(location, found)

    sources = [Source(f"main{number}.xsd", parse_schema_document(text.encode())) for number, text in enumerate(texts)]
    return read_schemas(sources, resolve)


def t(local: str) -> str:
    """A name in the target namespace."""
    return f"{{{NS}}}{local}"


def xs(local: str) -> str:
    """The key of a built-in type."""
    return f"{{{XSD}}}{local}"


def complex_type(layout: Layout, key: str) -> ComplexType:
    """The complex type at a key."""
    found = layout.types[key]
    assert isinstance(found, ComplexType), layout.problems
    return found


def simple_type(layout: Layout, key: str) -> SimpleType:
    """The simple type at a key."""
    found = layout.types[key]
    assert isinstance(found, SimpleType), layout.problems
    return found


def leaves(particle: Particle | None) -> Iterator[Element | Wildcard]:
    """The elements and wildcards of a content model, in order."""
    if isinstance(particle, Group):
        for item in particle.items:
            yield from leaves(item)
    elif particle is not None:
        yield particle


def names(layout: Layout, key: str) -> list[str]:
    """The local names of the elements in a type, in order."""
    content = complex_type(layout, key).content
    return [one.name.rpartition("}")[2] for one in leaves(content) if isinstance(one, Element)]
