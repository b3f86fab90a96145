"""The second judge: the library `xmlschema`, which is slower, stricter about schemas, and shares nothing with libxml2.

Importing and loading it takes seconds, so it is done when it is first asked.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from lxml import etree


class SecondJudge:
    """`why`: why it cannot load the schemas at all, "" when it can. It mends what it can in faulty schemas."""

    def __init__(self, main: Path) -> None:
        self.why = ""
        self._schema: Any = None
        import xmlschema

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about imports, which are ours
                self._schema = xmlschema.XMLSchema10(str(main), validation="lax", allow="local", defuse="always")
        except Exception as error:  # noqa: BLE001  whatever it stumbles over, it then has no judgement
            self.why = _told(error)

    def complaint(self, element: etree._Element) -> str | None:
        """None: valid. Raises LookupError when it cannot come to a judgement."""
        # As text: only of what it parsed itself does it know all prefixes.
        text = etree.tostring(element, with_tail=False, encoding="unicode")
        try:
            for error in self._schema.iter_errors(text):
                return " ".join(f"{error.path or '/'}: {error.reason or error.message}".split())
        except Exception as error:  # whatever it stumbles over, it then has no judgement
            raise LookupError(_told(error)) from error
        return None


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
