"""Where calls go, and whether credentials go with them. Pure.

The address in a WSDL was written by others: it decides the way, never who may see a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.soap.config import SoapSettings
from bridge.transport.origins import is_http, may_have_credentials, origin


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`url` "" when there is none. `trusted`: the configuration names its origin. `warnings` for `check`."""

    url: str
    trusted: bool
    warnings: tuple[str, ...] = ()


def endpoint(advertised: str, settings: SoapSettings) -> Endpoint:
    """`advertised` is the address of the contract's port."""
    if settings.endpoint:
        return Endpoint(settings.endpoint, trusted=True)
    url, warnings = _mended(advertised.strip(), settings)
    if not origin(url):
        said = f"the WSDL gives the address {url[:200]!r}" if url else "the WSDL gives no address"
        return Endpoint("", trusted=False, warnings=(*warnings, f"{said}, which cannot be called; set endpoint:"))
    if not is_http(settings.wsdl):
        return Endpoint(url, trusted=True, warnings=warnings)  # a file that a person chose to trust
    if may_have_credentials(url, {origin(each) for each in settings.configured}):
        return Endpoint(url, trusted=True, warnings=warnings)
    foreign = (
        f"the WSDL sends calls to {origin(url)}, which is not where it comes from; no credentials and no forwarded "
        f"headers go there unless you set endpoint: {url}"
    )
    return Endpoint(url, trusted=False, warnings=(*warnings, foreign))


def _mended(url: str, settings: SoapSettings) -> tuple[str, tuple[str, ...]]:
    for begin, replacement in settings.rewrite.items():
        if url.startswith(begin):
            return replacement + url[len(begin) :], ()
    if not (origin(url) and origin(settings.wsdl)):
        return url, ()
    there, home = urlsplit(url), urlsplit(settings.wsdl)
    # A proxy that ends TLS hides it from the server behind, which then advertises http for its own host.
    hidden = (there.scheme.lower(), home.scheme.lower()) == ("http", "https") and there.hostname == home.hostname
    if hidden and there.port in {None, 80, home.port}:
        mended = there._replace(scheme="https", netloc=home.netloc).geturl()
        return mended, (f"the WSDL gives {url}; {mended} is called instead, as the WSDL itself came over TLS",)
    return url, ()
