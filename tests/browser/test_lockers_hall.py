"""The hall of locker boards in the states that are rare in life, said by a played server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import PHONE
from tests.browser.played_lockers import (
    ADDRESS,
    HALL,
    PAGE,
    choose,
    put_conditions,
    put_hall,
    silent,
    told,
)
from tests.browser.played_server import PlayedServer, open_played

pytestmark = pytest.mark.browser


@pytest.fixture
def server(context: BrowserContext, built_page: Path) -> PlayedServer:
    """A hall with one board in each condition, until the test says otherwise."""
    played = PlayedServer(context, built_page)
    put_conditions(played)
    return played


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
    boards["2777"] = {**silent(), "columns": 2, "rows": 2, "cells": {}}
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
    wide = [told(1, "CodeSet", label="y" * 64)]
    server.answers["/api/lockers/hall/1953/history"] = (200, {"events": wide, "next": 1})
    page = open_played(context, server, PAGE)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    choose(page, 1)
    pending = "#/unit/hall/old-4"
    for place, sign in ((PAGE, "cabinet"), (HALL, "tiles"), (pending, "approval"), ("#/overview", "overview")):
        page.goto(f"{page.url.partition('#')[0]}{place}")
        page.get_by_test_id(sign).wait_for()
        width = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{place} is wider than the screen"
