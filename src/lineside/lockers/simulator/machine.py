"""One locker board without its cables: keypad, locks, codes with their countdown, and what it says of itself.

Written from the wire sheet: a reply with the SEND of the last request replaces the whole list of codes, any other is
dropped; a cell that a reply leaves out has no code any more. Source: wire/acon.md §3 to §7.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from lineside.lockers.simulator.settings import ListsCleared, SimulatorSettings
from lineside.lockers.wire import BoardState, CellCode, Channel, Reply, Request, cell_of

# Codes that opened nothing, in a row, until STATE says so. Source: wire/acon.md §3
WRONG_CODES_MAX = 3
# How ACT_CON looks on a board that reports its outputs whatever the cabinet.
RAW_SIDE = 8

# What a channel without a network reports of itself. Source: wire/acon.md §3
NO_NETWORK = {Channel.WIFI: 2, Channel.GSM: 3}


class Pressed(StrEnum):
    """What a keypad answers."""

    OPENED = "opened"
    WRONG = "wrong"
    BLOCKED = "blocked"  # by the server; no code opens anything


class Taken(StrEnum):
    """What a board does with a reply."""

    TAKEN = "taken"
    REBOOTS = "reboots"  # taken, and it is an order to reboot
    LATE = "late"  # answers an older request: dropped
    FOREIGN = "foreign"  # another board's ID, or a SEND that was never sent


class HeldCode(msgspec.Struct, frozen=True):
    """A code that opens a cell until ``ends_at``, on the board's own clock."""

    code: str
    minutes: int
    ends_at: float

    def __repr__(self) -> str:
        return f"HeldCode(code='****', minutes={self.minutes}, ends_at={self.ends_at})"


class BoardMachine:
    """A board driven by ``now`` (monotonic seconds, not falling).

    Attributes:
        name: ``ID``.
        send: number of the last request; 0 after a boot.
        blocked: by the server.
        wifi, gsm: what it reports of its channels.
        short_circuit: what it reports of its locks.
    """

    def __init__(self, name: str, settings: SimulatorSettings) -> None:
        self.name = name
        self.send = 0
        self.blocked = False
        self.wifi = 0
        self.gsm = 0
        self.short_circuit = False
        self._settings = settings
        self._held: dict[int, HeldCode] = {}
        self._spent: dict[int, str] = {}  # codes whose time ran out and that the server still sends
        self._accessed: list[int] = []
        self._timed_out: list[int] = []
        self._told: tuple[int, int] = (0, 0)  # how many of these two the last request told
        self._send_max = 0  # of all boots: a late answer to an earlier boot is late, and not somebody else's
        self._is_awaiting = False
        self._says_reset = True
        self._wrong_count = 0
        self._locked_out_until = float("-inf")

    # -- Talking ---------------------------------------------------------------------------------------------------

    def request(self, channel: Channel, now: float) -> Request:
        """The next message: SEND is one more than the last one's."""
        self._pass_time(now)
        self.send += 1
        self._send_max = max(self._send_max, self.send)
        self._is_awaiting = True
        self._told = (len(self._accessed), len(self._timed_out))
        settings = self._settings
        return Request(
            header=settings.header,
            board=self.name,
            send=str(self.send),
            connection=channel,
            wifi=self.wifi,
            gsm=self.gsm,
            reset=self._says_reset and settings.reports_reboot,
            states=self.states(now),
            columns=settings.columns,
            rows=settings.rows,
            locks=self._locks(),
            engaged=tuple(sorted(self._held)),
            timed_out=tuple(self._timed_out),
            accessed=tuple(self._accessed),
        )

    def take(self, reply: Reply, now: float) -> Taken:
        """An answer has come."""
        if reply.board != self.name or int(reply.send) > self._send_max:
            return Taken.FOREIGN
        if not self._is_awaiting or reply.send != str(self.send):
            return Taken.LATE
        self._pass_time(now)
        self._is_awaiting = False
        self._says_reset = False
        self._take_codes(reply.codes, now)
        if reply.block:
            self.blocked = True
        elif self._settings.unblocks:
            self.blocked = False
        if self._settings.lists_cleared is ListsCleared.REPLY:
            self._forget_told()
        return Taken.REBOOTS if reply.reset and self._settings.obeys_reboot else Taken.TAKEN

    def states(self, now: float) -> tuple[int, ...]:
        """``STATE``: what is wrong, or a single 0."""
        found = {
            BoardState.SHORT_CIRCUIT: self.short_circuit,
            BoardState.WRONG_CODE: now < self._locked_out_until,
            BoardState.BLOCKED: self.blocked,
        }
        return tuple(int(state) for state, is_so in found.items() if is_so) or (0,)

    def _take_codes(self, codes: tuple[CellCode, ...], now: float) -> None:
        held_before, self._held = self._held, {}
        self._spent = {one.cell: one.code for one in codes if self._spent.get(one.cell) == one.code}
        for one in codes:
            if one.cell in self._spent and not self._settings.restarts_countdown:
                continue
            before = held_before.get(one.cell)
            runs_on = before is not None and before.code == one.code and not self._settings.restarts_countdown
            if before is None or not runs_on:
                before = HeldCode(one.code, one.minutes, now + one.minutes * self._settings.minute_s)
            self._held[one.cell] = before

    def _forget_told(self) -> None:
        accessed, timed_out = self._told
        del self._accessed[:accessed], self._timed_out[:timed_out]
        self._told = (0, 0)

    def _locks(self) -> tuple[str, ...]:
        settings = self._settings
        width, height = (RAW_SIDE, RAW_SIDE) if settings.raw_locks else (settings.columns, settings.rows)
        return tuple("".join(str(int(self._has_lock(row, column))) for column in range(width)) for row in range(height))

    def _has_lock(self, row: int, column: int) -> bool:
        settings = self._settings
        is_inside = row < settings.rows and column < settings.columns
        return is_inside and cell_of(row, column, settings.columns) not in settings.missing

    # -- At the cabinet --------------------------------------------------------------------------------------------

    def press(self, code: str, cell: int | None, now: float) -> Pressed:
        """Somebody types a code at the keypad.

        Args:
            cell: which one to open; None opens each cell that has this code.
        """
        self._pass_time(now)
        if self.blocked:
            return Pressed.BLOCKED
        fitting = [number for number, held in self._held.items() if held.code == code and cell in (None, number)]
        if not fitting:
            self._wrong_count += 1
            if self._wrong_count >= WRONG_CODES_MAX:
                self._locked_out_until = now + self._settings.lockout_s
            return Pressed.WRONG
        self._wrong_count = 0
        for number in fitting:
            self.note_access(number)
        return Pressed.OPENED

    def note_access(self, cell: int) -> None:
        """A door was opened, by a code or with a key; told in BOX_ACC, the latest last, each cell once."""
        told = self._told[0] if self._settings.lists_cleared is ListsCleared.REPLY else 0
        if cell not in self._accessed[told:]:
            self._accessed.append(cell)

    def codes(self, now: float) -> dict[int, str]:
        """Cell → the code that opens it now, in clear: for those who play a person that was told it."""
        self._pass_time(now)
        return {cell: held.code for cell, held in sorted(self._held.items())}

    def minutes_left(self, cell: int, now: float) -> float:
        """On the board's own clock; 0 without a code."""
        held = self._held.get(cell)
        return max(0.0, (held.ends_at - now) / self._settings.minute_s) if held else 0.0

    @property
    def has_reset(self) -> bool:
        """Whether no answer has come since the last boot."""
        return self._says_reset

    def reboot(self) -> None:
        """Begin again: SEND from 1, RESET said until an answer comes. The codes last through it, the lists do not."""
        self.send = 0
        self._is_awaiting = False
        self._says_reset = True
        self._wrong_count = 0
        self._locked_out_until = float("-inf")
        self._accessed.clear()
        self._timed_out.clear()
        self._told = (0, 0)
        if not self._settings.unblocks:
            self.blocked = False

    def _pass_time(self, now: float) -> None:
        over = [cell for cell, held in self._held.items() if held.ends_at <= now]
        for cell in over:
            self._spent[cell] = self._held.pop(cell).code
            if cell not in self._timed_out:
                self._timed_out.append(cell)
