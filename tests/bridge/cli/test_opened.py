"""Upstreams opened for one command and closed again, whatever becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.cli.opened import opened
from bridge.cli.sources import source
from bridge.errors import ContractError
from bridge.events import Event, UpstreamReady
from tests.bridge.cli.running import WSDL


async def test_what_would_be_served(state: Path) -> None:
    told: list[Event] = []
    config = source(None, [str(WSDL)], state=str(state)).config
    async with opened(config, emit=told.append, guess_reads=True) as gathering:
        methods = {route.method for route in gathering.snapshot.routes if route.operation == "GetOrder"}
    assert methods == {"GET", "POST"}
    assert [type(event) for event in told] == [UpstreamReady]


async def test_what_cannot_be_opened_is_raised(state: Path) -> None:
    config = source(None, [str(WSDL), "/nowhere/gone.wsdl"], state=str(state)).config
    with pytest.raises(ContractError, match="gone"):
        async with opened(config):
            pass
