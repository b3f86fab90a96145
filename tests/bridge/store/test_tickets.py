"""What a ticket itself says; what every store promises about them is in tests/contract/test_tickets.py."""

from __future__ import annotations

import pytest

from bridge.store.jobs import DEDUPE_KEPT_S
from bridge.store.tickets import REMEMBERED_S, Ticket


@pytest.mark.parametrize(("state", "ended"), [("ready", False), ("running", False), ("", False), ("dead", True)])
def test_it_has_ended_when_its_job_has(state: str, ended: bool) -> None:
    ticket = Ticket("j", "web", "f", "s", "", 0.0, state, "shop.Get", 1, "", 0.0, None, "t")
    assert ticket.ended is ended


def test_it_is_remembered_for_longer_than_its_key() -> None:
    """Else the same key could give a job whose ticket nobody knows any more."""
    assert REMEMBERED_S > DEDUPE_KEPT_S
