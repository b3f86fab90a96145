"""A WSDL that does not say where its service is: told at the start, and calls fail at once with that reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.journeys.running import bridge

SHOP = (Path(__file__).parents[2] / "bridge" / "demo" / "shop.wsdl").read_text()
ADDRESS = re.compile(r"<soap:address [^>]*/>")


@pytest.mark.parametrize("instead", ["", '<soap:address location=""/>', '<soap:address location="REPLACE_ME"/>'])
async def test_the_log_says_what_to_set_and_calls_are_not_tried_again(tmp_path: Path, instead: str) -> None:
    assert ADDRESS.search(SHOP)
    (tmp_path / "shop.wsdl").write_text(ADDRESS.sub(instead, SHOP))
    wsdl = f"shop={tmp_path / 'shop.wsdl'}"
    async with bridge(tmp_path, None, "--wsdl", wsdl) as running:
        told = await running.log.event("contract-warning", upstream="shop")
        assert "set endpoint:" in told["warning"]
        answer = await running.post("/v1/shop/get-order", {"orderId": 1})
        assert (answer.status, answer.json["code"]) == (502, "upstream_unaddressed")
        assert (answer.json["retryable"], answer.json["outcome"]) == (False, "not_sent")
        assert running.log.told("call-retried") == []
