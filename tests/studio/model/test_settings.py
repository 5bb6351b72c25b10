from __future__ import annotations

from lineside.studio.model.settings import TableSettings, UptimeMode
from lineside.studio.wire import StatusValues, TimestampMode


def test_defaults_are_those_of_the_sheet() -> None:
    settings = TableSettings()
    assert (settings.uptime_mode, settings.timestamps) == (UptimeMode.UPDATES, TimestampMode.LOCAL)
    assert (settings.status_values, settings.expose_custom) == (StatusValues.SEED, False)
    assert (settings.offline_grace_s, settings.mark_down) == (60.0, False)
    assert settings.ignore == frozenset()
