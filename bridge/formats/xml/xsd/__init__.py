"""The reader of XML Schema 1.0: schema documents in, a `Layout` out.

Tolerant where real services are careless (missing imports, double definitions), never guessing: what cannot be
resolved is named in `Layout.problems`. It fetches nothing; whoever calls it hands the documents in.
"""

from __future__ import annotations

from bridge.formats.xml.xsd.documents import Resolve, Source
from bridge.formats.xml.xsd.reader import read_schemas
from bridge.formats.xml.xsd.reading import meant_builtin

__all__ = ["Resolve", "Source", "meant_builtin", "read_schemas"]
