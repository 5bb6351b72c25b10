"""Open error signals, by events alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lineside.studio.model.events import SignalRaised
from lineside.studio.model.signals import SIGNALS_MAX, Signals, with_type

AT = datetime(2026, 1, 1, tzinfo=UTC)


def raised(number: int, device: str = "m", msg_id: str = "X", **metadata: Any) -> SignalRaised:
    return SignalRaised(f"T-{number}", device, msg_id, "text", metadata)


def test_signal_is_found_by_device_and_id() -> None:
    signals = Signals()
    signals.put(raised(1), AT)
    assert signals.find("m", "X") is not None
    assert signals.find("n", "X") is signals.find("m", "Y") is None
    assert (signals.of("m"), signals.of("n"), len(signals), signals.count) == (("T-1",), (), 1, 1)


def test_repeated_signal_keeps_its_beginning() -> None:
    signals = Signals()
    signals.put(raised(1), AT)
    signals.put(raised(1, signalType="error"), AT + timedelta(seconds=5))
    (one,) = signals
    assert (one.since, one.last, one.count, one.is_error) == (AT, AT + timedelta(seconds=5), 2, True)
    assert signals.count == 1


def test_resolved_signals_are_over_and_their_numbers_used() -> None:
    signals, other = Signals(), Signals()
    for number in (1, 2):
        signals.put(raised(number, msg_id=f"X{number}"), AT)
    signals.resolve(["T-1", "T-99"])
    assert [one.id for one in signals] == ["T-2"]
    other.restore(signals.carry(), signals.count)
    assert (other.carry(), other.count) == (signals.carry(), 2)


def test_oldest_goes_beyond_the_bound() -> None:
    signals = Signals()
    for number in range(SIGNALS_MAX + 1):
        signals.put(raised(number, msg_id=str(number)), AT)
    assert (len(signals), next(iter(signals)).id) == (SIGNALS_MAX, "T-1")


@pytest.mark.parametrize(
    ("given", "repeated", "kind"),
    [
        ({}, False, "warn"),
        ({}, True, "error"),
        ({"signalType": None}, True, "error"),
        ({"signalType": "warning"}, True, "warn"),
        ({"signalType": "warn"}, True, "warn"),
        ({"signalType": "error"}, False, "error"),
        ({"signalType": ["odd"]}, False, ["odd"]),
    ],
)
def test_type_is_the_devices_own_or_by_repetition(given: dict[str, Any], repeated: bool, kind: Any) -> None:
    assert with_type(given, repeated=repeated)["signalType"] == kind
