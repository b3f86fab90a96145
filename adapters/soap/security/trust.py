"""Whose signatures are believed: those of configured certificates, or of one issued by a configured authority.

The certificate that a message brings along decides nothing by itself; keys without a certificate are never read.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509 import verification
from lxml.etree import _Element as XmlElement

from adapters.soap.config_security import VerifySettings
from adapters.soap.security import keys
from adapters.soap.security.algorithms import PublicKey
from adapters.soap.security.anchors import Anchors
from adapters.soap.security.failing import refused
from adapters.soap.security.tokens import brought, names_cert


@dataclass(frozen=True, slots=True)
class Trust:
    """`certs`: the sender's own. `authorities`: in their place, with the `name` that a certificate must have."""

    certs: tuple[x509.Certificate, ...] = ()
    authorities: tuple[x509.Certificate, ...] = ()
    name: str = ""

    def keys_for(self, info: XmlElement | None, anchors: Anchors, now_s: float) -> list[PublicKey]:
        """The keys that may have made a signature with this ds:KeyInfo. Raises InsecureAnswer when there are none."""
        if self.authorities:
            return [self._issued(info, anchors, now_s)]
        meant = [cert for cert in self.certs if names_cert(info, cert, anchors)]
        found = [key for cert in meant if (key := keys.readable_key(cert)) is not None]
        if not found:
            raise refused("the signature names another certificate than the configured one")
        return found

    def _issued(self, info: XmlElement | None, anchors: Anchors, now_s: float) -> PublicKey:
        try:
            certs = [x509.load_der_x509_certificate(one) for one in brought(info, anchors)]
            if not certs:
                raise refused("the signature brings no certificate; with ca: it has to, else give its certificate")
            leaf, *others = certs
            self._verifier(now_s).verify(leaf, others)
        except (ValueError, verification.VerificationError) as error:
            raise refused("the certificate of the signature was not issued by a configured authority") from error
        if self.name and self.name.lower() not in keys.names(leaf):
            raise refused("the certificate of the signature is of another name than configured")
        key = keys.readable_key(leaf)
        if key is None:
            raise refused("the certificate of the signature has a key of an unknown kind")
        return key

    def _verifier(self, now_s: float) -> verification.ClientVerifier:
        # Certificates for signatures need neither the usages nor the names that the web asks of those for TLS.
        anything = verification.ExtensionPolicy.permit_all()
        authority = anything.require_present(
            x509.BasicConstraints, verification.Criticality.AGNOSTIC, lambda _policy, _cert, found: _is_authority(found)
        )
        made = verification.PolicyBuilder().store(verification.Store(list(self.authorities)))
        made = made.time(dt.datetime.fromtimestamp(now_s, dt.UTC).replace(tzinfo=None))
        return made.extension_policies(ca_policy=authority, ee_policy=anything).build_client_verifier()


def _is_authority(found: x509.ExtensionType) -> None:
    if not (isinstance(found, x509.BasicConstraints) and found.ca):
        raise ValueError("a certificate of the chain is no authority")


def trust(settings: VerifySettings) -> Trust:
    """Raises ConfigError with the file that cannot be used."""
    if settings.cert:
        return Trust(certs=keys.certificates(settings.cert))
    assert settings.ca is not None  # the settings demand one of the two
    return Trust(authorities=keys.certificates(settings.ca), name=settings.name or "")
