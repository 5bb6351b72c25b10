"""The console of the real demo in a real browser: the line moves, an alarm is acknowledged, STOP stops.

One demo serves the whole file; its login link works once, so the first page's session is handed on.
"""

from __future__ import annotations

import fcntl
import re
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, SCREENSHOTS, WAIT_MS_MAX, listen_for_trouble
from tests.support.server import Process

pytestmark = pytest.mark.browser

LOGIN = re.compile(r"http://127\.0\.0\.1:\d+/login\?code=\S+")
START_SECONDS_MAX = 60.0

# The pixels of the inhale pressure's canvas; another text means that another picture was drawn.
PICTURE = "() => document.querySelector('[data-testid=trace-pressure_inhale] canvas').toDataURL()"
FIGURE = "() => document.querySelector('[data-testid=value-pressure_inhale]').textContent"


@dataclass
class Demo:
    """A running demo and the session of who opened its link."""

    process: Process
    link: str
    state: Any = None

    @property
    def base(self) -> str:
        """``http://127.0.0.1:PORT/``."""
        return self.link.partition("login")[0]


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Demos look for free ports before they bind them: two that start together might choose the same."""
    with (folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start_demo(folder: Path) -> Demo:
    """Start the demo and wait until it is ready."""
    with one_at_a_time(Path(tempfile.gettempdir())):
        started = _start_demo(folder)
        try:
            _wait_until_ready(started)
        except BaseException:
            started.process.kill()
            raise
    return started


def _wait_until_ready(demo: Demo) -> None:
    end = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            with urllib.request.urlopen(f"{demo.base}readyz", timeout=2):
                return
        except OSError as error:
            if time.monotonic() > end:
                said = demo.process.text()[-3000:]
                raise AssertionError(f"the demo did not become ready: {error}: {said}") from error
            time.sleep(0.05)


def _start_demo(folder: Path) -> Demo:
    process = Process(folder, "demo", "demo", "--only", "ventilator", "--data-dir", str(folder / "var"), "--port", "0")
    end = time.monotonic() + START_SECONDS_MAX
    while not (found := LOGIN.search(process.text())):
        if process.process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise AssertionError(f"the demo printed no login link: {process.text()[-3000:]}")
        time.sleep(0.02)
    return Demo(process, found[0])


@pytest.fixture(scope="module")
def demo(browser: Browser, built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, signed in."""
    started = start_demo(tmp_path_factory.mktemp("demo"))
    try:
        context = browser.new_context()
        first = context.new_page()
        first.goto(started.link)
        assert first.url == started.base, "the login link leads to the page and leaves no code in the address"
        started.state = context.storage_state()
        context.close()
        yield started
    finally:
        started.process.stop()


def open_page(browser: Browser, demo: Demo, **options: Any) -> Page:
    """A page of the signed-in person; its context is closed with the browser."""
    settings = {"color_scheme": "dark", "viewport": DESKTOP, **options}
    context = browser.new_context(storage_state=demo.state, **settings)
    context.set_default_timeout(WAIT_MS_MAX)
    page = context.new_page()
    page.goto(demo.base)
    return page


@pytest.fixture
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    """The console on a dark desktop, with live data; a page that complains fails its test."""
    opened = open_page(browser, demo)
    trouble = listen_for_trouble(opened)
    expect(opened.get_by_test_id("waveforms")).to_have_attribute("data-live", "true")
    yield opened
    opened.context.close()
    assert not trouble


def test_the_page_draws_a_moving_pressure_waveform(page: Page) -> None:
    expect(page.get_by_test_id("link")).to_have_attribute("data-phase", "connected")
    expect(page.get_by_test_id("value-pressure_inhale")).to_have_text(re.compile(r"\d"))
    picture, figure = page.evaluate(PICTURE), page.evaluate(FIGURE)
    page.wait_for_function(f"before => ({PICTURE})() !== before", arg=picture)
    page.wait_for_function(f"before => ({FIGURE})() !== before", arg=figure)
    expect(page.get_by_test_id("unit-state")).to_have_attribute("data-state", "live")
    expect(page.get_by_test_id("simulated")).to_be_visible()
    expect(page.get_by_text("not a medical device")).to_be_visible()


def test_a_paused_picture_stands_still_and_goes_on(page: Page) -> None:
    page.get_by_test_id("pause").click()
    expect(page.get_by_test_id("pause")).to_have_text("Resume")
    figure = page.evaluate(FIGURE)
    page.wait_for_function(f"before => ({FIGURE})() !== before", arg=figure)
    held = page.evaluate(PICTURE)
    figure = page.evaluate(FIGURE)
    page.wait_for_function(f"before => ({FIGURE})() !== before", arg=figure)
    assert page.evaluate(PICTURE) == held, "the figures went on and the picture did not"
    page.get_by_test_id("pause").click()
    page.wait_for_function(f"before => ({PICTURE})() !== before", arg=held)


def test_an_alarm_is_acknowledged(page: Page) -> None:
    alarm = page.locator("[data-testid=alarms] li").first
    alarm.wait_for()
    name = (alarm.get_attribute("data-testid") or "").removeprefix("alarm-")
    since = alarm.locator(".alarm-facts").first.inner_text()
    assert name in since
    page.get_by_test_id(f"acknowledge-{name}").click()
    expect(page.get_by_test_id("last-acknowledged")).to_contain_text("acknowledged")
    expect(page.locator("[data-testid=event-list] [data-kind=AlarmAcknowledged]").first).to_be_visible()


def test_stop_is_confirmed_and_seen_to_be_done_and_start_likewise(page: Page) -> None:
    expect(page.get_by_test_id("control-note")).to_have_text("Breathing")
    page.get_by_test_id("stop").click()
    page.get_by_test_id("confirm-reason").fill("browser test")
    page.get_by_test_id("confirm-action").click()
    progress = page.get_by_test_id("command-progress")
    expect(progress).to_have_attribute("data-command", "STOP")
    expect(progress).to_have_attribute("data-state", "done")
    expect(page.get_by_test_id("phase")).to_have_text("idle")
    expect(page.get_by_test_id("control-note")).to_have_text("At rest")
    stopped = page.locator("[data-testid=event-list] [data-kind=BreathingStopped]").first
    expect(stopped).to_be_visible()
    accepted = page.locator("[data-testid=event-list] [data-kind=CommandAccepted]").first
    accepted.locator("button").click()
    expect(page.get_by_test_id("event-data")).to_contain_text("browser test")

    page.get_by_test_id("start").click()
    expect(progress).to_have_attribute("data-command", "START")
    expect(progress).to_have_attribute("data-state", "done")
    expect(page.get_by_test_id("phase")).not_to_have_text("idle")


def test_a_page_opens_with_the_line_of_the_seconds_before(page: Page, browser: Browser, demo: Demo) -> None:
    page.wait_for_function("() => document.querySelector('[data-testid=sample-age]').textContent.includes('samples/s')")
    late = open_page(browser, demo)
    expect(late.get_by_test_id("waveforms")).to_have_attribute("data-live", "true")
    extent = late.locator("[data-testid=trace-pressure_inhale] .trace-extent")
    expect(extent).to_have_text(re.compile(r"\d+ … \d+"))
    late.context.close()


def test_the_overview_shows_the_gateway_and_leads_to_its_unit(page: Page) -> None:
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(page.get_by_test_id("overview")).to_be_visible()
    expect(page.get_by_test_id("gateway-ward")).to_contain_text("running")
    page.get_by_test_id("unit-ward/1").click()
    expect(page.get_by_test_id("unit-page")).to_be_visible()


def test_events_can_be_filtered_by_kind(page: Page) -> None:
    page.get_by_role("link", name="Events", exact=True).click()
    page.get_by_test_id("filter-kind").select_option("LineOpened")
    expect(page.locator("[data-testid=event-list] [data-kind=LineOpened]").first).to_be_visible()
    assert page.locator("[data-testid=event-list] li:not([data-kind=LineOpened])").count() == 0


def test_what_is_shown_is_not_called_live_when_the_server_is_gone(
    browser: Browser, built_page: Path, tmp_path: Path
) -> None:
    own = start_demo(tmp_path)
    context = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    page = context.new_page()
    try:
        page.goto(own.link)
        expect(page.get_by_test_id("waveforms")).to_have_attribute("data-live", "true")
    finally:
        own.process.stop()
    expect(page.get_by_test_id("waveforms")).to_have_attribute("data-live", "false")
    expect(page.get_by_test_id("stale")).to_contain_text("not connected")
    expect(page.get_by_test_id("link")).to_have_attribute("data-phase", "waiting")
    expect(page.get_by_test_id("stop")).to_be_disabled()
    context.close()


def test_without_a_session_the_page_asks_to_sign_in(browser: Browser, demo: Demo) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(demo.base)
    expect(page.get_by_test_id("login")).to_be_visible()
    page.get_by_test_id("login-code").fill(demo.link)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_test_id("login-trouble")).to_be_visible()
    context.close()


# Last, when the demo has run long enough for a line from end to end.
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ventilator", {}),
        ("ventilator-light", {"color_scheme": "light"}),
        ("ventilator-phone", {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True}),
        ("ventilator-phone-light", {"viewport": PHONE, "device_scale_factor": 2, "color_scheme": "light"}),
    ],
)
def test_the_page_is_pictured(browser: Browser, demo: Demo, name: str, options: dict[str, Any]) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page = open_page(browser, demo, **options)
    expect(page.get_by_test_id("waveforms")).to_have_attribute("data-live", "true")
    page.locator("[data-testid=event-list] li").first.wait_for()
    picture = page.evaluate(PICTURE)
    page.wait_for_function(f"before => ({PICTURE})() !== before", arg=picture)
    width = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, "the page is wider than the screen"
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
    page.context.close()
