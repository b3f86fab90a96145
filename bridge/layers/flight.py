"""Single flight over all workers: the first to ask goes to the upstream, the others get his answer from him.

Stands within the single flight of the process, so each worker asks once. An answer that a write has made old meanwhile,
one that is too long and one that failed are not passed on: then each asks for himself.
"""

from __future__ import annotations

import msgspec

from bridge.call import Call, Meta, Reply, Service
from bridge.clock import Clock
from bridge.layers.coalesce import COLLAPSED
from bridge.layers.keys import Keys, arguments
from bridge.layers.tags import tags
from bridge.layers.together import Together


class Passed(msgspec.Struct, frozen=True, array_like=True):
    """An answer on its way to other workers."""

    body: bytes
    attempts: int
    tolerances: dict[str, int]


class OneFlight:
    """A service that makes one call of the equal ones of all workers."""

    def __init__(
        self, inner: Service, keys: Keys, together: Together, clock: Clock, *, public: bool, templates: tuple[str, ...]
    ) -> None:
        self._inner, self._keys, self._together, self._clock = inner, keys, together, clock
        self._public, self._templates = public, templates

    async def __call__(self, call: Call) -> Reply:
        if call.no_cache or call.want != "json" or call.uploads:
            return await self._inner(call)
        key = self._keys.of(call, public=self._public)
        wait_s = max(0.0, call.deadline - self._clock.monotonic())
        async with self._together.flight(key, wait_s) as right:
            if isinstance(right, bytes):
                return received(right)
            since = self._together.purges.now
            reply = await self._inner(call)
            if right is not None and self._is_for_all(call, reply, since):
                right.leave(passed(reply))
            return reply

    def _is_for_all(self, call: Call, reply: Reply, since: int) -> bool:
        if reply.stream is not None or reply.meta.status != 200:
            return False
        about = tags(self._templates, arguments(call.args)) if self._templates else ()
        return not self._together.purges.concern(about, since)


def passed(reply: Reply) -> bytes:
    return msgspec.msgpack.encode(Passed(reply.body, reply.meta.attempts, dict(reply.meta.tolerances)))


def received(data: bytes) -> Reply:
    answer = msgspec.msgpack.decode(data, type=Passed)
    return Reply(answer.body, Meta(cache=COLLAPSED, attempts=answer.attempts, tolerances=answer.tolerances))
