"""The table of commands: each has a help of its own, the version is the package's, a wrong word is bad input."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from bridge.__main__ import COMMANDS, app


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help(name: str) -> None:
    done = CliRunner().invoke(app, [name, "--help"])
    assert done.exit_code == 0
    first = (COMMANDS[name].__doc__ or "").splitlines()[0]
    assert " ".join(first.split()[:4]) in " ".join(done.stdout.split())


def test_all_of_them() -> None:
    commands = {"serve", "check", "routes", "openapi", "import", "call", "samples", "mock", "demo", "verify"}
    assert set(COMMANDS) == commands


def test_version() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.stdout) == (0, f"legacy-bridge {version('legacy-bridge')}\n")


@pytest.mark.parametrize("words", [["serv"], ["check", "--no-such-option"], ["import"]])
def test_wrong_words(words: list[str]) -> None:
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, done.stdout) == (2, "")
