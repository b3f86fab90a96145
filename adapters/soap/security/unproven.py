"""Values beside the envelope of an answer that had to be signed: no signature covers them, so they are not read. Pure.

What an envelope includes (XOP) is a part of it and was put into it before the signature was checked.
"""

from __future__ import annotations

from adapters.soap.attachments.filling import Values
from adapters.soap.security.failing import refused


class Unproven:
    """In place of the values of a package."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def text(self, content: str, media: str) -> str:  # noqa: ARG002  other Values look at it
        raise refused("the answer refers to an attachment that no signature covers")

    def has(self, content: str) -> bool:
        return self._values.has(content)

    def named(self, part: str, index: int) -> str:
        """Nothing, when nothing came."""
        return self.text(part, "") if self._values.named(part, index) else ""
