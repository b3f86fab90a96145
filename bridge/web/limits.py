"""How often each caller may ask: by its key, else by its address, over all workers and nodes together.

Answers tell a caller of its limit in the fields of draft-ietf-httpapi-ratelimit-headers (`RateLimit-Policy`,
`RateLimit`); one request too many is a 429 with the exact time to come back. What is remembered of callers is bounded:
whoever was not seen for longest is forgotten first, here and where the tokens are counted.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

from bridge.contracts import Emit
from bridge.errors import TooManyRequests
from bridge.events_limits import CallerLimited
from bridge.store.bus import Bus, Tokens
from bridge.web.edge_limits import bucket_of
from bridge.web.settings import AccessSettings, CallerLimitSettings
from bridge.web.trace import RequestInfo

CALLERS_MAX = 20_000
Fields = tuple[tuple[str, str], ...]
Networks = Sequence[IPv4Network | IPv6Network]


class _Caller:
    """One caller's tokens, and what it is told of them."""

    def __init__(self, name: str, kind: str, tokens: Tokens, settings: CallerLimitSettings) -> None:
        self.name, self.kind, self.tokens, self.settings = name, kind, tokens, settings
        self._burst = settings.burst_of_rate
        window_s = max(1, math.ceil(self._burst / settings.rate))
        quota = max(self._burst, math.floor(settings.rate * window_s + 1e-9))
        self._policy = "RateLimit-Policy", f'"{kind}";q={quota};w={window_s}'

    async def take(self) -> tuple[float, Fields]:
        """0 and what is left; or how long until it may ask again."""
        again_s = await self.tokens.take()
        level = max(0.0, min(self.tokens.level, float(self._burst)))
        left = 0 if again_s else math.floor(level + 1e-9)
        reset_s = again_s or (self._burst - level) / self.settings.rate
        return again_s, (self._policy, ("RateLimit", f'"{self.kind}";r={left};t={math.ceil(reset_s - 1e-9)}'))


class Callers:
    """`everybody`: the limit of those whose key has none of its own, and of those without a key."""

    def __init__(self, bus: Bus, emit: Emit, everybody: CallerLimitSettings | None = None) -> None:
        self._bus, self._emit, self._everybody = bus, emit, everybody
        self._callers: OrderedDict[str, _Caller] = OrderedDict()
        self._keys: dict[str, CallerLimitSettings] = {}
        self._proxies: Networks = ()

    def use(self, access: AccessSettings | None, proxies: Networks) -> None:
        """Swap the limits of keys, as a reload does. A limit that stays as it was keeps its tokens."""
        self._keys = {key.name: key.limits for key in access.keys if key.limits is not None} if access else {}
        self._proxies = tuple(proxies)

    async def admit(self, info: RequestInfo) -> Fields:
        """What the caller is told of its limit; nothing where it has none. Raises TooManyRequests."""
        caller = self._caller(info)
        if caller is None:
            return ()
        again_s, fields = await caller.take()
        if again_s:
            self._emit(CallerLimited(caller.name, caller.kind, again_s))
            raise TooManyRequests(retry_after_s=again_s, headers=fields)
        return fields

    def _caller(self, info: RequestInfo) -> _Caller | None:
        if info.principal is not None:
            name, kind = info.principal.name, "key"
            settings = self._keys.get(name, self._everybody)
        else:
            name, kind, settings = info.client, "address", self._everybody
        if settings is None:
            return None
        if kind == "address":
            try:
                name = bucket_of(name, self._proxies)
            except ValueError:
                return None  # it came by no network
            if not name:
                return None  # a proxy that does not say for whom it speaks
        known = f"{kind}:{name}"
        caller = self._callers.get(known)
        if caller is None or caller.settings != settings:
            tokens = self._bus.tokens(f"caller.{known}", settings.rate, settings.burst_of_rate)
            caller = self._callers[known] = _Caller(name, kind, tokens, settings)
            if len(self._callers) > CALLERS_MAX:
                self._callers.popitem(last=False)
        self._callers.move_to_end(known)
        return caller
