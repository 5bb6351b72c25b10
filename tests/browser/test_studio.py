"""A real studio in a real browser: a table goes up and down, maintenance mutes its alarm, a reporter is lost.

One server serves the file. The table of the tests is reported by `lineside studio client`, whose lines the tests type;
simulated tables beside it make the board.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, SCREENSHOTS, WAIT_MS_MAX, listen_for_trouble
from tests.crash.killing import ROOT, free_port
from tests.support.server import Process

pytestmark = pytest.mark.browser

START_SECONDS_MAX = 60.0
TABLE = "ARO-100"

SETTINGS = """
data_dir = "{folder}/var"
[keys]
file = "{folder}/keys.toml"
[web]
address = "127.0.0.1:{web}"
[gateways.studio]
kind = "studio"
address = "127.0.0.1:{port}"
ignore_by_game = true
alarm_grace_s = 0.2
offline_grace_s = 3.0
"""


class Reporter:
    """`lineside studio client --interactive`, typed by the test."""

    def __init__(self, port: int, log: Path, table: str = TABLE, device: str = "dealerPC") -> None:
        arguments = ["studio", "client", "-i", "--url", f"ws://127.0.0.1:{port}", "--table", table, "--device", device]
        with log.open("ab") as told:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lineside", *arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
                stdin=subprocess.PIPE,
                stdout=told,
                stderr=told,
                text=True,
            )

    def say(self, *lines: str) -> None:
        """Type lines."""
        assert self.process.stdin is not None
        for line in lines:
            self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def vanish(self) -> None:
        """End without a word."""
        self.process.kill()
        self.process.wait()


@dataclass
class Studio:
    """A running server and the session of who opened its link."""

    base: str
    port: int
    folder: Path
    state: Any = None
    reporters: list[Reporter] = field(default_factory=list)

    def report(self, *lines: str, device: str = "dealerPC") -> Reporter:
        """A reporter of the test's table that says these lines first."""
        made = Reporter(self.port, self.folder / "reporter.log", device=device)
        self.reporters.append(made)
        made.say(*lines)
        return made


def wait_until(is_so: Callable[[], bool], what: str, process: Process) -> None:
    """Wait for a condition of a process that starts."""
    end = time.monotonic() + START_SECONDS_MAX
    while not is_so():
        if process.process.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"{what} did not come: {process.text()[-3000:]}")
        time.sleep(0.02)


@pytest.fixture(scope="module")
def studio(browser: Browser, built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """The server with simulated tables, signed in."""
    folder = tmp_path_factory.mktemp("studio")
    web, port = free_port(), free_port()
    settings = folder / "lineside.toml"
    settings.write_text(SETTINGS.format(folder=folder, web=web, port=port))
    server = Process(folder, "server", "run", "-c", str(settings))
    processes = [server]
    made = Studio(f"http://127.0.0.1:{web}/", port, folder)
    try:
        note = folder / "var" / "login-url"
        wait_until(lambda: note.is_file() and "login" in note.read_text(), "the login link", server)
        context = browser.new_context()
        context.new_page().goto(note.read_text().strip())
        made.state = context.storage_state()
        context.close()
        tables = ("--tables", "8", "--period", "6", "--seed", "5")
        processes.append(Process(folder, "simulator", "simulate", "table", "--server", f"127.0.0.1:{port}", *tables))
        yield made
    finally:
        for reporter in made.reporters:
            reporter.vanish()
        for process in reversed(processes):
            process.kill()


def open_page(browser: Browser, studio: Studio, place: str, **options: Any) -> Page:
    """A page of the signed-in person; its context is closed with the browser."""
    context = browser.new_context(
        storage_state=studio.state, **{"color_scheme": "dark", "viewport": DESKTOP, **options}
    )
    context.set_default_timeout(WAIT_MS_MAX)
    page = context.new_page()
    page.goto(f"{studio.base}{place}")
    return page


@pytest.fixture
def page(browser: Browser, studio: Studio) -> Iterator[Page]:
    """The board on a dark desktop; a page that complains fails its test."""
    opened = open_page(browser, studio, "#/gateway/studio")
    trouble = listen_for_trouble(opened)
    yield opened
    opened.context.close()
    assert not trouble


UP = ("sdp up", "broker up", "zcam up", "roulette up", "nfc up")


def test_a_table_appears_goes_down_and_comes_back(page: Page, studio: Studio) -> None:
    tile = page.get_by_test_id(f"tile-{TABLE}")
    reporter = studio.report(*UP)
    expect(tile).to_have_attribute("data-tone", "ok")
    expect(tile).to_contain_text("dealerPC")
    reporter.say("zcam down")
    expect(tile.locator("[data-field=ZCam]")).to_have_attribute("data-value", "down")
    expect(tile).to_have_attribute("data-tone", "trouble")
    expect(tile.get_by_test_id("tile-alarms")).to_have_text("1 alarm")
    reporter.say("zcam up")
    expect(tile).to_have_attribute("data-tone", "ok")
    reporter.say("quit")


def test_maintenance_mutes_an_alarm_and_its_end_opens_it_again(page: Page, studio: Studio) -> None:
    reporter = studio.report(*UP, "roulette down")
    tile = page.get_by_test_id(f"tile-{TABLE}")
    expect(tile).to_have_attribute("data-tone", "trouble")
    page.get_by_test_id(f"switch-{TABLE}").click()
    page.get_by_test_id("maintenance-dialog").get_by_label("1 h", exact=True).check()
    page.get_by_test_id("maintenance-reason").fill("wheel is being cleaned")
    page.get_by_test_id("maintenance-confirm").click()
    expect(tile).to_have_attribute("data-tone", "maintenance")
    expect(tile.get_by_test_id("tile-alarms")).to_have_text("1 alarm muted")

    tile.get_by_role("link", name=TABLE).click()
    expect(page.get_by_test_id("maintenance-facts")).to_contain_text("ends at")
    expect(page.get_by_test_id("alarm-ROULETTE")).to_have_attribute("data-standing", "muted")
    expect(page.get_by_test_id("alarm-count")).to_have_text("0")
    switched = page.locator("[data-testid=history] tr[data-field=MAINTENANCE]").first
    expect(switched).to_contain_text("wheel is being cleaned")

    page.get_by_test_id(f"switch-{TABLE}").click()
    expect(page.get_by_test_id("unit-tone")).to_have_text("trouble")
    page.get_by_test_id("acknowledge-ROULETTE").click()
    expect(page.get_by_test_id("alarm-ROULETTE")).to_contain_text("seen by")
    reporter.say("roulette up")
    expect(page.get_by_test_id("unit-tone")).to_have_text("ok")
    expect(page.locator("[data-testid=history] tr[data-field=ROULETTE][data-new=up]").first).to_be_visible()
    reporter.say("quit")


def test_a_status_set_by_hand_stands_in_the_name_of_who_did_it(page: Page, studio: Studio) -> None:
    reporter = studio.report(*UP)
    page.get_by_test_id(f"tile-{TABLE}").get_by_role("link", name=TABLE).click()
    expect(page.get_by_test_id("field-BROKER")).to_have_attribute("data-value", "up")
    page.get_by_test_id("set-by-hand").click()
    page.get_by_test_id("status-field").select_option("BROKER")
    page.get_by_test_id("status-value").select_option("down")
    page.get_by_test_id("status-confirm").click()
    expect(page.get_by_test_id("field-BROKER")).to_have_attribute("data-value", "down")
    expect(page.get_by_test_id("field-BROKER")).to_contain_text("by console")
    reporter.say("broker up", "quit")
    expect(page.get_by_test_id("field-BROKER")).to_have_attribute("data-value", "up")


def test_a_lost_reporter_leaves_stale_fields_and_the_history_as_a_file(page: Page, studio: Studio) -> None:
    tile = page.get_by_test_id(f"tile-{TABLE}")
    reporter = studio.report(*UP)
    expect(tile).to_have_attribute("data-tone", "ok")
    tile.get_by_role("link", name=TABLE).click()
    expect(page.get_by_test_id("reporter-dealerPC")).to_be_visible()
    reporter.vanish()
    expect(page.get_by_test_id("gone-dealerPC")).to_contain_text("stale in")
    expect(page.get_by_test_id("gone-dealerPC")).to_contain_text("its fields are stale")
    expect(page.get_by_test_id("field-SDP")).to_contain_text("stale")
    with page.expect_download() as download:
        page.get_by_test_id("history-csv").click()
    text = Path(download.value.path()).read_text()
    assert text.startswith("at,field,old,new,by,address,reason")
    assert "ZCam" in text


def test_a_table_in_maintenance_is_told_apart_on_the_board(page: Page) -> None:
    page.get_by_test_id("switch-SBO-002").click()
    page.get_by_test_id("maintenance-reason").fill("new shaker")
    page.get_by_test_id("maintenance-confirm").click()
    expect(page.get_by_test_id("tile-SBO-002")).to_have_attribute("data-tone", "maintenance")
    page.get_by_test_id("filter-maintenance").click()
    expect(page.locator(".table-tile")).to_have_count(1)


# Last, when there is something to see.
PICTURES: list[tuple[str, str, dict[str, Any]]] = [
    ("studio", "#/gateway/studio", {}),
    ("studio-light", "#/gateway/studio", {"color_scheme": "light"}),
    ("studio-phone", "#/gateway/studio", {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True}),
    ("studio-table", "#/unit/studio/ARO-001", {}),
    ("studio-table-light", "#/unit/studio/ARO-001", {"color_scheme": "light"}),
    ("studio-table-phone", "#/unit/studio/ARO-001", {"viewport": PHONE, "device_scale_factor": 2}),
    ("studio-table-stale", f"#/unit/studio/{TABLE}", {}),
]


@pytest.mark.parametrize(("name", "place", "options"), PICTURES, ids=[name for name, _, _ in PICTURES])
def test_the_studio_is_pictured(
    browser: Browser, studio: Studio, name: str, place: str, options: dict[str, Any]
) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page = open_page(browser, studio, place, **options)
    if "table" in name:
        page.locator("[data-testid=history] tr[data-field]").first.wait_for()
        page.locator("[data-testid=availability] tbody tr").first.wait_for()
    else:
        expect(page.locator(".table-tile")).to_have_count(9)
        # Every simulated table has opened.
        expect(page.locator(".table-tile .value-unset:not(.value-ignored)")).to_have_count(0)
    width = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, "the page is wider than the screen"
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
    page.context.close()
