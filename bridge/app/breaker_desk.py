"""The operators' desk for breakers: how they stand in all workers, and a hand on them.

What was set last is what the audit log says, so it outlives a restart, and there is no setting without an entry. That
log is kept for a year; a breaker that was held for longer goes by what it sees again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.app.breaking import BreakerRow, Breaking, Held
from bridge.errors import NotFound, Unavailable
from bridge.layers.breaker_state import Mode
from bridge.queue.deeds import Deed, Office, Outcome
from bridge.store.audit import AuditFilter, find
from bridge.store.page import LIMIT_MAX
from bridge.store.tx import Tx

MODES: Mapping[str, Mode] = {"breakers.open": "open", "breakers.close": "closed", "breakers.auto": "auto"}
_PAGES_MAX = 20


def held(tx: Tx) -> Held:
    """What is set, by name."""
    latest: dict[str, Mode] = {}
    after = ""
    for _ in range(_PAGES_MAX):
        page = find(tx, AuditFilter(verb="breakers"), after=after, limit=LIMIT_MAX)
        for entry in page.items:
            latest.setdefault(entry.target, MODES[entry.verb])
        after = page.next
        if not after:
            break
    return {name: mode for name, mode in latest.items() if mode != "auto"}


@dataclass(frozen=True, slots=True)
class BreakerDesk:
    """`breaking` None: there is no running bridge to ask."""

    office: Office
    breaking: Breaking | None

    async def search(self) -> tuple[BreakerRow, ...]:
        """All that somebody has come to."""
        return await self._there().look()

    async def open(self, who: str, name: str, *, reason: str = "", once: str = "") -> Outcome:
        """Nobody gets through until it is set otherwise. Raises NotFound."""
        return await self._set(Deed(who, "breakers.open", reason, once), name)

    async def close(self, who: str, name: str, *, reason: str = "", once: str = "") -> Outcome:
        """Everybody gets through, however it goes. Raises NotFound."""
        return await self._set(Deed(who, "breakers.close", reason, once), name)

    async def auto(self, who: str, name: str, *, reason: str = "", once: str = "") -> Outcome:
        """It goes by what it sees again. Raises NotFound."""
        return await self._set(Deed(who, "breakers.auto", reason, once), name)

    async def _set(self, deed: Deed, name: str) -> Outcome:
        breaking = self._there()
        if not breaking.known(name):
            raise NotFound(f"There is no breaker {name[:120]!r}: write `shop` or `shop.GetOrder`.")

        def apply(tx: Tx, one: str) -> tuple[str, str]:
            return ("it is so already" if held(tx).get(one, "auto") == MODES[deed.verb] else ""), ""

        outcome = await self.office.perform(deed, [name], apply)
        await breaking.changed()
        return outcome

    def _there(self) -> Breaking:
        if self.breaking is None:
            raise Unavailable("Only a running bridge knows its breakers.")
        return self.breaking
