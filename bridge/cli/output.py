"""How commands speak: results on stdout, everything else on stderr, and the three exit codes.

0 it worked · 1 it failed · 2 the input is bad (configuration, WSDL, arguments).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

import typer
from rich.console import Console

from bridge.call import JsonValue
from bridge.errors import BadRequest, BridgeError, CallError, ConfigError, ContractError, DoesNotFit, RouteError
from bridge.shapes.json import dumps, quote
from bridge.web.problems import problem

FAILED, BAD_INPUT = 1, 2
T = TypeVar("T")
out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def say(text: str) -> None:
    """A line for people, on stderr."""
    err.print(text, markup=False)


def result(text: str) -> None:
    """What the command is for, on stdout, untouched."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def pretty(value: JsonValue, indent: str = "\n") -> str:
    """JSON for people: one member a line, every digit kept."""
    match value:
        case dict() if value:
            inner = (f"{indent}  {quote(key)}: {pretty(one, indent + '  ')}" for key, one in value.items())
            return "{" + ",".join(inner) + indent + "}"
        case list() if value:
            return "[" + ",".join(f"{indent}  {pretty(one, indent + '  ')}" for one in value) + indent + "]"
        case _:
            return dumps(value)


def fail(text: str, code: int = FAILED) -> NoReturn:
    say(text)
    raise typer.Exit(code)


@contextmanager
def told() -> Iterator[None]:
    """Turns our errors into their message and exit code; a person never sees a traceback of ours."""
    try:
        yield
    except (ConfigError, ContractError, RouteError) as error:
        fail(error.detail, BAD_INPUT)
    except CallError as error:
        result(problem(error, request_id="-", trace_id="-").body.decode())
        raise typer.Exit(BAD_INPUT if isinstance(error, BadRequest | DoesNotFit) else FAILED) from None
    except BridgeError as error:
        fail(error.detail)
    except OSError as error:
        fail(f"{error.filename or 'input'}: {error.strerror}", BAD_INPUT)


def run(work: Coroutine[object, object, T]) -> T:
    """Runs a command's work to its end."""
    with told():
        return asyncio.run(work)
