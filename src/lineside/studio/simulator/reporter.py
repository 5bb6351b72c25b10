"""One simulated PC of a table: connects, reports what its part of the story tells, drops, hangs and comes back.

It behaves as a good reporter: one message under way, its whole state again after each connection, and no answer that
is not one. What goes wrong is asked for in the settings.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from typing import Any

from lineside.errors import LinkError
from lineside.runtime.backoff import Backoff
from lineside.studio.connection import Connection, OpenSocket
from lineside.studio.simulator.report import SimulatorReport
from lineside.studio.simulator.settings import SimulatorSettings
from lineside.studio.simulator.spells import Spells, Trouble
from lineside.studio.simulator.story import Scene
from lineside.studio.wire.message import ErrorReply
from lineside.studio.wire.reporter import Heard, ReporterSide, Stray

GARBAGE = (
    "not json",
    "{",
    "null",
    "5",
    "[1, 2]",
    '"sdp"',
    '{"sdp": "bogus", "idp": "up"}',
    '{"maintenance": "perhaps"}',
    '{"zcam": NaN}',
    "[" * 40 + "]" * 40,
    "\u0000\u0001 HTTP/1.1 200 OK",
)
"""What a server must refuse, and survive."""

# Scenes that wait while the server is away; the state is sent whole afterwards, so that only signals can be lost.
WAITING_MAX = 64


class Reporter:
    """A PC of one table.

    Args:
        side: how it speaks, and for which table.
        settings: of the studio.
        open_socket: `lineside.adapters.web_socket_client.open_web_socket`.
        chance: its own source of randomness.
        report: the books of all.
        confirmed: the table's confirmed values, shared by its reporters.
        is_flaky: whether it drops and falls silent.

    Attributes:
        state: what this PC knows of its own fields.
        is_connected: whether it is.
        away_because: why not.
    """

    def __init__(
        self,
        side: ReporterSide,
        settings: SimulatorSettings,
        open_socket: OpenSocket,
        chance: random.Random,
        report: SimulatorReport,
        confirmed: dict[str, Any],
        *,
        is_flaky: bool,
    ) -> None:
        self.side = side
        self.state: dict[str, Any] = {}
        self.is_connected = False
        self.away_because = "not yet connected"
        self._settings = settings
        self._open_socket = open_socket
        self._chance = chance
        self._report = report
        self._confirmed = confirmed
        self._scenes: deque[Scene] = deque(maxlen=WAITING_MAX)
        self._something = asyncio.Event()
        self._awake = asyncio.Event()
        self._awake.set()
        self._stay_away_s = 0.0  # a drop was asked for
        self._is_behind = False  # the server may not know the state as it is
        self._is_flaky = is_flaky

    def tell(self, scene: Scene) -> None:
        """Something has happened in front of this PC."""
        self.state.update(scene.fields)
        self._scenes.append(scene)
        self._something.set()

    @property
    def has_told_all(self) -> bool:
        """Whether everything that happened is confirmed."""
        return self.is_connected and not self._scenes and not self._is_behind

    async def run(self) -> None:
        """Report until cancelled."""
        loop = asyncio.get_running_loop()
        backoff = Backoff(self._settings.reconnect, self._chance)
        spells = Spells(self._settings.faults, self._chance, loop.time()) if self._is_flaky else None
        await asyncio.sleep(self._chance.uniform(0, min(1.0, self._settings.period_s / 10)))  # not all in one moment
        while True:
            pause_s = 0.0
            try:
                connection = await self._connect()
            except LinkError as error:
                self._report.refused_connections += 1
                self.away_because = str(error)
            else:
                held_from = loop.time()
                try:
                    pause_s = await self._hold(connection, spells)
                finally:
                    self.is_connected = False
                    await connection.close("the simulator ends")
                if loop.time() - held_from > self._settings.reconnect.cap_s:
                    backoff.reset()
            await asyncio.sleep(pause_s or backoff.next_s())

    # ------------------------------------------------------------------ one connection

    async def _connect(self) -> Connection:
        connection = await Connection.open(
            self._open_socket, self._settings.where, self.side, self._settings.answer_s, self._on_heard
        )
        self._report.connected += 1
        self.is_connected = True
        return connection

    async def _hold(self, connection: Connection, spells: Spells | None) -> float:
        """Report on one connection until it ends; seconds to stay away when that was asked for, 0 otherwise."""
        if self._scenes or self.state != self._own_confirmed():
            self._is_behind = True
            self._something.set()
        self._stay_away_s = 0.0
        reporting = asyncio.ensure_future(self._keep_reporting(connection))
        troubled = asyncio.ensure_future(self._make_trouble(connection, spells))
        try:
            await asyncio.wait((reporting, troubled, connection.ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reporting, troubled):
                task.cancel()
            ends = await asyncio.gather(reporting, troubled, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception) and not isinstance(end, LinkError):
                raise end  # a fault of ours
        if self._stay_away_s:
            self.away_because = "it was told to drop"
        else:
            self._report.lost += 1
            self.away_because = connection.ended.result() if connection.ended.done() else "no answer"
        return self._stay_away_s

    async def _keep_reporting(self, connection: Connection) -> None:
        """Raises LinkError when the connection is of no use any more."""
        while True:
            await self._something.wait()
            self._something.clear()
            if self._is_behind:
                await self._catch_up(connection)
            while self._scenes:
                await self._awake.wait()
                scene = self._scenes[0]
                await self._play(connection, scene)
                if self._scenes and self._scenes[0] is scene:
                    self._scenes.popleft()

    async def _catch_up(self, connection: Connection) -> None:
        """The whole state in one update, in place of every change that waits."""
        signals = [scene for scene in self._scenes if scene.signal is not None]
        self._scenes.clear()
        self._scenes.extend(signals)
        if self.state:
            await self._update(connection, dict(self.state))
        self._is_behind = False

    async def _play(self, connection: Connection, scene: Scene) -> None:
        if self._chance.random() < self._settings.faults.garbage:
            await self._say_garbage(connection)
        if scene.signal is not None:
            msg_id, content, kind = scene.signal
            answer = await self._ask(connection, self.side.signal(msg_id, content, kind=kind))
            self._report.signals += not isinstance(answer, ErrorReply)
        else:
            await self._update(connection, scene.fields)

    async def _update(self, connection: Connection, fields: dict[str, Any]) -> None:
        self._report.updates += 1
        answer = await self._ask(connection, self.side.update(fields))
        if isinstance(answer, ErrorReply):
            self._report.count_refused(answer.text)
        else:
            self._report.confirmed += 1
            self._confirmed.update(fields)

    async def _say_garbage(self, connection: Connection) -> None:
        self._report.count_fault("garbage")
        answer = await self._ask(connection, self._chance.choice(GARBAGE))
        if isinstance(answer, ErrorReply):
            self._report.garbage_refused += 1
        else:
            self._report.garbage_taken += 1

    async def _ask(self, connection: Connection, text: str) -> object:
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        answer = await connection.ask(text, self._settings.answer_s)
        self._report.answer_s_max = max(self._report.answer_s_max, loop.time() - asked_at)
        return answer

    async def _make_trouble(self, connection: Connection, spells: Spells | None) -> None:
        """Do what a flaky reporter does; returns after a drop."""
        loop = asyncio.get_running_loop()
        while spells is not None and (spell := spells.next()) is not None:
            await asyncio.sleep(max(0.0, spell.at - loop.time()))
            self._report.count_fault(spell.trouble.value)
            if spell.trouble is Trouble.DROP:
                self._stay_away_s = spell.lasting_s
                await connection.drop()
                return
            self._awake.clear()
            connection.hold(True)
            try:
                await asyncio.sleep(spell.lasting_s)
            finally:
                connection.hold(False)
                self._awake.set()
        await asyncio.Event().wait()  # no trouble any more

    def _own_confirmed(self) -> dict[str, Any]:
        return {name: self._confirmed[name] for name in self.state if name in self._confirmed}

    def _on_heard(self, heard: Heard) -> None:
        self._report.unasked += isinstance(heard, Stray)  # D is told things
