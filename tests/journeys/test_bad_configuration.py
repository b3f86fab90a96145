"""A bad configuration in ten ways: exit code 2, and a message that says where, what, and what would be right."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.running import command

pytestmark = pytest.mark.journey

SHOP = "upstreams:\n  shop:\n    soap: {wsdl: shop.wsdl}\n"


@dataclass(frozen=True)
class Bad:
    """A file, where its mistake is, and words that the message has."""

    text: str
    place: str
    words: tuple[str, ...]


BAD = {
    "unknown-key": Bad("server:\n  prot: 8080\n" + SHOP, "2:3", ("prot", "port")),
    "out-of-range": Bad("server:\n  port: 80800\n" + SHOP, "2:9", ("65535",)),
    "no-unit": Bad(SHOP + "    limits: {timeout: 20}\n", "4:23", ("20s",)),
    "broken-yaml": Bad("upstreams:\n  shop: {soap: [\n", "3:1", ()),
    "twice": Bad(SHOP + "  shop:\n    soap: {wsdl: other.wsdl}\n", "4:3", ("shop",)),
    "secret-in-clear": Bad(SHOP.replace("}", ", auth: {bearer: hunter2-hunter2}}"), "3:44", ("env:", "file:")),
    "secret-not-set": Bad(SHOP.replace("}", ", auth: {bearer: 'env:NOT_SET_AT_ALL'}}"), "3:44", ("NOT_SET_AT_ALL",)),
    "get-for-a-write": Bad(SHOP + "    operations:\n      Pay: {route: GET /pay}\n", "5:20", ("safe",)),
    "no-kind": Bad("upstreams:\n  shop:\n    api: 2\n", "3:5", ("soap",)),
    "open-to-all": Bad("server: {host: 0.0.0.0}\n" + SHOP, "1:16", ("--open", "access")),
}


@pytest.mark.parametrize("name", BAD)
async def test_the_message_says_where_and_what(tmp_path: Path, name: str) -> None:
    bad = BAD[name]
    (tmp_path / "bridge.yaml").write_text(bad.text, "utf-8")
    code, out, err = await command("serve", "bridge.yaml", "--port", "0", folder=tmp_path)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert "hunter2" not in err
    assert re.search(rf"^(\S*/)?bridge\.yaml:{bad.place}: ", err, re.MULTILINE), err
    for word in bad.words:
        assert word in err


async def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = "server:\n  prot: 8080\n  limits: {body: 2 miles}\nlog: {level: loud}\nupstreams:\n  Shop:\n    soap: {}\n"
    (tmp_path / "bridge.yaml").write_text(text, "utf-8")
    code, _, err = await command("serve", "bridge.yaml", folder=tmp_path)
    assert code == 2
    lines = [int(line) for line in re.findall(r"bridge\.yaml:(\d+):\d+: ", err)]
    assert set(lines) >= {2, 3, 4, 6}
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--wsdl"),
        (["missing.yaml"], "missing.yaml"),
        (["--wsdl", "a=b=c", "--resolve", "nonsense"], "URL=PATH"),
        (["--wsdl", "shop=one.wsdl", "--wsdl", "shop=two.wsdl"], "shop"),
    ],
)
async def test_bad_arguments(tmp_path: Path, arguments: list[str], words: str) -> None:
    code, _, err = await command("serve", *arguments, folder=tmp_path)
    assert code == 2
    assert words in err
    assert "Traceback" not in err


async def test_a_taken_port_is_said_to_be_taken(tmp_path: Path) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    async with taken:
        code, _, err = await command("serve", "--wsdl", "shop.wsdl", "--port", str(port), folder=tmp_path)
    assert code == 2
    assert str(port) in err
    assert "Traceback" not in err
