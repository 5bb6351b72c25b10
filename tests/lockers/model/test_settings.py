from __future__ import annotations

from lineside.lockers.model.settings import BoardSettings, MinutesMode, UnknownPolicy


def test_defaults_are_those_of_the_sheet() -> None:
    settings = BoardSettings()
    assert settings.minutes_mode is MinutesMode.REMAINING
    assert settings.unknown is None
    assert (settings.code_digits, settings.cells_max) == (4, 256)
    assert (settings.late_distance, settings.late_s) == (16, 120.0)
    assert settings.reboot_replies_max == 5


def test_words_of_the_settings_file() -> None:
    assert [policy.value for policy in UnknownPolicy] == ["accept", "pending", "reject"]
    assert [mode.value for mode in MinutesMode] == ["remaining", "constant"]
