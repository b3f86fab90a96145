"""`/healthz` and `/readyz`: what a supervisor and a load balancer ask.

Live never depends on an upstream, or a partner's outage would restart us; ready says "send me traffic", which holds as
long as we have started and are not stopping.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from aiohttp import web

from bridge.call import JsonValue
from bridge.shapes.json import dumps
from bridge.web.snapshot import Snapshot
from bridge.web.trace import RequestInfo

State = Literal["starting", "ready", "stopping"]


class Health:
    """Answers the two addresses; `state` is the application's, `snapshot` the current one."""

    def __init__(self, state: Callable[[], State], snapshot: Callable[[], Snapshot]) -> None:
        self._state = state
        self._snapshot = snapshot

    async def live(self, _request: web.BaseRequest, _info: RequestInfo) -> web.Response:
        return _answer(200, {"status": "alive"})

    async def ready(self, _request: web.BaseRequest, _info: RequestInfo) -> web.Response:
        """503 while starting or stopping. An upstream that is not connected is told, and holds nobody up."""
        state, snapshot = self._state(), self._snapshot()
        names = sorted({*snapshot.mounts, *snapshot.upstreams})
        upstreams: dict[str, JsonValue] = {
            name: "ready" if name in snapshot.upstreams else "connecting" for name in names
        }
        return _answer(200 if state == "ready" else 503, {"status": state, "upstreams": upstreams})


def _answer(status: int, value: JsonValue) -> web.Response:
    headers = {"Cache-Control": "no-store", **({"Retry-After": "1"} if status == 503 else {})}
    body = dumps(value).encode()
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)
