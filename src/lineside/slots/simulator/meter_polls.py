"""Long polls that read meters: the single ones, 2F, 6F and AF, and those with several in fixed fields (§8.2, §8.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lineside.slots.simulator.cabinet import GAMES_SINCE_DOOR, GAMES_SINCE_POWER, POWER_RESETS, SLOT_DOOR_OPENS
from lineside.slots.simulator.game import BONUS_METERS
from lineside.slots.simulator.meters import Meters
from lineside.slots.simulator.pack import Invalid, Reader, bcd, counted, low_first
from lineside.slots.simulator.reply import Data, Handler, Reply, reading
from lineside.slots.simulator.works import Works
from lineside.slots.wire import BILL_VALUES

SHORT_CODES_MAX = 10
"""Codes of one 2F (§8.3)."""
LONG_CODES_MAX = 12
"""Codes of one 6F (§8.3)."""

SINGLE: Mapping[int, int] = {
    0x10: 0x04,
    0x11: 0x00,
    0x12: 0x01,
    0x13: 0x24,
    0x14: 0x02,
    0x15: 0x05,
    0x16: 0x06,
    0x17: 0x07,
    0x1A: 0x0C,
    0x2A: 0x08,
    0x2B: 0x09,
    0x46: 0x0B,
    0x47: 0x27,
    0x49: 0x3E,
    0x4A: 0x3F,
}
"""Polls of one meter, and its code. This machine has no hopper: 2C stays silent."""

BILLS: Mapping[int, int] = {
    **dict(zip(range(0x31, 0x3D), (1, 2, 5, 10, 20, 50, 100, 500, 1_000, 200, 25, 2_000), strict=True)),
    **dict(zip((0x3E, 0x3F, 0x40, 0x41), (2_500, 5_000, 10_000, 20_000), strict=True)),
    **dict(zip((0x42, 0x43, 0x44, 0x45), (25_000, 50_000, 100_000, 250), strict=True)),
}
"""Polls of one count of bills, and their value in dollars."""

CANCELLED, COIN_IN, COIN_OUT, DROP, JACKPOT, PLAYED, WON = 0x04, 0x00, 0x01, 0x24, 0x02, 0x05, 0x06


def code_of_bill(dollars: int) -> int:
    """The meter that counts a bill of this value."""
    return 0x40 + BILL_VALUES.index(dollars)


class MeterPolls:
    """Handlers by command."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self._meters: Meters = works.meters

    def handlers(self) -> Mapping[int, Handler]:
        """All of them."""
        fields = {
            0x0F: (CANCELLED, COIN_IN, COIN_OUT, DROP, JACKPOT, PLAYED),
            0x19: (COIN_IN, COIN_OUT, DROP, JACKPOT, PLAYED),
            0x1C: (COIN_IN, COIN_OUT, DROP, JACKPOT, PLAYED, WON, SLOT_DOOR_OPENS, POWER_RESETS),
            0x1E: tuple(map(code_of_bill, (1, 5, 10, 20, 50, 100))),
            **{poll: (code,) for poll, code in SINGLE.items()},
            **{poll: (code_of_bill(dollars),) for poll, dollars in BILLS.items()},
        }
        return {poll: reading(self._fields(codes)) for poll, codes in fields.items()} | {
            0x18: reading(self._games_since),
            0x20: reading(lambda: bcd(self._bills_dollars(), 4)),
            0x2D: self._of_game((0x03,)),
            0x2F: self._short,
            0x52: self._of_game((COIN_IN, COIN_OUT, JACKPOT, PLAYED)),
            0x6F: self._long,
            0x83: self._of_game((0x1D,)),
            0x9A: self._of_game((BONUS_METERS, BONUS_METERS - 1, BONUS_METERS - 2)),
            0xAF: self._long,
        }

    def _fields(self, codes: tuple[int, ...]) -> Callable[[], bytes]:
        return lambda: b"".join(bcd(self._meters.value(code), 4) for code in codes)

    def _games_since(self) -> bytes:
        return bcd(self._meters.value(GAMES_SINCE_POWER), 2) + bcd(self._meters.value(GAMES_SINCE_DOOR), 2)

    def _bills_dollars(self) -> int:
        return sum(self._meters.value(0x40 + index) * dollars for index, dollars in enumerate(BILL_VALUES))

    def _game(self, asked: Reader) -> int:
        game = asked.bcd(2)
        if game > self._works.settings.games:
            raise Invalid(f"no game {game}")
        return game

    def _of_game(self, codes: tuple[int, ...]) -> Handler:
        def handle(asked: Reader) -> Reply:
            game = self._game(asked)
            asked.end()
            return Data(bcd(game, 2) + b"".join(bcd(self._meters.value(code, game), 4) for code in codes))

        return handle

    def _short(self, asked: Reader) -> Reply:
        """LP 2F: value after code, no sizes; what the machine does not have is left out."""
        body = asked.counted()
        game = self._game(body)
        codes = [body.byte() for _ in range(body.left())]
        if not 1 <= len(codes) <= SHORT_CODES_MAX:
            raise Invalid(f"{len(codes)} codes")
        fields = (bytes((code,)) + self._meters.field(code, game) for code in codes if self._meters.has(code, game))
        return Data(counted(bcd(game, 2) + b"".join(fields)))

    def _long(self, asked: Reader) -> Reply:
        """LP 6F and AF: code, size and value; what the machine does not have is of size 00 or left out."""
        body = asked.counted()
        game = self._game(body)
        if body.left() % 2 or not 2 <= body.left() <= 2 * LONG_CODES_MAX:
            raise Invalid(f"{body.left()} bytes of codes")
        codes = [body.low_first(2) for _ in range(body.left() // 2)]
        return Data(counted(bcd(game, 2) + b"".join(self._sized(code, game) for code in codes)))

    def _sized(self, code: int, game: int) -> bytes:
        profile = self._works.profile
        if self._meters.has(code, game):
            return low_first(code, 2) + self._meters.sized_field(code, game, profile.meter_bytes_6f)
        return low_first(code, 2) + b"\x00" if profile.unsupported_size_0 else b""
