"""Setting, revoking and looking at codes, said by a played server."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.played_lockers import (
    PAGE,
    board_states,
    choose,
    command_asked,
    held,
    put_conditions,
)
from tests.browser.played_server import PlayedServer, open_played

pytestmark = pytest.mark.browser


@pytest.fixture
def server(context: BrowserContext, built_page: Path) -> PlayedServer:
    """A hall with one board in each condition, until the test says otherwise."""
    played = PlayedServer(context, built_page)
    put_conditions(played)
    return played


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
    assert set(params) == {"cell", "until"}
    assert params["until"].endswith("Z")


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
    for _ in range(10):  # the page sets its timer after it has drawn the code, which may take a moment
        page.clock.fast_forward(21_000)
        page.wait_for_timeout(200)
        if page.get_by_test_id("code").count() == 0:
            break
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
