"""`alerts test`, against a receiver that checks the signature."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.contract.alerts_world import KEY, Receiver
from tests.journeys.running import command, write


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ALERT_TEST_SECRET", "whsec_" + base64.b64encode(KEY).decode())
    return "env:ALERT_TEST_SECRET"


async def test_it_says_what_the_receiver_says(tmp_path: Path, secret: str) -> None:
    receiver = Receiver()
    receiver.answers = [(204, {}), (403, {})]
    await receiver.start()
    write(tmp_path, {"alerts": {"webhook": {"url": receiver.url, "secret": secret}, "name": "here"}})
    words = ("alerts", "test", "-c", "bridge.yaml")
    assert await command(*words, folder=tmp_path) == (0, "The receiver has taken it: 204\n", "")
    [post] = receiver.posts
    assert (post.json["type"], post.json["bridge"], post.signed) == ("alert.test", "here", True)
    assert post.json["id"] == post.headers["webhook-id"]
    code, out, err = await command(*words, folder=tmp_path)
    assert (code, out, err) == (1, "", "The receiver refuses it: 403\n")
    await receiver.stop()
    code, _, err = await command(*words, folder=tmp_path)
    assert (code, err.startswith("It could not be delivered: ")) == (1, True)
    assert not (tmp_path / "data").exists(), "no store is needed"


async def test_without_a_webhook_there_is_nothing_to_test(tmp_path: Path) -> None:
    write(tmp_path, {})
    code, _, err = await command("alerts", "test", "-c", "bridge.yaml", folder=tmp_path)
    assert (code, "there is no webhook" in err) == (2, True)
