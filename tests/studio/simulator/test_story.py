"""What happens at a simulated table, by the clock."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from lineside.studio.simulator import Scene, SimulatorSettings, Story
from lineside.studio.wire import TableWire, Update
from lineside.studio.wire.reporter import ReporterSide
from lineside.studio.wire.vocabulary import Dialect


def day(table: str, seconds: float, *, seed: int = 1, **settings: float) -> list[Scene]:
    story = Story(table, SimulatorSettings(**settings), random.Random(seed))  # type: ignore[arg-type]
    now, scenes = 1000.0, []
    while now < 1000.0 + seconds:
        scenes += story.due(now)
        now = max(story.next_at(), now)
    return scenes


@pytest.mark.parametrize(
    ("table", "devices", "services"),
    [
        ("ARO-001", {"zcam", "roulette", "nfc_scanner"}, {"sdp"}),
        ("SBO-001", {"broker", "zcam", "shaker", "nfc_scanner"}, {"sdp", "idp"}),
        ("BAC-001", {"zcam", "barcode_scanner", "nfc_scanner"}, {"sdp", "idp"}),
    ],
)
def test_table_has_the_devices_of_its_game_and_opens_with_them(
    table: str, devices: set[str], services: set[str]
) -> None:
    seen: dict[str, str] = {}
    for scene in day(table, 20, period_s=10):
        seen.update(scene.fields)
    assert {name for name, value in seen.items() if value == "up"} >= devices
    assert set(seen) <= devices | services | {"round", "Dealer"}
    assert seen["sdp"] == "up"


def test_every_scene_is_a_message_that_a_server_takes() -> None:
    side, wire = ReporterSide(Dialect.A, "Studio-Test", "pc", "t"), TableWire(Dialect.A, "Studio-Test")
    scenes = day("Studio-Test", 20_000, maintenance_every_s=500)
    assert len(scenes) > 1000
    for scene in scenes:
        if scene.signal is None:
            assert isinstance(wire.read(side.update(scene.fields)), Update), scene


def test_days_hold_everything_that_a_page_has_to_show() -> None:
    scenes = day("SBO-001", 40_000, maintenance_every_s=1000, maintenance_for_s=100)
    values = Counter(f"{name} {value}" for scene in scenes for name, value in scene.fields.items())
    for what in ("sdp up", "sdp exception", "sdp calibration", "sdp down", "zcam down", "zcam up", "idp standby"):
        assert values[what] > 3, what
    assert 20 < values["maintenance True"] < 60
    assert values["maintenance True"] - values["maintenance False"] in (0, 1)
    assert any(scene.signal for scene in scenes)


def test_the_seed_repeats_the_day() -> None:
    assert day("ARO-001", 2000, seed=3) == day("ARO-001", 2000, seed=3) != day("ARO-001", 2000, seed=4)


def test_late_loop_does_not_make_up_for_what_it_missed() -> None:
    story = Story("ARO-001", SimulatorSettings(period_s=1), random.Random(1))
    story.due(0.0)
    assert len(story.due(100_000.0)) < 30
    assert story.next_at() > 99_990


def test_period_sets_the_pace() -> None:
    assert len(day("ARO-001", 1000, period_s=1)) > 5 * len(day("ARO-001", 1000, period_s=10))
