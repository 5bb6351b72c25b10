"""kill -9 of the whole server in the middle of code changes and reports, with boards on real sockets.

What a reply says is on disk; a code whose command was accepted is in every later reply; and the codes after a restart
are those before.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import aiohttp
import pytest

from lineside.app.foundation import catalogue
from lineside.lockers.model import events as board_events
from lineside.runtime.command import CommandAccepted, CommandEnded
from lineside.runtime.journal import Journal, Keys, Recorded, verify
from tests.crash.killing import Load, Victim, free_port, kill_and_restart
from tests.crash.scene import all_events

KILLS = 20
BOARDS = 3
# One client changes the code of one cell again and again; cell and board follow from its number.
CLIENTS = 6
SETTINGS = """
data_dir = "{folder}/var"
[keys]
file = "{folder}/keys.toml"
[web]
address = "127.0.0.1:{web}"
[gateways.hall]
kind = "lockers"
address = "127.0.0.1:{port}"
"""
CODES = re.compile(rb"BOX_ENG=\((\d+),(\d+),(\d+)\)")


def place_of(client: int) -> tuple[str, int]:
    """Board and cell of a client."""
    return str(100 + client % BOARDS), 1 + client // BOARDS


def code_of(count: int) -> str:
    return f"{count % 10_000:04d}"


class CodeClient:
    """Sets codes over the control socket, each with an id of its own: ``c<client>-<count>``."""

    def __init__(self, path: Path) -> None:
        connector = aiohttp.UnixConnector(str(path))
        self._session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(5))

    async def request(self, id: str) -> str:
        client, count = (int(part) for part in id.removeprefix("c").split("-"))
        board, cell = place_of(client)
        params = {"cell": cell, "code": code_of(count), "minutes": 4800}
        body = {"unit": f"hall/{board}", "name": "set_code", "params": params, "id": id, "reason": "load"}
        try:
            async with self._session.post("http://localhost/api/commands", json=body) as response:
                answer = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise OSError(str(error)) from error
        if response.status >= 400:
            raise OSError(str(answer))
        assert (answer["id"], answer["state"]) != (id, "refused"), answer
        return code_of(count)

    async def close(self) -> None:
        await self._session.close()


@dataclass
class Answered:
    """One whole reply, and what had been promised when its report left.

    Attributes:
        send: its number, of this board.
        codes: cell → code.
        promised: cell → how many changes of it were acknowledged before the report left.
        asked: the same of changes that had been asked for when the reply had come.
    """

    board: str
    send: int
    codes: dict[int, str]
    promised: dict[int, int]
    asked: dict[int, int]


@dataclass
class BoardOnSocket:
    """A board that reports as soon as it has its reply, lists what it was told, and calls again when nobody answers."""

    name: str
    port: int
    load: Load
    answered: list[Answered] = field(default_factory=list)
    send: int = 0
    cells: tuple[int, ...] = ()

    async def run(self) -> None:
        while True:
            with suppress(OSError, EOFError, TimeoutError):
                await self._call()
            await asyncio.sleep(0.01)

    async def _call(self) -> None:
        async with asyncio.timeout(5.0):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            while True:
                await self._report(reader, writer)
                await asyncio.sleep(0.002)
        finally:
            writer.close()

    async def _report(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.send += 1
        listed = ",".join(map(str, self.cells)) or "0"
        promised = self._counts(self.load.promised)
        lines = ("ACon_V1.0", f"ID={self.name}", f"SEND={self.send}", "COLS=4", "ROWS=4", f"BOX_ENG={listed}", "CLOSE")
        writer.write("\r\n".join(lines).encode())
        async with asyncio.timeout(5.0):
            reply = await reader.readuntil(b"CLOSE\n")
        assert f"SEND={self.send}\n".encode() in reply
        codes = {int(cell): code.decode() for cell, code, _ in CODES.findall(reply)}
        self.cells = tuple(codes)
        self.answered.append(Answered(self.name, self.send, codes, promised, self._counts(self.load.asked)))

    def _counts(self, ids: object) -> dict[int, int]:
        """Cell → changes of it among these ids; each client asks one after the other, so a count is enough."""
        counts: dict[int, int] = {}
        for client in range(CLIENTS):
            board, cell = place_of(client)
            if board == self.name:
                counts[cell] = self._count_of(client, ids)
        return counts

    def _count_of(self, client: int, ids: object) -> int:
        count = self._known.get((client, id(ids)), 0)
        while f"c{client}-{count}" in ids:  # type: ignore[operator]
            count += 1
        self._known[client, id(ids)] = count
        return count

    _known: dict[tuple[int, int], int] = field(default_factory=dict)


async def test_no_acknowledged_code_is_lost_and_no_reply_is_ahead_of_the_disk_over_kills(tmp_path: Path) -> None:
    seed = Random().randrange(1 << 32)
    print(f"seed {seed}")
    ports = {name: free_port() for name in ("web", "port")}
    settings = tmp_path / "lineside.toml"
    settings.write_text(SETTINGS.format(folder=tmp_path, **ports))
    victim = Victim([sys.executable, "-m", "lineside", "run", "-c", str(settings)], ports["port"], tmp_path / "log")

    async def open_client() -> CodeClient:
        return CodeClient(tmp_path / "var" / "control.sock")

    load = Load(open_client, CLIENTS)
    boards = [BoardOnSocket(str(100 + number), ports["port"], load) for number in range(BOARDS)]
    playing = [asyncio.create_task(board.run()) for board in boards]
    try:
        await kill_and_restart(victim, load, Random(seed), KILLS)
    finally:
        for task in playing:
            task.cancel()
    answered = [one for board in boards for one in board.answered]
    print(
        f"{len(load.promised)} code changes and {len(answered)} replies over {KILLS} kills; "
        f"start to first connection: median {statistics.median(victim.starts_s):.2f} s"
    )
    check_replies(answered)
    await check_disk(tmp_path, load, answered)


def check_replies(answered: list[Answered]) -> None:
    """A cell never has an older code than the newest that was acknowledged before, nor one that nobody asked for."""
    assert answered, "no reply at all: nothing was tested"
    for one in answered:
        for cell, count in one.promised.items():
            possible = {code_of(number) for number in range(max(count - 1, 0), one.asked[cell])}
            if count:
                assert one.codes.get(cell) in possible, (one, cell)
            else:
                assert one.codes.get(cell) in {None, *possible}, (one, cell)


@pytest.mark.parametrize(
    ("codes", "promised", "asked"),
    [
        ({}, 3, 4),  # an empty list: every code is lost
        ({1: code_of(1)}, 3, 4),  # the code before the one that was acknowledged
        ({1: code_of(5)}, 3, 4),  # one that nobody asked for
    ],
)
def test_check_catches_what_a_broken_build_would_answer(codes: dict[int, str], promised: int, asked: int) -> None:
    with pytest.raises(AssertionError):
        check_replies([Answered("100", 1, codes, {1: promised}, {1: asked})])
    check_replies([Answered("100", 1, {1: code_of(number)}, {1: promised}, {1: asked}) for number in (2, 3)])


async def check_disk(folder: Path, load: Load, answered: list[Answered]) -> None:
    keys = Keys.load_or_make(folder / "keys.toml")
    path = folder / "var" / "journal.db"
    report = verify(path, keys, catalogue())
    assert report.ok, report
    journal = Journal.open(path, keys=keys, catalogue=catalogue())
    try:
        recorded = await all_events(journal)
    finally:
        await journal.close()
    accepted = [one.event.command.id for one in recorded if isinstance(one.event, CommandAccepted)]
    assert set(load.promised) <= set(accepted)
    assert len(set(accepted)) == len(accepted), "a command accepted twice"
    ended = [one.event.id for one in recorded if isinstance(one.event, CommandEnded)]
    assert len(set(ended)) == len(ended), "a command ended twice"
    sends, codes = set(sends_of(recorded)), set(codes_of(recorded))
    for one in answered:
        assert (one.board, str(one.send)) in sends, f"{one} was answered and is not on disk"
        for cell, code in one.codes.items():
            assert (one.board, cell, code) in codes, f"{one} told a code that is not on disk"


def sends_of(recorded: list[Recorded]) -> Iterator[tuple[str, str]]:
    """Board and SEND of every report on disk."""
    for one in recorded:
        match one.event:
            case board_events.Heard(s=send) | board_events.Reported(send=send):
                yield one.stream.partition("/")[2], send


def codes_of(recorded: list[Recorded]) -> Iterator[tuple[str, int, str]]:
    """Board, cell and code of every change on disk."""
    for one in recorded:
        if isinstance(event := one.event, board_events.CodeSet):
            yield one.stream.partition("/")[2], event.cell, event.code.reveal()
