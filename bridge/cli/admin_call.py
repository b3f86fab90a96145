"""Asks the bridge that runs on this machine, over the Unix socket of its operators: what only its memory has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import aiohttp
import typer

from bridge.call import JsonValue
from bridge.cli.output import BAD_INPUT, FAILED, run, say
from bridge.config.check import read_config
from bridge.config.model import Config
from bridge.errors import BridgeError
from bridge.shapes.json import dumps, loads
from bridge.web.admin_routes import PREFIX

ANSWER_S = 30.0


class NotRunning(BridgeError):
    """There is nobody to ask; `detail` says what to do."""


class RefusedByBridge(BridgeError):
    """It answered, and not well. `bad`: because of what was asked."""

    def __init__(self, detail: str, *, bad: bool) -> None:
        super().__init__(detail)
        self.bad = bad


async def asked(
    file: Path | None, method: str, path: str, *, query: Mapping[str, str] | None = None, body: JsonValue = None
) -> JsonValue:
    """The answer of a route of the admin API. Raises ConfigError, NotRunning and RefusedByBridge."""
    config = read_config(file)[0] if file is not None else Config()
    socket = config.admin.socket_path(config.state)
    if not socket.is_socket():
        raise NotRunning(
            f"No bridge listens at {socket}: name its configuration with -c, and see that it has `store:` or `admin:`."
        )
    data = None if body is None else dumps(body).encode()
    headers = {"Content-Type": "application/json"} if data is not None else {}
    timeout = aiohttp.ClientTimeout(total=ANSWER_S)
    try:
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket)), timeout=timeout) as session,
            session.request(
                method, f"http://localhost{PREFIX}{path}", params=query or {}, data=data, headers=headers
            ) as answer,
        ):
            status, text = answer.status, await answer.read()
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise NotRunning(f"The bridge at {socket} does not answer: {type(error).__name__}.") from error
    value = loads(text)
    if status != 200:
        raise RefusedByBridge(_told(value), bad=status in {400, 422})
    return value


def _told(problem: JsonValue) -> str:
    if not isinstance(problem, dict):
        return "The bridge refused it."
    errors = problem.get("errors")
    wrong = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    return "\n".join([str(problem.get("detail", "")), *(f"  {one['pointer']}: {one['detail']}" for one in wrong)])


def run_asking(work: Callable[[], Awaitable[int]]) -> None:
    """Runs a command that asks, and ends with the code it returns; what went wrong is said."""

    async def whole() -> int:
        try:
            return await work()
        except NotRunning as error:
            say(error.detail)
            return FAILED
        except RefusedByBridge as error:
            say(error.detail)
            return BAD_INPUT if error.bad else FAILED

    if code := run(whole()):
        raise typer.Exit(code)
