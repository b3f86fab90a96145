"""Free XML as JSON and back: what `xs:any`, `xs:anyType` and unknown elements look like to a client.

An element is `{"@name": "{namespace}local", "@attributes": {"name": "value"}, "@content": ["text", {…}]}`; `@name` is
left out where the place already names it, empty parts are left out, and an unnamed element of nothing but text is
just that string. The type named by `xsi:type` is `"@type": "{namespace}local"`. Prefixes are not kept, names are.
"""

from __future__ import annotations

from lxml.etree import _Element as XmlElement

from bridge.call import JsonValue
from bridge.formats.xml.layout import SOAP_11_ENCODING, SOAP_12_ENCODING, XSI
from bridge.formats.xml.long_texts import bounded
from bridge.formats.xml.scalars import ILLEGAL
from bridge.formats.xml.writing import Out, Path, escape, escape_attribute, is_name
from bridge.shapes.json import Number, quote

_ENVELOPES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
_SIZES = ("arrayType", "itemType", "arraySize")
_TYPE, _NIL = f"{{{XSI}}}type", f"{{{XSI}}}nil"
_ARRAYS = frozenset({f"{{{SOAP_11_ENCODING}}}arrayType"} | {f"{{{SOAP_12_ENCODING}}}{n}" for n in _SIZES})
_OF_THE_GRAPH = frozenset(
    [f"{{{SOAP_11_ENCODING}}}{name}" for name in ("root", "offset", "position")]
    + [f"{{{SOAP_12_ENCODING}}}{name}" for name in ("id", "ref", "nodeType")]
    + [f"{{{space}}}encodingStyle" for space in _ENVELOPES]
)
"""What a reader of an encoded message takes away, or follows."""
_KEYS = frozenset({"@name", "@type", "@attributes", "@content"})


def to_json(element: XmlElement, *, named: bool = True) -> str:
    """The JSON text of an element."""
    members = [f'"@name":{quote(str(element.tag))}'] if named else []
    attributes = {str(name): str(value) for name, value in element.attrib.items()}
    kind = attributes.pop(_TYPE, None)
    if kind is not None:
        members.append(f'"@type":{quote(clark(element, kind))}')
    if attributes:
        inner = ",".join(f"{quote(name)}:{quote(value)}" for name, value in attributes.items())
        members.append(f'"@attributes":{{{inner}}}')
    content = _content(element)
    if not members and not any(part.startswith("{") for part in content):
        return content[0] if content else '""'
    if content:
        members.append(f'"@content":[{",".join(content)}]')
    return "{" + ",".join(members) + "}"


def _content(element: XmlElement) -> list[str]:
    if len(element) == 0:
        return [quote(bounded(element.text))] if element.text else []
    # Blanks between elements are indentation, unless there is other text beside them.
    texts = [element.text, *(child.tail for child in element)]
    mixed = any(text and text.strip() for text in texts)
    parts = [quote(element.text)] if mixed and element.text else []
    for child in element:
        if isinstance(child.tag, str):
            parts.append(to_json(child))
        if mixed and child.tail:
            parts.append(quote(child.tail))
    return parts


def clark(element: XmlElement, qname: str) -> str:
    """A prefixed name in an element's scope as `{namespace}local`; one with an unknown prefix stays as it is, and so
    does what is such a name already (it came from another scope)."""
    if qname.startswith("{"):
        return qname
    prefix, _, local = qname.strip().rpartition(":")
    space = element.nsmap.get(prefix or None)
    if space:
        return f"{{{space}}}{local}"
    return qname.strip() if prefix else local


def write(value: JsonValue, path: Path, out: Out, tag: str = "", attributes: str = "") -> None:
    """Writes an element from its JSON form. `tag` is given where the place names it, else `@name` does."""
    if type(value) is str and tag:
        if ILLEGAL.search(value):
            out.error(path, "holds a character that XML cannot carry")
        out.parts.append(f"<{tag}{attributes}>{escape(value)}</{tag}>")
        return
    if type(value) is not dict or value.keys() - _KEYS or (not tag and "@name" not in value):
        out.error(path, 'must be an object with "@name", and "@attributes" and "@content" as needed')
        return
    taken = _ARRAYS if tag and out.graph else frozenset[str]()
    if not tag:
        tag = _named(value["@name"], (path, "@name"), out)
    if "@type" in value:
        out.mask |= 1
        attributes += f' xsi:type="{_named(value["@type"], (path, "@type"), out)}"'
        taken |= {_TYPE}
    attributes += write_attributes(value.get("@attributes", {}), (path, "@attributes"), out, taken)
    out.parts.append(f"<{tag}{attributes}>")
    write_content(value.get("@content", []), (path, "@content"), out)
    out.parts.append(f"</{tag}>")


def write_content(content: JsonValue, path: Path, out: Out) -> None:
    """Texts and elements, from the form of `@content`."""
    if type(content) is not list:
        out.error(path, "must be an array of strings and objects")
        return
    for index, part in enumerate(content):
        if type(part) is str:
            if ILLEGAL.search(part):
                out.error((path, index), "holds a character that XML cannot carry")
            out.parts.append(escape(part))
        else:
            write(part, (path, index), out)


def write_attributes(value: JsonValue, path: Path, out: Out, taken: frozenset[str]) -> str:
    """Free attributes, from `{"{ns}name": "value"}`; each with a leading blank. `taken`: names written elsewhere."""
    if type(value) is not dict:
        out.error(path, "must be an object of strings")
        return ""
    text = ""
    for name, one in value.items():
        if type(one) is not str or isinstance(one, Number) or ILLEGAL.search(one):
            out.error((path, name), "must be a string that XML can carry")
            continue
        if name in taken:
            out.error((path, name), "is written by a property of its own")
            continue
        if out.graph and (name in _OF_THE_GRAPH or (name == "href" and one.startswith("#"))):
            out.error((path, name), "is SOAP's own in an encoded message; say in JSON what it would say")
            continue
        text += f' {_named(name, (path, name), out)}="{escape_attribute(one)}"'
    return text


def _named(name: JsonValue, path: Path, out: Out) -> str:
    if type(name) is not str or not is_name(name):
        out.error(path, "must be a name of the form {namespace}local")
        return "invalid"
    return out.qname(name)
