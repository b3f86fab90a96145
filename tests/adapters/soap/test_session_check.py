"""Each thing in a session that its service does not have is told with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.errors import ContractError
from tests.adapters.soap.sessions import SESSION, Behind


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"login": "Log"}, "soap.session.login: there is no operation 'Log'"),
        ({"logout": "Bye"}, "soap.session.logout: there is no operation 'Bye'"),
        ({"logout": "Pay"}, "soap.session.logout: Pay /id: is required, and it gets no arguments"),
        ({"token": "$.token"}, "soap.session.token: $.token: there is no 'token' in the answer"),
        ({"endpoint": "$.server"}, "soap.session.endpoint: $.server: there is no 'server'"),
        ({"with": {"user": "u"}}, "soap.session.with: Login /pin: is required"),
        ({"with": {"user": "u", "pin": True}}, "soap.session.with: Login /pin:"),
        ({"expired": {"when": "@.errr == 1"}}, "soap.session.expired.when: @.errr: there is no 'errr'"),
        ({"expired": {"fault": ["X", "@.cod == 'x'"]}}, "soap.session.expired.fault.1: @.cod: there is no 'cod'"),
        ({"send": {"element": "$.auth.key"}}, "soap.session.send.element: $.auth.key: there is no 'key'"),
        ({"send": {"element": "$.nothing"}}, "soap.session.send.element: $.nothing"),
    ],
)
async def test_what_cannot_be(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ContractError) as caught:
        async with Behind().opened(tmp_path, {**SESSION, **more}):
            pass
    assert said in caught.value.detail


async def test_the_value_of_a_secret_is_never_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIN", "not-a-number")
    with pytest.raises(ContractError) as caught:
        async with Behind().opened(tmp_path, {**SESSION, "with": {"user": "u", "pin": "env:PIN"}}):
            pass
    assert "Login /pin: the secret does not fit here" in caught.value.detail
    assert "not-a-number" not in caught.value.detail


async def test_a_session_that_fits(tmp_path: Path) -> None:
    fine = {
        **SESSION,
        "endpoint": "$.url",
        "send": {"element": "$.auth.token"},
        "expired": {"when": "@.error == 401", "fault": ["X", "@.code == 'x'"]},
    }
    async with Behind().opened(tmp_path, fine) as upstream:
        assert upstream.session_unfit == ()
