"""Deliveries in a real browser: a database refuses an event, somebody gives it up, and its lane goes on.

One server serves the file: `archive` writes into a table that refuses one word, the folder of `plant` is not there,
`ledger` is well, and `former` is gone from the settings since the first start.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, SCREENSHOTS, WAIT_MS_MAX, listen_for_trouble
from tests.browser.played_server import PlayedServer, open_played
from tests.support.server import Process, Ward, ward

pytestmark = pytest.mark.browser

START_SECONDS_MAX = 60.0
REFUSED = "poison"
PLACE = "#/overview/deliveries"

TABLE = f"CREATE TABLE picky (seq INTEGER NOT NULL, text TEXT NOT NULL CHECK (text NOT LIKE '%{REFUSED}%'))"

FORMER = """
[sinks.former]
kind = "sql"
url = "sqlite:///{folder}/former.db"
"""

SINKS = """
[sinks.archive]
kind = "sql"
url = "sqlite:///{folder}/archive.db"
table = "picky"
columns = {{ origin = "", at = "", gateway = "", unit = "", version = "", kind = "", data = "text" }}
gateways = ["ward"]
[sinks.archive.limits]
tries_max = 2
backoff = {{ first_s = 0.01, cap_s = 0.05 }}
[sinks.ledger]
kind = "sql"
url = "sqlite:///{folder}/ledger.db"
[sinks.plant]
kind = "sql"
url = "sqlite:///{folder}/absent/plant.db"
"""


@dataclass
class Deliveries:
    """A running server and the session of who opened its link."""

    ward: Ward
    state: Any

    @property
    def base(self) -> str:
        """``http://127.0.0.1:PORT/``."""
        return f"http://127.0.0.1:{self.ward.web}/"

    def texts(self) -> list[str]:
        """What has reached the table of ``archive``."""
        connection = sqlite3.connect(self.ward.folder / "archive.db")
        try:
            return [text for (text,) in connection.execute("SELECT text FROM picky ORDER BY seq")]
        finally:
            connection.close()


def wait_until(is_so: Callable[[], bool], what: str, process: Process) -> None:
    """Wait for a condition of the server."""
    end = time.monotonic() + START_SECONDS_MAX
    while not is_so():
        if process.process.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"{what} did not come: {process.text()[-3000:]}")
        time.sleep(0.02)


def add_settings(made: Ward, text: str) -> str:
    """Add to the settings; returns what was there."""
    before = made.settings.read_text()
    made.settings.write_text(before + text.format(folder=made.folder))
    return before


@pytest.fixture(scope="module")
def deliveries(browser: Browser, built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deliveries]:
    """The server with its sinks, signed in."""
    folder = tmp_path_factory.mktemp("sinks")
    with sqlite3.connect(folder / "archive.db") as connection:
        connection.execute(TABLE)
    connection.close()
    with ward(folder) as made:
        plain = add_settings(made, FORMER)
        first = made.run()
        wait_until(lambda: (folder / "former.db").exists(), "the database of a sink", first)
        first.stop()
        note = folder / "var" / "login-url"
        note.unlink(missing_ok=True)
        made.settings.write_text(plain)
        add_settings(made, SINKS)
        server = made.run()
        made.simulate()
        wait_until(lambda: note.is_file() and "login" in note.read_text(), "the login link", server)
        context = browser.new_context()
        context.new_page().goto(note.read_text().strip())
        state = context.storage_state()
        context.close()
        yield Deliveries(made, state)


def open_page(browser: Browser, deliveries: Deliveries, place: str = PLACE, **options: Any) -> Page:
    """A page of the signed-in person; its context is closed with the browser."""
    settings = {"color_scheme": "dark", "viewport": DESKTOP, **options}
    context = browser.new_context(storage_state=deliveries.state, **settings)
    context.set_default_timeout(WAIT_MS_MAX)
    page = context.new_page()
    page.goto(f"{deliveries.base}{place}")
    return page


@pytest.fixture
def page(browser: Browser, deliveries: Deliveries) -> Iterator[Page]:
    """The overview on a dark desktop; a page that complains fails its test."""
    opened = open_page(browser, deliveries)
    trouble = listen_for_trouble(opened)
    yield opened
    opened.context.close()
    assert not trouble


def order(page: Page, deliveries: Deliveries, name: str, reason: str) -> None:
    """Order something of the ward; the reason stands in the event that is recorded."""
    body = {"id": uuid4().hex, "unit": "ward/1", "name": name, "params": {}, "reason": reason}
    answer = page.request.post(f"{deliveries.base}api/commands", headers={"X-Lineside": "1"}, data=body)
    assert answer.ok, answer.text()


def sink(page: Page, name: str) -> Locator:
    """The entry of one sink."""
    return page.get_by_test_id(f"sink-{name}")


def opened(page: Page, name: str) -> Locator:
    """The entry of one sink, with its details."""
    found = sink(page, name)
    found.locator(".sink-line").click()
    expect(found.locator(".sink-line")).to_have_attribute("aria-expanded", "true")
    return found


def test_each_sink_says_how_it_is(page: Page) -> None:
    expect(sink(page, "ledger")).to_have_attribute("data-state", "running")
    expect(sink(page, "ledger").get_by_test_id("behind")).to_have_text("nothing waits")
    expect(sink(page, "plant")).to_have_attribute("data-state", "waiting")
    expect(sink(page, "plant")).to_contain_text("unable to open database file")
    expect(sink(page, "plant")).to_contain_text("moves nothing now")
    expect(sink(page, "former")).to_have_attribute("data-state", "orphaned")
    expect(sink(page, "former").get_by_test_id("behind")).to_have_text("not counted")


def test_a_refused_event_is_parked_and_waits_for_a_person(page: Page, deliveries: Deliveries) -> None:
    expect(page.get_by_test_id("sinks-lamp")).to_have_attribute("data-state", "waiting")
    expect(sink(page, "archive")).to_have_attribute("data-state", "running")
    order(page, deliveries, "STOP", REFUSED)
    order(page, deliveries, "START", "after it")
    expect(sink(page, "archive")).to_have_attribute("data-state", "parked")
    expect(sink(page, "archive").get_by_test_id("parked-count")).to_have_text("1 parked")
    expect(page.get_by_test_id("sinks-lamp")).to_have_attribute("data-state", "parked")
    parked = opened(page, "archive").locator(".parked")
    expect(parked).to_contain_text("CHECK constraint failed")
    expect(parked).to_contain_text("2 tries")
    expect(parked).to_contain_text("of ward/1")
    assert not any("after it" in text for text in deliveries.texts()), "its lane waits behind it"


def test_trying_again_without_mending_says_that_it_is_refused_again(page: Page) -> None:
    parked = opened(page, "archive").locator(".parked")
    parked.get_by_test_id("retry").click()
    expect(parked.get_by_test_id("retried")).to_have_text("Tried again, and refused again")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("sinks", {}),
        ("sinks-light", {"color_scheme": "light"}),
        ("sinks-phone", {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True}),
    ],
)
def test_deliveries_are_pictured(browser: Browser, deliveries: Deliveries, name: str, options: dict[str, Any]) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page = open_page(browser, deliveries, **options)
    expect(sink(page, "archive")).to_have_attribute("data-state", "parked")
    opened(page, "archive")
    opened(page, "former")
    page.locator("[data-testid=event-list] li").first.wait_for()
    page.mouse.move(0, 0)
    page.evaluate("() => window.scrollTo(0, 0)")
    width = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, "the page is wider than the screen"
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    page.context.close()


def test_giving_up_asks_for_a_reason_and_lets_the_lane_go_on(page: Page, deliveries: Deliveries) -> None:
    opened(page, "archive").get_by_test_id("skip").click()
    dialog = page.get_by_test_id("confirm")
    expect(dialog).to_contain_text("archive will never get it")
    expect(dialog.get_by_test_id("recorded")).to_contain_text("CommandAccepted")
    expect(dialog.get_by_test_id("confirm-action")).to_be_disabled()
    dialog.get_by_test_id("confirm-reason").fill("no such lamp")
    dialog.get_by_test_id("confirm-action").click()
    expect(dialog).to_have_count(0)
    expect(sink(page, "archive")).to_have_attribute("data-state", "running")
    expect(sink(page, "archive")).to_contain_text("no event is parked")
    skipped = page.locator("[data-testid=event-list] [data-kind=SinkEventSkipped]").first
    expect(skipped).to_contain_text("no such lamp")
    order(page, deliveries, "STOP", "the last")
    expect(sink(page, "archive").get_by_test_id("behind")).to_have_text("nothing waits")
    texts = deliveries.texts()
    assert any("after it" in text for text in texts), "what stood behind it"
    assert not any(REFUSED in text for text in texts if "CommandAccepted" in text)


def test_an_event_that_is_not_parked_any_more_is_told_so(browser: Browser, deliveries: Deliveries) -> None:
    page = open_page(browser, deliveries)
    order(page, deliveries, "START", f"more {REFUSED}")
    expect(sink(page, "archive")).to_have_attribute("data-state", "parked")
    opened(page, "archive").get_by_test_id("skip").click()
    seq = int((sink(page, "archive").locator(".parked").get_attribute("data-testid") or "").removeprefix("parked-"))
    body = {"seq": seq, "reason": "somebody else"}
    answer = page.request.post(f"{deliveries.base}api/sinks/archive/skip", headers={"X-Lineside": "1"}, data=body)
    assert answer.ok, answer.text()
    expect(sink(page, "archive")).to_have_attribute("data-state", "running")
    page.get_by_test_id("confirm-reason").fill("too late")
    page.get_by_test_id("confirm-action").click()
    expect(page.get_by_test_id("confirm-trouble")).to_contain_text("no parked event")
    page.context.close()


def test_a_sink_that_is_gone_is_forgotten(page: Page) -> None:
    opened(page, "former").get_by_test_id("forget").click()
    expect(page.get_by_test_id("confirm")).to_contain_text("no longer kept for it")
    expect(page.get_by_test_id("confirm-reason")).to_have_count(0)
    page.get_by_test_id("confirm-action").click()
    expect(sink(page, "former")).to_have_count(0)
    expect(sink(page, "ledger")).to_be_visible()


def test_the_lamp_leads_to_the_deliveries(browser: Browser, deliveries: Deliveries) -> None:
    page = open_page(browser, deliveries, "#/unit/ward/1")
    page.get_by_test_id("sinks-lamp").click()
    expect(page.get_by_test_id("sinks")).to_be_in_viewport()
    page.context.close()


@pytest.mark.parametrize(
    ("me", "may"),
    [
        ({"role": "admin", "gateways": None}, True),
        ({"role": "admin", "gateways": ["ward"]}, False),
        ({"role": "operator", "gateways": None}, False),
    ],
)
def test_only_an_admin_of_all_gateways_sees_them(
    context: BrowserContext, built_page: Path, me: dict[str, Any], may: bool
) -> None:
    server = PlayedServer(context, built_page)
    server.answers["/api/me"] = (200, {"name": "anna", **me})
    behind: dict[str, Any] = {
        "behind_events": 3,
        "behind_bytes": 90,
        "behind_hours": None,
        "parked": 0,
        "parked_events": [],
    }
    away = {"name": "plant", "rows": "events", "state": "waiting", "reason": "connection refused", "delivered": 0}
    server.states["lineside/sinks"] = {"sinks": [{**away, **behind, "oldest_at": None, "next_attempt": None}]}
    page = open_played(context, server, "#/overview")
    expect(page.get_by_test_id("journal")).to_have_attribute("data-state", "ok")
    expect(page.get_by_test_id("overview")).to_be_visible()
    expect(page.get_by_test_id("sinks")).to_have_count(int(may))
    expect(page.get_by_test_id("sinks-lamp")).to_have_count(int(may))


def test_without_sinks_there_is_no_panel(context: BrowserContext, built_page: Path) -> None:
    server = PlayedServer(context, built_page)
    server.answers["/api/me"] = (200, {"name": "anna", "role": "admin", "gateways": None})
    server.states["lineside/sinks"] = {"sinks": []}
    page = open_played(context, server, "#/overview")
    expect(page.get_by_test_id("journal")).to_have_attribute("data-state", "ok")
    expect(page.get_by_test_id("sinks")).to_have_count(0)
    expect(page.get_by_test_id("sinks-lamp")).to_have_count(0)
