"""The built page in the states that are rare in life, said by a played server."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PHONE, listen_for_trouble
from tests.browser.played_server import GATEWAY, SINCE, STATUS, UNIT, PlayedServer, alarm, event, open_played

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=\"document.title='broken in'\">"


@pytest.fixture
def server(context: BrowserContext, built_page: Path) -> PlayedServer:
    """A ward in good health, until the test says otherwise."""
    return PlayedServer(context, built_page)


def make_live(server: PlayedServer, page: Page) -> None:
    """Send samples until the page calls itself live."""
    expect(page.get_by_test_id("waveforms")).to_be_visible()
    for index in range(5):
        server.sample(time.time() * 1000, fsm_state=5, pressure_inhale=140 + index)
    expect(page.get_by_test_id("waveforms")).to_have_attribute("data-live", "true")


def test_samples_are_shown_as_live_and_then_no_longer(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server)
    trouble = listen_for_trouble(page)
    make_live(server, page)
    expect(page.get_by_test_id("value-pressure_inhale")).to_have_text("144")
    expect(page.get_by_test_id("phase")).to_have_text("inhale")
    # Nobody says that the data is stale; the page finds out by itself.
    expect(page.get_by_test_id("stale")).to_contain_text("no data for")
    expect(page.get_by_test_id("waveforms")).to_have_attribute("data-live", "false")
    assert not trouble


def test_old_samples_are_not_called_live_because_they_have_just_arrived(
    context: BrowserContext, server: PlayedServer
) -> None:
    server.states["ward/1/status"] = STATUS | {"state": "stale", "reason": "no sample for 2 s", "connected": False}
    page = open_played(context, server)
    expect(page.get_by_test_id("waveforms")).to_be_visible()
    server.sample((time.time() - 60) * 1000, pressure_inhale=140)
    expect(page.get_by_test_id("stale")).to_contain_text("no data for 1 min")
    expect(page.get_by_test_id("stop")).to_be_disabled()
    expect(page.get_by_test_id("control-note")).to_contain_text("no sample for 2 s")


def test_a_journal_that_cannot_write_is_told_above_everything(context: BrowserContext, server: PlayedServer) -> None:
    server.states["ward/1/alarms"] = {"alarms": [alarm("APNEA", recorded=False)]}
    page = open_played(context, server)
    expect(page.get_by_test_id("alarm-APNEA")).to_contain_text("not recorded")
    expect(page.get_by_test_id("journal-banner")).to_have_count(0)
    full = {"state": "full", "reason": "no room on the disk", "since": SINCE, "seq": 3, "era": 1}
    server.say("lineside/journal", full)
    expect(page.get_by_test_id("journal-banner")).to_contain_text("nothing is being acknowledged")
    expect(page.get_by_test_id("journal-banner")).to_contain_text("no room on the disk")
    server.say("lineside/journal", full | {"state": "ok", "reason": ""})
    expect(page.get_by_test_id("journal-banner")).to_have_count(0)


def test_alarms_stand_oldest_first_with_their_priority_in_words(context: BrowserContext, server: PlayedServer) -> None:
    alarms = [alarm("LOW_VTE", priority="medium", count=12), alarm("APNEA"), alarm("ALARM_TEST", priority="low")]
    server.states["ward/1/alarms"] = {"alarms": alarms}
    page = open_played(context, server)
    rows = page.locator("[data-testid=alarms] li")
    expect(rows).to_contain_text(["medium", "high", "low"])
    expect(rows.first).to_contain_text("×12")


def test_an_acknowledgement_that_was_refused_is_told_at_its_alarm(
    context: BrowserContext, server: PlayedServer
) -> None:
    server.states["ward/1/alarms"] = {"alarms": [alarm("APNEA")]}
    refused = {"error": {"code": "journal_full", "message": "no room on the disk", "retry": True}}
    server.answers["/api/commands"] = (503, refused)
    page = open_played(context, server)
    page.get_by_test_id("acknowledge-APNEA").click()
    expect(page.get_by_test_id("alarm-APNEA")).to_contain_text("not acknowledged: no room on the disk")
    expect(page.get_by_test_id("acknowledge-APNEA")).to_be_enabled()
    _, _, _, body = next(request for request in server.asked if request[1] == "/api/commands")
    assert (body["unit"], body["name"], body["params"]) == ("ward/1", "ACK_ALARM", {"alarm": "APNEA"})


def test_a_command_is_shown_on_its_way_to_an_end_that_may_be_unknown(
    context: BrowserContext, server: PlayedServer
) -> None:
    page = open_played(context, server)
    make_live(server, page)
    page.get_by_test_id("start").click()
    progress = page.get_by_test_id("command-progress")
    expect(progress).to_have_attribute("data-state", "accepted")
    command_id = next(request for request in server.asked if request[1] == "/api/commands")[3]["id"]
    report = {"id": command_id, "unit": "ward/1", "name": "START", "actor": "anna", "reason": "", "note": ""}
    for state in ("sent", "unknown"):
        server.say("lineside/commands", report | {"state": state, "outcome": None})
        expect(progress).to_have_attribute("data-state", state)
    outcome = {"kind": "refused", "text": "not in effect", "code": "", "evidence": None}
    server.say("lineside/commands", report | {"state": "refused", "outcome": outcome})
    expect(progress).to_have_attribute("data-state", "refused")
    expect(progress).to_contain_text("not in effect")


def test_a_viewer_sees_why_nothing_can_be_ordered(context: BrowserContext, server: PlayedServer) -> None:
    server.answers["/api/me"] = (200, {"name": "eve", "role": "viewer", "gateways": ["ward"]})
    server.states["ward/1/alarms"] = {"alarms": [alarm("APNEA")]}
    page = open_played(context, server)
    expect(page.get_by_test_id("stop")).to_be_disabled()
    expect(page.get_by_test_id("acknowledge-APNEA")).to_be_disabled()
    expect(page.get_by_test_id("control-note")).to_contain_text("your role")


def test_after_a_cut_the_page_goes_on_where_it_was(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server)
    make_live(server, page)
    assert server.socket is not None
    server.socket.close(code=1011, reason="cut by the test")
    expect(page.get_by_test_id("waveforms")).to_have_attribute("data-live", "false")
    expect(page.get_by_test_id("link")).to_have_attribute("data-phase", "connected")
    resumed = server.subscribed[-1]["resume"]["ward/1/samples"]
    assert resumed == {"epoch": server.epoch, "offset": server.offsets["ward/1/samples"]}


def test_events_that_were_skipped_are_marked_and_can_be_read(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server, "#/events")
    expect(page.locator("[data-seq='3']")).to_be_visible()
    server.events = [event(seq) for seq in range(401, 501)]
    server.say("lineside/events", event(500), gap=496)
    expect(page.get_by_test_id("event-gap")).to_contain_text("not shown")
    server.events = [event(seq) for seq in range(4, 104)]
    page.get_by_role("button", name="Read them").click()
    expect(page.locator("[data-seq='50']")).to_have_count(1)


def test_hostile_text_is_shown_and_not_run(context: BrowserContext, server: PlayedServer) -> None:
    server.states["lineside/gateways"] = {"gateways": [GATEWAY | {"state": "failed", "reason": HOSTILE}]}
    server.states["ward/1/status"] = STATUS | {"reason": HOSTILE}
    server.states["ward/1/alarms"] = {"alarms": [alarm("APNEA", text=HOSTILE)]}
    server.events = [event(1, HOSTILE, text=HOSTILE)]
    page = open_played(context, server)
    trouble = listen_for_trouble(page)
    page.locator("[data-seq='1'] button").click()
    expect(page.get_by_test_id("event-data")).to_contain_text("onerror")
    expect(page.get_by_test_id("unit-reason")).to_have_text(HOSTILE)
    assert page.locator("img").count() == 0
    assert page.title() != "broken in"
    assert not trouble


def test_the_policy_would_refuse_a_script_that_came_in(context: BrowserContext, server: PlayedServer) -> None:
    """The broken build: markup that was let through still cannot run."""
    page = open_played(context, server)
    page.get_by_test_id("unit-page").wait_for()
    trouble = listen_for_trouble(page)
    page.evaluate("html => { document.querySelector('main').innerHTML = html }", HOSTILE)
    page.wait_for_function("() => document.querySelector('main img')?.complete")
    assert page.title() != "broken in"
    assert any("Content Security Policy" in line for line in trouble)


def test_without_gateways_the_page_says_how_to_add_one(context: BrowserContext, server: PlayedServer) -> None:
    server.states = {"lineside/gateways": {"gateways": []}}
    server.answers["/api/units"] = (200, {"units": []})
    page = open_played(context, server)
    expect(page.get_by_test_id("no-gateways")).to_contain_text("lineside.toml")


def test_a_unit_that_was_never_heard_says_why(context: BrowserContext, server: PlayedServer) -> None:
    del server.states["ward/1/profile"]
    server.states["ward/1/status"] = STATUS | {"state": "away", "reason": "no such device", "connected": False}
    page = open_played(context, server)
    expect(page.get_by_test_id("nothing-yet")).to_contain_text("no such device")


def test_an_unknown_unit_and_an_unknown_kind_have_a_page(context: BrowserContext, server: PlayedServer) -> None:
    server.answers["/api/units"] = (200, {"units": [UNIT | {"kind": "abacus"}]})
    page = open_played(context, server, "#/unit/ward/9")
    expect(page.get_by_test_id("no-unit")).to_contain_text("ward/9")
    page.get_by_test_id("unit-ward/1").click()
    expect(page.get_by_test_id("unit-page")).to_contain_text("abacus")


def test_who_is_not_signed_in_is_told_how(context: BrowserContext, server: PlayedServer) -> None:
    server.answers["/api/me"] = (401, {"error": {"code": "not_signed_in", "message": "sign in", "retry": False}})
    page = open_played(context, server)
    expect(page.get_by_test_id("login")).to_contain_text("lineside login")


def test_a_session_that_ends_leads_to_the_login(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server)
    make_live(server, page)
    server.answers["/api/me"] = (401, {"error": {"code": "not_signed_in", "message": "sign in", "retry": False}})
    assert server.socket is not None
    server.socket.close(code=4001, reason="signed out")
    expect(page.get_by_test_id("login")).to_contain_text("Your session has ended")


def test_a_server_that_is_away_is_tried_again(context: BrowserContext, server: PlayedServer) -> None:
    me = server.answers["/api/me"]
    server.answers["/api/me"] = (None, None)
    page = open_played(context, server)
    expect(page.get_by_test_id("away")).to_contain_text("does not answer")
    server.answers["/api/me"] = me
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_test_id("unit-page")).to_be_visible()


def test_logging_out_ends_the_live_connection(context: BrowserContext, server: PlayedServer) -> None:
    server.answers["/api/logout"] = (200, {"done": True})
    page = open_played(context, server)
    make_live(server, page)
    page.get_by_test_id("who").click()
    page.get_by_test_id("logout").click()
    expect(page.get_by_test_id("login")).to_be_visible()
    assert ("POST", "/api/logout", "", {}) in server.asked


def test_stop_can_be_asked_for_and_left_by_keyboard_alone(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server)
    make_live(server, page)
    page.get_by_test_id("stop").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("confirm")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("confirm")).to_have_count(0)
    assert not [request for request in server.asked if request[1] == "/api/commands"]


def test_the_chosen_window_and_traces_are_remembered(context: BrowserContext, server: PlayedServer) -> None:
    page = open_played(context, server)
    page.get_by_label("10 s").check()
    page.get_by_test_id("traces").click()
    page.get_by_label("Air supply").check()
    expect(page.get_by_test_id("trace-pressure_air_supply")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("trace-pressure_air_supply")).to_be_visible()
    expect(page.get_by_label("10 s")).to_be_checked()


def test_every_control_has_a_name(context: BrowserContext, server: PlayedServer) -> None:
    server.states["ward/1/alarms"] = {"alarms": [alarm("APNEA")]}
    page = open_played(context, server)
    make_live(server, page)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, a, input, select, summary')]
            .filter(one => !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length))
            .map(one => one.outerHTML)"""
    )
    assert nameless == []


def test_the_page_fits_a_phone(context: BrowserContext, server: PlayedServer) -> None:
    server.states["ward/1/alarms"] = {"alarms": [alarm("EXPIRATION_SENSE_FAULT_OR_LEAK", text="x" * 200)]}
    server.events = [event(1, "CommandAccepted", text="y" * 300)]
    page = open_played(context, server)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for place in ("#/", "#/overview", "#/events"):
        page.goto(f"{page.url.partition('#')[0]}{place}")
        page.locator("[data-seq='1']").wait_for()
        width = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{place} is wider than the screen"
