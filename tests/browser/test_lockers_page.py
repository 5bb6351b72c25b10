"""The page of a locker board, its cabinet first, in the states that are rare in life, said by a played server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PHONE, listen_for_trouble
from tests.browser.played_lockers import (
    HALL,
    HOSTILE,
    PAGE,
    board_states,
    choose,
    command_asked,
    held,
    put_conditions,
    put_hall,
    told,
)
from tests.browser.played_server import PlayedServer, event, open_played

pytestmark = pytest.mark.browser

WORDS = {
    1: "code set, Tools",
    2: "waiting",
    3: "sent",
    4: "revoking",
    5: "timed out",
    6: "foreign code",
    7: "no lock",
    8: "free, opened just now",
    9: "no lock found",
    10: "free",
}


@pytest.fixture
def server(context: BrowserContext, built_page: Path) -> PlayedServer:
    """A hall with one board in each condition, until the test says otherwise."""
    played = PlayedServer(context, built_page)
    put_conditions(played)
    return played


def test_every_state_of_a_cell_has_a_mark_and_a_word_of_its_own(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, PAGE)
    trouble = listen_for_trouble(page)
    for number, word in WORDS.items():
        expect(page.get_by_test_id(f"cell-{number}")).to_have_attribute("aria-label", _holding(word))
    drawings = page.evaluate(
        "() => [1, 2, 3, 4, 5, 6, 7, 8, 10].map(n =>"
        " document.querySelector(`[data-testid=cell-${n}] .door-mark`).innerHTML)"
    )
    assert len(set(drawings)) == len(drawings), "two states are drawn alike"
    expect(page.get_by_test_id("cell-9").locator(".door-warn")).to_have_count(1)
    assert not trouble, "the page sets what its security policy refuses"


def _holding(word: str) -> re.Pattern[str]:
    return re.compile(re.escape(word))


def test_the_cabinet_stands_as_its_columns_and_rows_say(context: BrowserContext, server: PlayedServer) -> None:
    put_hall(server, {"1953": {"columns": 5, "rows": 6}})
    page = open_played(context, server, PAGE)
    (x1, y1), (x5, y5), (x6, y6), (x30, _) = (place_of(page, number) for number in (1, 5, 6, 30))
    assert y5 == y1, "5 ends the first row"
    assert x5 > x1
    assert x6 == x1, "6 begins the second row"
    assert y6 > y1
    assert x30 == x5


def place_of(page: Page, cell: int) -> tuple[float, float]:
    """Where the door of a cell begins."""
    box = page.get_by_test_id(f"cell-{cell}").bounding_box()
    assert box
    return box["x"], box["y"]


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (64, 4), (16, 16), (1, 64)])
def test_cabinets_of_every_shape_fit_the_page(
    context: BrowserContext, server: PlayedServer, columns: int, rows: int
) -> None:
    put_hall(server, {"1953": {"columns": columns, "rows": rows}})
    page = open_played(context, server, PAGE)
    expect(page.locator("[data-testid=cabinet] [data-cell]")).to_have_count(columns * rows)
    for size in ({"width": 1280, "height": 800}, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        width = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, "the page is wider than the screen"
        door = page.get_by_test_id("cell-1").bounding_box()
        assert door
        assert door["width"] >= 34, "a door is too small for a finger"


def test_a_cabinet_is_walked_and_used_by_keyboard_alone(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, PAGE)
    page.get_by_test_id("cell-1").focus()
    for key, wanted in (("ArrowRight", 2), ("ArrowDown", 10), ("End", 16), ("Control+Home", 1), ("ArrowUp", 1)):
        page.keyboard.press(key)
        expect(page.get_by_test_id(f"cell-{wanted}")).to_be_focused()
    tabbable = page.evaluate("() => document.querySelectorAll('[data-cell][tabindex=\"0\"]').length")
    assert tabbable == 1, "Tab must not have to pass every door"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#cell-title")).to_have_text("Cell 2")
    page.get_by_test_id("set-code").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("dialog")).to_have_count(0)
    assert not [one for one in server.asked if one[0] == "POST"]


def test_the_legend_counts_and_finds_cells(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, PAGE)
    entry = page.get_by_test_id("legend").get_by_role("button", name="revoking")
    expect(entry).to_contain_text("1")
    entry.click()
    faded = page.evaluate("() => document.querySelectorAll('.door-faded').length")
    assert faded == 63
    entry.click()
    expect(page.locator(".door-faded")).to_have_count(0)


def test_a_silent_board_never_looks_live(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, "#/unit/hall/30")
    expect(page.get_by_test_id("cabinet-panel")).to_have_attribute("data-live", "false")
    expect(page.get_by_test_id("stale")).to_contain_text("15 min ago")
    expect(page.get_by_test_id("unit-reason")).to_contain_text("no message for 180 s")
    expect(page.locator(".door-opened")).to_have_count(0)
    # What is wanted waits for the board, so that it may still be said.
    choose(page, 3)
    expect(page.get_by_test_id("set-code")).to_be_enabled()


def test_a_page_without_its_server_shows_how_old_it_is(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, PAGE)
    expect(page.get_by_test_id("cabinet-panel")).to_have_attribute("data-live", "true")
    choose(page, 1)
    assert server.socket is not None
    server.answers["/api/me"] = (None, None)
    context.route_web_socket("**/api/live", lambda socket: socket.close())
    server.socket.close(code=1011, reason="cut by the test")
    expect(page.get_by_test_id("cabinet-panel")).to_have_attribute("data-live", "false")
    expect(page.get_by_test_id("stale")).to_contain_text("not connected")
    expect(page.get_by_test_id("set-code")).to_be_disabled()


def test_a_board_without_a_layout_says_what_is_missing(context: BrowserContext, server: PlayedServer) -> None:
    empty = {"columns": 0, "rows": 0, "cells": []}
    put_hall(server, {"1953": {"columns": 1, "rows": 1, "state": empty}})
    page = open_played(context, server, PAGE)
    expect(page.get_by_test_id("no-layout")).to_contain_text("columns and rows")


def test_cells_outside_of_the_cabinet_can_be_reached(context: BrowserContext, server: PlayedServer) -> None:
    states = board_states("1953", columns=2, rows=1)
    stray = {**states["hall/1953/board"]["cells"][0], "cell": 70, "row": None, "column": None, **held()}
    states["hall/1953/board"]["cells"].append(stray)
    put_hall(server, {"1953": {}})
    server.states |= states
    page = open_played(context, server, PAGE)
    page.get_by_test_id("outside").get_by_role("button").click()
    expect(page.locator("#cell-title")).to_have_text("Cell 70")
    expect(page.get_by_test_id("revoke-code")).to_be_enabled()


def test_an_approval_says_first_which_codes_end(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, "#/unit/hall/old-4")
    expect(page.get_by_test_id("approval")).to_contain_text("It reports 2 codes that were not set here.")
    page.get_by_test_id("approve").click()
    dialog = page.get_by_test_id("dialog")
    expect(dialog).to_contain_text("replaces every code on the board")
    expect(dialog).to_contain_text("cells 2, 5: their codes end")
    page.get_by_test_id("dialog-action").click()
    body = command_asked(server)
    assert (body["unit"], body["name"], body["params"]) == ("hall/old-4", "approve", {})
    server.say("hall/old-4/board", board_states("old-4")["hall/old-4/board"])
    expect(page.get_by_test_id("approval")).to_have_count(0)


def test_a_block_is_confirmed_by_the_operator_and_then_by_the_board(
    context: BrowserContext, server: PlayedServer
) -> None:
    page = open_played(context, server, PAGE)
    page.get_by_test_id("block").click()
    page.get_by_test_id("dialog-reason").fill("broken glass")
    page.get_by_test_id("dialog-action").click()
    body = command_asked(server)
    assert (body["name"], body["reason"]) == ("block", "broken glass")
    wanted = {"block": {"wanted": True, "confirmed": False}}
    server.say("hall/1953/board", board_states("1953", state=wanted)["hall/1953/board"])
    expect(page.get_by_test_id("control-note")).to_have_text("To be blocked with the next reply")
    confirmed = {"block": {"wanted": True, "confirmed": True}, "states": [3]}
    server.say("hall/1953/board", board_states("1953", state=confirmed)["hall/1953/board"])
    expect(page.get_by_test_id("control-note")).to_have_text("Blocked; the board says so")
    expect(page.get_by_test_id("unblock")).to_be_enabled()


def test_the_history_is_told_in_words_page_by_page_and_goes_on(context: BrowserContext, server: PlayedServer) -> None:
    path = "/api/lockers/hall/1953/history"
    first = [told(90, "CellOpened", cell=2), told(80, "CodeSet", cell=2, code="****", minutes=480, by="anna")]
    server.answers[path] = (200, {"events": first, "next": 80})
    page = open_played(context, server, PAGE)
    history = page.get_by_test_id("history")
    expect(history.locator("[data-seq='90']")).to_contain_text("Cell 2 opened")
    expect(history.locator("[data-seq='80']")).to_contain_text("code set for 8 h by anna")
    server.answers[path] = (200, {"events": [told(70, "BoardBlocked", by="eve", reason="fire")], "next": None})
    history.get_by_test_id("older").click()
    expect(history.locator("[data-seq='70']")).to_contain_text("board to be blocked by eve, “fire”")
    expect(history.get_by_test_id("older")).to_have_count(0)
    assert any("before=80" in query for _, asked, query, _ in server.asked if asked == path)
    server.say("lineside/events", {**event(95, "CodeRead", cell=2, reader="eve"), "stream": "hall/1953"})
    expect(history.locator("[data-seq='95']")).to_contain_text("code shown to eve")
    history.locator("[data-seq='90']").get_by_role("button").click()
    expect(page.locator("#cell-title")).to_have_text("Cell 2")
    assert any("cell=2" in query for _, asked, query, _ in server.asked if asked == path)


def test_hostile_text_is_shown_and_not_run(context: BrowserContext, server: PlayedServer) -> None:
    status = {"label": HOSTILE, "reason": HOSTILE, "alarms": [HOSTILE]}
    state = {"flags": [HOSTILE], "pending": {"is": True, "reason": HOSTILE}}
    put_hall(server, {"1953": {"cells": {1: held(label=HOSTILE, set_by=HOSTILE)}, "status": status, "state": state}})
    hostile = [told(1, HOSTILE, by=HOSTILE), told(2, "CodeSet", cell=1, label=HOSTILE)]
    server.answers["/api/lockers/hall/1953/history"] = (200, {"events": hostile, "next": None})
    page = open_played(context, server, PAGE)
    trouble = listen_for_trouble(page)
    choose(page, 1)
    expect(page.get_by_test_id("cell-panel")).to_contain_text("onerror")
    page.goto(f"{page.url.partition('#')[0]}{HALL}")
    expect(page.get_by_test_id("tile-1953")).to_contain_text("onerror")
    assert page.locator("img").count() == 0
    assert page.title() != "broken in"
    assert not trouble


def test_every_control_has_a_name(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, PAGE)
    choose(page, 1)
    page.get_by_test_id("set-code").click()
    page.get_by_test_id("dialog").get_by_label("my own").check()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, a, input, select, summary')]
            .filter(one => !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length))
            .map(one => one.outerHTML)"""
    )
    assert nameless == []
