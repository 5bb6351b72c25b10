"""Many boards at once, for tests and for the command line."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path

import pytest

from lineside.errors import ConfigError
from lineside.lockers.simulator import BoardMachine, Hall, SimulatorSettings, run_boards, run_simulator, running
from lineside.lockers.simulator.hall import TELLING_BOARDS_MAX
from lineside.lockers.wire import CellCode
from tests.lockers.simulator.server import serving
from tests.support.both_loops import on_both_loops
from tests.support.wait import until


@on_both_loops
async def test_many_boards_live_in_one_process(_: Path) -> None:
    said: list[str] = []
    async with serving(codes=(CellCode(1, "7310", 5),)) as server:
        settings = server.settings(boards=TELLING_BOARDS_MAX + 26, period_s=0.2)
        async with running(settings, said.append) as hall:
            assert list(hall)[:2] == ["1953", "1954"]
            await until(lambda: all(board.codes for board in hall.values()))
            assert all(board.last_reply is not None and board.send for board in hall.values())
        assert len({request.board for request in server.requests}) == len(hall) == TELLING_BOARDS_MAX + 26
    assert said == []  # too many to tell of each


async def test_hall_ends_when_told_or_by_its_duration() -> None:
    async with serving() as server:
        stop = asyncio.Event()
        ready: list[Hall] = []
        task = asyncio.create_task(run_boards(server.settings(), stop=stop, on_ready=ready.append))
        await until(lambda: server.requests)
        stop.set()
        assert (await task).replies == ready[0].report.replies > 0
        assert (await run_boards(server.settings(duration_s=0.2))).requests > 0


async def test_hall_ends_when_cancelled() -> None:
    async with serving() as server:
        task = asyncio.create_task(run_boards(server.settings()))
        await until(lambda: server.requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: not server.connections)


@pytest.mark.parametrize(
    "values", [{"server": "nowhere"}, {"columns": 2, "rows": 2, "missing": (5,)}, {"missing": (0,)}]
)
async def test_what_cannot_be_simulated_is_refused_before_anything_runs(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        await run_boards(SimulatorSettings(**values))  # type: ignore[arg-type]


async def test_fault_of_a_board_is_raised_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    faults: list[str] = []

    def request(*_: object) -> None:
        faults.append("")
        raise ArithmeticError

    monkeypatch.setattr(BoardMachine, "request", request)

    async def play() -> None:
        async with serving() as server, running(server.settings()) as hall:
            await until(lambda: faults and not hall["1953"].is_connected)

    with pytest.raises(ExceptionGroup):
        await play()


def test_run_simulator_says_whom_it_plays_its_codes_masked_and_its_report() -> None:
    said: list[str] = []
    ports: list[int] = []
    stop = threading.Event()

    async def serve() -> None:
        async with serving(codes=(CellCode(2, "7310", 58),)) as server:
            ports.append(server.port)
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        while not ports:
            pass
        values = {"server": f"127.0.0.1:{ports[0]}", "boards": 2, "period_s": 0.05, "duration_s": 0.5}
        report = run_simulator(SimulatorSettings(**values, tell_codes=True), say=said.append)  # type: ignore[arg-type]
    finally:
        stop.set()
        thread.join()
    assert said[0] == f"2 boards, 1953 to 1954, 8 x 8 cells, for 127.0.0.1:{ports[0]}"
    assert "1953: codes for 2 **** 58 min" in said
    assert said[-1] == str(report)
    assert "7310" not in "".join(said)


def test_run_simulator_ends_with_a_signal_and_tries_for_ever_without_a_server(
    capsys: pytest.CaptureFixture[str],
) -> None:
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    report = run_simulator(SimulatorSettings(server="127.0.0.1:9", timeout_s=0.1))
    assert report.connects == 0
    assert "board 1953" in capsys.readouterr().err
