"""Header blocks that no contract declares: those of the configuration, of clients and of answers. Pure.

What may not be said by a client: anything of the namespaces with which the bridge itself speaks about a message, at
any depth, and the blocks that it writes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element as XmlElement

from adapters.soap.config_around import HeaderSettings
from adapters.soap.contract import Version
from adapters.soap.envelope import NAMESPACES, Parts
from adapters.soap.header_text import BlockText
from bridge.call import JsonValue
from bridge.errors import ConfigError, Place
from bridge.formats.xml import safe, wild
from bridge.formats.xml.decode import Unreadable
from bridge.formats.xml.plan import ANY_KEY
from bridge.formats.xml.scalars import ILLEGAL
from bridge.formats.xml.writing import Out, Path, escape_attribute
from bridge.shapes.model import Field, ListOf, XmlNode
from bridge.transport.tls import reveal

BLOCKS_MAX = 50
"""Of one client in one request."""
MASK = "***"
ADDRESSING = ("http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing")
_OASIS = "http://docs.oasis-open.org/wss/"
SECURITY = (
    f"{_OASIS}2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    f"{_OASIS}2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
    f"{_OASIS}oasis-wss-wssecurity-secext-1.1.xsd",
)
_RESERVED = (
    *NAMESPACES.values(),
    *ADDRESSING,
    "http://www.w3.org/2005/02/addressing",
    "http://www.w3.org/2004/12/addressing",
    "http://schemas.xmlsoap.org/ws/2004/03/addressing",
    "http://schemas.xmlsoap.org/ws/2003/03/addressing",
    "http://www.w3.org/2000/09/xmldsig#",
    "http://www.w3.org/2009/xmldsig11#",
    "http://www.w3.org/2001/04/xmlenc#",
    "http://www.w3.org/2009/xmlenc11#",
    "urn:oasis:names:tc:SAML:1.0:assertion",
    "urn:oasis:names:tc:SAML:2.0:assertion",
)
_RESERVED_FAMILIES = (
    _OASIS,
    "http://docs.oasis-open.org/ws-sx/",
    "http://docs.oasis-open.org/ws-rx/",
    "http://schemas.xmlsoap.org/ws/2002/",
    "http://schemas.xmlsoap.org/ws/2003/06/secext",
    "http://schemas.xmlsoap.org/ws/2005/02/",
)
_NEXT = {
    "1.1": {"", "http://schemas.xmlsoap.org/soap/actor/next"},
    "1.2": {"", f"{NAMESPACES['1.2']}/role/next", f"{NAMESPACES['1.2']}/role/ultimateReceiver"},
}
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_QUALIFIED = r"\{[^{}]+\}[^{}]+"
_NOT_RESERVED = "|".join(
    [rf"\{{{space}\}}.*" for space in _RESERVED] + [rf"\{{{space}[^{{}}]*\}}.*" for space in _RESERVED_FAMILIES]
).replace(".", r"\.").replace(r"\.*", ".*")  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeaderForm:
    """What clients may send and get beside the declared headers; `understood`: namespaces that are handled here."""

    from_clients: bool = False
    keep: bool = False
    must_understand: bool = True
    understood: frozenset[str] = frozenset(ADDRESSING)

    @classmethod
    def of(cls, settings: HeaderSettings, *, security: bool) -> HeaderForm:
        understood = frozenset((*ADDRESSING, *(SECURITY if security else ())))
        check = settings.must_understand == "check"
        return cls(settings.from_clients, settings.undeclared == "keep", check, understood)


# ── of the configuration ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class StaticBlocks:
    """The blocks of the configuration, ready to be sent; `masked` to be shown, `secrets` what is hidden there."""

    text: str = ""
    masked: str = ""
    tags: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"StaticBlocks({', '.join(self.tags)})"


NO_BLOCKS = StaticBlocks()


def static_blocks(settings: HeaderSettings, version: Version) -> StaticBlocks:
    """Raises ConfigError for a value that cannot be had, or that XML cannot carry."""
    texts, masked, tags = [], [], []
    hidden: list[str] = []
    for one in settings.send:
        block = BlockText(one.block, tuple(one.values))
        values = {name: reveal(secret) for name, secret in one.values.items()}
        for name, value in values.items():
            if ILLEGAL.search(value):
                reference = one.values[name].reference
                raise ConfigError([Place(reference, 1, 1, "the secret holds a character that XML cannot carry")])
        texts.append(block.written(values, version))
        masked.append(block.written(dict.fromkeys(values, MASK), version))
        tags.append(block.tag)
        hidden += [*values.values(), *map(escape_attribute, values.values())]
    return StaticBlocks("".join(texts), "".join(masked), tuple(tags), tuple(hidden))


# ── of clients ───────────────────────────────────────────────────────────────────────────────────────────────────


def free_field() -> Field:
    """What a client is told of the place for undeclared blocks."""
    node = XmlNode(names=_QUALIFIED, not_names=_NOT_RESERVED, example="{urn:example}note")
    return Field(ANY_KEY, ListOf(node, 0, BLOCKS_MAX), doc="Header blocks that are not declared, as free XML.")


def write_free(value: JsonValue, path: Path, out: Out, taken: Collection[str]) -> None:
    """Writes the blocks of a client. `taken`: the names of those that are written already."""
    if type(value) is not list or len(value) > BLOCKS_MAX:
        out.error(path, f"must be an array of at most {BLOCKS_MAX} header blocks, as free XML")
        return
    for index, one in enumerate(value):
        here = (path, index)
        name = one.get("@name") if type(one) is dict else None
        if type(name) is str and not name.startswith("{"):
            out.error((here, "@name"), "a header block has a namespace: {namespace}local")
        elif type(name) is str and name in taken:
            out.error((here, "@name"), "is written by the bridge, or a property of its own")
        _refuse_reserved(one, here, out)
        wild.write(one, here, out)


def _refuse_reserved(value: JsonValue, path: Path, out: Out) -> None:
    """No name of a reserved namespace, wherever it stands; the form itself is judged by who writes it."""
    if type(value) is not dict:
        return
    for key in ("@name", "@type"):
        name = value.get(key)
        if type(name) is str and _is_reserved(name):
            out.error((path, key), "is of a namespace that clients cannot write headers of")
    attributes = value.get("@attributes")
    for name in attributes if type(attributes) is dict else ():
        if _is_reserved(name) or name == _XML_ID:
            out.error(((path, "@attributes"), name), "is an attribute that clients cannot write in headers")
    content = value.get("@content")
    for index, one in enumerate(content if type(content) is list else ()):
        _refuse_reserved(one, ((path, "@content"), index), out)


def _is_reserved(name: str) -> bool:
    space = name[1:].partition("}")[0] if name.startswith("{") else ""
    return space in _RESERVED or space.startswith(_RESERVED_FAMILIES)


def names_in(blocks: str) -> frozenset[str]:
    """The names of the blocks in a text."""
    if not blocks:
        return frozenset()
    framed = f'<soap:Header xmlns:soap="{NAMESPACES["1.1"]}">{blocks}</soap:Header>'
    return frozenset(str(one.tag) for one in safe.parse(framed.encode()))


# ── of answers ───────────────────────────────────────────────────────────────────────────────────────────────────


def read_free(headers: Iterable[XmlElement], known: Collection[str]) -> str:
    """The undeclared blocks as a JSON array, "" for none; what the bridge itself reads is not among them."""
    texts = []
    for one in headers:
        if one.tag not in known and not _is_reserved(str(one.tag)):
            for name in [name for name in one.attrib if _is_reserved(str(name))]:
                del one.attrib[name]  # they were said to us
            texts.append(wild.to_json(one))
    return f"[{','.join(texts)}]" if texts else ""


def refuse_misunderstood(parts: Parts, declared: Collection[str], form: HeaderForm) -> None:
    """Raises Unreadable for a block that is for us, must be understood, and is not (SOAP 1.1 §4.2.3, 1.2 part 1
    §2.4)."""
    if not form.must_understand:
        return
    for one in _mandatory(parts):
        space = etree.QName(one).namespace or ""
        if one.tag not in declared and space not in form.understood:
            raise Unreadable(
                f"the header {str(one.tag)[:200]} must be understood and is not; headers: {{must_understand: ignore}}"
            )


def _mandatory(parts: Parts) -> Iterator[XmlElement]:
    space = NAMESPACES[parts.version]
    for one in parts.headers:
        must = one.get(f"{{{space}}}mustUnderstand", "").strip() in {"1", "true"}
        role = one.get(f"{{{space}}}{'actor' if parts.version == '1.1' else 'role'}", "").strip()
        if must and role in _NEXT[parts.version]:
            yield one
