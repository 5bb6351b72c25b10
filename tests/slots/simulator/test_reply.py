"""Handlers made of what they do."""

from __future__ import annotations

import pytest

from lineside.slots.simulator.pack import Invalid, Reader
from lineside.slots.simulator.reply import Data, Short, acknowledging, reading


def test_poll_without_data_is_obeyed_or_answered() -> None:
    done: list[int] = []
    assert acknowledging(lambda: done.append(1))(Reader(b"")) is Short.ACK
    assert done == [1]
    assert reading(lambda: b"\x05")(Reader(b"")) == Data(b"\x05")


def test_data_where_none_belong_are_invalid_and_nothing_is_done() -> None:
    done: list[int] = []
    with pytest.raises(Invalid):
        acknowledging(lambda: done.append(1))(Reader(b"\x00"))
    with pytest.raises(Invalid):
        reading(bytes)(Reader(b"\x00"))
    assert done == []
