"""What all messages of one contract share: a view and what is compiled from it, once literal and once encoded.

Both write with the same prefixes and describe themselves in the same table, so one envelope and one description may
hold both.
"""

from __future__ import annotations

from adapters.soap.contract import Version
from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.decode import Decoder
from bridge.formats.xml.encode import Encoder
from bridge.formats.xml.encode_order import Write
from bridge.formats.xml.encoded import EncodedEncoder
from bridge.formats.xml.encoded_read import EncodedDecoder
from bridge.formats.xml.encoded_view import EncodedShaper, EncodedView
from bridge.formats.xml.layout import SOAP_11_ENCODING, SOAP_12_ENCODING
from bridge.formats.xml.plan import Use
from bridge.formats.xml.shape import Shaper
from bridge.formats.xml.view import View, ViewOptions


class Toolbox:
    """For literal messages. `style`: the attribute that names an encoding, "" here; `encoded`: which kind it is."""

    style = ""
    encoded = False

    def __init__(self, view: View) -> None:
        self.view = view
        scalars = Scalars(view)
        self.encoder, self.decoder, self.shaper = Encoder(view, scalars), Decoder(view, scalars), Shaper(view)

    @property
    def options(self) -> ViewOptions:
        return self.view.options

    def writer(self, name: str, use: Use, declared: str) -> Write:  # noqa: ARG002  only encoded elements say it
        """Writes one element, nil included. `declared`: the key of its type."""
        return self.encoder.element(name, use, nillable=True)

    def says(self, use: Use, declared: str) -> tuple[str, int]:  # noqa: ARG002  literal ones say nothing
        """What an element says of its type, and the bits of the namespaces that needs."""
        return "", 0


class EncodedToolbox(Toolbox):
    """For SOAP-encoded messages of the same contract."""

    encoded = True

    def __init__(self, literal: Toolbox, view: EncodedView, version: Version) -> None:
        self.view = view
        encoding = SOAP_12_ENCODING if version == "1.2" else SOAP_11_ENCODING
        self.style = f' soap:encodingStyle="{encoding}"'
        scalars = Scalars(view)
        self._encoder = EncodedEncoder(view, scalars, literal.encoder.prefixes, encoding)
        self.encoder, self.decoder = self._encoder, EncodedDecoder(view, scalars)
        self.shaper = EncodedShaper(view, literal.shaper.table)

    def writer(self, name: str, use: Use, declared: str) -> Write:
        return self._encoder.typed(name, use, declared)

    def says(self, use: Use, declared: str) -> tuple[str, int]:
        return self._encoder.says(use, declared)
