"""`topics`: seen on the file of the logs, beside a running bridge or without one."""

from __future__ import annotations

import asyncio
import json

from bridge.clock import SystemClock
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.topics import Message
from bridge.streams.log import Log
from bridge.streams.settings import TopicSettings, log_url
from tests.bridge.cli.operators import Operators

STREAMS = {"status": {}, "readings": {"durable": "memory"}}


def configured(operators: Operators, *messages: Message) -> None:
    value = json.loads(operators.config.read_text()) | {"streams": STREAMS}
    operators.config.write_text(json.dumps(value))

    async def publish() -> None:
        store = await Store.open(StoreSettings(url=log_url(operators.url)), SystemClock())
        log = Log({"status": TopicSettings()}, store, SystemClock(), lambda _: None)
        await log.append("status", messages)
        await log.close()
        await store.close()

    if messages:
        asyncio.run(publish())


def test_listed_read_and_looked_up(operators: Operators) -> None:
    configured(
        *(operators, Message(b'{"state":"new","token":"hunter2"}', "17"), Message(b"hello\x1b[31m", "18")),
        *(Message(b'{"state":"sent"}', "17"), Message(None, "18")),
    )
    head, memory, status = operators("topics", "list").stdout.splitlines()
    assert head.split() == ["topic", "durable", "messages", "from", "up", "to", "bytes"]
    assert memory.split()[:4] == ["readings", "memory", "in", "the"]
    assert status.split() == ["status", "each", "4", "0", "4", "59"]
    lines = operators("topics", "read", "status").stdout.splitlines()
    assert [line.rsplit("  ", 1)[-1].strip() for line in lines[1:]] == [
        '{"state":"new","token":"***"}',
        "hello·[31m",
        '{"state":"sent"}',
        "(no value any more)",
    ]
    page = operators.json("topics", "read", "status", "--from", "1", "--key", "17")
    assert [(one["offset"], one["data"]) for one in page["items"]] == [(2, {"state": "sent"})]
    assert (page["next"], page["end"], page["gap"]) == (4, 4, False)
    told = operators("topics", "read", "status", "--limit", "1")
    assert told.stderr == "There is more: --from 1\n"
    assert [one["offset"] for one in operators.json("topics", "read", "status", "--from=-1")["items"]] == [3]
    [value] = operators.json("topics", "values", "status")["items"]
    assert (value["key"], value["data"], value["offset"]) == ("17", {"state": "sent"}, 2)
    assert operators("topics", "values", "status", "--key", "18").stderr == "There are no such values.\n"


def test_what_is_not_there_is_said(operators: Operators) -> None:
    configured(operators)
    told = operators("topics", "list")
    assert (told.exit_code, "there is no store at" in told.stderr) == (2, True)
    configured(operators, Message(b"1"))
    told = operators("topics", "read", "none")
    assert (told.exit_code, "no topic 'none'" in told.stderr) == (1, True)
    told = operators("topics", "read", "readings")
    assert told.exit_code == 2
    assert "admin.sock http://localhost/admin/v1/topics/readings" in told.stdout
    assert operators("topics", "read", "status", "--from", "x").exit_code == 2
    assert "no such messages" in operators("topics", "read", "status", "--from", "1").stderr
