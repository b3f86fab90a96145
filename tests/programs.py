"""Programs that some tests talk to. Whoever has not got one sees the tests skipped with its name; CI has them all."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def need(program: str, package: str) -> str:
    """The path of a program; else the test is skipped, or failed in CI."""
    path = shutil.which(program)
    if path is None:
        absent(f"{program} is not installed: apt-get install {package}")
    return path


def absent(reason: str) -> NoReturn:
    """Something outside is not there: skip on a person's machine, fail in CI, where nothing may be skipped."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
