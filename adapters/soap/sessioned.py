"""Calls of one operation within the session of its service: where the token goes, and what clients see of it (nothing).

What a session is, and when one begins, is in login.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.soap.calling import Calling, Extra
from adapters.soap.config_session import SendSettings, header_steps
from adapters.soap.login import Held, Login, in_session
from bridge.call import Call, JsonValue, Reply
from bridge.contracts import Envelopes
from bridge.errors import DoesNotFit, UpstreamUnauthorized, Violation
from bridge.formats.xml.writing import escape
from bridge.shapes.hidden import holds, put
from bridge.shapes.json import dumps, loads
from bridge.shapes.jsonpath import Path

MASK = "***"
_ADDRESSES_MAX = 4
Keys = tuple[str, ...]


class Sending:
    """How requests of one service carry a token."""

    def __init__(self, settings: SendSettings) -> None:
        self._settings = settings
        self._steps = header_steps(settings.header) if settings.header else ()
        self.element: Keys = (Path(settings.element).keys or ()) if settings.element else ()

    @property
    def header(self) -> str:
        """The qualified name of the header block; "" for none."""
        return f"{{{self._steps[0][0]}}}{self._steps[0][1]}" if self._steps else ""

    def added(self, held: Held) -> Extra:
        http = {self._settings.http_header: self._settings.prefix + held.token} if self._settings.http_header else {}
        secrets = (*((held.token,) if held.token else ()), *(held.cookies.secrets() if held.cookies else ()))
        return Extra(self._block(held.token), http, secrets, held.cookies)

    def shown(self) -> Extra:
        """The same for a dry run."""
        name = "Cookie" if self._settings.cookie else self._settings.http_header
        return Extra(self._block(MASK), {name: MASK} if name else {})

    def _block(self, token: str) -> str:
        if not self._steps:
            return ""  # it goes elsewhere
        text = escape(token)
        for index, (space, name) in reversed(list(enumerate(self._steps))):
            outer = self._steps[index - 1][0] if index else None
            declared = f' xmlns="{escape(space)}"' if space != outer else ""
            text = f"<{name}{declared}>{text}</{name}>"
        return text


class Sessioned:
    """The call of one operation within the session. `calling` makes its bare call to an address, "" for its own;
    `hidden`: ways to fields of the request that are ours to fill."""

    def __init__(
        self,
        login: Login,
        sending: Sending,
        calling: Callable[[str], Calling],
        hidden: Callable[[], Sequence[Keys]],
        *,
        trusted: bool,
    ) -> None:
        self._login, self._sending, self._make = login, sending, calling
        self._made: dict[str, Calling] = {}
        self._hidden, self._trusted = hidden, trusted

    async def __call__(self, call: Call) -> Reply:
        """Raises members of CallError only."""
        if not self._trusted:
            raise UpstreamUnauthorized(cause="no session with an address that nobody configured; set endpoint:")
        return await in_session(self._login, call, lambda held: self._sent(call, held))

    async def dry_run(self, args: bytes) -> Envelopes:
        filled = self._filled(args, MASK)
        return await self._calling("").dry_run(
            filled if isinstance(filled, bytes) else dumps(filled).encode(), self._sending.shown()
        )

    async def left(self, call: Call, held: Held) -> Reply:
        """The call that ends the session, within it."""
        return await self._sent(call, held)

    def _calling(self, url: str) -> Calling:
        if url not in self._made:
            if len(self._made) >= _ADDRESSES_MAX:
                self._made.clear()
            self._made[url] = self._make(url)
        return self._made[url]

    async def _sent(self, call: Call, held: Held) -> Reply:
        args = self._filled(call.args, held.token)
        own = call if args is call.args else call.with_(args=args)
        return await self._calling(held.url)(own, self._sending.added(held))

    def _filled(self, args: bytes | JsonValue, token: str) -> bytes | JsonValue:
        """The arguments with the token where it belongs. Raises DoesNotFit when the client gave one."""
        hidden = self._hidden()
        if not hidden:
            return args
        given = isinstance(args, bytes)
        value = (loads(args) if args.strip() else None) if isinstance(args, bytes) else args
        if errors := [
            Violation("/" + "/".join(keys), "is filled in by the bridge") for keys in hidden if holds(value, keys)
        ]:
            raise DoesNotFit(errors=errors)
        if self._sending.element in hidden:
            value = put(value, self._sending.element, token)
            return dumps(value).encode() if given else value
        return args
