"""`routes`: the addresses, for people and for programs."""

from __future__ import annotations

import json

from tests.bridge.cli.running import PROJECT, WSDL, Line
from tests.bridge.demo.running import Shop


def test_for_people(line: Line) -> None:
    done = line("routes", "--wsdl", WSDL)
    assert (done.exit_code, done.stderr) == (0, "")
    rows = [row.split() for row in done.stdout.splitlines()]
    assert ["POST", "/v1/shop/get-order", "shop.GetOrder"] in rows


def test_for_programs(line: Line) -> None:
    rows = json.loads(line("routes", "--wsdl", f"erp={WSDL}", "--json").stdout)
    assert {"method": "POST", "path": "/v1/erp/get-stock", "upstream": "erp", "operation": "GetStock"} in rows
    assert len(rows) == 7


def test_of_the_shipped_configuration(line: Line, shop: Shop) -> None:
    copy = f"http://127.0.0.1:8081/shop?wsdl={WSDL}"
    text = (PROJECT / "config" / "demo.yaml").read_text()
    config = line.state / "demo.yaml"
    config.write_text(text.replace("http://127.0.0.1:8081/shop?wsdl", shop.wsdl))
    rows = json.loads(line("routes", config, "--json", "--resolve", copy).stdout)
    assert {"GET /v1/shop/orders/{orderId}", "POST /v1/shop/orders"} <= {
        f"{row['method']} {row['path']}" for row in rows
    }


def test_nothing_to_list(line: Line) -> None:
    done = line("routes")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "name a configuration file, or a WSDL" in done.stderr
