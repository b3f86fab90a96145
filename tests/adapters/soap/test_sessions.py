"""The session of an upstream: what is hidden, what is described, what belongs to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.soap.config_session import SessionSettings
from adapters.soap.sessions import own_operations
from bridge.errors import ContractError
from bridge.shapes.model import Record
from tests.adapters.soap.sessions import SESSION, Behind, call


async def test_login_and_logout_are_not_offered(tmp_path: Path) -> None:
    async with Behind().opened(tmp_path, SESSION) as upstream:
        assert list(upstream.operations) == ["Pay", "All"]


def test_unless_they_are_configured() -> None:
    settings = SessionSettings.model_validate(SESSION)
    assert own_operations(settings, {}) == {"Login", "Logout"}
    assert own_operations(settings, {"Login": 1}) == {"Logout"}
    assert own_operations(None, {}) == set()


async def test_the_field_of_the_token_is_in_no_description_and_no_example(tmp_path: Path) -> None:
    async with Behind().opened(tmp_path, {**SESSION, "send": {"element": "$.auth.token"}}) as upstream:
        shape = upstream.describe("Pay").input.shape
        assert isinstance(shape, Record)
        assert [field.key for field in shape.fields] == ["id", "headers"]
        assert b"auth" not in upstream.example("Pay").request


async def test_the_declared_header_of_the_token_likewise(tmp_path: Path) -> None:
    async with Behind().opened(tmp_path, {**SESSION, "send": {"header": "{urn:old}SessionHeader/id"}}) as upstream:
        shape = upstream.describe("Pay").input.shape
        assert isinstance(shape, Record)
        assert [field.key for field in shape.fields] == ["auth", "id"]
        assert b"essionHeader" not in upstream.example("Pay").request


async def test_a_second_call_needs_no_second_login(tmp_path: Path) -> None:
    behind = Behind()
    async with behind.opened(tmp_path, SESSION) as upstream:
        for _ in range(3):
            await upstream.service("Pay")(call())
    assert len(behind.asked) == 1 + 3 + 1
    assert [headers.get("X-S") for _, headers in behind.asked[1:]] == ["s&12345"] * 4


async def test_a_session_that_this_service_cannot_give_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"soap\.session\.login: there is no operation 'LogIn'"):
        async with Behind().opened(tmp_path, {**SESSION, "login": "LogIn"}):
            pass
