"""What all tests share: one hypothesis profile without clock-dependent verdicts, the folder for what tests keep, and
the order of the files."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import hypothesis
import pytest

from tests.order import slow_files_first

ARTIFACTS = Path(__file__).parent / ".artifacts"

# Tests start some hundreds of Python processes, and each would compile all that it imports: half of what it costs.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(ARTIFACTS / "bytecode")
sys.dont_write_bytecode = False

# Cores are shared with the servers that tests start, so how long an example takes says nothing.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", parent=hypothesis.settings.get_profile("house"), derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "house")


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """A folder outside version control that lives from run to run: foreign environments, screenshots, reports."""
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS


def pytest_configure(config: pytest.Config) -> None:
    """xdist would begin with the files that have the most tests, and end with the slowest."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whoever runs a test or a folder alone gets it in the order in which it is written."""
    if hasattr(config, "workerinput"):
        slow_files_first(items, config.rootpath)


def pytest_collection_finish() -> None:
    """Twelve thousand tests and all that they import are there to the end: no collection need walk them again."""
    gc.collect()
    gc.freeze()
