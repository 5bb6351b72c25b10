"""The game: its end is drawn at its start, small wins are paid at once, large ones by hand; bonuses of LP 8A."""

from __future__ import annotations

import random

from lineside.slots.simulator.cabinet import GAMES_SINCE_DOOR, GAMES_SINCE_POWER
from lineside.slots.simulator.handpay import Handpays
from lineside.slots.simulator.memory import GameRound
from lineside.slots.simulator.pack import bcd
from lineside.slots.simulator.works import Refused, Works

GAME_START, GAME_END, GAME_SELECTED, BONUS_PAID = 0x7E, 0x7F, 0x8C, 0x7C
BONUS_METERS = -10
"""Bonuses of LP 8A by tax status (LP 9A), under -10, -11 and -12: no poll names them by a code."""

# (chance, win per credit bet): pays back 90.68 % like the captured machine's plate; most of it in small wins.
PAYTABLE = ((0.16, 1), (0.09, 2), (0.035, 5), (0.0153, 10), (0.003, 40), (0.0004, 200), (0.0000768, 505))


def draw(chance: random.Random) -> int:
    """What one credit wins."""
    at = chance.random()
    for likelihood, win in PAYTABLE:
        if at < likelihood:
            return win
        at -= likelihood
    return 0


class Game:
    """The games of one machine."""

    def __init__(self, works: Works, handpays: Handpays) -> None:
        self._works = works
        self._state = works.state
        self._handpays = handpays

    def select(self, game: int) -> None:
        """The player chooses a game; 0 is the menu."""
        if not 0 <= game <= self._works.settings.games:
            raise Refused(f"no game {game}; there are {self._works.settings.games}")
        if self._state.round is not None:
            raise Refused("a game runs")
        if game != self._state.selected_game:
            self._state.selected_game = game
            self._works.exceptions.put(GAME_SELECTED, bcd(game, 2))

    def play(self, bet: int = 1, win: int | None = None) -> None:
        """Start a game; `on_time` ends it.

        Args:
            bet: credits.
            win: credits that it will win; drawn from the paytable when absent.
        """
        self._may_play(bet)
        state, works = self._state, self._works
        game = state.selected_game
        self._take_bet(bet, game)
        works.meters.add(0x05, 1, game)
        for meter in (GAMES_SINCE_POWER, GAMES_SINCE_DOOR):
            works.meters.add(meter, 1)
        seconds = works.settings.game_s + state.switches.delay_tenths / 10
        drawn = draw(works.chance) * bet if win is None else win
        state.round = GameRound(game, bet, drawn, works.after(seconds))
        self._tell(GAME_START, bcd(bet, 2) + works.meters.field(0x00) + bytes((0, works.settings.progressive_group)))
        if not seconds:
            self.on_time()

    def _may_play(self, bet: int) -> None:
        state, settings = self._state, self._works.settings
        if trouble := self._works.trouble():
            raise Refused(trouble)
        if not state.switches.is_enabled:
            raise Refused("the host has locked out play")
        if state.lock.status == 0:
            raise Refused("locked for a transfer")
        if state.round is not None or state.cash_out is not None:
            raise Refused("a game runs" if state.round is not None else "a cash-out runs")
        if not state.selected_game or state.selected_game in state.switches.disabled_games:
            raise Refused(f"game {state.selected_game} cannot be played")
        if not 1 <= bet <= settings.max_bet:
            raise Refused(f"a bet of {bet}; 1 to {settings.max_bet}")
        if bet > state.credits:
            raise Refused(f"{state.credits} credits do not pay a bet of {bet}")

    def _take_bet(self, bet: int, game: int) -> None:
        """Restricted credits are played first, then non-restricted ones, then the player's own."""
        state = self._state
        state.restricted -= (restricted := min(bet, state.restricted))
        state.non_restricted -= (non_restricted := min(bet - restricted, state.non_restricted))
        state.cashable -= bet - restricted - non_restricted
        self._works.meters.add(0x00, bet, game)
        self._works.meters.add(0x19, restricted)
        self._works.meters.add(0x1A, non_restricted)

    def on_time(self) -> None:
        """End the game when its time has come."""
        played = self._state.round
        if played is None or not self._works.is_over(played.until):
            return
        self._state.round = None
        self._state.won_credits = 0
        self._works.meters.add(0x06 if played.win else 0x07, 1, played.game)
        by_hand = played.win >= self._works.settings.handpay_credits
        if played.win and not by_hand:
            self._state.cashable += played.win
            self._state.won_credits = played.win
            self._works.meters.add(0x01, played.win, played.game)
            self._works.meters.add(0x1C, played.win, played.game)
        self._tell(GAME_END, bcd(played.win, 4))
        if by_hand:
            self._handpays.begin(played.win)

    def award(self, credits: int, tax: int) -> None:
        """LP 8A: credits of the host, told by 7C."""
        self._state.bonus = (credits, tax)
        self._state.cashable += credits
        self._works.meters.add(0x01, credits)
        self._works.meters.add(0x1E, credits)
        self._works.meters.add(BONUS_METERS - tax, credits)
        self._works.exceptions.put(BONUS_PAID, self.last_bonus())

    def last_bonus(self) -> bytes:
        """LP 90 and event 7C: no multiplied win, then tax status and bonus."""
        credits, tax = self._state.bonus
        return bytes(5) + bytes((tax,)) + bcd(credits, 4)

    def _tell(self, code: int, data: bytes) -> None:
        if self._state.switches.rte or not self._works.profile.game_events_in_rte_alone:
            self._works.exceptions.put(code, data)
