"""AFT transfers: pending, done, told, refused with each status, history, faults."""

from __future__ import annotations

import pytest

from lineside.slots.simulator import Profile
from tests.slots.simulator.aft_orders import order, transfer
from tests.slots.simulator.bench import Bench


def test_transfer_is_pending_then_done_told_by_69_and_in_the_history() -> None:
    bench = Bench()
    assert bench.body(order())[1:4] == b"\x00\x40\xff"
    bench.wait(1)
    assert bench.drain() == [0x69]
    done = bench.body("01 72 02 FF 00")
    assert done[1:3] == b"\x01\x00"
    assert done[5:10].hex() == "0000001500"
    assert done[-30:].hex() == "09000000000000001500" + "09000000000000000000" * 2
    assert bench.state.credits == 1500
    assert bench.body("01 72 02 FF 01") == done
    assert bench.body("01 72 02 FF FF") == done
    assert bench.body("01 72 02 FE 00").hex() == "020100"
    bench.wait(40)
    assert bench.drain() == []


def test_69_comes_again_until_the_end_was_asked_for() -> None:
    bench = Bench()
    bench.ask(order())
    bench.wait(1)
    assert bench.drain() == [0x69]
    bench.wait(16)
    assert bench.drain() == [0x69]


def test_same_order_while_pending_is_reported_and_another_is_incompatible() -> None:
    bench = Bench()
    bench.machine.transfers.pending_polls = 3
    bench.ask(order())
    assert bench.body(order())[2] == 0x40
    assert bench.body(order("OTHER"))[1:].hex() == "00c0"
    bench.wait(2)
    assert [bench.body("01 72 02 FF 00")[2] for _ in range(3)] == [0x40] * 3
    bench.wait(1)
    assert bench.body("01 72 02 FF 00")[2] == 0x00
    assert bench.state.credits == 1500


def test_order_again_after_its_end_is_refused_and_moves_nothing() -> None:
    for profile, status in ((Profile(), 0x81), (Profile(same_id_95=True), 0x95)):
        bench = Bench(profile=profile)
        transfer(bench, order())
        assert transfer(bench, order())[1] == status
        assert bench.state.credits == 1500
    bench = Bench(profile=Profile(ids_checked=False))
    transfer(bench, order())
    transfer(bench, order())
    assert bench.state.credits == 3000


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (order(kind=0x33), 0x82),
        (order(index=1), 0x82),
        (order(kind=0x20, cents=(100, 100, 0)), 0x82),
        (order(kind=0x10, cents=(100, 100, 0)), 0x82),
        (order(raw_amount="00000000AA" + "0" * 20), 0x83),
        (order(kind=0x80), 0x83),
        (order(cents=(99_999_900, 0, 0)), 0x84),
        (order(kind=0x40), 0x88),
        (order(key="01" * 20), 0x89),
        (order(kind=0x90), 0x8B),
        (order(flags=0x80), 0x90),
        (order(asset=0), 0x93),
        (order(asset=7), 0x93),
        (order(flags=0x40), 0x94),
        (order("x" * 21), 0x95),
        (order("a\x07"), 0x95),
        (order(code=0x55), 0xC1),
    ],
)
def test_order_is_refused_with_its_status(text: str, status: int) -> None:
    bench = Bench()
    assert transfer(bench, text)[1] == status
    assert bench.state.credits == 0
    assert bench.state.history == []


def test_order_is_refused_while_the_machine_cannot() -> None:
    bench = Bench(denomination=0x02, denominations=(0x02,))
    assert transfer(bench, order(cents=(1501, 0, 0)))[1] == 0x85
    bench.machine.cabinet.open_door("slot")
    assert transfer(bench, order())[1] == 0x87
    bench.machine.cabinet.close_door("slot")
    bench.state.restricted, bench.state.pool = 5, "0030"
    assert transfer(bench, order(cents=(0, 100, 0), pool="0031"))[1] == 0x8F
    bench = Bench(has_printer=False)
    assert transfer(bench, order(kind=0x20))[1] == 0x8E


def test_debit_needs_registration_with_key_and_point_of_sale() -> None:
    bench = Bench()
    for code in ("00", "01"):
        bench.ask(f"01 73 1D {code} 01 00 00 00 {'11' * 20} 00 00 00 00")
    assert transfer(bench, order(kind=0x40, key="11" * 20))[1] == 0x8A
    for code in ("00", "01"):
        bench.ask(f"01 73 1D {code} 01 00 00 00 {'11' * 20} 05 00 00 00")
    assert transfer(bench, order(kind=0x40, key="11" * 20))[1] == 0x00
    assert bench.meter(0xA6) == 1500


def test_transfer_waits_for_the_end_of_the_game() -> None:
    bench = Bench(game_s=3.0).rich()
    bench.machine.game.play(1, 0)
    bench.ask(order())
    bench.wait(1)
    assert bench.body("01 72 02 FF 00")[2] == 0x40
    bench.wait(3)
    assert bench.body("01 72 02 FF 00")[2] == 0x00


def test_pending_transfer_is_cancelled_by_the_host() -> None:
    bench = Bench()
    bench.machine.transfers.pending_polls = 5
    bench.ask(order())
    assert bench.body("01 72 01 80")[2] == 0x80
    bench.wait(2)
    assert bench.state.credits == 0


def test_trouble_before_the_end_fails_the_transfer() -> None:
    bench = Bench()
    bench.ask(order())
    bench.machine.cabinet.tilt()
    bench.wait(1)
    assert bench.body("01 72 02 FF 00")[2] == 0x87
    assert bench.state.credits == 0


def test_part_is_moved_where_the_host_allows_it_and_when_a_fault_wants_it() -> None:
    bench = Bench().rich(10)
    done = transfer(bench, order(kind=0x80, code=0x01, cents=(5000, 0, 0)))
    assert done[1] == 0x01
    assert done[4:9].hex() == "0000001000"
    bench = Bench()
    bench.machine.transfers.halves = True
    assert transfer(bench, order())[1] == 0x01
    assert bench.state.credits == 750


def test_fault_refuses_the_next_order_alone_with_any_status() -> None:
    bench = Bench()
    bench.machine.transfers.refuse_with = 0x9F
    assert transfer(bench, order())[1] == 0x9F
    assert transfer(bench, order())[1] == 0x00


def test_history_keeps_127_and_counts_on_from_one() -> None:
    bench = Bench(profile=Profile(ids_checked=False))
    for number in range(130):
        transfer(bench, order(f"T{number}", cents=(100, 0, 0)))
    assert len(bench.state.history) == 127
    assert bench.body("01 72 02 FF FF")[1] == 3
    assert b"T129" in bench.body("01 72 02 FF 03")
    assert bench.body("01 72 02 FF 81")[1] == 4  # 127 back from the newest
    assert bench.state.credits == 13_000


def test_zero_transfer_is_not_logged_and_profiles_answer_in_their_ways() -> None:
    bench = Bench()
    assert transfer(bench, order(cents=(0, 0, 0)))[:2] == b"\x00\x00"
    bench = Bench(profile=Profile(short_72=True))
    assert transfer(bench, order()) == b"\x01\x00"
    bench = Bench(profile=Profile(success_01=True))
    assert transfer(bench, order())[1] == 0x01


def test_power_cut_leaves_the_transfer_done_or_pending() -> None:
    bench = Bench()
    bench.ask(order())
    bench.power_up(bench.state)
    bench.send(b"\x80")
    bench.wait(1)
    assert bench.body("01 72 02 FF 00")[2] == 0x00
    assert bench.state.credits == 1500
    bench.power_up(bench.state)
    bench.drain()
    assert bench.body("01 72 02 FF 00")[2] == 0x00
    assert bench.state.credits == 1500
