"""XML instances as a small tree, and that tree as bytes in many styles that all mean the same.

Written by hand, because the point is what libraries do not write: prefixes bound again and again, comments and CDATA
in odd places, character references. Shares nothing with the encoder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.formats.xml.instance_lexical import NameText
from bridge.formats.xml.layout import XSI

XML = "http://www.w3.org/XML/1998/namespace"
STYLES = (
    "prefixes",
    "default namespace",
    "local declarations",
    "white space between",
    "comments and instructions between",
    "comments within texts",
    "CDATA",
    "character references",
)


@dataclass(slots=True)
class Tree:
    """An element. Names are in Clark notation; `mixed`: white space between its children is text."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Tree | str] = field(default_factory=list)
    mixed: bool = False


def write(tree: Tree, style: str = STYLES[0]) -> bytes:
    """Without an XML declaration, so that it can stand in an envelope."""
    writer = _Writer(style)
    writer.element(tree, "", root=True)
    return "".join(writer.out).encode()


class _Writer:
    def __init__(self, style: str) -> None:
        self.style = style
        self.out: list[str] = []
        self.prefixes = {XSI: "xsi", XML: "xml"}

    def element(self, tree: Tree, default: str, *, root: bool = False) -> None:
        space, local = split(tree.name)
        told: dict[str, str] = {}
        if root and self.style != "local declarations":
            for each in _spaces(tree):
                told[self.prefix(each)] = each
        texts = [*tree.attributes.values(), *(child for child in tree.children if isinstance(child, str))]
        words = [word for text in texts if isinstance(text, NameText) for word in text.split()]
        bare = any(not word.startswith("{") for word in words)
        inner = default
        if bare or not space:
            inner = ""  # a name without a prefix is in the default namespace, and so is an element
        elif self.style == "local declarations" or (root and self.style == "default namespace"):
            inner = space
        if space and space != inner:
            told[self.prefix(space)] = space
        tag = local if space == inner else f"{self.prefix(space)}:{local}"
        attributes = [(self.attribute(name, told), self.text(value, told)) for name, value in tree.attributes.items()]
        content = [self.text(child, told) if isinstance(child, str) else child for child in tree.children]
        self.out.append(f"<{tag}")
        if inner != default:
            self.out.append(f' xmlns="{attribute(inner)}"')
        self.out.extend(f' xmlns:{prefix}="{attribute(each)}"' for prefix, each in told.items() if each != XML)
        self.out.extend(f' {name}="{attribute(value)}"' for name, value in attributes)
        self.out.append(">")
        self.content(tree, content, inner)
        self.out.append(f"</{tag}>")

    def content(self, tree: Tree, content: list[str | Tree], default: str) -> None:
        between = self.between() if not tree.mixed and any(isinstance(one, Tree) for one in content) else ""
        for one in content:
            self.out.append(between)
            if isinstance(one, Tree):
                self.element(one, default)
            else:
                self.out.append(self.escaped(one))
        self.out.append(between)

    def between(self) -> str:
        if self.style == "comments and instructions between":
            return "<!-- <a>&amp; -->\n<?skip this?>"
        return "\n\t  " if self.style == "white space between" else ""

    def escaped(self, text: str) -> str:
        if self.style == "CDATA" and text and "]]>" not in text and "\r" not in text:
            return f"<![CDATA[{text}]]>"
        if self.style == "character references":
            return "".join(f"&#x{ord(one):X};" for one in text[:3]) + escape(text[3:])
        if self.style == "comments within texts" and len(text) > 1:
            return f"{escape(text[:1])}<!-- within -->{escape(text[1:])}"
        return escape(text)

    def prefix(self, space: str) -> str:
        return self.prefixes.setdefault(space, f"n{len(self.prefixes)}")

    def attribute(self, name: str, told: dict[str, str]) -> str:
        space, local = split(name)
        if not space:
            return local
        told[self.prefix(space)] = space
        return f"{self.prefix(space)}:{local}"

    def text(self, text: str, told: dict[str, str]) -> str:
        if not isinstance(text, NameText):
            return text
        return " ".join(self.attribute(word, told) for word in text.split())


def split(name: str) -> tuple[str, str]:
    space, _, local = name[1:].rpartition("}") if name.startswith("{") else ("", "", name)
    return space, local


def escape(text: str) -> str:
    found = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return found.replace("\r", "&#13;")


def attribute(text: str) -> str:
    return escape(text).replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")


def _spaces(tree: Tree) -> Iterator[str]:
    names = [tree.name, *tree.attributes]
    yield from dict.fromkeys(space for space, _ in map(split, names) if space)
    for child in tree.children:
        if isinstance(child, Tree):
            yield from _spaces(child)
