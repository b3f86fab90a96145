"""How one request proves who we are: an identity takes the sending of a request into its hands, as a layer does with a
call, and may send it more than once where the server refused it before doing anything (a 401 with a challenge).

Knows nothing of a particular scheme; one file each: fixed.py, digest.py, ntlm.py, oauth.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from bridge.transport.body import Body

Headers = Sequence[tuple[str, str]]

LARGE_BYTES = 64_000
"""From here on a body is not sent to a server that will refuse it: an empty request gets the challenge first."""
REFUSAL_BYTES_MAX = 256_000


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that needs proof. `target` is its path and query as they stand in the request line."""

    method: str
    url: str
    target: str
    body: Body | None

    @property
    def is_large(self) -> bool:
        body = self.body
        return body is not None and (len(body) if isinstance(body, bytes) else body.length) > LARGE_BYTES


class Wire(Protocol):
    """Sends the request once. `empty` sends it without its body; `over` names the connections to use."""

    async def __call__(
        self, headers: Headers = (), /, *, empty: bool = False, over: aiohttp.ClientSession | None = None
    ) -> aiohttp.ClientResponse: ...


class Identity(Protocol):
    """One kind of credentials. It is asked only for addresses that may see them."""

    @property
    def names(self) -> tuple[str, ...]:
        """The headers that carry the proof; nobody else may set them."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What an operator should know about it at each start."""
        ...

    async def send(self, asked: Asked, wire: Wire, /) -> aiohttp.ClientResponse:
        """The answer to the request with its proof; a 401 when it was refused in the end."""
        ...

    async def close(self) -> None: ...


async def dropped(response: aiohttp.ClientResponse) -> None:
    """Takes a refusal off the wire, so that its connection can be used again."""
    left = REFUSAL_BYTES_MAX
    async for piece in response.content.iter_any():
        left -= len(piece)
        if left < 0:
            response.close()
            return
    response.release()
