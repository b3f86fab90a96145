"""Forged answers of a system behind whose answers must be signed: each is refused, and the good one before and after
is served."""

from __future__ import annotations

import pytest

from tests.adapters.soap.security.keys import Keys
from tests.complaints.legacy import Bridges
from tests.hostile.case import GOOD_JSON, Case
from tests.hostile.forger import Forger, Forgery
from tests.hostile.forgeries import FORGERIES
from tests.hostile.watch import Canary
from tests.hostile.world import WSDL, answer_of


@pytest.fixture(scope="session")
def forger(tmp_path_factory: pytest.TempPathFactory) -> Forger:
    return Forger(Keys.made(tmp_path_factory.mktemp("forger")))


@pytest.mark.parametrize("forgery", FORGERIES, ids=[one.id for one in FORGERIES])
async def test_a_forged_answer(bridges: Bridges, canary: Canary, forger: Forger, forgery: Forgery) -> None:
    verify = {"cert": str(forger.keys.theirs.cert_file)}
    good = Case("T8/good", Forgery("", lambda one: one.signed()).data(forger), 200, "", holds=GOOD_JSON)
    async with bridges(WSDL, security={"verify": verify}) as old:
        await answer_of(good, old, canary)
        assert (await old.post("get", b"{")).status == 400
        data = forgery.data(forger)
        if forgery.holds is not None:
            await answer_of(Case(forgery.id, data, 200, "", holds=forgery.holds), old, canary)
        else:
            told = await answer_of(Case(forgery.id, data), old, canary)
            assert "evil" not in told.text
            assert "signature" not in told.text.lower(), "why it was refused is for the log"
        await answer_of(good, old, canary)
