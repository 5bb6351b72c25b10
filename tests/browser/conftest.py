"""A real Chromium for one module of tests, and the built page that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.conftest import skip_for_service

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "src" / "lineside" / "console" / "page"
SCREENSHOTS = ROOT / "build" / "screenshots"

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

# A browser that speaks to nobody but the server under test.
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]

# Bounds a broken run; a good one goes on as soon as what it waits for is there.
WAIT_MS_MAX = 20_000
expect.set_options(timeout=WAIT_MS_MAX)


@pytest.fixture(scope="session")
def built_page() -> Path:
    """The folder of the built page; the test skips loudly when it is not there."""
    if not (PAGE / "index.html").is_file():
        skip_for_service("the console's page is not built (make install)")
    return PAGE


# Per module: while Playwright runs, its loop would be in the way of tests that bring their own.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that knows nothing yet, on a dark desktop."""
    opened = browser.new_context(color_scheme="dark", viewport=DESKTOP)  # type: ignore[arg-type]
    opened.set_default_timeout(WAIT_MS_MAX)
    yield opened
    opened.close()


def listen_for_trouble(page: Page) -> list[str]:
    """What the page complains about from now on: script errors, and what its security policy refused."""
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(f"error: {error}"))
    page.on(
        "console",
        lambda message: told.append(message.text) if "Content Security Policy" in message.text else None,
    )
    return told
