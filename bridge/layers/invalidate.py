"""A write makes the answers old that it concerns, as soon as it has happened, or may have.

It is written down after the write: an answer read while the write was under way may show the time before it.
"""

from __future__ import annotations

from bridge.call import Call, Reply, Service
from bridge.errors import CallError
from bridge.layers.keys import arguments
from bridge.layers.tags import Purges, tags
from bridge.layers.together import Together


class Invalidating:
    """A service that writes down what its calls make old, and tells the other workers before it answers."""

    def __init__(
        self, inner: Service, templates: tuple[str, ...], purges: Purges, together: Together | None = None
    ) -> None:
        self._inner, self._templates, self._purges, self._together = inner, templates, purges, together

    async def __call__(self, call: Call) -> Reply:
        happened = True
        try:
            return await self._inner(call)
        except CallError as error:
            happened = error.outcome != "not_sent"
            raise
        finally:  # also when the caller is gone: the write goes on without him
            if happened:
                purged = tags(self._templates, arguments(call.args))
                self._purges.add(purged)
                if self._together is not None:
                    await self._together.tell(purged)
