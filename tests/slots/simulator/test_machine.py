"""What the machine answers: every exchange of the sheet's §14 that a machine answers, RTE, B0, bad polls, link down."""

from __future__ import annotations

import random

import pytest

from lineside.slots.simulator import MachineState, Profile, RteIdle
from lineside.slots.simulator.machine import Asked, Instead
from lineside.slots.simulator.memory import HandpayRecord, Raised
from lineside.slots.wire import LONG_POLLS
from tests.slots.simulator.bench import BEGAN, GENERAL, NOBODY, Bench, with_sum


def hexed(text: str) -> bytes:
    return bytes.fromhex(text)


# ------------------------------------------------------------------------------- the exchanges of §14, byte for byte


def with_credits(bench: Bench, cents: int) -> None:
    bench.state.cashable = cents


@pytest.mark.parametrize(
    ("meters", "request_", "answer"),
    [
        (
            {0x00: 452040, 0x01: 861480, 0x24: 413078, 0x02: 634494, 0x05: 2062},
            "01 19",
            "01 19 00 45 20 40 00 86 14 80 00 41 30 78 00 63 44 94 00 00 20 62 D5 CE",
        ),
        (
            {0x00: 452040, 0x01: 861480, 0x04: 500, 0x24: 413078},
            "01 2F 06 00 00 00 01 04 24 E8 48",
            "01 2F 16 00 00 00 00 45 20 40 01 00 86 14 80 04 00 00 05 00 24 00 41 30 78 3F C9",
        ),
        ({}, "01 50 00 2B 89", "01 50 00 00 00 00 00 00 00 00 00 00"),
        ({}, "01 51", "01 51 00 06 B2 A0"),
        ({}, "01 54", "01 54 09 36 30 32 30 30 30 30 30 31 70 CD"),
        ({}, "01 55", "01 55 00 01 6C B7"),
        ({}, "01 B1", "01 B1 01 E3 68"),
        ({}, "01 B2", "01 B2 02 01 01 47 EE"),
        ({}, "01 1F", "01 1F 41 54 30 30 30 01 FF 00 00 00 36 33 39 32 38 20 39 30 36 38 26 13"),
        ({}, "01 02 CA 3A", "01"),
        ({}, "01 01 51 08", "01"),
        ({}, "01 06 EE 7C", "01"),
        ({}, "01 07 67 6D", "01"),
        ({}, "01 0A 82 B6", "01"),
        ({}, "01 0E 00 CC C0", "01"),
        ({}, "01 0E 01 45 D1", "01"),
        ({}, "01 09 00 02 00 97 C1", "01"),
        ({}, "01 08 DD 00 00 00 01 47 2C", "01"),
        ({}, "01 21 00 00 5C 45", "01"),
        ({}, "01 2E 00 00 9B 0F", "01"),
        ({}, "01 7F 11 27 20 25 19 21 16 D9 10", "01"),
        ({}, "01 8A 00 00 12 34 00 96 52", "01"),
        ({}, "01 94 75 CB", "01 94 02 F3 07"),
        ({}, "01 A8 01 6A 2A", "01 A8 02"),
        ({}, "01 4C 03 02 01 01 00 00 B1 AB", "01 4C 03 02 01 01 00 00 B1 AB"),
        ({}, "01 70", "01 70 01 FF C3 8A"),
        ({}, "01 71 01 FF 1F D0", "01 71 01 FF 1F D0"),
        ({}, "01 72 02 FF 00 0F 22", "01 72 02 00 FF B7 D2"),
        ({}, "01 72 02 FE 00 D7 3B", "01 72 02 00 FF B7 D2"),
        ({}, "01 72 02 FF 05 A2 75", "01 72 02 00 FF B7 D2"),
        ({}, "01 72 01 80 0B B4", "01 72 02 00 FF B7 D2"),
        (
            {},
            "01 73 01 FF A7 65",
            "01 73 1D 80 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 3E B0",
        ),
        ({}, "01 7B 08 00 00 00 00 00 00 00 00 87 18", "01 7B 0A 01 00 00 00 00 00 00 30 00 30"),
        ({}, "01 7B 08 29 00 21 00 00 30 00 00 91 05", "01 7B 0A 01 00 00 00 21 00 00 30 00 30"),
        ({}, "01 A4 00 00 0D 70", "01 A4 00 00 00 00"),
        ({}, "01 4D 00 C2 AC", "01 4D" + " 00" * 31),
        ({}, "01 B0 02 01 11 B0 C7", "01 B0 03 01 00 02"),
        ({}, "01 53 00 01 B5 61", "01 53 00 01 41 54 5F 30 31 01 FF 00 00 00 53 47 30 30 30 31 39 30 36 38"),
    ],
)
def test_exchange_is_answered_as_the_sheet_has_it(meters: dict[int, int], request_: str, answer: str) -> None:
    bench = Bench()
    bench.state.meters.update(meters)
    wanted = hexed(answer)
    told = bench.send(hexed(request_))
    if len(wanted) > 2 and told[:-2] == wanted:  # written above without its check value, which is none of the sheet's
        wanted = with_sum(answer)
    assert told.hex(" ") == wanted.hex(" ")


def test_current_credits_and_sized_meter_are_those_of_the_captured_log() -> None:
    bench = Bench()
    with_credits(bench, 16660)
    assert bench.ask("01 1A") == hexed("01 1A 00 01 66 60 9C F4")
    assert bench.ask("01 AF 04 00 00 0C 00") == hexed("01 AF 09 00 00 0C 00 04 00 01 66 60 53 38")


def test_sizes_of_6f_grow_with_the_meter() -> None:
    bench = Bench(profile=Profile(meter_bytes_6f=5))
    bench.state.meters.update({0x00: 452040, 0x01: 861480})
    assert (
        bench.ask("01 6F 06 00 00 00 00 01 00")[2:]
        == with_sum("01 6F 12 00 00 00 00 05 00 00 45 20 40 01 00 05 00 00 86 14 80")[2:]
    )
    bench = Bench()
    bench.machine.works.meters.set(0xA0, 123_456_789_012_345_678)
    assert bench.body("01 6F 04 00 00 A0 00") == hexed("0E 00 00 A0 00 09 12 34 56 78 90 12 34 56 78")


def test_handpay_waiting_ticket_and_pending_transfer_are_those_of_the_sheet() -> None:
    bench = Bench()
    bench.machine.handpays.begin(500_000)
    assert bench.ask("01 1B") == hexed("01 1B 00 00 00 00 50 00 00 00 00 01" + " 00" * 10 + " 70 4F")
    assert bench.ask("01 A8 01") == hexed("01 A8 00 E3 3B")
    assert bench.ask("01 94") == hexed("01 94 00 E1 24")
    order = (
        "01 72 3B 00 00 00 00 00 00 15 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00" + " 00" * 20 + " 08"
        " 54 58 30 30 30 30 30 31 00 00 00 00 00 00 00 A2 E5"
    )
    pending = (
        "01 72 31 00 40 FF 00 00 00 00 15 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 08"
        " 54 58 30 30 30 30 30 31 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 A2 DD"
    )
    assert bench.send(hexed(order)) == hexed(pending)


def test_system_ticket_waits_and_is_accepted_as_in_the_sheet() -> None:
    bench = Bench(validation="system").rich(25)
    bench.ask("01 7B 08 21 00 21 00 00 00 00 00")
    bench.machine.cash_outs.press()
    assert bench.drain() == [0x57, 0x66]
    assert bench.ask("01 57") == hexed("01 57 00 00 00 00 25 00 E3 69")
    assert bench.ask("01 58 01 12 34 56 78 90 12 34 56") == hexed("01 58 00 EB 47")
    assert bench.drain() == [0x3D]
    record = bench.body("01 4D 00")
    assert record[:2] == hexed("00 01")
    assert record[9:17] == hexed("12 34 56 78 90 12 34 56")


def test_escrow_authorised_and_final_status_are_those_of_the_sheet() -> None:
    bench = Bench()
    bench.ask("01 7B 08 21 00 21 00 00 00 00 00")
    bench.machine.tickets.insert("011234567890123456")
    assert bench.poll() == 0x67
    assert bench.ask("01 70") == hexed("01 70 10 00 00 00 00 00 00 00 01 12 34 56 78 90 12 34 56 2A C1")
    assert bench.send(hexed("01 71 10 00 00 00 00 25 00 00 01 12 34 56 78 90 12 34 56 5E 92")) == hexed(
        "01 71 10 40 00 00 00 25 00 00 01 12 34 56 78 90 12 34 56 5C 04"
    )
    bench.wait(1)
    assert bench.poll() == 0x68
    assert bench.body("01 71 01 FF")[1] == 0x00
    assert bench.state.credits == 2500


def test_bonus_and_its_reading_are_those_of_the_sheet() -> None:
    bench = Bench()
    bench.ask("01 8A 00 00 12 34 00")
    assert bench.ask("01 90") == hexed("01 90 00 00 00 00 00 00 00 00 12 34 8D B7")
    assert bench.drain() == [0x7C]
    assert bench.body("01 9A 00 00") == hexed("00 00 00 00 12 34 00 00 00 00 00 00 00 00")


def test_clock_is_set_by_a_broadcast_and_read_back() -> None:
    bench = Bench()
    assert bench.send(hexed("00 7F 11 27 20 25 19 21 16 24 5D")) == b""
    assert bench.ask("01 7E") == hexed("01 7E 11 27 20 25 19 21 16 66 91")


def test_progressive_amounts_are_taken_from_broadcasts_and_told() -> None:
    bench = Bench(progressive_group=1)
    assert bench.send(hexed("00 80 01 01 00 01 23 45 67 9F 8F")) == b""
    assert bench.ask("01 85") == hexed("01 85 01 01 00 01 23 45 67 03 55")
    assert bench.send(hexed("00 86 0D 01 01 00 01 23 45 67 02 00 00 05 00 00 AF C8")) == b""
    assert bench.body("01 87") == hexed("0E 01 02 01 00 01 23 45 67 02 00 00 05 00 00")
    bench.wait(6)
    assert bench.drain() == [0x53]


def test_games_are_told_within_a_denomination() -> None:
    bench = Bench(games=1)
    assert bench.ask("01 B0 02 01 56") == hexed("01 B0 06 01 56 03 01 00 01 13 17")
    inner = bench.body("01 B0 04 01 B5 00 01")
    assert inner[1:3] == hexed("01 B5")
    assert inner[4:6] == hexed("00 01")
    assert b"Lucky Line 1" in inner
    assert bench.body("01 B0 02 05 56") == hexed("03 05 00 01")


def test_rom_signature_is_acknowledged_now_and_told_to_a_general_poll_later() -> None:
    bench = Bench(rom="123456789")
    assert bench.ask("01 21 00 00") == b"\x01"
    assert bench.poll() == 0
    bench.wait(3)
    assert bench.send(GENERAL) == with_sum("01 21 89 21")
    assert bench.send(GENERAL) == with_sum("01 21 89 21")
    bench.send(NOBODY)
    assert bench.poll() == 0


# --------------------------------------------------------------------------------------------------- real-time events


@pytest.mark.parametrize(
    ("code", "data", "frame"),
    [
        (0x20, "", "01 FF 20 1E 84"),
        (0x29, "", "01 FF 29 DF 19"),
        (0x51, "", "01 FF 51 10 E6"),
        (0x54, "", "01 FF 54 BD B1"),
        (0x66, "", "01 FF 66 2C A3"),
        (0x69, "", "01 FF 69 DB 5B"),
        (0x6A, "", "01 FF 6A 40 69"),
        (0x6F, "", "01 FF 6F ED 3E"),
        (0x82, "", "01 FF 82 06 02"),
        (0x83, "", "01 FF 83 8F 13"),
        (0x52, "", "01 FF 52 8B D4"),
        (0x4F, "37 04 00 00 00 09", "01 FF 4F 37 04 00 00 00 09 F6 0A"),
        (0x7E, "00 03 00 45 20 43 00 00", "01 FF 7E 00 03 00 45 20 43 00 00 65 69"),
        (0x7F, "00 00 00 10", "01 FF 7F 00 00 00 10 71 0D"),
        (0x8C, "00 02", "01 FF 8C 00 02 CB 44"),
    ],
)
def test_event_is_told_in_real_time_mode_with_its_data(code: int, data: str, frame: str) -> None:
    bench = Bench()
    bench.ask("01 0E 01")
    bench.machine.works.exceptions.put(code, hexed(data))
    assert bench.send(GENERAL) == hexed(frame)
    assert bench.send(GENERAL) == hexed(frame)
    bench.send(NOBODY)
    assert bench.send(GENERAL) == hexed("01 FF 00 1C A5")


def test_bill_game_and_end_carry_their_data_in_real_time_mode() -> None:
    bench = Bench()
    bench.ask("01 0E 01")
    bench.machine.cabinet.insert_bill(20)
    bench.machine.game.play(3, 10)
    events = []
    for _ in range(3):
        events.append(bench.send(GENERAL).hex())
        bench.send(NOBODY)
    assert events[0].startswith("01ff4f370400000001")
    assert events[1].startswith("01ff7e0003000000030000")
    assert events[2].startswith("01ff7f00000010")


def test_long_poll_is_not_executed_when_an_event_takes_its_place() -> None:
    bench = Bench().rich()
    bench.ask("01 0E 01")
    bench.machine.works.exceptions.put(0x66)
    event = hexed("01 FF 66 2C A3")
    assert bench.send(with_sum("01 01")) == event
    assert bench.state.switches.is_enabled
    assert bench.send(with_sum("01 01")) == event  # the same again is a NACK of the event
    bench.send(NOBODY)
    assert bench.send(with_sum("01 01")) == b"\x01"
    assert not bench.state.switches.is_enabled


@pytest.mark.parametrize(
    ("idle", "answer"),
    [
        (RteIdle.SILENT, ""),
        (RteIdle.EVENT_00, "01 FF 00 1C A5"),
        (RteIdle.EVENT_1F, "01 FF 1F 6A 4D"),
        (RteIdle.SINGLE_00, "00"),
    ],
)
def test_idle_machine_in_real_time_mode_answers_as_its_profile_says(idle: RteIdle, answer: str) -> None:
    bench = Bench(profile=Profile(rte_idle=idle))
    bench.ask("01 0E 01")
    assert bench.send(GENERAL) == hexed(answer)


def test_events_of_real_time_mode_alone_are_dropped_when_it_is_off() -> None:
    bench = Bench()
    bench.ask("01 0E 01")
    bench.machine.works.exceptions.put(0x88, b"\x01\x05")
    bench.machine.works.exceptions.put(0x29)
    bench.send(with_sum("01 0E 00"))  # answered by the event, and not executed
    bench.send(NOBODY)
    bench.machine.works.exceptions.put(0x88, b"\x02\x05")
    bench.state.switches.rte = False
    assert bench.drain() == [0x29]


def test_game_events_stay_away_from_the_queue_where_the_profile_says_so() -> None:
    bench = Bench(profile=Profile(game_events_in_rte_alone=True)).rich()
    bench.machine.game.play(1, 0)
    assert bench.drain() == []
    assert Bench().rich().drain() == []


# --------------------------------------------------------------------------------------------- what is no good poll


def test_bad_check_value_is_answered_with_nack_and_acknowledges_nothing() -> None:
    bench = Bench()
    bench.machine.works.exceptions.put(0x66)
    assert bench.send(GENERAL) == b"\x66"
    assert bench.machine.on_bad_poll(bench.now, is_ours=True) == b"\x81"
    assert bench.machine.on_bad_poll(bench.now, is_ours=False) == b""
    assert bench.send(GENERAL) == b"\x66"


@pytest.mark.parametrize(
    "poll",
    [
        "01 0E 02",
        "01 09 00 99 01",
        "01 2F 02 00 00",
        "01 2F 03 00 0A 00",
        "01 6F 03 00 00 00",
        "01 7F 13 27 20 25 19 21 16",
        "01 8A 00 00 00 00 00",
        "01 8A 00 00 00 10 03",
        "01 A0 12 34",
        "01 4D 40",
        "01 74 33 00 00 00",
        "01 73 1D 55 01 00 00 00" + " 00" * 24,
    ],
)
def test_data_that_are_not_valid_are_answered_with_nack(poll: str) -> None:
    assert Bench().ask(poll) == b"\x81"


@pytest.mark.parametrize("poll", ["01 8B", "01 27", "01 8E", "01 2C"])
def test_poll_that_is_not_known_is_answered_with_silence(poll: str) -> None:
    assert Bench().send(hexed(poll)) == b""


def test_ignored_polls_and_absent_parts_are_silent() -> None:
    bench = Bench(profile=Profile(ignored_polls=(0x8A,)), aft=False, validation="none")
    for poll in ("01 8A 00 00 12 34 00", "01 74 FF 00 00 00", "01 4D 00"):
        assert bench.ask(poll) == b""


def test_poll_to_another_address_is_not_answered() -> None:
    bench = Bench()
    assert bench.send(b"\x82") == b""
    assert bench.send(b"\x02\x54") == b""


def test_faults_in_the_place_of_an_answer_leave_the_poll_undone() -> None:
    bench = Bench()
    assert bench.send(with_sum("01 01"), Instead.BUSY) == b"\x01\x00"
    bench.send(NOBODY)
    assert bench.send(with_sum("01 01"), Instead.NACK) == b"\x81"
    bench.send(NOBODY)
    assert bench.state.switches.is_enabled
    bench.ask("01 0E 01")
    assert bench.send(with_sum("01 01"), Instead.EVENT) == hexed("01 FF 00 1C A5")
    assert bench.state.switches.is_enabled


# ----------------------------------------------------------------------------------------------------- power and time


def test_first_power_up_tells_17_and_later_ones_18_before_it() -> None:
    bench = Bench(fresh=True)
    assert bench.drain() == [0x17]
    bench.power_up(bench.state, ("slot",))
    assert bench.drain() == [0x18, 0x99, 0x17]
    assert bench.body("01 1C")[-4:] == hexed("00 00 00 01")


def test_power_up_drops_the_held_answer_and_keeps_the_exception() -> None:
    bench = Bench()
    bench.machine.works.exceptions.put(0x66)
    assert bench.send(GENERAL) == b"\x66"
    bench.power_up(bench.state)
    assert bench.send(GENERAL) == b""
    assert bench.drain() == [0x66, 0x18, 0x17]


def test_chirp_is_due_after_silence_and_ends_with_an_address_byte() -> None:
    bench = Bench()
    bench.mono += 5.1
    assert bench.machine.on_time(bench.now)
    assert not bench.machine.on_time(bench.now)
    bench.mono += 0.21
    assert bench.machine.on_time(bench.now)
    assert bench.send(GENERAL) == b""  # out of sync
    assert not bench.machine.on_time(bench.now)
    bench.send(NOBODY)
    assert bench.send(GENERAL) == b"\x00"


def test_deadline_is_near_while_something_waits_for_its_time() -> None:
    bench = Bench(game_s=2.0).rich()
    far = bench.machine.deadline(bench.mono)
    bench.machine.game.play(1, 0)
    assert bench.machine.deadline(bench.mono) < bench.mono + 0.1 < far


def test_every_poll_of_the_table_is_survived_with_any_data() -> None:
    chance = random.Random(4)
    bench = Bench().rich()
    for command in sorted(LONG_POLLS):
        for size in (0, 1, 5, 30):
            frame = with_sum(bytes((1, command, *chance.randbytes(size))).hex())
            bench.machine.on_poll(Asked(1, command, frame, frame[2:-2]), bench.now)
            bench.send(NOBODY)
    assert bench.state.told_count >= 0


def test_state_of_an_earlier_life_goes_on() -> None:
    bench = Bench()
    state = MachineState(queue=[Raised(3, 0x27)], raised_count=3, ran_at=BEGAN, cashable=77)
    state.handpays = [HandpayRecord(1, 500, 500, 0, False)]
    bench.power_up(state)
    assert bench.drain() == [0x27, 0x18, 0x17]
    assert bench.body("01 1A") == hexed("00 00 00 77")
