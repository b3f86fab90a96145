"""WS-Security of one upstream, opened: the two steps of a call that stand in calling.py, `protect` and `open`.

Keys and certificates are read once, when the upstream is opened, and what is wrong with them is told then. A header
without signature and encryption is text that goes straight into the envelope; only a protected one is parsed again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from lxml.etree import _Element as XmlElement

from adapters.soap.client import UsernameTokens, timestamp
from adapters.soap.config_security import DecryptSettings, SecuritySettings, SignSettings
from adapters.soap.contract import Version
from adapters.soap.envelope import NAMESPACES
from adapters.soap.security import algorithms, assertions, keys
from adapters.soap.security.decrypting import Bounds
from adapters.soap.security.incoming import Demands, Opened
from adapters.soap.security.names import WSU
from adapters.soap.security.outgoing import Means, Protected, security_header
from adapters.soap.security.trust import Trust, trust
from adapters.soap.wire import Outgoing
from bridge.clock import Clock
from bridge.errors import ConfigError, Place
from bridge.formats.xml import safe
from bridge.transport.tls import reveal

TIMESTAMP_S = 300.0


@dataclass(frozen=True, slots=True)
class Security:
    """What calls of one upstream use. `warnings`: what should be known about the certificates."""

    settings: SecuritySettings
    means: Means
    demands: Demands
    tokens: UsernameTokens | None
    clock: Clock
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Security(…)"

    @property
    def heavy(self) -> bool:
        """Whether requests are signed or encrypted: work that does not belong on the event loop."""
        return self.settings.sign is not None or self.settings.encrypt is not None

    @property
    def judges(self) -> bool:
        """Whether answers are verified or decrypted."""
        return self.settings.verify is not None or self.settings.decrypt is not None

    @property
    def seals(self) -> bool:
        """Whether answers must be signed, so that what lies outside their envelope is proven by nothing."""
        return self.settings.verify is not None and not self.settings.verify.optional

    @property
    def private_headers(self) -> frozenset[str]:
        """Headers of the caller, in small letters, that go into the envelope and no further."""
        saml = self.settings.saml
        return frozenset({saml.header.lower()} if saml and saml.header else ())

    def blocks(self, version: Version, headers: Mapping[str, str] | None) -> str:
        """The header as text where it needs no protection, else "". `headers`: those of the caller; None: a dry run,
        which has none."""
        if self.heavy:
            return ""
        header = self._header(NAMESPACES[version], headers)
        return etree.tostring(header, encoding="unicode") if len(header) else ""

    def protect(self, out: Outgoing, headers: Mapping[str, str] | None) -> Outgoing:
        """The request with its header, signed and encrypted as configured."""
        if not self.heavy or out.body is None:
            return out
        named = out.body.replace(b"<soap:Envelope", b'<soap:Envelope xmlns:wsu="' + WSU.encode() + b'"', 1)
        root = safe.parse_own(named)
        space = str(root.tag)[1:].partition("}")[0]
        value = Protected(root, self.means, self._header(space, headers)).protect()
        body = etree.tostring(root, encoding="utf-8", xml_declaration=True)
        return replace(out, body=body, signature=value)

    def open(self, root: XmlElement, sent: str) -> XmlElement:
        """The answer with nothing in it but what was proven. `sent`: the signature of its request. Raises CallError."""
        return Opened(root, self.demands, self.clock.wall(), sent).open()

    def _header(self, space: str, headers: Mapping[str, str] | None) -> XmlElement:
        settings, header = self.settings, security_header(self.settings, space)
        now = dt.datetime.fromtimestamp(self.clock.wall(), dt.UTC)
        if settings.timestamp:
            header.append(timestamp(now, settings.timestamp.ttl))
        elif settings.username_token and settings.username_token.timestamp:
            header.append(timestamp(now, TIMESTAMP_S))
        if self.tokens:
            header.append(self.tokens.made(now))
        if settings.saml and settings.saml.file:
            header.append(assertions.renewed(settings.saml.file))
        elif settings.saml and settings.saml.header and headers is not None:
            given = next((one for name, one in headers.items() if name.lower() == settings.saml.header.lower()), None)
            header.append(assertions.from_caller(given, settings.saml.header))
        return header


def open_security(settings: SecuritySettings | None, clock: Clock, bounds: Bounds) -> Security | None:
    """What makes and judges security headers, None when none is configured. Raises ConfigError with the file."""
    if settings is None or settings == SecuritySettings():
        return None
    now_s, told = clock.wall(), list[str]()
    means = _means(settings, now_s, told)
    demands = Demands(settings, _trust(settings, now_s, told), _decrypting(settings.decrypt, now_s, told), bounds)
    if settings.saml and settings.saml.file:
        assertions.from_file(settings.saml.file)
    made = Security(settings, means, demands, _tokens(settings), clock, tuple(line for line in told if line))
    if made.tokens or settings.timestamp:
        _tried(made, settings)  # zeep is loaded here, not under the first call
    return made


def _tried(made: Security, settings: SecuritySettings) -> None:
    try:
        made.blocks("1.1", None)
        if made.tokens:
            made.tokens.made(dt.datetime.fromtimestamp(0, dt.UTC))
    except ValueError as error:
        token = settings.username_token
        where = token.password.reference if token else "security"
        text = "user name or password hold a character that XML cannot carry"
        raise ConfigError([Place(where, 1, 1, text)]) from error


def _tokens(settings: SecuritySettings) -> UsernameTokens | None:
    token = settings.username_token
    if token is None:
        return None
    return UsernameTokens(token.username, reveal(token.password), token.digest, token.nonce, token.created)


def _means(settings: SecuritySettings, now_s: float, told: list[str]) -> Means:
    mine = _signing(settings.sign, now_s, told) if settings.sign else None
    receiver: x509.Certificate | None = None
    if settings.encrypt:
        receiver = keys.certificates(settings.encrypt.cert)[0]
        told.append(keys.age_warning(receiver, settings.encrypt.cert, now_s))
        if not isinstance(receiver.public_key(), rsa.RSAPublicKey):
            raise _unusable(settings.encrypt.cert, "keys are wrapped for RSA, and this certificate has none")
    return Means(settings, mine, receiver)


def _signing(settings: SignSettings, now_s: float, told: list[str]) -> keys.Identity:
    mine, file = keys.identity(settings), settings.cert or settings.key or settings.pkcs12
    assert file is not None  # the settings demand one
    told.append(keys.age_warning(mine.cert, file, now_s))
    if not algorithms.fits(settings.algorithm, mine.key):
        raise _unusable(file, f"the key does not work with {settings.algorithm}")
    return mine


def _decrypting(settings: DecryptSettings | None, now_s: float, told: list[str]) -> rsa.RSAPrivateKey | None:
    if settings is None:
        return None
    mine, file = keys.identity(settings), settings.cert or settings.key or settings.pkcs12
    assert file is not None  # the settings demand one
    told.append(keys.age_warning(mine.cert, file, now_s))
    if not isinstance(mine.key, rsa.RSAPrivateKey):
        raise _unusable(file, "keys are wrapped for RSA, and this key is none")
    return mine.key


def _trust(settings: SecuritySettings, now_s: float, told: list[str]) -> Trust | None:
    verify = settings.verify
    if verify is None:
        return None
    found = trust(verify)
    told.extend(keys.age_warning(cert, verify.cert or verify.ca, now_s) for cert in (*found.certs, *found.authorities))
    return found


def _unusable(path: Path, message: str) -> ConfigError:
    return ConfigError([Place(str(path), 1, 1, message)])
