"""The address of a request as it is on the wire."""

from __future__ import annotations

from bridge.transport.session import HttpSession
from bridge.transport.settings import ClientSettings
from tests.bridge.transport.faults import FaultServer, answers, http
from tests.cpu import HANG_S


async def test_an_address_is_sent_as_it_is_written_where_that_is_asked_for() -> None:
    asked = "/a%2Fb%2Cc/%2E%2E/d?x=a%2Cb,c"
    async with FaultServer([answers(http(b"ok"))]) as server:
        session = HttpSession(ClientSettings.model_validate({}))
        try:
            await session.send("GET", server.url + asked, None, {}, timeout_s=HANG_S, encoded=True)
        finally:
            await session.close()
        assert server.requests[0].split(b" ")[1] == b"/service" + asked.encode()
