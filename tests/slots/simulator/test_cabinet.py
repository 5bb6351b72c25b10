"""The cabinet: bills, doors, menus, tilts, the stacker, options, power."""

from __future__ import annotations

import pytest

from lineside.slots.simulator import Refused
from lineside.slots.simulator.cabinet import BILL_EXCEPTIONS, DOORS, MENUS
from lineside.slots.wire import BILL_VALUES
from tests.slots.simulator.bench import Bench


@pytest.mark.parametrize("dollars", BILL_VALUES[:12])
def test_bill_gives_credits_meters_and_its_exception(dollars: int) -> None:
    bench = Bench()
    index = BILL_VALUES.index(dollars)
    assert bench.machine.cabinet.insert_bill(dollars) == dollars * 100
    assert bench.drain() == [BILL_EXCEPTIONS.get(dollars, 0x4F)]
    codes = (0x0B, 0x24, 0x58, 0x3F, 0x0C)
    assert [bench.meter(code) for code in codes] == [dollars * 100] * len(codes)
    assert (bench.meter(0x40 + index), bench.meter(0x3E)) == (1, 1)
    assert bench.body("01 48").hex() == f"37{index:02d}00000001"
    assert bench.body("01 20").hex() == f"{dollars:08d}"


@pytest.mark.parametrize("order", ["01 07", "01 01", "01 08 EF FF FF FF 01"])
def test_bill_is_given_back_when_the_host_wants_none(order: str) -> None:
    bench = Bench()
    bench.ask(order)
    assert bench.machine.cabinet.insert_bill(20) == 0
    assert bench.drain() == [0x2B]
    assert bench.state.credits == 0


def test_acceptor_goes_off_after_each_bill_when_the_host_wants_it() -> None:
    bench = Bench()
    bench.ask("01 08 FF FF FF 00 00")
    assert bench.machine.cabinet.insert_bill(1) == 100
    assert bench.machine.cabinet.insert_bill(1) == 0
    bench.ask("01 06")
    assert bench.machine.cabinet.insert_bill(1) == 100


def test_bill_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Refused):
        Bench().machine.cabinet.insert_bill(3)


@pytest.mark.parametrize("door", DOORS)
def test_door_is_told_once_when_it_moves(door: str) -> None:
    bench = Bench()
    for _ in range(2):
        bench.machine.cabinet.open_door(door)
    for _ in range(2):
        bench.machine.cabinet.close_door(door)
    assert bench.drain() == list(DOORS[door])


def test_slot_door_counts_and_begins_the_games_since_then() -> None:
    bench = Bench().rich()
    bench.machine.game.play(1, 0)
    bench.machine.cabinet.open_door("slot")
    bench.machine.cabinet.close_door("slot")
    bench.machine.game.play(1, 0)
    assert bench.body("01 18").hex() == "00020001"
    assert bench.body("01 1C")[-8:].hex() == "0000000100000000"


@pytest.mark.parametrize("menu", MENUS)
def test_menu_stops_the_game(menu: str) -> None:
    bench = Bench().rich()
    bench.machine.cabinet.enter_menu(menu)
    with pytest.raises(Refused, match=menu):
        bench.machine.game.play()
    bench.machine.cabinet.leave_menu(menu)
    bench.machine.cabinet.leave_menu(menu)
    assert bench.drain() == list(MENUS[menu])


def test_tilt_lamp_and_stacker() -> None:
    bench = Bench().rich(5)
    for _ in range(2):
        bench.machine.cabinet.tilt(0x41)
        bench.machine.cabinet.press_lamp()
    bench.machine.cabinet.clear_tilts()
    bench.machine.cabinet.empty_stacker()
    assert bench.drain() == [0x41, 0x71, 0x72, 0x1B, 0x1C, 0x7B]
    assert (bench.meter(0x3E), bench.meter(0x3F), bench.meter(0x0B)) == (0, 0, 500)


def test_operator_changes_denomination_and_options() -> None:
    bench = Bench().rich(5)
    with pytest.raises(Refused, match="cash out"):
        bench.machine.cabinet.change_denomination(0x02)
    bench.state.cashable = 0
    for code in (0x00, 0x1B):
        with pytest.raises(Refused):
            bench.machine.cabinet.change_denomination(code)
    bench.machine.cabinet.change_denomination(0x02)
    bench.machine.cabinet.change_options()
    assert bench.drain() == [0x3C, 0x3C]
    assert bench.body("01 B1") == b"\x02"
    assert bench.machine.cabinet.insert_bill(5) == 100
    bench.power_up(bench.state)
    bench.drain()
    assert bench.body("01 B1") == b"\x02"


def test_memory_is_cleared_and_meters_roll_over() -> None:
    bench = Bench().rich(5)
    bench.machine.cabinet.near_rollover(8)
    before = bench.body("01 11").hex()
    bench.machine.game.play(5, 0)
    assert (before, bench.body("01 11").hex()) == ("99999998", "00000003")
    assert bench.body("01 6F 04 00 00 00 00")[3:].hex() == "0000" + "05" + "0100000003"
    bench.machine.cabinet.clear_memory()
    assert bench.drain()[-1] == 0x7A
    assert bench.body("01 11").hex() == "00000000"
    assert bench.state.credits == 495
