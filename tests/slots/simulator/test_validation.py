"""The validation buffer of 31, its numbers and totals."""

from __future__ import annotations

from typing import Any

from lineside.slots.simulator.validation import RECORDS_COUNT, enhanced_number
from tests.slots.simulator.bench import Bench

PRINTS = "01 7B 08 01 00 01 00 00 00 00 00"


def printing(**settings: Any) -> Bench:
    bench = Bench(**settings)
    bench.ask("01 4C 03 02 01 00 00 00")
    bench.ask(PRINTS)
    return bench


def cash_out(bench: Bench) -> None:
    bench.machine.cabinet.insert_bill(1)
    bench.machine.cash_outs.press()


def test_enhanced_number_is_that_of_the_sheet() -> None:
    assert enhanced_number(0x010203, 2) == "008114918582831280"


def test_ticket_is_recorded_read_once_and_seen_by_index() -> None:
    bench = printing()
    cash_out(bench)
    assert bench.drain() == [0x3D, 0x47, 0x66]
    ahead = bench.body("01 4D FF")
    assert ahead[:2] == b"\x00\x01"
    assert ahead[2:9].hex() == "11272025192116"
    assert ahead[9:17].hex() == enhanced_number(0x010203, 1)[2:]
    assert ahead[17:22].hex() == "0000000100"
    assert len(ahead) == 31
    assert bench.body("01 4D 00") == ahead
    assert bench.body("01 4D 00") == bytes(31)
    assert bench.body("01 4D 01") == ahead
    assert bench.body("01 50 00").hex() == "00" + "00000001" + "0000000100"
    assert (bench.meter(0x86), bench.meter(0x87), bench.meter(0x0E), bench.meter(0x04)) == (100, 1, 100, 100)


def test_record_stays_until_its_reading_is_acknowledged() -> None:
    bench = printing()
    cash_out(bench)
    first = bench.send(bench.frame("01 4D 00"))
    assert bench.send(bench.frame("01 4D 00")) == first
    bench.power_up(bench.state)
    bench.send(b"\x80")
    assert bench.send(bench.frame("01 4D 00")) == first


def test_full_buffer_prints_no_more_until_the_host_reads() -> None:
    bench = printing()
    for _ in range(RECORDS_COUNT):
        cash_out(bench)
    bench.drain()
    cash_out(bench)
    assert 0x51 in bench.drain()
    bench.machine.handpays.reset()
    assert [bench.body("01 4D 00")[1] for _ in range(RECORDS_COUNT)] == list(range(1, 32))
    cash_out(bench)
    assert bench.body("01 4D 00")[1] == 1


def test_without_an_id_the_machine_says_so_and_pays_by_hand() -> None:
    bench = Bench()
    bench.ask(PRINTS)
    cash_out(bench)
    assert set(bench.drain()) >= {0x3F, 0x51}


def test_standard_ticket_is_read_by_3d() -> None:
    bench = printing(validation="standard")
    cash_out(bench)
    assert bench.body("01 3D")[4:].hex() == "0000000100"
    assert printing().body("01 3D") == bytes(9)


def test_id_0_only_reads() -> None:
    bench = printing()
    cash_out(bench)
    assert bench.body("01 4C 00 00 00 00 00 00").hex() == "030201010000"
