"""Long polls that read what the machine is: nameplate, games, denominations, features, clock (§8.3, §9.1, §9.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lineside.slots.simulator.pack import Invalid, Reader, bcd, counted, day_and_time, text
from lineside.slots.simulator.reply import Data, Handler, Reply, reading
from lineside.slots.simulator.works import Works

STYLES = {"none": 0, "standard": 0, "enhanced": 2, "system": 1}
REELS = 9
"""Stops in LP 8F; FF where there is no reel."""


class IdentityPolls:
    """Handlers by command."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self._state = works.state
        self._settings = works.settings

    def handlers(self) -> Mapping[int, Handler]:
        """All of them."""
        return {
            0x1F: reading(lambda: self._plate(0)),
            0x4F: reading(lambda: b"\x02\xff\xff"),
            0x51: reading(lambda: bcd(self._settings.games, 2)),
            0x53: self._of_game(self._plate),
            0x54: reading(lambda: counted((self._settings.version + self._settings.serial).encode("latin-1"))),
            0x55: reading(lambda: bcd(self._state.selected_game, 2)),
            0x56: reading(self._enabled_games),
            0x7E: reading(lambda: day_and_time(self._works.clock)),
            0x84: reading(self._first_level),
            0x85: reading(self._first_level),
            0x87: reading(self._levels),
            0x8F: reading(lambda: bytes((3, 7, 1)) + b"\xff" * (REELS - 3)),
            0xA0: self._of_game(lambda _: self.features()),
            0xA4: self._of_game(lambda _: bcd(self._settings.ticket_limit_cents // self._works.cents, 2)),
            0xB1: reading(lambda: bytes((self._state.denomination,))),
            0xB2: reading(lambda: counted(counted(bytes(self._denominations())))),
            0xB3: reading(lambda: bytes((self._state.denomination,))),
            0xB4: self._category,
            0xB5: self._details,
        }

    def _denominations(self) -> list[int]:
        return sorted({self._state.denomination, *self._settings.denominations})

    def _of_game(self, read: Callable[[int], bytes]) -> Handler:
        def handle(asked: Reader) -> Reply:
            game = self._game(asked)
            asked.end()
            return Data(bcd(game, 2) + read(game))

        return handle

    def _game(self, asked: Reader) -> int:
        game = asked.bcd(2)
        if game > self._settings.games:
            raise Invalid(f"no game {game}")
        return game

    def _plate(self, game: int) -> bytes:
        """LP 1F, and 53 behind its game number."""
        settings = self._settings
        additional = f"_{game:02d}" if game else settings.additional
        return (
            text(settings.game, 2)
            + text(additional, 3)
            + bytes((self._state.denomination, settings.max_bet, settings.progressive_group, 0, 0))
            + text(f"SG{game:04d}" if game else settings.paytable, 6)
            + text(f"{settings.payback:04d}", 4)
        )

    def _enabled_games(self) -> bytes:
        off = self._state.switches.disabled_games
        games = [game for game in range(1, self._settings.games + 1) if game not in off]
        return counted(bytes((len(games),)) + b"".join(bcd(game, 2) for game in games))

    def features(self) -> bytes:
        """LP A0's six bytes, without the game number."""
        settings = self._settings
        style = STYLES[settings.validation]
        if self._works.profile.style_system != STYLES["system"] and style:
            style = 3 - style
        validates = settings.validation != "none"
        first = settings.aft << 1 | 1 << 2 | validates << 4 | style << 5 | validates << 7
        second = 0x01 | 1 << 2 | 1 << 3 | settings.aft << 6 | (len(self._denominations()) > 1) << 7
        return bytes((first, second, int(settings.fast), 0, 0, 0))

    def _category(self, asked: Reader) -> Reply:
        body = asked.counted() if asked.left() > 4 else asked
        game, category = self._game(body), body.bcd(2)
        body.end()
        meter = self._works.meters.value(0x00, game)
        rest = text(f"{self._settings.payback:04d}", 4) + b"\x05" + bcd(meter, 5)
        return Data(counted(bcd(game, 2) + bcd(category, 2) + rest))

    def _details(self, asked: Reader) -> Reply:
        game = self._game(asked)
        asked.end()
        settings = self._settings
        name = f"{settings.name} {game}" if game else settings.name
        table = f"{settings.payback // 100}.{settings.payback % 100:02d} %"
        head = bcd(game, 2) + bcd(settings.max_bet, 2) + bytes((settings.progressive_group,)) + bytes(4)
        return Data(counted(head + counted(name.encode()) + counted(table.encode()) + bcd(0, 2)))

    # -- progressives ----------------------------------------------------------------------------------------------

    def _first_level(self) -> bytes:
        level, cents = min(self._state.levels.items(), default=(0, 0))
        return bytes((self._settings.progressive_group, level)) + bcd(cents, 5)

    def _levels(self) -> bytes:
        levels = sorted(self._state.levels.items())
        amounts = b"".join(bytes((level,)) + bcd(cents, 5) for level, cents in levels)
        return counted(bytes((self._settings.progressive_group, len(levels))) + amounts)
