"""`call --explain`: what was on the wire and where the time went, as a person reads it."""

from __future__ import annotations

import re
from pathlib import Path

from bridge.call import Explanation, Reply
from bridge.cli.explained import described
from tests.bridge.cli.running import WSDL, Line
from tests.bridge.demo.running import Shop

CALL = ("call", "encode", "send", "decode")


def configured(tmp_path: Path, shop: Shop) -> Path:
    file = tmp_path / "bridge.yaml"
    (tmp_path / "password").write_text("a-pass-word")
    security = f"{{username_token: {{username: shop, password: 'file:{tmp_path}/password'}}}}"
    file.write_text(
        f"upstreams:\n  shop:\n    soap: {{wsdl: '{WSDL}', endpoint: '{shop.address}', security: {security}}}\n"
        "    operations: {GetOrder: {safe: true, cache: {ttl: 60s}}}\n"
    )
    return file


def test_both_sides_and_the_time_of_each_layer(line: Line, shop: Shop, tmp_path: Path) -> None:
    done = line("call", "shop.GetOrder", configured(tmp_path, shop), "--json", '{"orderId":1001}', "--explain")
    assert (done.exit_code, done.stderr) == (0, "")
    text = done.stdout
    where = [
        text.index(part)
        for part in (
            f"> POST {shop.address}",
            "> User-Agent: legacy-bridge",
            '> SOAPAction: "urn:legacy:shop#GetOrder"',
            "OrderID>1001<",
            "< 200",
            "< content-type: text/xml",
            "GetOrderResponse",
            '"orderId":1001,"customerId"',
        )
    ]
    assert where == sorted(where)
    names = re.findall(r"^ +[0-9.]+ ms  (\w+)$", text, re.MULTILINE)
    assert names == ["cache", "deadline", "coalesce", "retry", "breaker", "limit", "attempt", "timeout", *CALL]
    assert ("a-pass-word" in text, "Password" in text, ">***<" in text) == (False, True, True)


def test_a_call_that_fails_is_shown_before_its_problem(line: Line, shop: Shop, tmp_path: Path) -> None:
    done = line("call", "shop.GetOrder", configured(tmp_path, shop), "--json", '{"orderId":404}', "--explain")
    assert done.exit_code != 0
    assert "< 500" in done.stdout
    assert "Fault>" in done.stdout
    assert "a-pass-word" not in done.stdout + done.stderr


def test_what_never_left_has_only_its_times() -> None:
    told = Explanation(times={"cache": 0.0001})
    assert described(told, Reply(b'{"a":1}')) == '{"a":1}\n\n      0.10 ms  cache'
