"""Hostile forms: each has its status, reaches the call only when it is good, and leaves no file behind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bridge.web.files import Kept, files_served, form, part, request
from tests.bridge.web.raw import statuses
from tests.bridge.web.test_uploads import open_files, problem
from tests.cpu import too_much
from tests.hostile.forms import Form, cases
from tests.hostile.watch import Canary, watched
from tests.hostile.world import CPU_S_MAX

CASES = list(cases())


@pytest.fixture
def temporary(tmp_path: Path) -> Iterator[Path]:
    """Where temporary files are made, for this test alone: in the machine's folder everybody else makes them, too."""
    kept, tempfile.tempdir = tempfile.tempdir, str(tmp_path)
    yield tmp_path
    tempfile.tempdir = kept


def lying(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
async def test_a_hostile_form(canary: Canary, case: Form, temporary: Path) -> None:
    kept, before = Kept(), open_files()
    async with files_served(kept) as server:
        assert statuses(await server.probe(request("/store-all", form(part("cover", b"x" * 300_000))))) == [200]
        with watched(server.port) as seen:
            answer = await server.probe(case.sent)
        assert statuses(answer) == [case.status], answer[-400:]
        assert (len(kept.calls) == 2) == (case.status == 200)
        if case.status == 200:
            assert tuple(kept.files[1]) == case.files
            assert all(
                "/" not in name and "\\" not in name and name.isprintable() for name, _, _ in kept.files[1].values()
            )
        else:
            assert problem(answer)["status"] == case.status
        unnamed = f"open ({str(temporary)!r}, "  # a file that has no name in its folder
        assert [event for event in seen.events if not event.startswith(unnamed)] == []
        assert not too_much(seen.cpu_s, CPU_S_MAX)
        assert canary.touched() == []
        assert (lying(temporary), open_files()) == ([], before)


def test_there_are_enough_of_them_and_none_twice() -> None:
    assert len(CASES) == len({case.id for case in CASES}) >= 90
    print(f"\n{len(CASES)} hostile forms")
