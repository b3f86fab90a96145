"""The command line asks a running bridge over its socket, and says what comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.cli.admin_call import NotRunning, RefusedByBridge, asked
from bridge.shapes.json import Number
from tests.bridge.web.operators import administering


def written(folder: Path) -> Path:
    (folder / "state").mkdir(exist_ok=True)
    file = folder / "bridge.yaml"
    file.write_text(f"state: {folder / 'state'}\n")
    return file


async def test_it_answers_or_says_why_not(tmp_path: Path) -> None:
    file = written(tmp_path)
    async with administering(tmp_path):
        value = await asked(file, "GET", "/cache", query={"limit": "5"})
        assert value == {"usedBytes": Number("0"), "bytesMax": Number("0"), "upstreams": []}
        with pytest.raises(RefusedByBridge, match="no query parameter") as wrong:
            await asked(file, "GET", "/cache", query={"colour": "red"})
        assert wrong.value.bad
        with pytest.raises(RefusedByBridge, match="/all: must be true or false"):
            await asked(file, "POST", "/cache/purge", body={"all": "yes"})
        with pytest.raises(RefusedByBridge) as unknown:
            await asked(file, "GET", "/none")
        assert not unknown.value.bad
    with pytest.raises(NotRunning, match="No bridge listens"):
        await asked(file, "GET", "/cache")
