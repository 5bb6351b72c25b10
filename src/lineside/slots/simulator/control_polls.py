"""Long polls that make the machine do something (§8.1), progressive amounts, and the host's texts."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping

from lineside.slots.simulator.game import Game
from lineside.slots.simulator.handpay import Handpays
from lineside.slots.simulator.pack import Invalid, Reader, bcd, counted, low_first
from lineside.slots.simulator.reply import Data, Handler, Reply, Short, acknowledging
from lineside.slots.simulator.works import Works
from lineside.slots.wire import crc16

TAX_STATUSES = 3
"""Deductible, non-deductible, wager match (LP 8A)."""
NO_PROGRESSIVE, PROGRESSIVE_S = 0x53, 5.0
"""§4: amounts that stay away for 5 s."""
LEVELS_MAX = 32  # of LP 86
VALIDATION_BITS = 0x3F
"""Bits 0 to 5 of LP 7B."""


class ControlPolls:
    """Handlers by command."""

    def __init__(self, works: Works, game: Game, handpays: Handpays) -> None:
        self._works = works
        self._state = works.state
        self._switches = works.state.switches
        self._game = game
        self._handpays = handpays
        self._levels_at: float | None = None

    def handlers(self) -> Mapping[int, Handler]:
        """All of them."""
        switches = {
            0x01: ("is_enabled", False),
            0x02: ("is_enabled", True),
            0x03: ("sound", 0x03),
            0x04: ("sound", 0x04),
            0x05: ("sound", 0x05),
            0x06: ("bills_on", True),
            0x07: ("bills_on", False),
            0x0A: ("in_maintenance", True),
            0x0B: ("in_maintenance", False),
        }
        return {command: self._switch(*switch) for command, switch in switches.items()} | {
            0x08: self._bills,
            0x09: self._enable_game,
            0x0E: self._flag("rte"),
            0x21: self._signature,
            0x2E: self._delay,
            0x7B: self._validation,
            0x7C: self._texts,
            0x7D: self._ticket_data,
            0x7F: self._clock,
            0x80: self._level,
            0x86: self._levels,
            0x8A: self._bonus,
            0x94: lambda asked: self._code(asked, self._handpays.answer_reset),
            0xA8: self._method,
            0xAA: self._flag("auto_rebet"),
        }

    def _switch(self, name: str, value: object) -> Handler:
        return acknowledging(lambda: setattr(self._switches, name, value))

    def _flag(self, name: str) -> Handler:
        def handle(asked: Reader) -> Reply:
            value = asked.byte()
            asked.end()
            if value > 1:
                raise Invalid(f"{value:02X} is neither off nor on")
            setattr(self._switches, name, bool(value))
            return Short.ACK

        return handle

    def _bills(self, asked: Reader) -> Reply:
        mask, action = asked.low_first(4), asked.byte()
        asked.end()
        self._switches.bill_mask, self._switches.bills_stay_on = mask, bool(action & 1)
        return Short.ACK

    def _enable_game(self, asked: Reader) -> Reply:
        game, on = asked.bcd(2), asked.byte()
        asked.end()
        if not 1 <= game <= self._works.settings.games or on > 1:
            raise Invalid(f"game {game}, switch {on:02X}")
        off = [other for other in self._switches.disabled_games if other != game]
        self._switches.disabled_games = off if on else [*off, game]
        return Short.ACK

    def _signature(self, asked: Reader) -> Reply:
        seed = asked.low_first(2)
        asked.end()
        self._state.signature = crc16(self._works.settings.rom.encode(), seed)
        self._state.signature_due = self._works.after(self._works.settings.signature_s)
        return Short.ACK

    def _delay(self, asked: Reader) -> Reply:
        """X in the sheet: this machine reads two binary bytes, low one first."""
        self._switches.delay_tenths = asked.low_first(2)
        asked.end()
        return Short.ACK

    def _clock(self, asked: Reader) -> Reply:
        told = asked.day_and_time()
        asked.end()
        true = self._works.utc.replace(tzinfo=None)
        self._state.clock_ahead_s = (told - true) / datetime.timedelta(seconds=1)
        return Short.ACK

    def _bonus(self, asked: Reader) -> Reply:
        credits, tax = asked.bcd(4), asked.byte()
        asked.end()
        if tax >= TAX_STATUSES or not credits:
            raise Invalid(f"{credits} credits of tax status {tax:02X}")
        if self._works.trouble() or not self._switches.is_enabled:
            return Short.BUSY
        self._game.award(credits, tax)
        return Short.ACK

    def _method(self, asked: Reader) -> Reply:
        method = asked.byte()
        return self._code(asked, lambda: self._handpays.answer_method(method))

    def _code(self, asked: Reader, do: Callable[[], int]) -> Reply:
        asked.end()
        return Data(bytes((do(),)))

    # -- validation and texts --------------------------------------------------------------------------------------

    def _validation(self, asked: Reader) -> Reply:
        """LP 7B: bits of the mask take the state's; expirations of 0 stay as they are (K)."""
        body = asked.counted()
        mask, state, cash, restricted = body.low_first(2), body.low_first(2), body.bcd(2), body.bcd(2)
        body.end()
        switches = self._switches
        mask &= VALIDATION_BITS
        switches.validation_state = switches.validation_state & ~mask | state & mask
        switches.cash_days = cash or switches.cash_days
        switches.restricted_days = restricted or switches.restricted_days
        days = bcd(switches.cash_days, 2) + bcd(switches.restricted_days, 2)
        asset = low_first(self._works.settings.asset, 4)
        return Data(counted(asset + low_first(switches.validation_state, 2) + days))

    def _texts(self, asked: Reader) -> Reply:
        body = asked.counted()
        while body.left():
            code = body.byte()
            self._switches.texts[code] = body.raw(body.byte()).decode("latin-1")
        return Data(b"\x01")

    def _ticket_data(self, asked: Reader) -> Reply:
        body = asked.counted()
        self._switches.host_id, self._switches.ticket_days = body.low_first(2), body.byte()
        for code in range(3):
            if body.left():
                self._switches.texts[code] = body.raw(body.byte()).decode("latin-1")
        body.end()
        return Data(b"\x01")

    # -- progressives ----------------------------------------------------------------------------------------------

    def _level(self, asked: Reader) -> Reply:
        group, level, cents = asked.byte(), asked.byte(), asked.bcd(5)
        asked.end()
        self._take_levels(group, {level: cents})
        return Short.ACK

    def _levels(self, asked: Reader) -> Reply:
        body = asked.counted()
        levels: dict[int, int] = {}
        group = body.byte()
        while body.left() and len(levels) < LEVELS_MAX:
            level = body.byte()
            levels[level] = body.bcd(5)
        body.end()
        self._take_levels(group, levels)
        return Short.ACK

    def _take_levels(self, group: int, levels: dict[int, int]) -> None:
        if group == self._works.settings.progressive_group:
            self._state.levels.update(levels)
            self._levels_at = self._works.now.mono

    def on_time(self) -> None:
        """53 each time that the amounts of our group stay away."""
        at = self._levels_at
        if at is not None and self._works.now.mono >= at + PROGRESSIVE_S:
            self._levels_at = None
            self._works.exceptions.put(NO_PROGRESSIVE)
