"""Hostile answers of a system behind: each has its status, and none opens a file, connects anywhere or costs a
second."""

from __future__ import annotations

import pytest

from tests.complaints.legacy import Bridges
from tests.hostile.answers import CASES
from tests.hostile.case import Case
from tests.hostile.watch import Canary
from tests.hostile.world import answer_of, opened


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
async def test_a_hostile_answer(bridges: Bridges, canary: Canary, case: Case) -> None:
    async with opened(bridges) as old:
        await answer_of(case, old, canary)
        old.answers("<t:GetResponse><t:Text>ok</t:Text></t:GetResponse>")
        old.content_type, old.more_headers = "text/xml; charset=utf-8", {}
        assert (await old.post("get", {})).status == 200, "and the next one is served as if nothing had been"
