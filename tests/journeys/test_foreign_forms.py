"""Operations without envelopes, by query, form, path and body: a PHP page answers them as it reads them."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lxml import etree

from tests.journeys.foreign import Foreign
from tests.journeys.running import Answer, bridge, command, soap
from tests.servers.php import php_server

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

HERE = Path(__file__).parents[1] / "servers" / "php"
SECRET = "hunter2"
ECHO: dict[str, Any] = {
    "text": "a&b=c +%/?#é漢 <x>",
    "number": 12.50,
    "flag": True,
    "moment": "2024-02-29T23:59:59+01:00",
    "items": ["one & two", "", "drei=3"],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foreign]:
    folder = tmp_path_factory.mktemp("forms")
    (folder / "server").mkdir()
    (folder / "bridge").mkdir()
    async with php_server(folder / "server", HERE / "forms.php") as server:
        text = (HERE / "forms.wsdl").read_text("utf-8").replace("http://localhost", server.recorder.url)
        (folder / "server" / "forms.wsdl").write_text(text, "utf-8")
        basic = {"basic": {"username": "u", "password": "env:FORMS"}}
        config = {
            "upstreams": {
                "forms": soap(server.wsdl_url("forms"), retry={"attempts": 1}),
                "get": soap(server.wsdl_url("forms"), port="FormsHttpGet", auth=basic),
            }
        }
        env = {"FORMS": SECRET}
        async with bridge(folder / "bridge", config, env=env, secrets=(SECRET,)) as running:
            await running.ready("forms", "get")
            yield Foreign("php", server, running)


async def ask(here: Foreign, operation: str, value: object, upstream: str = "forms") -> Answer:
    return await here.bridge.post(f"/v1/{upstream}/{operation}", value)


@pytest.mark.parametrize(("upstream", "method"), [("forms", "POST"), ("get", "GET")])
async def test_values_arrive_as_they_were_given(here: Foreign, upstream: str, method: str) -> None:
    answer = await ask(here, "echo", ECHO, upstream)
    assert answer.status == 200, answer.text
    echoed = {key: value for key, value in ECHO.items() if key != "items"} | {"item": ECHO["items"]}
    assert answer.json == {"method": method, **echoed}
    sent = here.server.exchanges[-1]
    assert sent.method == method
    assert sent.header("content-type") == ("application/x-www-form-urlencoded" if method == "POST" else None)
    assert sent.header("soapaction") is None
    assert (sent.header("authorization") is not None) == (upstream == "get")
    assert sent.target.partition("?")[0] == "/forms.asmx/Echo"
    assert (sent.request == b"") == (method == "GET")


async def test_an_answer_is_its_declared_element(here: Foreign) -> None:
    assert (await ask(here, "greet", {"name": "<Zoë>"})).json == "Hello <Zoë>"
    assert (await ask(here, "nothing", {})).json is None


async def test_a_call_without_an_answer_has_no_content(here: Foreign) -> None:
    answer = await ask(here, "void", {})
    assert (answer.status, answer.body) == (204, b"")


async def test_any_document_keeps_all_it_has(here: Foreign) -> None:
    answer = await ask(here, "any", {})
    assert answer.status == 200, answer.text
    assert '"x"' in answer.text
    assert "root" in answer.text


async def test_parts_stand_in_the_path(here: Foreign) -> None:
    answer = await ask(here, "page", {"name": "a/b ü?", "number": -7})
    assert answer.json == "a/b ü?|-7"
    assert here.server.exchanges[-1].target == "/forms.asmx/page/a%2Fb%20%C3%BC%3F/-7"


@pytest.mark.parametrize("name", ["..", ".", "../../admin", "a/..", "..\\x"])
async def test_no_value_climbs_out_of_the_path(here: Foreign, name: str) -> None:
    before = len(here.server.exchanges)
    answer = await ask(here, "page", {"name": name, "number": 1})
    assert answer.status == 422, answer.text
    assert answer.json["errors"][0]["pointer"] == "/name"
    assert len(here.server.exchanges) == before


async def test_bytes_are_base64(here: Foreign) -> None:
    answer = await ask(here, "picture", {"name": "x"})
    assert base64.b64decode(answer.json) == b"\x89PNG\r\n\x1a\n\0x"
    assert here.server.exchanges[-1].header("accept") == "image/gif, image/png"


async def test_a_document_is_sent_without_an_envelope(here: Foreign) -> None:
    answer = await ask(here, "store", {"no": 42})
    kind, _, document = answer.json.partition(": ")
    assert kind == "stored as text/xml; charset=utf-8"
    order = etree.fromstring(document.encode())
    assert order.tag == "{urn:example:forms}Order"
    assert [(child.tag, child.text) for child in order] == [("{urn:example:forms}no", "42")]


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        (200, 502, "upstream_fault"),
        (302, 502, "upstream_invalid"),
        (400, 502, "upstream_invalid"),
        (401, 502, "upstream_unauthorized"),
        (404, 502, "upstream_invalid"),
        (500, 504, "outcome_unknown"),
        (503, 503, "upstream_throttled"),
    ],
)
async def test_a_failure_is_ours_and_keeps_their_secrets(here: Foreign, code: int, status: int, kind: str) -> None:
    answer = await ask(here, "status", {"code": code})
    assert (answer.status, answer.json["code"]) == (status, kind)
    for word in (SECRET, "forms.cs", "db01", "wrong"):
        assert word not in answer.text
    assert answer.headers.get("Retry-After") == ("7" if code == 503 else None)


async def test_what_does_not_fit_is_told_before_anything_is_sent(here: Foreign) -> None:
    before = len(here.server.exchanges)
    answer = await ask(here, "echo", {"text": 1, "number": "x", "flag": True, "items": [], "more": 1})
    assert answer.status == 422
    assert {error["pointer"] for error in answer.json["errors"]} >= {"/text", "/number", "/moment", "/more"}
    assert len(here.server.exchanges) == before


async def test_a_dry_run_shows_method_address_and_body(here: Foreign, tmp_path: Path) -> None:
    line = ("call", "Greet", "--wsdl", here.server.wsdl_url("forms"), "--dry-run", "--json", '{"name": "a b"}')
    code, out, err = await command(*line, "--state", str(tmp_path), folder=tmp_path)
    assert code == 0, err
    assert f"POST {here.server.recorder.url}/forms.asmx/Greet" in err
    assert out.strip() == "name=a%20b"
