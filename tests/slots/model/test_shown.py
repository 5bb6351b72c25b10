"""What pages get of a machine."""

from __future__ import annotations

import msgspec

from lineside.slots.line import TimingMeasured
from lineside.slots.line.timing import BOUNDS_S
from lineside.slots.model import LINE
from lineside.slots.model.shown import cents_of
from tests.slots.model.story import Story


def test_meters_and_exceptions_are_shown_as_they_change() -> None:
    story = Story().comes_up()
    meters = story.latest("meters")
    assert [(one.code, one.value) for one in meters] == [(0x00, 1000), (0x01, 700), (0x05, 40), (0x0C, 500)]
    assert meters[0].name == "coin_in"
    story.tells(0x11)
    shown = story.latest("exceptions")
    assert (shown.number, shown.code, shown.text, shown.away) == (1, 0x11, "slot door open", False)
    assert story.latest("config")["version"]["serial"] == "000001"
    assert story.latest("aft")["cashable_cents"] == 100


def test_timing_is_shown_with_its_bounds() -> None:
    story = Story()
    story.hears(TimingMeasured(1, (1,), (2,), (3,), 0.1, 0.2, {"polls": 4}), LINE)
    assert story.latest("timing").bounds_s == BOUNDS_S
    assert story.recorded == []


def test_status_is_json() -> None:
    assert msgspec.json.encode(Story().comes_up().status)


def test_cents_of_a_denomination() -> None:
    assert (cents_of(0x01), cents_of(0x1F), cents_of(0x00)) == (1.0, 0.05, None)
