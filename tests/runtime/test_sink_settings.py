"""The defaults of a sink fit together, and reach the lanes."""

from __future__ import annotations

import msgspec
import pytest

from lineside.runtime.journal import JournalSettings
from lineside.runtime.sink_settings import SinkSettings


def test_defaults_fit_together() -> None:
    settings = SinkSettings()
    assert settings.window_events_max >= 2 * settings.deliver_events_max * settings.lanes_max
    assert settings.done_events_max <= JournalSettings().cursor_done_max, "the journal keeps no longer cursor"


def test_lanes_get_the_limits_of_the_settings() -> None:
    settings = SinkSettings(
        window_events_max=1, window_bytes_max=2, parked_events_max=3, done_events_max=4, tries_max=5
    )
    limits = settings.lane_limits()
    assert (limits.window_events_max, limits.window_bytes_max, limits.parked_events_max) == (1, 2, 3)
    assert (limits.done_events_max, limits.tries_max) == (4, 5)


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="windows"):
        msgspec.convert({"windows": 1}, SinkSettings)
