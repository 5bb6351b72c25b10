"""The board and the pages of tables in the states that are rare in life, said by a played server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PHONE, listen_for_trouble
from tests.browser.played_server import PlayedServer, open_played
from tests.browser.played_studio import ago, alarm, field, put_studio, reporter, row, table_states

pytestmark = pytest.mark.browser

BOARD = "#/gateway/studio"
HOSTILE = "<img src=x onerror=\"document.title='broken in'\">"


def trouble() -> dict[str, Any]:
    """A table with an alarm, and with one field that does not count."""
    ignored = field("SHAKER", "down", ignored=True, bad=False)
    return {
        "status": {"color": "red", "alarms_open": 1},
        "state": {"fields": [field("SDP"), field("ZCam", "down"), ignored]},
        "alarms": {"alarms": [alarm("ZCam")]},
    }


def gone(**changes: Any) -> dict[str, Any]:
    """A reporter whose grace is over."""
    plain = {"device": "dealerPC", "since": ago(90), "reason": "the connection broke", "due": None, "lost": True}
    return {**plain, **changes}


def silent() -> dict[str, Any]:
    """A table that nobody reports for."""
    return {
        "status": {"color": "grey", "reporters": 0, "state": "away", "reason": "dealerPC left", "connected": False},
        "state": {"fields": [field("SDP", stale=True)], "timestamp": ago(95)},
        "presence": {"reporters": [], "gone": [gone()]},
    }


def works(**changes: Any) -> dict[str, Any]:
    """A table in maintenance with one alarm muted."""
    maintenance = {"on": True, "since": ago(600), "until": None, "by": "anna", **changes}
    return {
        "status": {"color": "amber", "maintenance": True, "alarms_open": 1, "alarms_muted": True},
        "state": {"maintenance": maintenance},
        "alarms": {"alarms": [alarm("ZCam", muted=True)]},
    }


@pytest.fixture
def server(context: BrowserContext, built_page: Path) -> PlayedServer:
    """A studio with a table of each tone, until the test says otherwise."""
    played = PlayedServer(context, built_page)
    put_studio(played, {"ARO-001": {}, "ARO-002": trouble(), "BAC-001": works(), "SBO-001": silent()})
    return played


def names_on(page: Page) -> list[str]:
    """The tables on the board, in order."""
    return [text.strip() for text in page.locator(".table-tile-link").all_inner_texts()]


def commands_asked(server: PlayedServer) -> list[tuple[str, str, Any, str]]:
    """Unit, name, params and reason of each command."""
    bodies = [body for _, path, _, body in server.asked if path == "/api/commands"]
    return [(body["unit"], body["name"], body["params"], body["reason"]) for body in bodies]


def test_the_board_has_trouble_first_and_says_each_tone_in_a_word(
    context: BrowserContext, server: PlayedServer
) -> None:
    page = open_played(context, server)
    complaints = listen_for_trouble(page)
    expect(page.locator(".table-tile")).to_have_count(4)
    assert names_on(page) == ["ARO-002", "SBO-001", "BAC-001", "ARO-001"]
    for name, word in {
        "ARO-001": "ok",
        "ARO-002": "trouble",
        "BAC-001": "maintenance",
        "SBO-001": "nobody reports",
    }.items():
        expect(page.get_by_test_id(f"tile-{name}").locator(".tone")).to_have_text(word)
    expect(page.get_by_test_id("tile-ARO-002")).to_contain_text("ZCam is down")
    expect(page.get_by_test_id("tile-BAC-001")).to_contain_text("1 alarm muted")
    assert not complaints


def test_the_board_is_filtered_sorted_and_searched(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, BOARD)
    page.get_by_test_id("filter-trouble").click()
    expect(page.locator(".table-tile")).to_have_count(1)
    page.get_by_test_id("filter-trouble").click()
    page.get_by_label("By name").check()
    expect(page.locator(".table-tile-link").first).to_have_text("ARO-001")
    assert names_on(page) == ["ARO-001", "ARO-002", "BAC-001", "SBO-001"]
    page.get_by_test_id("board-search").fill("bac dealer")
    expect(page.locator(".table-tile")).to_have_count(1)
    page.get_by_test_id("board-search").fill("nowhere")
    expect(page.get_by_text("No table or device is called")).to_be_visible()


def test_what_is_down_stale_or_ignored_needs_no_colour(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, BOARD)
    cell = page.locator("[data-testid=tile-ARO-002] [data-field=ZCam]")
    expect(cell).to_have_attribute("title", "ZCam: down")
    expect(cell).to_contain_text("down")
    ignored = page.locator("[data-testid=tile-ARO-002] [data-field=SHAKER]")
    expect(ignored).to_have_attribute("title", "Shaker: down (ignored)")
    stale = page.locator("[data-testid=tile-SBO-001] [data-field=SDP]")
    expect(stale).to_have_attribute("title", "SDP: up (stale: who reported it is gone)")


def test_the_age_of_the_last_update_goes_on_by_itself(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, BOARD)
    age = page.get_by_test_id("tile-ARO-001").get_by_test_id("tile-age")
    expect(age).to_contain_text("s ago")
    text = age.inner_text()
    expect(age).not_to_have_text(text)


def test_a_change_moves_a_table_to_the_front(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, BOARD)
    expect(page.locator(".table-tile-link").last).to_have_text("ARO-001")
    for topic, value in table_states("ARO-001", **trouble()).items():
        server.say(topic, value)
    expect(page.locator(".table-tile-link").first).to_have_text("ARO-001")


def test_maintenance_is_switched_on_with_a_reason_and_an_end(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, BOARD)
    page.get_by_test_id("switch-ARO-002").click()
    dialog = page.get_by_test_id("maintenance-dialog")
    expect(dialog).to_contain_text("1 alarm that is open now")
    page.get_by_test_id("maintenance-reason").fill("new wheel")
    dialog.get_by_label("at …").check()
    expect(page.get_by_test_id("maintenance-confirm")).to_be_disabled()
    page.get_by_test_id("maintenance-clock").fill("17:30")
    expect(page.get_by_test_id("maintenance-ends")).to_contain_text("17:30")
    page.get_by_test_id("maintenance-confirm").click()
    expect(page.get_by_test_id("switch-ARO-002")).to_contain_text("asked")
    unit, name, params, reason = commands_asked(server)[0]
    assert (unit, name, reason) == ("studio/ARO-002", "set_maintenance", "new wheel")
    assert params["on"] is True
    assert params["until"].endswith("Z")


def test_maintenance_is_switched_off_at_once(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, BOARD)
    expect(page.get_by_test_id("switch-BAC-001")).to_have_attribute("aria-checked", "true")
    page.get_by_test_id("switch-BAC-001").click()
    expect(page.get_by_test_id("switch-BAC-001")).to_contain_text("asked")
    assert commands_asked(server) == [("studio/BAC-001", "set_maintenance", {"on": False}, "")]


def test_a_switch_that_was_refused_says_why(context: BrowserContext, server: PlayedServer) -> None:
    refused = {"error": {"code": "journal_full", "message": "no room on the disk", "retry": True}}
    server.answers["/api/commands"] = (503, refused)
    page = open_played(context, server, BOARD)
    page.get_by_test_id("switch-BAC-001").click()
    expect(page.get_by_test_id("tile-BAC-001")).to_contain_text("not switched: no room on the disk")
    expect(page.get_by_test_id("switch-BAC-001")).to_be_enabled()


def test_a_viewer_may_look_and_not_switch(context: BrowserContext, server: PlayedServer) -> None:
    server.answers["/api/me"] = (200, {"name": "eve", "role": "viewer", "gateways": ["studio"]})
    page = open_played(context, server, BOARD)
    expect(page.get_by_test_id("switch-ARO-001")).to_be_disabled()
    page.get_by_role("link", name="ARO-002").first.click()
    expect(page.get_by_test_id("acknowledge-ZCam")).to_be_disabled()
    expect(page.get_by_test_id("set-by-hand")).to_be_disabled()


def test_nothing_on_the_board_looks_live_without_the_server(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, BOARD)
    tile = page.get_by_test_id("tile-ARO-001")
    expect(tile).to_have_attribute("data-live", "true")
    context.unroute_all()
    context.route_web_socket("**/api/live", lambda socket: socket.close(code=1011))
    assert server.socket is not None
    server.socket.close(code=1011, reason="cut by the test")
    expect(tile).to_have_attribute("data-live", "false")
    expect(tile).to_contain_text("was ok")
    expect(page.get_by_test_id("switch-ARO-001")).to_be_disabled()


def test_an_empty_studio_says_what_a_reporter_has_to_call(context: BrowserContext, server: PlayedServer) -> None:
    put_studio(server, {})
    page = open_played(context, server)
    expect(page.get_by_test_id("reporter-url")).to_have_text("ws://lineside.test:8123/?id=ARO-001_dealerPC&token=TOKEN")


def test_two_hundred_tables_fit_on_a_phone(context: BrowserContext, server: PlayedServer) -> None:
    tables = {f"ARO-{index:03}": (trouble() if index % 10 == 0 else {}) for index in range(1, 201)}
    put_studio(server, tables)
    page = open_played(context, server, BOARD)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    expect(page.locator(".table-tile-short")).to_have_count(200)
    expect(page.locator(".table-tile-link").first).to_have_text("ARO-010")
    width = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, "the board is wider than the screen"


def test_the_page_of_a_table_has_its_keys_its_people_and_its_past(
    context: BrowserContext, server: PlayedServer
) -> None:
    rows = [
        row(9, 300, "ZCam", "up", "down"),
        row(7, 900, "MAINTENANCE", True, False, by="anna", address=""),
        row(6, 1500, "MAINTENANCE", False, True, by="anna", address="", reason="cleaning"),
        row(4, 2000, "SDP", "standby", "up"),
    ]
    server.answers["/api/tables/ARO-002/history"] = (200, {"table": "ARO-002", "rows": rows, "next": None})
    day = {"day": "2026-01-05", "maintenance_s": 600, "fields": {"SDP": {"percent": 99.999, "known_s": 80_000}}}
    server.answers["/api/tables/ARO-002/availability"] = (200, {"table": "ARO-002", "days": [day]})
    server.states["studio/ARO-002/presence"] = {
        "reporters": [reporter("dealerPC", rtt_ms=None), reporter("wheel-2", dialect="c")],
        "gone": [gone(device="tablet", due=ago(-30), lost=False)],
    }
    page = open_played(context, server, "#/unit/studio/ARO-002")
    expect(page.get_by_test_id("unit-tone")).to_have_text("trouble")
    expect(page.get_by_test_id("key-UPTIME")).to_contain_text("8")
    expect(page.get_by_test_id("key-ZCam")).to_contain_text("down")
    expect(page.get_by_test_id("field-ZCam")).to_contain_text("min, by dealerPC")
    expect(page.get_by_test_id("field-SHAKER")).to_contain_text("ignored")
    expect(page.get_by_test_id("reporter-wheel-2")).to_contain_text("C, smart client")
    expect(page.get_by_test_id("gone-tablet")).to_contain_text("its fields become stale in")
    expect(page.get_by_test_id("day-2026-01-05")).to_contain_text("99.99")
    expect(page.get_by_test_id("history")).to_contain_text("cleaning")
    expect(page.locator("[data-testid=history] tr[data-field=ZCam]")).to_contain_text("down")
    expect(page.get_by_test_id("history-csv")).to_have_attribute(
        "href", "/api/tables/ARO-002/history.csv?gateway=studio"
    )
    shares = re.compile(r"ZCam over the time shown: up 9\d %, down \d %")
    expect(page.get_by_test_id("strip-ZCam")).to_have_attribute("aria-label", shares)


def test_pointing_at_a_strip_tells_the_value_who_said_it_and_the_maintenance(
    context: BrowserContext, server: PlayedServer
) -> None:
    rows = [
        row(9, 300, "ZCam", "up", "down"),
        row(7, 1200, "MAINTENANCE", True, False, by="anna"),
        row(6, 2400, "MAINTENANCE", False, True, by="anna"),
        row(5, 2500, "ZCam", "down", "up", by="wheel-2"),
    ]
    server.answers["/api/tables/ARO-002/history"] = (200, {"table": "ARO-002", "rows": rows, "next": None})
    page = open_played(context, server, "#/unit/studio/ARO-002")
    strip = page.get_by_test_id("strip-ZCam")
    expect(strip).to_have_attribute("aria-label", re.compile("ZCam over the time shown: up 6. %, down"))
    box = strip.bounding_box()
    assert box is not None
    strip.hover(position={"x": box["width"] / 2, "y": 5})
    note = page.locator("[data-testid=field-ZCam] .point-note")
    expect(note).to_contain_text("up")
    expect(note).to_contain_text("by wheel-2")
    expect(note).to_contain_text("maintenance")


def test_a_history_that_cannot_be_read_is_told_and_the_present_stands(
    context: BrowserContext, server: PlayedServer
) -> None:
    lost = {"error": {"code": "journal_failed", "message": "the disk is away", "retry": True}}
    server.answers["/api/tables/ARO-002/history"] = (503, lost)
    page = open_played(context, server, "#/unit/studio/ARO-002")
    expect(page.get_by_test_id("timeline")).to_contain_text("the disk is away")
    expect(page.get_by_test_id("field-ZCam")).to_contain_text("down")
    server.answers["/api/tables/ARO-002/history"] = (
        200,
        {"table": "ARO-002", "rows": [row(9, 300, "ZCam", "up", "down")], "next": None},
    )
    page.get_by_role("button", name="Try again").first.click()
    expect(page.locator("[data-testid=history] tr[data-field=ZCam]")).to_be_visible()


def test_alarms_are_acknowledged_and_muted_ones_say_so(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, "#/unit/studio/ARO-002")
    page.get_by_test_id("acknowledge-ZCam").click()
    expect(page.get_by_test_id("acknowledge-ZCam")).to_be_disabled()
    assert commands_asked(server) == [("studio/ARO-002", "acknowledge_alarm", {"alarm": "ZCam"}, "")]
    seen = {"alarms": [alarm("ZCam", acknowledged_by="anna")], "signals": []}
    server.say("studio/ARO-002/alarms", seen)
    expect(page.get_by_test_id("alarm-ZCam")).to_contain_text("seen by anna")
    server.say("studio/ARO-002/alarms", {"alarms": [alarm("ZCam", muted=True)], "signals": []})
    expect(page.get_by_test_id("alarm-ZCam")).to_have_attribute("data-standing", "muted")
    expect(page.get_by_test_id("alarm-count")).to_have_text("0")


def test_a_status_is_set_by_hand(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, "#/unit/studio/ARO-002")
    page.get_by_test_id("set-by-hand").click()
    page.get_by_test_id("status-field").select_option("ZCam")
    expect(page.get_by_test_id("status-value").locator("option")).to_have_text(["up", "down"])
    page.get_by_test_id("status-reason").fill("cable is back")
    page.get_by_test_id("status-confirm").click()
    expect(page.get_by_test_id("set-by-hand")).to_have_text("asked…")
    assert commands_asked(server) == [("studio/ARO-002", "set_status", {"fields": {"zcam": "up"}}, "cable is back")]


def test_hostile_text_of_reporters_is_shown_and_not_run(context: BrowserContext, server: PlayedServer) -> None:
    told = {
        "status": {"color": "red", "alarms_open": 1},
        "state": {"custom": {HOSTILE: {"x": HOSTILE}}},
        "presence": {"reporters": [reporter(HOSTILE)], "gone": [gone(device="x", reason=HOSTILE)]},
        "alarms": {"alarms": [alarm("ZCam", text=HOSTILE)], "signals": []},
    }
    server.states |= table_states("ARO-001", **told)
    page = open_played(context, server, "#/unit/studio/ARO-001")
    complaints = listen_for_trouble(page)
    expect(page.get_by_test_id("custom")).to_contain_text("onerror")
    expect(page.get_by_test_id("alarm-ZCam")).to_contain_text("onerror")
    page.goto("http://lineside.test/" + BOARD)
    expect(page.get_by_test_id("tile-ARO-001")).to_contain_text("onerror")
    assert page.locator("img").count() == 0
    assert page.title() != "broken in"
    assert not complaints
