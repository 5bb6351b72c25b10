"""Who is present, gone and lost, by events alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lineside.studio.model.events import DeviceSaid, ReporterJoined, ReporterLeft, ReporterLost
from lineside.studio.model.reporters import REPORTERS_MAX, Reporters

AT = datetime(2026, 1, 1, tzinfo=UTC)
DUE = AT + timedelta(minutes=1)


def joined(device: str) -> ReporterJoined:
    return ReporterJoined(device, "a", "10.0.0.1:5")


def test_reporter_is_present_gone_and_lost() -> None:
    reporters = Reporters()
    reporters.apply(joined("pc"), AT)
    assert (reporters.is_present("pc"), reporters.is_lost("pc")) == (True, False)
    reporters.apply(ReporterLeft("pc", "cut", DUE), AT)
    one = reporters.get("pc")
    assert one is not None
    assert (one.present, one.due, one.reason) == (False, DUE, "cut")
    reporters.apply(ReporterLost("pc"), DUE)
    assert reporters.is_lost("pc")
    assert one.due is None
    reporters.apply(joined("pc"), DUE)
    assert (reporters.is_present("pc"), reporters.is_lost("pc")) == (True, False)


def test_word_about_itself_outlives_a_reconnect() -> None:
    reporters = Reporters()
    reporters.apply(joined("pc"), AT)
    reporters.apply(DeviceSaid("pc", False), AT)
    reporters.apply(ReporterLeft("pc", ""), AT)
    reporters.apply(joined("pc"), AT)
    assert reporters.carry()[0].says_down
    reporters.apply(DeviceSaid("pc", True), AT)
    assert not reporters.carry()[0].says_down


def test_events_about_unknown_devices_change_nothing() -> None:
    reporters = Reporters()
    for event in (ReporterLeft("x", ""), ReporterLost("x"), DeviceSaid("x", False)):
        reporters.apply(event, AT)
    assert list(reporters) == []
    assert not reporters.is_present("x")
    assert not reporters.is_lost("x")


def test_longest_gone_is_forgotten_first_and_nobody_who_is_there() -> None:
    reporters = Reporters()
    for index in range(REPORTERS_MAX):
        reporters.apply(joined(f"d{index}"), AT)
    reporters.apply(ReporterLeft("d7", ""), AT)
    reporters.apply(ReporterLeft("d3", ""), AT)
    reporters.apply(joined("new"), AT)
    assert reporters.get("d7") is None
    assert reporters.get("d3") is not None
    reporters.apply(joined("d3"), AT)
    reporters.apply(joined("newer"), AT)
    assert len(list(reporters)) == REPORTERS_MAX + 1


def test_order_survives_carry_and_restore() -> None:
    reporters, other = Reporters(), Reporters()
    for device in ("a", "b", "c"):
        reporters.apply(joined(device), AT)
    reporters.apply(ReporterLeft("a", "", DUE), AT)
    other.restore(reporters.carry())
    assert [one.device for one in other] == ["b", "c", "a"]
