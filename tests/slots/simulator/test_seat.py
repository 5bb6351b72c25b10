"""A machine with its file: what is said is kept before; a full disk means silence; power cuts in place."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineside.slots.simulator import Refused, Store, load_state, told_exceptions
from tests.slots.simulator.bench import GENERAL, NOBODY, SeatBench


def test_memory_is_in_the_file_before_the_answer_leaves(tmp_path: Path) -> None:
    bench = SeatBench(Store(tmp_path / "m.json"))
    bench.send(NOBODY)
    assert bench.send(GENERAL) == b"\x17"
    assert [raised.code for raised in load_state(tmp_path / "m.json").queue] == [0x17]
    bench.send(NOBODY)
    assert load_state(tmp_path / "m.json").queue == []
    assert told_exceptions(tmp_path / "m.json") == [(1, 0x17)]
    bench.seat.close()


def test_machine_is_silent_while_its_memory_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = SeatBench(Store(tmp_path / "m.json"))
    bench.send(NOBODY)
    assert bench.send(GENERAL) == b"\x17"

    def full(*_: object) -> None:
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "save", full)
        bench.seat.do("raise", code=0x66)
        bench.send(NOBODY)
        assert bench.send(GENERAL) == b""
    assert bench.send(GENERAL) == b"\x66"
    assert bench.report.faults == {"memory not written": 3}


def test_power_cut_keeps_the_memory_and_tells_it() -> None:
    bench = SeatBench()
    bench.seat.do("bill", dollars=5)
    bench.seat.do("power", opened="drop")
    assert bench.send(GENERAL) == b""  # out of sync
    assert [bench.poll()[0] for _ in range(6)] == [0x17, 0x48, 0x18, 0x9B, 0x17, 0x00]
    assert bench.seat.state.credits == 500
    assert bench.report.power_cuts == 1
    assert bench.report.told == 5


def test_acts_show_the_machine_and_wake_whoever_waits() -> None:
    bench = SeatBench()
    woken: list[str] = []
    bench.seat.on_act = lambda: woken.append("now")
    shown = bench.seat.do("open", door="belly")
    assert shown["doors"] == ["belly"]
    assert shown["trouble"] == "belly door open"
    assert shown["link"] == "no sync"
    assert woken == ["now"]
    with pytest.raises(Refused):
        bench.seat.do("open", door="cellar")


def test_books_count_games_losses_and_loop_breaks() -> None:
    bench = SeatBench()
    bench.poll()
    bench.seat.do("bill", dollars=1)
    for _ in range(3):
        bench.seat.do("play", win=0)
    bench.seat.do("flood", count=30)
    bench.mono += 6
    assert bench.seat.on_time(bench.now)
    assert (bench.report.games, bench.report.lost, bench.report.link_downs) == (3, 18, 1)
    assert bench.seat.deadline(bench.mono) > bench.mono
