"""A person at /docs with a browser: opens an operation, presses "Try it out" and "Execute", sees the answer."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.adapters.soap.corpus import corpus
from tests.cpu import HANG_S
from tests.journeys.running import bridge, soap, started
from tests.programs import need

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

SCREENSHOT = Path(__file__).parents[2] / "docs" / "screenshots" / "docs-page.png"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = HANG_S * 1000
SHOWN_MAX = 300  # of 1,511 operations, after one group was opened: a page that shows them all takes minutes
ECONOMIC = "e-conomic/economic"


@asynccontextmanager
async def browsing(url: str) -> AsyncIterator[Page]:
    """A page of a real browser that may talk to the bridge alone; whatever it complains of fails the test."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=need("chromium", "chromium"), args=FLAGS)
        try:
            page = await browser.new_page(viewport={"width": 1280, "height": 1200})
            page.set_default_timeout(WAIT_MS)
            expect.set_options(timeout=WAIT_MS)
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on(
                "request", lambda asked: None if asked.url.startswith((url, "data:")) else complaints.append(asked.url)
            )
            yield page
        finally:
            await browser.close()
    assert complaints == []


async def test_execute_shows_the_answer(tmp_path: Path) -> None:
    async with started(tmp_path, "demo", "--port", "0", "--delay", "0.05") as demo:
        await demo.ready("shop")
        async with browsing(demo.url) as page:
            await page.goto(f"{demo.url}/docs")
            await page.get_by_role("link", name="shop").first.click()
            block = page.locator(".opblock-get", has_text="/v1/shop/orders/{orderId}")
            await block.locator(".opblock-summary-control").click()
            await block.get_by_role("button", name="Try it out").click()
            await page.get_by_placeholder("orderId").fill("1001")
            await page.get_by_role("button", name="Execute").click()
            answer = block.locator(".live-responses-table")
            await expect(answer).to_contain_text('"orderId": 1001')
            await expect(answer).to_contain_text('"status": "open"')
            await expect(answer.locator(".response-col_status").nth(1)).to_contain_text("200")
            await block.scroll_into_view_if_needed()
            shot = tmp_path / "docs-page.png"
            await page.screenshot(path=shot, full_page=False)
        assert shot.stat().st_size > 20_000
        if os.environ.get("REGENERATE") or not SCREENSHOT.exists():
            SCREENSHOT.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(shot, SCREENSHOT)
        await demo.log.event("request-done", path="/v1/shop/orders/1001", status=200)


@pytest.mark.corpus
async def test_fifteen_hundred_operations_stay_usable(tmp_path: Path) -> None:
    entry = corpus().named(ECONOMIC)
    async with bridge(tmp_path, {"upstreams": {"economic": soap(str(entry.path))}}) as running:
        told = await running.log.event("upstream-ready", upstream="economic")
        assert told["operations"] > 1500
        async with browsing(running.url) as page:
            await page.goto(f"{running.url}/docs/economic")
            await page.get_by_placeholder("Filter by tag").fill("Account")
            await page.locator(".opblock-tag").first.click()
            block = page.locator(".opblock").first
            await block.locator(".opblock-summary-control").click()
            await block.get_by_role("button", name="Try it out").click()
            await expect(block.get_by_role("button", name="Execute")).to_be_visible()
            assert 0 < await page.locator(".opblock").count() <= SHOWN_MAX
