"""What of an answer is encrypted for us: found where WS-Security lets it stand, decrypted, and put in its place. Pure.

Whatever goes wrong is one and the same error, raised after the same work: a difference would be an oracle.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml.etree import _Element as XmlElement

from adapters.soap.config_security import DecryptSettings
from adapters.soap.security import algorithms
from adapters.soap.security.algorithms import Transport
from adapters.soap.security.anchors import Anchors
from adapters.soap.security.failing import refused, undecipherable
from adapters.soap.security.names import (
    CIPHERS,
    CONTENT,
    DIGESTS,
    ELEMENT,
    ENCRYPTED_DATA,
    ENCRYPTED_HEADER,
    ENCRYPTED_KEY,
    MGFS,
    REFERENCE_LIST,
    TRANSPORTS,
    XENC11,
    ds,
    xenc,
)
from adapters.soap.security.tokens import octets
from bridge.formats.xml import safe
from bridge.formats.xml.safe import UnsafeXml

LISTS_MAX = 10
PARTS_MAX = 50
LABEL_BYTES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of what is read after decrypting."""

    bytes_max: int = safe.MESSAGE_BYTES_MAX
    nodes_max: int = safe.MESSAGE_NODES_MAX


class Decryption:
    """Of one message. `opened`: the elements that hold what was decrypted; `replaced`: what stood before in the place
    of an element, and the element."""

    def __init__(self, root: XmlElement, settings: DecryptSettings, key: rsa.RSAPrivateKey, bounds: Bounds) -> None:
        self._root, self._settings, self._key, self._bounds = root, settings, key, bounds
        self._lists, self._parts = 0, 0
        self.opened: list[XmlElement] = []
        self.replaced: list[tuple[XmlElement, XmlElement]] = []

    def by_key(self, key: XmlElement) -> None:
        """Decrypts all that an xenc:EncryptedKey of the security header lists."""
        listed = key.find(REFERENCE_LIST)
        if listed is not None:
            for data in self._listed(listed, Anchors(self._root)):
                self._open(data, key)

    def by_list(self, listed: XmlElement) -> None:
        """Decrypts all that a list in the security header names; each part names its key itself."""
        anchors = Anchors(self._root)
        pairs = [(data, _key_of(data, anchors)) for data in self._listed(listed, anchors)]
        for data, key in pairs:
            self._open(data, key)

    def one(self, data: XmlElement) -> None:
        """Decrypts a part that brings its key along."""
        self._open(data, _key_of(data, Anchors(self._root)))

    def _listed(self, listed: XmlElement, anchors: Anchors) -> list[XmlElement]:
        self._lists += 1
        uris = [one.get("URI") for one in listed.iter(xenc("DataReference"))]
        if len(uris) > PARTS_MAX or self._lists > LISTS_MAX:
            raise refused("more is encrypted than anybody would send")
        found = [anchors.meant(uri) for uri in uris]
        if any(one.tag != ENCRYPTED_DATA for one in found):
            raise refused("a reference to something encrypted that is not")
        return found

    def _open(self, data: XmlElement, wrapped: XmlElement) -> None:
        self._parts += 1
        if self._parts > PARTS_MAX:
            raise refused("more is encrypted than anybody would send")
        cipher = self._cipher(data)
        size = algorithms.key_bytes(cipher)
        secret = self._unwrapped(wrapped, size)
        kind = data.get("Type", CONTENT)
        if kind not in {CONTENT, ELEMENT}:
            raise refused("something is encrypted that is neither an element nor the content of one")
        try:
            plain = algorithms.decrypt(cipher, secret, _cipher_value(data))
            self._put(data, self._parsed(data, plain), whole=kind == ELEMENT)
        except Exception as error:  # whatever it is: kinds of failure that can be told apart are an oracle
            raise undecipherable() from error

    def _cipher(self, data: XmlElement) -> str:
        method = data.find(xenc("EncryptionMethod"))
        given = "" if method is None else method.get("Algorithm", "")
        found = next((name for name in self._settings.algorithms if CIPHERS[name] == given), None)
        if found is None:
            raise refused(f"the cipher {given[-40:]!r} is not allowed")
        return found

    def _unwrapped(self, wrapped: XmlElement, size: int) -> bytes:
        how = self._transport(wrapped)
        try:
            return algorithms.unwrap(how, self._key, _cipher_value(wrapped), size)
        except ValueError:
            return algorithms.unwrap(how, self._key, b"", size)

    def _transport(self, wrapped: XmlElement) -> Transport:
        method = wrapped.find(xenc("EncryptionMethod"))
        given = "" if method is None else method.get("Algorithm", "")
        name = next((one for one in self._settings.key_transports if TRANSPORTS[one] == given), None)
        if method is None or name is None:
            raise refused(f"the key transport {given[-40:]!r} is not allowed")
        digest, mgf = _named(method.find(ds("DigestMethod")), DIGESTS), _named(method.find(f"{{{XENC11}}}MGF"), MGFS)
        label = method.find(xenc("OAEPparams"))
        try:
            said = b"" if label is None else octets(label)
        except ValueError:
            said = b""
        if len(said) > LABEL_BYTES_MAX:
            raise refused("the key transport has too long a label")
        return Transport(name, digest, "sha1" if name == "rsa-oaep" else mgf, said)

    def _parsed(self, data: XmlElement, plain: bytes) -> XmlElement:
        """The plaintext as the content of an element that knows the namespaces of where it stands."""
        spaces = "".join(
            f' xmlns{":" + prefix if prefix else ""}="{_quoted(uri)}"' for prefix, uri in data.nsmap.items()
        )
        text = b"<plain" + spaces.encode() + b">" + plain + b"</plain>"
        return safe.parse(text, bytes_max=self._bounds.bytes_max, nodes_max=self._bounds.nodes_max, charset="utf-8")

    def _put(self, data: XmlElement, plain: XmlElement, *, whole: bool) -> None:
        inside = list(plain)
        if whole and (len(inside) != 1 or (plain.text or "").strip()):
            raise UnsafeXml("one element was encrypted, and something else came out")
        parent = data.getparent()
        assert parent is not None  # an envelope is around it
        if parent.tag == ENCRYPTED_HEADER and whole and (above := parent.getparent()) is not None:
            data, parent = parent, above
        _replace(data, parent, plain.text or "", inside)
        self.opened.append(inside[0] if whole else parent)
        if whole:
            self.replaced.append((data, inside[0]))


def _key_of(data: XmlElement, anchors: Anchors) -> XmlElement:
    """The xenc:EncryptedKey that a part brings along or refers to."""
    info = data.find(ds("KeyInfo"))
    inline = None if info is None else info.find(ENCRYPTED_KEY)
    if info is None or inline is not None:
        return _there(inline)
    reference = next((one for one in info.iter() if str(one.tag).endswith("}Reference") and one.get("URI")), None)
    found = None if reference is None else anchors.meant(reference.get("URI"))
    return _there(found if found is not None and found.tag == ENCRYPTED_KEY else None)


def _there(key: XmlElement | None) -> XmlElement:
    if key is None:
        raise refused("something is encrypted with a key that is not in the message")
    return key


def _replace(data: XmlElement, parent: XmlElement, text: str, inside: list[XmlElement]) -> None:
    at, tail = parent.index(data), data.tail or ""
    before = parent[at - 1] if at else None
    parent.remove(data)
    _append_text(parent, before, text)
    for offset, child in enumerate(inside):
        parent.insert(at + offset, child)
    _append_text(parent, inside[-1] if inside else before, tail)


def _append_text(parent: XmlElement, after: XmlElement | None, text: str) -> None:
    if text and after is None:
        parent.text = (parent.text or "") + text
    elif text and after is not None:
        after.tail = (after.tail or "") + text


def _cipher_value(data: XmlElement) -> bytes:
    """A CipherReference, which points elsewhere, is no CipherValue. Raises ValueError."""
    return octets(data.find(f"{xenc('CipherData')}/{xenc('CipherValue')}"))


def _named(method: XmlElement | None, table: dict[str, str]) -> str:
    given = None if method is None else method.get("Algorithm", "")
    if given is None:
        return "sha1"
    found = next((name for name, uri in table.items() if uri == given), None)
    if found is None:
        raise refused("the key transport has an unknown digest")
    return found


def _quoted(uri: str) -> str:
    return uri.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
