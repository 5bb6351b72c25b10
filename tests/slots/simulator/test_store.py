"""The memory's file: whole at every moment, and what was acknowledged is told once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from lineside.errors import ConfigError
from lineside.slots.simulator import MachineState, Store, load_state, store, told_exceptions
from lineside.slots.simulator.memory import HandpayRecord, Raised, Transfer
from tests.slots.simulator.bench import BEGAN, SeatBench


def full_state() -> MachineState:
    state = MachineState(meters={0: 10**18 - 1, -1: 3}, cashable=5, ran_at=BEGAN, queue=[Raised(4, 0x66, b"\x01")])
    state.handpays = [HandpayRecord(1, 100, 100, 0, False)]
    state.history = [Transfer("A1", 0, 0, (100, 0, 0), 0, 1, position=1, at=BEGAN.replace(tzinfo=None))]
    state.game_meters = {2: {0: 7}}
    return state


def test_memory_is_read_back_as_it_was(tmp_path: Path) -> None:
    kept = Store(tmp_path / "floor" / "m.json", synced=True)
    assert kept.load() is None
    kept.save(full_state())
    assert kept.load() == full_state()
    kept.close()
    kept.close()


def test_unchanged_memory_is_not_written(tmp_path: Path) -> None:
    kept = Store(tmp_path / "m.json")
    for _ in range(3):
        kept.save(full_state())
    assert kept.saved_count == 1


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"sum":1,"memory":{}}', b"\xff\xfe", b'{"sum":0,"memory":[]}'])
def test_file_that_is_no_memory_is_refused(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "m.json").write_bytes(damage)
    with pytest.raises(ConfigError):
        load_state(tmp_path / "m.json")


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def cut_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Kills the process at the so-many-th call to the system; a write may be cut in its middle."""
    left = [10**9]
    chance = random.Random(3)

    def step() -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise Killed

    write, replace = os.write, Path.replace

    def cut_write(descriptor: int, data: bytes) -> int:
        left[0] -= 1
        if left[0] <= 0:
            write(descriptor, data[: chance.randrange(len(data) + 1)])
            raise Killed
        return write(descriptor, data)

    def cut_replace(self: Path, target: Path) -> Path:
        step()
        return replace(self, target)

    monkeypatch.setattr(os, "write", cut_write)
    monkeypatch.setattr(Path, "replace", cut_replace)
    return left


def lives(path: Path, cut_at: list[int], count: int) -> list[int]:
    """Cut the power at random places while exceptions are raised, told and acknowledged; the codes the host heard."""
    chance = random.Random(11)
    heard: list[int] = []
    for _ in range(count):
        cut_at[0] = 10**9
        kept = Store(path)
        bench = SeatBench(kept)
        cut_at[0] = chance.randrange(2, 80)
        try:
            for turn in range(12):
                if turn % 2:  # slower than they are told, so that none falls out of the queue
                    bench.seat.do("raise", code=0x20 + turn % 10)
                heard += [code for code in bench.poll() if code]
        except Killed:
            pass
        cut_at[0] = 10**9
        kept.close()
        load_state(path)  # never torn
    return heard


def test_power_cut_at_any_moment_leaves_a_whole_memory_and_tells_nothing_twice(
    tmp_path: Path, cut_at: list[int]
) -> None:
    path = tmp_path / "m.json"
    lives(path, cut_at, 80)
    numbers = [number for number, _ in told_exceptions(path)]
    assert len(numbers) > 100
    assert len(set(numbers)) == len(numbers)
    state = load_state(path)
    cut_at[0] = 10**9
    waiting = {raised.number for raised in (*state.queue, *state.priority)}
    assert state.lost_count == 0
    assert set(numbers) | waiting == set(range(1, state.raised_count + 1))
    assert not set(numbers) & waiting


def test_told_twice_is_seen_when_acknowledged_ones_are_not_forgotten(
    tmp_path: Path, cut_at: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "forget_told", lambda state, numbers: None)
    path = tmp_path / "m.json"
    lives(path, cut_at, 80)
    numbers = [number for number, _ in told_exceptions(path)]
    assert len(set(numbers)) < len(numbers)


def test_torn_memory_is_seen_when_it_is_written_in_place(
    tmp_path: Path, cut_at: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_place(self: Store, state: MachineState) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        memory = store._json.encode(state)
        os.write(descriptor, b'{"sum":%d,"memory":%b}\n' % (zlib.crc32(memory), memory))
        os.close(descriptor)

    monkeypatch.setattr(Store, "save", in_place)
    with pytest.raises(ConfigError):
        lives(tmp_path / "m.json", cut_at, 80)


CHILD = """
import sys
import zlib
from pathlib import Path
from lineside.slots.simulator import Store
from tests.slots.simulator.bench import SeatBench
bench = SeatBench(Store(Path(sys.argv[1])))
bench.seat.do("bill", dollars=100)
print("ready", flush=True)
while True:
    if bench.seat.state.credits < 5:
        bench.seat.do("bill", dollars=100)
    bench.seat.do("play", bet=5, win=0)
    bench.poll()
"""


def test_kill_9_of_a_real_process_leaves_meters_that_agree(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    root = Path(__file__).resolve().parents[3]
    for life in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path)],
            cwd=root,
            env={**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"},
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.kill()
        child.wait()
        child.stdout.close()
        state = load_state(path)
        assert state.meters[0x0B] - state.meters.get(0x00, 0) == state.credits
        assert state.meters[0x00] == 5 * state.meters[0x05] if 0x05 in state.meters else True
        assert state.meters.get(-1, 0) == life
