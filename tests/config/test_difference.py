"""What a reload would change."""

from __future__ import annotations

from lineside.config import difference
from tests.config.support import read, ward


def test_same_settings_differ_in_nothing() -> None:
    assert difference(read(ward()), read(ward())).is_empty


def test_changed_gateway_is_named_with_its_keys() -> None:
    found = difference(read(ward()), read(ward(period_s=1)))
    assert (found.added, found.removed, found.changed, found.process) == ((), (), ("ward",), ())
    assert [str(change) for change in found.changes] == ["gateways.ward.period_s: 0.2 -> 1.0"]


def test_added_and_removed_gateways_are_named() -> None:
    assert difference(read({}), read(ward())).added == ("ward",)
    assert difference(read(ward()), read({})).removed == ("ward",)


def test_sections_of_the_process_need_a_new_one() -> None:
    found = difference(read({}), read({"web": {"address": "127.0.0.1:9"}, "data_dir": "other"}))
    assert set(found.process) == {"web.address", "data_dir"}


def test_changed_secret_restarts_its_gateway_and_is_not_shown() -> None:
    found = difference(read(ward(password="hunter22")), read(ward(password="tigers22")))
    assert found.changed == ("ward",)
    assert "hunter" not in str(found)
