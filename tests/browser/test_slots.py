"""A real line of slot machines in a real browser: the floor, and one machine that a simulated player plays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, SCREENSHOTS, WAIT_MS_MAX, listen_for_trouble
from tests.crash.killing import free_port
from tests.support.server import Process

pytestmark = pytest.mark.browser

START_SECONDS_MAX = 60.0

# Two machines are played; nobody answers at address 3.
SETTINGS = """
data_dir = "{folder}/var"
[keys]
file = "{folder}/keys.toml"
[web]
address = "127.0.0.1:{web}"
[gateways.floor]
kind = "slots"
line = "nine://127.0.0.1:{line}"
machines = [1, 2, 3]
labels = {{ 1 = "Lucky Line" }}
simulated = true
[gateways.floor.timing]
trace = true
"""


@dataclass
class Floor:
    """A running server and the session of who opened its link."""

    base: str
    state: Any
    simulator: Process


def wait_until(is_so: Callable[[], bool], what: str, process: Process) -> None:
    """Wait for a condition of a process that starts."""
    end = time.monotonic() + START_SECONDS_MAX
    while not is_so():
        if process.process.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"{what} did not come: {process.text()[-3000:]}")
        time.sleep(0.02)


@pytest.fixture(scope="module")
def floor(browser: Browser, built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    """The server with its simulated machines, signed in."""
    folder = tmp_path_factory.mktemp("slots")
    web, line = free_port(), free_port()
    settings = folder / "lineside.toml"
    settings.write_text(SETTINGS.format(folder=folder, web=web, line=line))
    machines = ("--line", f"nine://127.0.0.1:{line}", "--machines", "2", "--play", "30", "--seed", "5")
    processes = [Process(folder, "simulator", "simulate", "egm", *machines)]
    try:
        server = Process(folder, "server", "run", "-c", str(settings))
        processes.append(server)
        note = folder / "var" / "login-url"
        wait_until(lambda: note.is_file() and "login" in note.read_text(), "the login link", server)
        context = browser.new_context()
        context.new_page().goto(note.read_text().strip())
        state = context.storage_state()
        context.close()
        yield Floor(f"http://127.0.0.1:{web}/", state, processes[0])
    finally:
        for process in reversed(processes):
            process.kill()


def open_page(browser: Browser, floor: Floor, place: str, **options: Any) -> Page:
    """A page of the signed-in person."""
    context = browser.new_context(storage_state=floor.state, **{"color_scheme": "dark", "viewport": DESKTOP, **options})
    context.set_default_timeout(WAIT_MS_MAX)
    page = context.new_page()
    page.goto(f"{floor.base}{place}")
    return page


@pytest.fixture
def page(browser: Browser, floor: Floor) -> Iterator[Page]:
    """The floor on a dark desktop; a page that complains fails its test."""
    opened = open_page(browser, floor, "#/gateway/floor")
    trouble = listen_for_trouble(opened)
    yield opened
    opened.context.close()
    assert not trouble


def test_the_floor_tells_live_machines_from_one_that_is_away(page: Page) -> None:
    live, away = page.get_by_test_id("tile-1"), page.get_by_test_id("tile-3")
    expect(live).to_have_attribute("data-live", "true")
    expect(live).to_contain_text("Lucky Line")
    expect(live).to_contain_text("simulated")
    expect(live).to_contain_text("play credits of 0.01")
    expect(away).to_have_attribute("data-tone", "away")
    expect(away).to_have_attribute("data-live", "false")
    expect(away.get_by_test_id("tile-reason")).to_contain_text("no answer")
    # Trouble stands first.
    expect(page.locator(".slot-tile").first).to_have_attribute("data-testid", "tile-3")
    page.get_by_test_id("board-search").fill("lucky")
    expect(page.locator(".slot-tile")).to_have_count(1)


def test_a_machine_moves_while_it_is_played(page: Page) -> None:
    page.get_by_role("link", name="Lucky Line").click()
    expect(page.get_by_test_id("unit-page")).to_have_attribute("data-live", "true")
    expect(page.get_by_test_id("played")).to_contain_text("no money")
    games = page.get_by_test_id("meter-games_played")
    expect(games).to_be_visible()
    before = games.get_attribute("data-value")
    assert before is not None
    expect(games).not_to_have_attribute("data-value", before)
    expect(games.locator("polyline")).to_be_visible()
    expect(page.locator("[data-testid=exceptions] li[data-code='7E']").first).to_contain_text("game start")
    expect(page.get_by_test_id("configuration")).to_contain_text("6.02")
    expect(page.locator("[data-testid=frames] li").first).to_be_visible()
    expect(page.get_by_test_id("timing")).to_contain_text("polls")


def test_play_is_locked_after_a_question_and_enabled_again(page: Page) -> None:
    page.get_by_role("link", name="Machine 2").click()
    expect(page.get_by_test_id("order-reset_handpay")).to_have_count(0)
    page.get_by_test_id("order-lock").click()
    page.get_by_test_id("confirm-reason").fill("the glass is cleaned")
    page.get_by_test_id("confirm-action").click()
    expect(page.get_by_test_id("lamp-locked")).to_have_attribute("data-on", "true")
    expect(page.get_by_test_id("unit-tone")).to_have_text("out of play")
    page.get_by_test_id("order-unlock").click()
    page.get_by_test_id("confirm-action").click()
    expect(page.get_by_test_id("lamp-locked")).to_have_attribute("data-on", "false")
    page.get_by_test_id("order-read_meters").click()
    progress = page.locator("[data-testid=command-progress][data-command=read_meters]")
    expect(progress).to_have_attribute("data-state", "done")


# Last, when there is something to see.
PICTURES: list[tuple[str, str, dict[str, Any]]] = [
    ("slots", "#/gateway/floor", {}),
    ("slots-phone", "#/gateway/floor", {"viewport": PHONE, "device_scale_factor": 2}),
    ("slots-machine", "#/unit/floor/1", {"viewport": {"width": 1280, "height": 1100}}),
    ("slots-machine-light", "#/unit/floor/1", {"color_scheme": "light"}),
    ("slots-machine-phone", "#/unit/floor/1", {"viewport": PHONE, "device_scale_factor": 2}),
]


@pytest.mark.parametrize(("name", "place", "options"), PICTURES, ids=[name for name, _, _ in PICTURES])
def test_the_floor_is_pictured(browser: Browser, floor: Floor, name: str, place: str, options: dict[str, Any]) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page = open_page(browser, floor, place, **options)
    if "machine" in name:
        page.locator("[data-testid=meters] polyline").first.wait_for()
        page.locator("[data-testid=frames] li").first.wait_for()
        # Long enough that something can be seen of the play.
        page.locator("[data-testid=frames] li").nth(24).wait_for()
    else:
        expect(page.locator(".slot-tile[data-live=true]")).to_have_count(2)
        for tile in ("tile-1", "tile-2"):
            expect(page.get_by_test_id(tile).locator("time")).to_be_visible()
    width = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, "the page is wider than the screen"
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
    page.context.close()


def test_a_machine_that_fell_silent_is_not_drawn_as_live(page: Page, floor: Floor) -> None:
    page.get_by_role("link", name="Lucky Line").click()
    expect(page.get_by_test_id("unit-page")).to_have_attribute("data-live", "true")
    floor.simulator.kill()
    expect(page.get_by_test_id("unit-page")).to_have_attribute("data-live", "false")
    expect(page.get_by_test_id("unit-tone")).to_have_text("away")
    expect(page.get_by_label("Credits and lamps")).to_contain_text("as last heard")
    expect(page.get_by_test_id("meters")).to_contain_text("as last read")
    expect(page.get_by_test_id("order-lock")).to_be_disabled()
