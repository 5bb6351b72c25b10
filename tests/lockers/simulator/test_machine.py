"""The board without cables: what replies do to it, its keypad, its clock, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from lineside.lockers.simulator import BoardMachine, ListsCleared, Pressed, SimulatorSettings, Taken
from lineside.lockers.simulator.machine import NO_NETWORK
from lineside.lockers.wire import CellCode, Channel, Reply, Request

CODES = (CellCode(2, "0042", 10), CellCode(5, "1492", 4800), CellCode(6, "1492", 1))


class Bench:
    """A machine, and a server that answers as it is told; ``now`` is in minutes of the board."""

    def __init__(self, **settings: Any) -> None:
        self.machine = BoardMachine("1953", SimulatorSettings(**settings))
        self.now = 0.0

    def ask(self) -> Request:
        return self.machine.request(Channel.WIFI, self.now * 60)

    def answer(self, *codes: CellCode, send: int | None = None, **orders: bool) -> Taken:
        number = str(self.machine.send if send is None else send)
        reply = Reply(header="ACon_V1.0", board="1953", send=number, codes=codes, **orders)
        return self.machine.take(reply, self.now * 60)

    def turn(self, *codes: CellCode, **orders: bool) -> Request:
        request = self.ask()
        assert self.answer(*codes, **orders) is not Taken.LATE
        return request

    def press(self, code: str, cell: int | None = None) -> Pressed:
        return self.machine.press(code, cell, self.now * 60)

    @property
    def codes(self) -> dict[int, str]:
        return self.machine.codes(self.now * 60)


# ---------------------------------------------------------------------------------------------------- what it says


def test_first_message_says_everything_and_counts_from_one() -> None:
    request = Bench(columns=5, rows=6, missing=(6,)).ask()
    assert request == Request(
        header="ACon_V1.0",
        board="1953",
        send="1",
        connection=1,
        wifi=0,
        gsm=0,
        reset=True,
        states=(0,),
        columns=5,
        rows=6,
        locks=("11111", "01111", "11111", "11111", "11111", "11111"),
        engaged=(),
        timed_out=(),
        accessed=(),
    )


def test_raw_outputs_are_8_by_8_whatever_the_cabinet() -> None:
    locks = Bench(columns=5, rows=6, missing=(6,), raw_locks=True).ask().locks
    assert locks == ("11111000", "01111000", *["11111000"] * 4, *["00000000"] * 2)
    assert Bench(columns=10, rows=1, raw_locks=True).ask().locks == ("1" * 8, *["0" * 8] * 7)


def test_send_rises_with_each_request_and_reset_is_said_until_an_answer_is_taken() -> None:
    bench = Bench()
    assert [(one.send, one.reset) for one in (bench.ask(), bench.ask())] == [("1", True), ("2", True)]
    assert bench.machine.has_reset
    bench.turn()
    assert not bench.machine.has_reset
    assert (bench.ask().send, bench.ask().reset) == ("4", False)


# --------------------------------------------------------------------------------------------------------- replies


def test_reply_replaces_the_whole_list() -> None:
    bench = Bench()
    bench.turn(*CODES)
    assert bench.codes == {2: "0042", 5: "1492", 6: "1492"}
    assert bench.turn(CODES[1]).engaged == (2, 5, 6)
    assert bench.codes == {5: "1492"}
    bench.turn()
    assert bench.codes == {}


def test_reply_with_another_send_is_dropped() -> None:
    bench = Bench()
    bench.turn(CODES[0])
    bench.ask()
    bench.ask()
    assert bench.answer(send=2) is Taken.LATE
    assert bench.codes == {2: "0042"}
    assert bench.answer(CODES[1]) is Taken.TAKEN
    assert bench.answer() is Taken.LATE  # it came twice
    assert bench.codes == {5: "1492"}
    assert bench.answer(send=99) is Taken.FOREIGN
    other = Reply(header="ACon_V1.0", board="1954", send="3")
    assert bench.machine.take(other, 0.0) is Taken.FOREIGN


def test_late_reply_of_an_earlier_boot_is_late() -> None:
    bench = Bench()
    for _ in range(5):
        bench.ask()
    bench.machine.reboot()
    bench.ask()
    assert bench.answer(send=5) is Taken.LATE


def test_block_holds_until_a_reply_without_it_or_a_reboot() -> None:
    bench = Bench()
    bench.turn(*CODES, block=True)
    assert bench.press("0042", 2) is Pressed.BLOCKED
    assert bench.turn(*CODES).states == (3,)
    assert bench.press("0042", 2) is Pressed.OPENED
    stubborn = Bench(unblocks=False)
    stubborn.turn(block=True)
    stubborn.turn()
    assert stubborn.ask().states == (3,)
    stubborn.machine.reboot()
    assert stubborn.ask().states == (0,)


def test_order_to_reboot_is_told_unless_the_board_does_not_obey() -> None:
    bench = Bench()
    bench.ask()
    assert bench.answer(*CODES, reset=True) is Taken.REBOOTS
    deaf = Bench(obeys_reboot=False)
    deaf.ask()
    assert deaf.answer(reset=True) is Taken.TAKEN


def test_reboot_counts_anew_says_reset_and_keeps_the_codes() -> None:
    bench = Bench()
    bench.turn(*CODES)
    bench.press("0042", 2)
    bench.machine.reboot()
    request = bench.ask()
    assert (request.send, request.reset, request.engaged, request.accessed) == ("1", True, (2, 5, 6), ())
    silent = Bench(reports_reboot=False)
    silent.machine.reboot()
    assert silent.ask().reset is False


# ---------------------------------------------------------------------------------------------------------- keypad


def test_right_code_opens_its_cell_alone_and_a_code_without_a_cell_each_that_has_it() -> None:
    bench = Bench()
    bench.turn(*CODES)
    assert bench.press("1492", 5) is Pressed.OPENED
    assert bench.ask().accessed == (5,)
    assert bench.press("1492", 2) is Pressed.WRONG
    assert bench.press("1492") is Pressed.OPENED
    assert bench.ask().accessed == (5, 5, 6)
    bench.answer(*CODES)
    assert bench.ask().accessed == ()


def test_access_between_request_and_reply_is_told_next_time() -> None:
    bench = Bench()
    bench.turn(*CODES)
    bench.machine.note_access(64)
    bench.ask()
    bench.press("0042", 2)
    bench.press("0042", 2)
    bench.answer(*CODES)
    assert bench.turn(*CODES).accessed == (2,)
    assert bench.turn(*CODES).accessed == ()


def test_lists_may_be_told_until_a_reboot_in_the_order_of_access() -> None:
    bench = Bench(lists_cleared=ListsCleared.REBOOT)
    bench.turn(*CODES)
    for cell in (6, 5, 6):
        assert bench.press("1492", cell) is Pressed.OPENED
        bench.turn(*CODES)
    assert bench.turn(*CODES).accessed == (6, 5)
    bench.machine.reboot()
    assert bench.turn(*CODES).accessed == ()


def test_three_wrong_codes_in_a_row_are_reported_for_a_while() -> None:
    bench = Bench(lockout_s=60)
    bench.turn(*CODES)
    for code in ("1", "2"):
        assert bench.press(code, 2) is Pressed.WRONG
    assert bench.press("0042", 2) is Pressed.OPENED
    for code in ("1", "2"):
        bench.press(code, 2)
    assert bench.ask().states == (0,)
    bench.press("3", 2)
    assert bench.ask().states == (2,)
    bench.machine.short_circuit = True
    bench.machine.blocked = True
    assert bench.ask().states == (1, 2, 3)
    bench.now += 1
    assert bench.ask().states == (1, 3)


# ----------------------------------------------------------------------------------------------------------- clock


def test_code_ends_with_its_minutes_and_is_told_as_timed_out() -> None:
    bench = Bench()
    bench.turn(*CODES)
    bench.now += 1
    assert bench.press("1492", 6) is Pressed.WRONG
    request = bench.turn(CODES[0], CODES[1])
    assert (request.engaged, request.timed_out) == ((2, 5), (6,))
    assert bench.machine.minutes_left(2, bench.now * 60) == pytest.approx(10)
    assert bench.machine.minutes_left(6, bench.now * 60) == 0
    assert bench.ask().timed_out == ()


def test_each_reply_sets_the_minutes_anew_or_lets_a_running_code_run_on() -> None:
    anew, runs_on = Bench(), Bench(restarts_countdown=False)
    for bench in (anew, runs_on):
        told: list[tuple[int, ...] | None] = []
        for minute in range(4):
            bench.now = minute
            told.append(bench.turn(CellCode(2, "0042", 3)).timed_out)
        assert told[-1] == (() if bench is anew else (2,))
    assert anew.codes == {2: "0042"}
    assert runs_on.codes == {}  # a spent code is not revived by a reply that has it still …
    runs_on.turn()
    runs_on.turn(CellCode(2, "0042", 3))
    assert runs_on.codes == {2: "0042"}  # … until it was taken away and given again
    runs_on.turn(CellCode(2, "7777", 3))
    assert runs_on.codes == {2: "7777"}


def test_minute_may_be_shorter_for_a_demonstration() -> None:
    bench = Bench(minute_s=1.0)
    bench.turn(CellCode(2, "0042", 30))
    bench.now = 0.49
    assert bench.codes
    bench.now = 0.5
    assert not bench.codes


def test_channels_without_a_network_have_their_numbers() -> None:
    assert NO_NETWORK == {Channel.WIFI: 2, Channel.GSM: 3}


def test_held_codes_print_without_their_code() -> None:
    bench = Bench()
    bench.turn(*CODES)
    assert "0042" not in repr(bench.machine._held)
    assert "****" in repr(bench.machine._held)
