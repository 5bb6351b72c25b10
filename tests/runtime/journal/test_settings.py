from __future__ import annotations

import msgspec
import pytest

from lineside.runtime.journal import JournalSettings


def test_unknown_and_senseless_settings_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="keep_day"):
        msgspec.convert({"keep_day": 3}, JournalSettings)
    with pytest.raises(msgspec.ValidationError, match="keep_days"):
        msgspec.convert({"keep_days": 0}, JournalSettings)
    assert msgspec.convert({"keep_days": 30}, JournalSettings).keep_days == 30


def test_a_batch_fits_into_the_queue_and_an_append_into_both() -> None:
    settings = JournalSettings()
    assert settings.batch_events_max == 256
    assert settings.checkpoint_s == 300
    assert settings.append_events_max <= settings.queue_events_max
    assert settings.event_bytes_max <= settings.queue_bytes_max
