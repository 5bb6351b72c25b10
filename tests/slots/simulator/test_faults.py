"""Faults on request: each does what it says, once or by chance, and is counted."""

from __future__ import annotations

import pytest

from lineside.slots.simulator import FAULT_NAMES, FaultSettings, Profile, Refused
from lineside.slots.simulator.faults import Piece
from lineside.slots.wire import crc16
from tests.slots.simulator.aft_orders import order
from tests.slots.simulator.bench import GENERAL, NOBODY, SeatBench, asked, with_sum

VERSION = b"\x01\x54"


def pieces(name: str) -> list[Piece]:
    bench = SeatBench()
    bench.poll()
    bench.seat.do("fault", name=name)
    return bench.seat.on_poll(asked(VERSION), bench.now)


def test_fault_of_bytes_changes_what_leaves() -> None:
    whole = SeatBench()
    whole.poll()
    answer = whole.send(VERSION)
    assert pieces("drop") == []
    assert pieces("late") == [Piece(answer, 0.05)]
    assert pieces("gap") == [Piece(answer[:7]), Piece(answer[7:], 0.03)]
    assert pieces("doubled") == [Piece(answer), Piece(answer)]
    assert pieces("crc") == [Piece(answer[:-2] + answer[:-3:-1])]
    assert pieces("echo") == [Piece(b"\x80\x01"), Piece(answer)]
    assert pieces("chirp") == [Piece(b"\x01", wakeup=True), Piece(answer)]
    (flipped,) = pieces("flip")
    assert sum((a ^ b).bit_count() for a, b in zip(answer, flipped.data, strict=True)) == 1
    assert crc16(flipped.data) != 0


def test_lost_answer_comes_again_when_the_same_is_asked() -> None:
    bench = SeatBench()
    bench.poll()
    bench.seat.do("raise", code=0x66)
    bench.send(NOBODY)
    bench.seat.do("fault", name="drop", count=2)
    assert [bench.send(GENERAL), bench.send(GENERAL), bench.send(GENERAL)] == [b"", b"", b"\x66"]
    bench.send(NOBODY)
    assert bench.send(GENERAL) == b"\x00"


def test_faults_in_place_of_an_answer() -> None:
    bench = SeatBench()
    bench.poll()
    for name, answer in (("busy", b"\x01\x00"), ("nack", b"\x81")):
        bench.seat.do("fault", name=name)
        assert bench.send(with_sum("01 01")) == answer
        bench.send(NOBODY)
    bench.seat.do("fault", name="rte")
    assert bench.send(with_sum("01 0E 01")) == b"\x01"  # no event outside of real-time mode
    bench.send(NOBODY)
    assert bench.send(with_sum("01 01")) == bytes.fromhex("01 FF 00 1C A5")
    assert bench.seat.state.switches.is_enabled


def test_transfer_is_done_and_its_answer_lost() -> None:
    bench = SeatBench()
    bench.poll()
    bench.seat.do("fault", name="aft_lost")
    assert bench.send(with_sum(order()))
    bench.send(NOBODY, 2.0)
    assert bench.send(with_sum("01 72 02 FF 00")) == b""
    bench.send(NOBODY)
    assert bench.send(with_sum("01 72 02 FF 00"))[4] == 0x00
    assert bench.seat.state.credits == 1500


@pytest.mark.parametrize(("name", "value", "status"), [("aft_refused", 0x84, 0x84), ("aft_pending", 2, 0x40)])
def test_transfer_faults_are_armed_in_the_machine(name: str, value: int, status: int) -> None:
    bench = SeatBench()
    bench.poll()
    bench.seat.do("fault", name=name, value=value)
    bench.send(with_sum(order()))
    bench.send(NOBODY, 2.0)
    assert bench.send(with_sum("01 72 02 FF 00"))[4] == status


def test_chance_is_seeded_and_one_fault_does_not_change_another() -> None:
    def fates(**chances: float) -> list[bytes]:
        bench = SeatBench(faults=FaultSettings(**chances))
        bench.poll()
        told = []
        for _ in range(60):
            told.append(bench.send(VERSION))
            bench.send(NOBODY)
        return told

    assert fates(drop=0.3) == fates(drop=0.3)
    assert 5 < fates(drop=0.3).count(b"") < 35


def test_quirks_of_a_profile_come_before_every_answer() -> None:
    bench = SeatBench(profile=Profile(echoes=True, glued_stray=True))
    bench.send(NOBODY)
    assert bench.send(GENERAL) == b"\x80\x81\x17"
    bench.send(NOBODY)
    bench.send(with_sum("01 0E 01"))
    bench.send(NOBODY)
    assert bench.send(GENERAL) == bytes.fromhex("80 81 01 01 FF 00 1C A5")


def test_unknown_fault_is_refused_and_all_known_ones_are_taken() -> None:
    bench = SeatBench()
    with pytest.raises(Refused, match="no fault"):
        bench.seat.do("fault", name="fire")
    for name in FAULT_NAMES:
        bench.seat.do("fault", name=name)
