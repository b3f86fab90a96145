"""Large lists row by row: against PHP's own SoapServer, from the command line, and in flat memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.benchmarks.ndjson import HEAD, LIST, NDJSON, measure, row_json, row_xml
from tests.bridge.transport.faults import FaultServer, never_answers
from tests.journeys.running import Bridge, Json, bridge, command, soap, spawned, write
from tests.servers.php import php_server
from tests.servers.running import Running

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

ROUTER = Path(__file__).parents[1] / "servers" / "php" / "rows.php"
ROWS, SLICE_ROWS = 20_000, 30_000
WANTED = "".join(map(row_json, range(ROWS)))


def upstream(folder: Path, port: int) -> Json:
    (folder / "rows.wsdl").write_text(LIST, "utf-8")
    return {"upstreams": {"old": soap(str(folder / "rows.wsdl"), endpoint=f"http://127.0.0.1:{port}/rows")}}


@asynccontextmanager
async def running_before(server: Running, folder: Path) -> AsyncIterator[Bridge]:
    async with bridge(folder, upstream(folder, server.recorder.port)) as running:
        await running.ready("old")
        yield running


async def test_php(tmp_path: Path) -> None:
    async with php_server(tmp_path, ROUTER) as server, running_before(server, tmp_path) as old:
        answer = await old.post("/v1/old/list", {"rows": ROWS}, headers={"Accept": NDJSON})
        assert (answer.status, answer.headers["Content-Type"]) == (200, NDJSON)
        assert answer.text == WANTED
        # The whole would be more than one answer may have: that bound is not for rows.
        refused = await old.post("/v1/old/list", {"rows": 4 * ROWS}, headers={"Accept": "application/json"})
        assert (refused.status, refused.json["code"]) == (502, "upstream_invalid")


async def test_the_command_line(tmp_path: Path) -> None:
    async with php_server(tmp_path, ROUTER) as server:
        config = str(write(tmp_path, upstream(tmp_path, server.recorder.port)))
        line = ("call", "old.List", config, "--rows", "--json")
        code, out, err = await command(*line, json.dumps({"rows": ROWS}), folder=tmp_path)
        assert (code, err) == (0, "")
        assert out == WANTED
        # Whoever has seen enough goes away, and nothing is said about it.
        process = await spawned([*line, json.dumps({"rows": 4 * ROWS})], tmp_path)
        assert process.stdout
        assert process.stderr
        assert await process.stdout.readline() == row_json(0).encode()
        process.stdout._transport.close()  # type: ignore[attr-defined]  # asyncio has no word for it
        assert await process.stderr.read() == b""
        assert await process.wait() == 0


async def test_a_command_says_when_rows_are_missing(tmp_path: Path) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = "HTTP/1.1 200 X\r\nContent-Type: text/xml\r\nContent-Length: 5000\r\n\r\n"
        writer.write((head + HEAD + row_xml(1)).encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        port = int(server.sockets[0].getsockname()[1])
        config = str(write(tmp_path, upstream(tmp_path, port)))
        code, out, err = await command("call", "old.List", config, "--rows", "--json", '{"rows":2}', folder=tmp_path)
    assert code == 1
    assert [json.loads(line)["orderId"] for line in out.splitlines()] == [1]
    assert "the rows are not complete" in err


async def test_silence_after_the_first_row_is_cut_and_told(tmp_path: Path) -> None:
    begin = "HTTP/1.1 200 X\r\nContent-Type: text/xml\r\nContent-Length: 5000\r\n\r\n" + HEAD + row_xml(1)
    async with FaultServer([never_answers(begin.encode())]) as server:
        config = upstream(tmp_path, server.port) | {"server": {"limits": {"stream_idle": "500ms"}}}
        async with bridge(tmp_path, config) as running:
            await running.ready("old")
            with pytest.raises(aiohttp.ClientPayloadError):
                await running.post("/v1/old/list", {"rows": 2}, headers={"Accept": NDJSON})
            await running.log.event("request-done", code="upstream_timeout", route="/v1/old/list")


async def test_a_list_that_is_not_there_is_found_by_check_and_at_start(tmp_path: Path) -> None:
    config = upstream(tmp_path, 9)
    config["upstreams"]["old"]["operations"] = {"List": {"rows": "rwo"}}
    code, out, err = await command("check", str(write(tmp_path, config)), folder=tmp_path)
    assert code == 2
    assert "the answer of List has no list 'rwo' (did you mean 'row'?)" in out + err
    async with bridge(tmp_path, config) as running:
        told = await running.log.event("upstream-unavailable", upstream="old")
        assert "List: rows: no list 'rwo'; there is row" in told["reason"]


async def test_a_slice_of_the_large_answer(tmp_path: Path) -> None:
    """`make bench-ndjson` has a gigabyte; memory and what had been sent are bounded by what they would be otherwise."""
    run = await measure(SLICE_ROWS, tmp_path)
    assert run.same_rows
    assert run.same_as_whole
    assert run.growth < run.bytes_xml
    assert run.sent_at_first < run.bytes_xml / 2
