"""The hall and the pages of locker boards in the states that are rare in life, said by a played server."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PHONE, listen_for_trouble
from tests.browser.played_lockers import ADDRESS, ago, board_states, held, put_hall, told
from tests.browser.played_server import PlayedServer, event, open_played

pytestmark = pytest.mark.browser

HALL = "#/gateway/hall"
PAGE = "#/unit/hall/1953"
HOSTILE = "<img src=x onerror=\"document.title='broken in'\">"

FOREIGN = {number: {"phase": "foreign", "engaged": True} for number in (2, 5)}
PENDING = {
    "cells": FOREIGN,
    "status": {"pending": True, "connected": False},
    "state": {"pending": {"is": True, "reason": "it reports 2 codes that were not set here"}},
}
SILENT = {
    "status": {"state": "away", "reason": "no message for 180 s", "connected": False},
    "heard": {"at": ago(900), "channels": {"1": ago(900)}},
    "cells": {3: held(), 4: {"opened_at": ago(5)}},
}
MIXED = {
    1: held(label="Tools"),
    2: {"phase": "pending", "minutes": 60, "expires_at": ago(-3600)},
    3: {"phase": "sent", "minutes": 60, "expires_at": ago(-3600)},
    4: {"phase": "revoking", "engaged": True},
    5: {"phase": "timed_out"},
    6: {"phase": "foreign", "engaged": True},
    7: {"lock": False},
    8: {"opened_at": ago(2)},
    9: held(lock=False),
}


@pytest.fixture
def server(context: BrowserContext, built_page: Path) -> PlayedServer:
    """A hall with one board in each condition, until the test says otherwise."""
    played = PlayedServer(context, built_page)
    alarms = {"status": {"alarms": ["short_circuit"], "label": "Entrance"}}
    put_hall(played, {"1953": {"cells": MIXED}, "1954": alarms, "old-4": PENDING, "30": {**SILENT, "columns": 5}})
    return played


def choose(page: Page, cell: int) -> None:
    """Open the panel of a cell."""
    page.get_by_test_id(f"cell-{cell}").click()
    expect(page.locator("#cell-title")).to_have_text(f"Cell {cell}")


def command_asked(server: PlayedServer) -> dict[str, Any]:
    """The last command that the page asked for."""
    asked = [body for method, path, _, body in server.asked if (method, path) == ("POST", "/api/commands")]
    assert asked, "no command was asked for"
    body: dict[str, Any] = asked[-1]
    return body


# ---------------------------------------------------------------------------------------------------------- cabinet


def test_every_state_of_a_cell_has_a_mark_and_a_word_of_its_own(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, PAGE)
    trouble = listen_for_trouble(page)
    words = {
        **{1: "code set, Tools", 2: "waiting", 3: "sent", 4: "revoking", 5: "timed out", 6: "foreign code"},
        **{7: "no lock", 8: "free, opened just now", 9: "no lock found", 10: "free"},
    }
    for number, word in words.items():
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
    boxes = {number: page.get_by_test_id(f"cell-{number}").bounding_box() for number in (1, 5, 6, 30)}
    first, fifth, sixth, last = (boxes[number] for number in (1, 5, 6, 30))
    assert first and fifth and sixth and last
    assert first["y"] == fifth["y"] and first["x"] < fifth["x"], "5 ends the first row"
    assert sixth["x"] == first["x"] and sixth["y"] > first["y"], "6 begins the second row"
    assert last["x"] == fifth["x"]


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
        assert door and door["width"] >= 34, "a door is too small for a finger"


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


# ------------------------------------------------------------------------------------------------------------ codes


def test_a_code_of_ones_own_goes_out_as_it_was_typed(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, PAGE)
    choose(page, 10)
    page.get_by_test_id("set-code").click()
    dialog = page.get_by_test_id("dialog")
    dialog.get_by_label("my own").check()
    page.get_by_test_id("dialog-action").click()
    expect(dialog).to_contain_text("1 to 8 digits")
    page.get_by_test_id("code-input").fill("0042")
    page.get_by_test_id("code-amount").fill("1,5")
    page.get_by_test_id("code-once").check()
    page.get_by_test_id("code-label").fill("Tools")
    page.get_by_test_id("dialog-reason").fill("for the fitter")
    page.get_by_test_id("dialog-action").click()
    expect(dialog).to_have_count(0)
    body = command_asked(server)
    assert (body["unit"], body["name"], body["reason"]) == ("hall/1953", "set_code", "for the fitter")
    assert body["params"] == {"cell": 10, "code": "0042", "minutes": 90, "once": True, "label": "Tools"}
    assert "0042" not in page.inner_text("body")
    expect(page.get_by_test_id("cell-orders").get_by_test_id("command-progress")).to_have_attribute(
        "data-state", "accepted"
    )


def test_a_code_until_a_date_is_sent_with_its_zone(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, PAGE)
    choose(page, 10)
    page.get_by_test_id("set-code").click()
    page.get_by_test_id("dialog").get_by_label("until", exact=True).check()
    expect(page.get_by_test_id("dialog")).to_contain_text("in 8 h")
    page.get_by_test_id("dialog-action").click()
    expect(page.get_by_test_id("dialog")).to_have_count(0)
    params = command_asked(server)["params"]
    assert set(params) == {"cell", "until"} and params["until"].endswith("Z")


def test_a_refusal_stands_in_the_dialog_and_nothing_typed_is_lost(
    context: BrowserContext, server: PlayedServer
) -> None:
    refusal = {"error": {"code": "bad_params", "message": "a code has 4 digits here", "retry": False}}
    server.answers["/api/commands"] = (400, refusal)
    page = open_played(context, server, PAGE)
    choose(page, 10)
    page.get_by_test_id("set-code").click()
    page.get_by_test_id("dialog").get_by_label("my own").check()
    page.get_by_test_id("code-input").fill("12345")
    page.get_by_test_id("dialog-action").click()
    expect(page.get_by_test_id("dialog-trouble")).to_have_text("a code has 4 digits here")
    expect(page.get_by_test_id("code-input")).to_have_value("12345")


def test_a_code_on_its_way_is_shown_from_accepted_to_done(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, PAGE)
    choose(page, 10)
    page.get_by_test_id("set-code").click()
    page.get_by_test_id("dialog-action").click()
    progress = page.get_by_test_id("cell-orders").get_by_test_id("command-progress")
    expect(progress).to_have_attribute("data-state", "accepted")
    report = {"id": command_asked(server)["id"], "unit": "hall/1953", "name": "set_code", "actor": "anna"}
    plain = {**report, "reason": "", "note": "", "outcome": None}
    for phase, state in (("pending", "accepted"), ("sent", "sent")):
        given = board_states("1953", cells={10: held(phase=phase, engaged=False)})
        server.say("hall/1953/board", given["hall/1953/board"])
        server.say("lineside/commands", {**plain, "state": state})
        expect(progress).to_have_attribute("data-state", state)
        expect(page.get_by_test_id("cell-10")).to_have_attribute("data-look", phase)
    server.say("hall/1953/board", board_states("1953", cells={10: held()})["hall/1953/board"])
    outcome = {"kind": "done", "text": "the board lists cell 10", "code": "", "evidence": None}
    server.say("lineside/commands", {**plain, "state": "done", "outcome": outcome})
    expect(progress).to_have_attribute("data-state", "done")
    expect(page.get_by_test_id("cell-panel")).to_have_attribute("data-look", "confirmed")


def test_a_code_is_shown_once_after_its_record_and_hides_by_itself(
    context: BrowserContext, server: PlayedServer
) -> None:
    reveal = "/api/lockers/hall/1953/cells/1/reveal"
    server.answers[reveal] = (200, {"cell": 1, "code": "0042"})
    page = open_played(context, server, PAGE)
    page.clock.install()
    choose(page, 1)
    assert "0042" not in page.content()
    page.get_by_test_id("reveal-code").click()
    expect(page.get_by_test_id("dialog")).to_contain_text("with your name")
    assert not [one for one in server.asked if one[1] == reveal], "asked before the reader agreed"
    page.get_by_test_id("dialog-reason").fill("the guest forgot it")
    page.get_by_test_id("dialog-action").click()
    expect(page.get_by_test_id("code")).to_have_text("0042")
    assert ("POST", reveal, "", {"reason": "the guest forgot it"}) in server.asked
    page.clock.fast_forward(21_000)
    expect(page.get_by_test_id("code")).to_have_count(0)
    assert "0042" not in page.content()


def test_a_code_that_is_shown_goes_with_its_cell(context: BrowserContext, server: PlayedServer) -> None:
    server.answers["/api/lockers/hall/1953/cells/1/reveal"] = (200, {"cell": 1, "code": "0042"})
    page = open_played(context, server, PAGE)
    choose(page, 1)
    page.get_by_test_id("reveal-code").click()
    page.get_by_test_id("dialog-action").click()
    expect(page.get_by_test_id("code")).to_have_text("0042")
    choose(page, 2)
    expect(page.get_by_test_id("code")).to_have_count(0)
    choose(page, 1)
    expect(page.get_by_test_id("reveal-code")).to_be_visible()
    assert "0042" not in page.content()


def test_a_code_that_could_not_be_recorded_is_not_shown(context: BrowserContext, server: PlayedServer) -> None:
    refusal = {"error": {"code": "journal_full", "message": "no room on the disk", "retry": True}}
    server.answers["/api/lockers/hall/1953/cells/1/reveal"] = (503, refusal)
    page = open_played(context, server, PAGE)
    choose(page, 1)
    page.get_by_test_id("reveal-code").click()
    page.get_by_test_id("dialog-action").click()
    expect(page.get_by_test_id("reveal")).to_contain_text("not shown: no room on the disk")


def test_a_viewer_sees_the_cabinet_and_can_neither_look_at_codes_nor_set_them(
    context: BrowserContext, server: PlayedServer
) -> None:
    server.answers["/api/me"] = (200, {"name": "eve", "role": "viewer", "gateways": ["hall"]})
    page = open_played(context, server, PAGE)
    choose(page, 1)
    for name in ("set-code", "revoke-code", "reveal-code", "block", "reboot"):
        expect(page.get_by_test_id(name)).to_be_disabled()
    expect(page.get_by_test_id("control-note")).to_contain_text("your role")


# -------------------------------------------------------------------------------------------------------- the board


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


# --------------------------------------------------------------------------------------------------------- the hall


def test_an_empty_hall_says_which_address_boards_should_call(context: BrowserContext, server: PlayedServer) -> None:
    put_hall(server, {})
    page = open_played(context, server, HALL)
    expect(page.get_by_test_id("no-boards")).to_contain_text("No board has connected yet")
    expect(page.get_by_test_id("call-address")).to_have_text(ADDRESS)


def test_the_hall_shows_trouble_first_and_finds_boards(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, HALL)
    tiles = page.locator("[data-testid=tiles] > li")
    expect(tiles).to_have_count(4)
    expect(tiles.nth(0)).to_contain_text("Short circuit")
    expect(tiles.nth(1)).to_contain_text("to approve")
    expect(tiles.nth(2)).to_contain_text("away")
    page.get_by_test_id("group-silent").click()
    expect(tiles).to_have_count(1)
    page.get_by_test_id("group-silent").click()
    page.get_by_test_id("hall-search").fill("entr")
    expect(tiles).to_have_count(1)
    page.get_by_test_id("hall-search").fill("nobody")
    expect(page.get_by_test_id("hall-nothing")).to_contain_text("nobody")
    page.get_by_test_id("hall-search").fill("")
    page.get_by_test_id("tile-1953").click()
    expect(page.get_by_test_id("cabinet")).to_be_visible()


def test_a_hall_of_a_thousand_boards_is_one_glance(context: BrowserContext, server: PlayedServer) -> None:
    boards: dict[str, dict[str, Any]] = {str(2000 + index): {"columns": 2, "rows": 2} for index in range(1000)}
    boards["2777"] = {**SILENT, "columns": 2, "rows": 2, "cells": {}}
    put_hall(server, boards)
    page = open_played(context, server, HALL)
    expect(page.get_by_test_id("group-all")).to_contain_text("000 all")
    expect(page.locator("[data-testid=tiles] > li")).to_have_count(1000)
    expect(page.locator("[data-testid=tiles] > li").first).to_contain_text("2777")
    server.say("hall/2555/status", {**server.states["hall/2555/status"], "alarms": ["possible_clone"]})
    expect(page.locator("[data-testid=tiles] > li").first).to_contain_text("2555")


def test_the_overview_has_a_card_of_a_board(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, "#/overview")
    card = page.locator(".card", has_text="hall/1954")
    expect(card).to_contain_text("Short circuit")
    expect(card).to_contain_text("of 64 cells")


def test_the_pages_fit_a_phone(context: BrowserContext, server: PlayedServer) -> None:
    server.answers["/api/lockers/hall/1953/history"] = (200, {"events": [told(1, "CodeSet", label="y" * 64)], "next": 1})
    page = open_played(context, server, PAGE)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    choose(page, 1)
    for place, sign in ((PAGE, "cabinet"), (HALL, "tiles"), ("#/unit/hall/old-4", "approval"), ("#/overview", "overview")):
        page.goto(f"{page.url.partition('#')[0]}{place}")
        page.get_by_test_id(sign).wait_for()
        width = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{place} is wider than the screen"
