"""A kept answer that can be asked for once more without waiting: the edge asks, rest knows how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bridge.call import Reply


@dataclass(slots=True)
class Again:
    """How to ask the cache for the same: `peek` gives the reply at once or None, `used` tells that it was given."""

    reply: Reply
    peek: Callable[[], Reply | None]
    used: Callable[[], None]
