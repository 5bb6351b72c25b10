"""The memory: fresh ones are alike and share nothing."""

from __future__ import annotations

import msgspec

from lineside.slots.simulator import MachineState
from lineside.slots.simulator.memory import Transfer


def test_fresh_memories_share_nothing() -> None:
    first, second = MachineState(), MachineState()
    first.meters[0] = 1
    first.switches.disabled_games.append(3)
    first.lock.status = 0
    assert second == MachineState()


def test_memory_is_plain_values() -> None:
    state = MachineState(cashable=1, restricted=2, non_restricted=3)
    assert state.credits == 6
    assert msgspec.json.decode(msgspec.json.encode(state), type=MachineState) == state


def test_content_of_a_transfer_is_what_makes_it_the_same() -> None:
    one = Transfer("A", 0, 0, (1, 0, 0), 0, 1)
    assert one.content() == Transfer("A", 0, 0, (1, 0, 0), 7, 1, status=0).content()
    assert one.content() != Transfer("A", 0, 0, (2, 0, 0), 0, 1).content()
