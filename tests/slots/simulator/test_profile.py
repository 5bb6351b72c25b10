"""Profiles: the plain one is the sheet, and each quirk of §16 has a name."""

from __future__ import annotations

from lineside.slots.simulator import PROFILES, Profile, RteIdle


def test_plain_profile_is_strict() -> None:
    plain = PROFILES["plain"]
    assert plain == Profile()
    assert plain.strict_repeat
    assert not plain.sync_acknowledges
    assert plain.rte_idle is RteIdle.EVENT_00


def test_vendors_differ_from_it_and_from_each_other() -> None:
    assert {"apex", "merkur", "megajack", "echoing", "chatty", "game_king"} <= set(PROFILES)
    assert len({repr(profile) for profile in PROFILES.values()}) == len(PROFILES)
