"""Values beside the envelope of an answer that had to be signed: no signature covers them, so they are not read. Pure.

What an envelope includes (XOP) is a part of it and was put into it before the signature was checked.
"""

from __future__ import annotations

from adapters.soap.attachments.filling import Values, Wanted
from adapters.soap.security.failing import refused


class Unproven:
    """In place of the values of a package."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def find(self, wanted: Wanted, /) -> str | None:
        """Nothing, when nothing came that a message would be made of."""
        if wanted.content is not None or self._values.find(wanted) is not None:
            raise refused("the answer refers to an attachment that no signature covers")
        return None
