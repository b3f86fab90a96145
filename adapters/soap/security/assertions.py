"""A SAML assertion that is passed on: read safely, never changed, so that its own signature stays valid.

It comes from a file, read anew for each request as assertions are renewed, or from a header of the caller.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from lxml.etree import _Element as XmlElement

from adapters.soap.security.names import SAML1, SAML2
from bridge.errors import BadRequest, ConfigError, Place, UpstreamUnauthorized
from bridge.formats.xml import safe
from bridge.formats.xml.safe import UnsafeXml

BYTES_MAX = 256_000
NODES_MAX = 10_000
_ROOTS = {f"{{{SAML1}}}Assertion", f"{{{SAML2}}}Assertion", f"{{{SAML2}}}EncryptedAssertion"}


def assertion(data: bytes) -> XmlElement:
    """Raises UnsafeXml when it is none."""
    root = safe.parse(data, bytes_max=BYTES_MAX, nodes_max=NODES_MAX)
    if root.tag not in _ROOTS:
        raise UnsafeXml("the root is no SAML assertion")
    return root


def from_file(path: Path) -> XmlElement:
    """Raises ConfigError with the file that cannot be used."""
    try:
        if not path.is_file():
            raise ConfigError([Place(str(path), 1, 1, "the SAML assertion is not there, or is no regular file")])
        with path.open("rb") as file:
            return assertion(file.read(BYTES_MAX + 1))
    except OSError as error:
        raise ConfigError([Place(str(path), 1, 1, f"the file cannot be read: {error.strerror}")]) from error
    except UnsafeXml as error:
        raise ConfigError([Place(str(path), 1, 1, f"no SAML assertion: {error.detail[:200]}")]) from error


def renewed(path: Path) -> XmlElement:
    """The same under a call: the file was good when the upstream was opened. Raises UpstreamUnauthorized."""
    try:
        return from_file(path)
    except ConfigError as error:
        refused = UpstreamUnauthorized(cause="security: the file of the SAML assertion cannot be used")
        refused.outcome = "not_sent"
        raise refused from error


def from_caller(value: str | None, header: str) -> XmlElement:
    """XML as it is, or in base64. Raises BadRequest."""
    if value is None:
        raise BadRequest(f"The header {header} is missing; it holds the SAML assertion of the caller.")
    try:
        data = value.encode() if value.lstrip().startswith("<") else _octets(value)
        return assertion(data)
    except (UnsafeXml, binascii.Error, ValueError) as error:
        raise BadRequest(f"The header {header} holds no SAML assertion, as XML or in base64.") from error


def _octets(value: str) -> bytes:
    return base64.b64decode("".join(value.split()), validate=True)
