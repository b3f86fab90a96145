"""A day of an operator, as typed: an upstream is down, a job dies, it is found, mended, sent again, done."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.journeys.running import bridge, command, soap, write
from tests.journeys.upstream import GET_ORDER, Upstream

pytestmark = pytest.mark.journey

RETRY = {"attempts": 2, "base": "50ms", "cap": "50ms"}
NIGHTLY = {"cron": "0 3 1 1 *", "call": "shop.GetOrder", "with": {"orderId": 7}}


@dataclass(frozen=True)
class Terminal:
    """Commands of ours in the folder of the bridge."""

    folder: Path

    async def type(self, *words: str) -> tuple[int | None, str, str]:
        return await command(*words, "-c", "bridge.yaml", folder=self.folder)

    async def does(self, *words: str) -> str:
        code, out, err = await self.type(*words)
        assert code == 0, (words, out, err)
        return out

    async def json(self, *words: str) -> Any:
        return json.loads(await self.does(*words, "--json"))


async def test_a_dead_letter_is_found_mended_and_sent_again(tmp_path: Path) -> None:
    here = Terminal(tmp_path)
    async with Upstream() as upstream:
        config = {
            "store": f"sqlite:///{tmp_path / 'bridge.db'}",
            "queues": {"calls": {"retry": RETRY}},
            "schedules": {"nightly": NIGHTLY},
            "upstreams": {"shop": soap(upstream.wsdl, operations={"GetOrder": GET_ORDER})},
        }
        write(tmp_path, config)
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            # An upstream is down, and a job finds out.
            await upstream.stop()
            assert await here.does("schedules", "run", "nightly") == "nightly run\n"
            dead = await running.log.event("job-dead")
            # It is found, with its whole story.
            [row] = (await here.json("dead", "list", "--operation", "shop.GetOrder"))["items"]
            assert (row["id"], row["code"], row["attempt"]) == (dead["job_id"], "upstream_unreachable", 2)
            letter = row["id"]
            story = await here.json("dead", "show", letter)
            assert [one["code"] for one in story["attempts"]] == ["upstream_unreachable"] * 2
            assert story["payload"]["args"] == {"orderId": 7}
            # It is mended, and what would be sent is looked at before.
            code, _, err = await here.type("dead", "edit", letter, "--args", '{"orderId": "seven"}', "--state", "state")
            assert (code, "orderId" in err) == (2, True)
            await here.does("dead", "edit", letter, "--args", '{"orderId": 8}', "--state", "state", "-m", "moved")
            dry = await here.does("dead", "replay", letter, "--dry-run", "--state", "state")
            assert "- /args/orderId: 7" in dry
            assert "orderId>8<" in dry
            assert len(upstream.asked) == 0
            # The upstream comes back; it is sent again, and once.
            await upstream.start()
            assert await here.does("dead", "replay", letter, "-m", "the ERP is back") == f"{letter} replayed\n"
            await running.log.event("job-done", job_id=letter)
            assert [asked.order for asked in upstream.asked] == [8]
            code, _, err = await here.type("dead", "replay", letter)
            assert (code, err) == (1, f"{letter} left as it is: it is done\n")
            assert (await here.json("dead", "list"))["items"] == []
            # The same over the socket, which is for this user alone.
            socket = tmp_path / "state" / "admin.sock"
            assert stat.S_IMODE(socket.stat().st_mode) == 0o600
            async with (
                aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as session,
                session.get("http://localhost/admin/v1/audit?verb=dead.edit") as answer,
            ):
                assert [act["target"] for act in (await answer.json())["items"]] == [letter]
            # Who did it, and why, is known; also when nothing runs any more.
        acts = (await here.json("audit", "list"))["items"]
        assert [(act["verb"], act["reason"]) for act in acts] == [
            ("dead.replay", "the ERP is back"),
            ("dead.edit", "moved"),
            ("schedules.run", ""),
        ]
        assert (await here.json("jobs", "show", letter))["job"]["state"] == "done"
