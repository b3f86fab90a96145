"""Built-in copies of WSDLs of standards that services import by their public address (ONVIF does).

They are read from the package, never from the network; well-known schemas are in bridge/formats/xml/xsd/known.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent / "known"
_FILES = {
    "http://docs.oasis-open.org/wsn/bw-2.wsdl": "wsn-bw-2.wsdl",
    "http://docs.oasis-open.org/wsn/rw-2.wsdl": "wsrf-rw-2.wsdl",
    "http://docs.oasis-open.org/wsrf/rw-2.wsdl": "wsrf-rw-2.wsdl",
}


def known_wsdl(location: str) -> str | None:
    """The path of the copy for an address, None if there is none."""
    file = _FILES.get(location.replace("https://", "http://", 1))
    return str(_HERE / file) if file else None
