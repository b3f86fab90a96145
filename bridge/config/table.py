"""Which adapter owns which key of an upstream (STYLE 6). An upstream has exactly one of these keys."""

from __future__ import annotations

from adapters.http.config import HttpSettings
from adapters.soap.config import SoapSettings
from bridge.settings import Settings

ADAPTERS: dict[str, type[Settings]] = {
    "soap": SoapSettings,  # a SOAP service, described by its WSDL
    "http": HttpSettings,  # an HTTP system that speaks JSON, its operations declared one by one
}
