"""The boards of one gateway: units that are made on demand, and rebuilt from the journal before they say a word.

A board that calls is rebuilt at once; those that were known before the start follow in the background, so that pages
and commands find them whether they call or not. One at a time: the journal has one reader.

A reply is a board's whole list of codes. So nothing is ever answered from a store that could not be read: then there is
no unit, whoever asked goes without an answer, and the board keeps its list and asks again.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from functools import partial

import msgspec

from lineside.errors import JournalError
from lineside.lockers.gateway.config import Config
from lineside.lockers.gateway.strangers import Strangers
from lineside.lockers.model import COMMANDS, Board, BoardSettings, UnknownPolicy
from lineside.runtime.drive import Unit
from lineside.runtime.gateway import GatewayState, Runtime
from lineside.runtime.journal import HealthState

# Until the list of streams, or a board of the background, is read again after the journal refused.
RETRY_S = 1.0
# A board whose unit broke, or cannot be rebuilt, is not tried again earlier: a fault of ours must not become a load.
BROKEN_PAUSE_S = 5.0
# Boards of which the log tells that they are refused; a stranger who invents IDs must not fill a disk.
TOLD_MAX = 1000

Found = Callable[[Unit | None], None]
"""Told the unit of a board, or None when nobody can answer for it now."""


class Hall:
    """The units of one gateway, by board.

    Attributes:
        units: those that are rebuilt and answer.
        well: what is reported while nothing is wrong.
    """

    def __init__(self, config: Config, runtime: Runtime) -> None:
        self.units: dict[str, Unit] = {}
        self.well = ""
        self._config = config
        self._runtime = runtime
        self._log = runtime.log
        self._settings = config.board_settings("")  # of all boards that the settings do not name, one object
        self._strangers = Strangers(runtime, config.kind)
        self._own: set[str] = set()  # boards that have recorded something
        self._demanded: dict[str, list[Found]] = {}  # in the order of the first demand
        self._background: deque[str] = deque()
        self._wake = asyncio.Event()
        self._not_before: dict[str, float] = {}  # boards with a fault → monotonic seconds of the next try
        self._trouble = ""
        self._told: set[str] = set()

    # ------------------------------------------------------------------ what connections ask

    def find(self, board: str, found: Found) -> None:
        """Tell the unit of a board: at once when it is there, otherwise when it was rebuilt or could not be."""
        unit = self.units.get(board)
        if unit is not None:
            found(unit)
            return
        self._demanded.setdefault(board, []).append(found)
        self._wake.set()

    def note_stopped(self, board: str) -> None:
        """The unit of this board has stopped, by a fault of ours: it is rebuilt, after a pause."""
        unit = self.units.pop(board, None)
        if unit is not None:
            self._runtime.units.remove(unit)
            self._own.add(board)  # it may have recorded something by now
            self._put_off(board)
            again = self._not_before[board]
            self._runtime.clock.call_at(again, partial(self._call_back, board))

    def close(self) -> None:
        """End all units; what was recorded stays."""
        self._refuse_all()
        units, self.units = self.units, {}  # their end is told to connections, which look here
        for unit in units.values():
            self._discard(unit, "the gateway stops")

    # ------------------------------------------------------------------ rebuilding, one after the other

    async def run(self) -> None:
        """Rebuild boards, those that call before the others, until cancelled."""
        await self._list()
        while True:
            board = self._next()
            if board is None:
                self._wake.clear()
                await self._wake.wait()
            elif not await self._rebuild(board):
                await self._pause()

    async def _list(self) -> None:
        """Learn which boards have streams here; until then nobody knows who is known, so nobody is answered."""
        while True:
            try:
                heads = await self._runtime.journal.streams(f"{self._runtime.name}/")
            except JournalError as error:
                self._tell_trouble(error)
                self._refuse_all()
                await self._pause()
            else:
                break
        self._own = {head.stream.partition("/")[2] for head in heads}
        self._background.extend(dict.fromkeys([*self._config.boards, *sorted(self._own)]))

    def _next(self) -> str | None:
        """The board that is rebuilt next; None when there is none to do."""
        if self._demanded:
            return next(iter(self._demanded))
        while self._background:
            board = self._background.popleft()
            if board not in self.units:
                return board
        return None

    async def _rebuild(self, board: str) -> bool:
        """Make one unit and tell it to all who wait for it; False when the journal could not be read."""
        unit: Unit | None = None
        is_read = True
        try:
            if self._may_be_made(board):
                unit = self.units[board] = await self._make(board)
        except JournalError as error:
            is_read = False
            self._tell_trouble(error)
        except Exception as error:  # the fault of one board is not that of the others
            self._log.error("board not rebuilt", board=board, error=repr(error), exc_info=error)
            self._put_off(board)
        waiting = self._demanded.pop(board, None)
        if waiting is None and not is_read:
            self._background.append(board)
        for found in waiting or ():
            found(unit)
        if is_read:
            self._tell_well()
        return is_read or waiting is not None

    async def _make(self, board: str) -> Unit:
        runtime, journal = self._runtime, self._runtime.journal
        elsewhere = "" if board in self._own else await self._strangers.find(board)
        model = Board(
            board,
            self._settings_of(board, elsewhere),
            runtime.clock.now(),
            era=journal.health.era,
            known_elsewhere=elsewhere,
            clock_floor=journal.last_at,
            draw=secrets.randbelow,
        )
        unit = await runtime.make_unit(board, self._config.kind, model, COMMANDS)
        if journal.health.state is HealthState.DAMAGED:  # it was rebuilt from nothing, and would answer from nothing
            self._discard(unit, "the journal is damaged")
            raise JournalError(f"{unit.name} cannot be rebuilt: {journal.health.reason}")
        return unit

    def _settings_of(self, board: str, elsewhere: str) -> BoardSettings:
        settings = self._config.board_settings(board) if board in self._config.boards else self._settings
        if elsewhere and settings.unknown is UnknownPolicy.ACCEPT and not self._runtime.units.all(elsewhere):
            # Nobody serves that gateway any more: most likely it is this one under its old name. Accepting would take
            # every code from the board, which nobody meant who wrote "accept".
            return msgspec.structs.replace(settings, unknown=None)
        return settings

    def _may_be_made(self, board: str) -> bool:
        if self._not_before.get(board, 0.0) > self._runtime.clock.now().mono:
            return False
        self._not_before.pop(board, None)
        is_known = board in self._own or board in self._config.boards
        if len(self.units) >= self._config.boards_max:
            self._tell_refused(board, f"there are {self._config.boards_max} boards already (boards_max)")
            return False
        if not is_known and self._config.unknown is UnknownPolicy.REJECT:
            self._tell_refused(board, 'it is unknown here (unknown = "reject")')
            return False
        return True

    def _tell_refused(self, board: str, reason: str) -> None:
        """Once for each board: it calls every few seconds."""
        if board not in self._told and len(self._told) < TOLD_MAX:
            self._told.add(board)
            self._log.warning("board refused", board=board, reason=reason)

    # ------------------------------------------------------------------ when something is wrong

    def _put_off(self, board: str) -> None:
        self._not_before[board] = self._runtime.clock.now().mono + BROKEN_PAUSE_S

    def _call_back(self, board: str) -> None:
        self._background.append(board)
        self._wake.set()

    def _discard(self, unit: Unit, reason: str) -> None:
        unit.close(reason)
        self._runtime.units.remove(unit)

    def _refuse_all(self) -> None:
        demanded, self._demanded = self._demanded, {}
        for waiting in demanded.values():
            for found in waiting:
                found(None)

    async def _pause(self) -> None:
        """Wait before the next try of the background; a board that calls is tried at once."""
        if self._demanded:
            return
        self._wake.clear()
        try:
            async with asyncio.timeout(RETRY_S):
                await self._wake.wait()
        except TimeoutError:
            return

    def _tell_trouble(self, error: JournalError) -> None:
        reason = f"no board is answered that is not rebuilt yet: {error}"
        if reason != self._trouble:
            self._trouble = reason
            self._log.error("store cannot be read", reason=str(error))
            self._runtime.report(GatewayState.WAITING, reason, RETRY_S)

    def _tell_well(self) -> None:
        if self._trouble:
            self._trouble = ""
            self._log.info("store can be read again")
            self._runtime.report(GatewayState.RUNNING, self.well)
