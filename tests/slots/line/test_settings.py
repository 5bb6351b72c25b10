"""Limits and profiles of a line."""

from __future__ import annotations

import msgspec
import pytest

from lineside.slots.line import MEGAJACK_WIRE, PROFILES, LineTiming, MachinePolling, Profile


@pytest.mark.parametrize(
    "bad", [{"address": 0}, {"address": 128}, {"address": 1, "poll_ms": 39}, {"address": 1, "period": 1}]
)
def test_a_machine_outside_the_protocol_is_refused(bad: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, MachinePolling)


def test_no_poll_leaves_more_than_3_times() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"sends_max": 4}, LineTiming)


def test_a_line_with_several_machines_gives_up_a_silent_one_before_its_neighbours_miss_their_poll() -> None:
    timing = LineTiming()
    assert timing.down_shared_s + timing.response_s + timing.answer_s_max < 5.0
    assert timing.down_s == 5.0


def test_profiles_differ_from_the_standard_where_the_sheet_says_so() -> None:
    assert PROFILES["standard"] == Profile()
    assert PROFILES["seed"].prefix_nobody
    assert PROFILES["interblock"].guard_ms == 3.0
    assert (PROFILES["apex"].aft_flags, PROFILES["egt"].aft_flags) == (0x03, 0x00)
    assert MEGAJACK_WIRE.repeated_id_statuses == {0x95}
