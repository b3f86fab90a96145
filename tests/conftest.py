"""What all tests share: one hypothesis profile without clock-dependent verdicts, and the folder for what tests keep."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

ARTIFACTS = Path(__file__).parent / ".artifacts"

# Cores are shared with the servers that tests start, so how long an example takes says nothing.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", parent=hypothesis.settings.get_profile("house"), derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "house")


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """A folder outside version control that lives from run to run: foreign environments, screenshots, reports."""
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS
