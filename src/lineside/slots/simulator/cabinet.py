"""The cabinet: doors, tilts, menus, bills, the lamp, the power, and what an operator changes in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from lineside.slots.simulator.pack import bcd
from lineside.slots.simulator.works import Refused, Works
from lineside.slots.wire import BILL_VALUES, DENOMINATIONS

T = TypeVar("T")

DOORS: Mapping[str, tuple[int, int]] = {
    "slot": (0x11, 0x12),
    "drop": (0x13, 0x14),
    "card_cage": (0x15, 0x16),
    "cash_box": (0x19, 0x1A),
    "belly": (0x1D, 0x1E),
}
"""Exceptions of opening and closing."""

POWER_OFF_ACCESS: Mapping[str, int] = {"card_cage": 0x98, "slot": 0x99, "cash_box": 0x9A, "drop": 0x9B}
"""Exceptions of a door that was opened without power."""

MENUS: Mapping[str, tuple[int, int]] = {"attendant": (0x82, 0x83), "operator": (0x84, 0x85)}
"""Exceptions of entering and leaving."""

BILL_EXCEPTIONS: Mapping[int, int] = {
    1: 0x47,
    2: 0x4D,
    5: 0x48,
    10: 0x49,
    20: 0x4A,
    50: 0x4B,
    100: 0x4C,
    200: 0x50,
    500: 0x4E,
}
"""By value; every other bill, and in real-time mode every bill, is 4F."""

TO_DROP: Mapping[int, int] = {
    value: 0x59 + index for index, value in enumerate((1, 2, 5, 10, 20, 50, 100, 200, 500, 1000))
}
"""Meters of the bills that go to the drop box."""

BILL_REJECTED, BILL_TOTALS_RESET, METERS_RESET, OPTIONS_CHANGED = 0x2B, 0x7B, 0x7A, 0x3C
POWER_ON, POWER_LOST = 0x17, 0x18
GAMES_SINCE_POWER, GAMES_SINCE_DOOR = 0x25, 0x26
POWER_RESETS, SLOT_DOOR_OPENS = -1, -2
"""Meters of LP 1C that have no code of their own; kept beside the others under numbers that no poll names."""


class Cabinet:
    """What hands do to a machine. A refused act raises `Refused`."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self._state = works.state

    # -- doors, menus, tilts ---------------------------------------------------------------------------------------

    def open_door(self, door: str) -> None:
        """Open ``slot``, ``drop``, ``card_cage``, ``cash_box`` or ``belly``; an open one stays open."""
        opened, _ = _known(DOORS, door, "door")
        if door not in self._state.open_doors:
            self._state.open_doors.append(door)
            if door == "slot":
                self._works.meters.add(SLOT_DOOR_OPENS, 1)
            self._works.exceptions.put(opened)

    def close_door(self, door: str) -> None:
        """Close it; the games since then count from 0."""
        _, closed = _known(DOORS, door, "door")
        if door in self._state.open_doors:
            self._state.open_doors.remove(door)
            if door == "slot":
                self._works.meters.set(GAMES_SINCE_DOOR, 0)
            self._works.exceptions.put(closed)

    def enter_menu(self, menu: str) -> None:
        """Enter the ``attendant`` or ``operator`` menu; nothing is played meanwhile."""
        entered, _ = _known(MENUS, menu, "menu")
        if menu not in self._state.menus:
            self._state.menus.append(menu)
            self._works.exceptions.put(entered)

    def leave_menu(self, menu: str) -> None:
        """Leave it."""
        _, left = _known(MENUS, menu, "menu")
        if menu in self._state.menus:
            self._state.menus.remove(menu)
            self._works.exceptions.put(left)

    def tilt(self, code: int = 0x20) -> None:
        """Tilt with this exception; 20 is a general tilt."""
        if code not in self._state.tilts:
            self._state.tilts.append(code)
            self._works.exceptions.put(code)

    def clear_tilts(self) -> None:
        """An attendant's key: no exception tells it."""
        self._state.tilts.clear()

    def press_lamp(self) -> None:
        """The change lamp, on and off again."""
        self._state.lamp_on = not self._state.lamp_on
        self._works.exceptions.put(0x71 if self._state.lamp_on else 0x72)

    # -- bills -----------------------------------------------------------------------------------------------------

    def insert_bill(self, dollars: int) -> int:
        """Insert a bill; the credits it gave, or 0 when the acceptor gave it back."""
        works, state = self._works, self._state
        if dollars not in BILL_VALUES:
            raise Refused(f"there is no bill of {dollars} dollars")
        index = BILL_VALUES.index(dollars)
        cents = dollars * 100
        if not self._accepts(index, cents):
            works.exceptions.put(BILL_REJECTED)
            return 0
        credits = cents // works.cents
        state.cashable += credits
        state.last_bill = index
        for code, amount in ((0x0B, credits), (0x40 + index, 1), (0x3E, 1), (0x3F, credits)):
            works.meters.add(code, amount)
        if dollars in TO_DROP:
            works.meters.add(TO_DROP[dollars], 1)
        if not state.switches.bills_stay_on:
            state.switches.bills_on = False
        code = 0x4F if state.switches.rte else BILL_EXCEPTIONS.get(dollars, 0x4F)
        works.exceptions.put(code, self.last_bill())
        return credits

    def _accepts(self, index: int, cents: int) -> bool:
        switches = self._state.switches
        return (
            switches.bills_on
            and switches.is_enabled
            and bool(switches.bill_mask >> index & 1)
            and not self._works.trouble()
            and self._state.cash_out is None
            and cents % self._works.cents == 0
            and (self._state.credits * self._works.cents + cents) <= self._works.settings.aft_limit_cents
        )

    def last_bill(self) -> bytes:
        """Country, code and count of the last bill, as LP 48 and event 4F tell them."""
        index = self._state.last_bill
        if index is None:
            return bytes(6)
        count = self._works.meters.value(0x40 + index)
        return bytes((self._works.settings.country,)) + bcd(index, 1) + bcd(count, 4)

    def empty_stacker(self) -> None:
        """Swap the cash box: removed, installed, and its period totals begin again."""
        for code in (0x1B, 0x1C, BILL_TOTALS_RESET):
            self._works.exceptions.put(code)
        for meter in (0x3E, 0x3F):
            self._works.meters.set(meter, 0)

    # -- what operators change -------------------------------------------------------------------------------------

    def change_denomination(self, code: int) -> None:
        """Choose another accounting denomination; the meters keep their numbers, which now count other credits."""
        if code not in DENOMINATIONS or DENOMINATIONS[code].cents.denominator != 1:
            raise Refused(f"{code:02X} is no denomination of whole cents")
        if self._state.credits:
            raise Refused("cash out first")
        self._state.denomination = code
        self._works.exceptions.put(OPTIONS_CHANGED)

    def change_options(self) -> None:
        """Some option was changed, which this machine does not show."""
        self._works.exceptions.put(OPTIONS_CHANGED)

    def clear_memory(self) -> None:
        """A RAM clear: all meters 0, and 7A."""
        self._works.meters.clear()
        self._works.exceptions.put(METERS_RESET)

    def near_rollover(self, digits: int = 8) -> None:
        """Put coin in, coin out and games just below the end of a field of so many digits."""
        for code in (0x00, 0x01, 0x05, 0x22):
            value = self._works.meters.value(code)
            self._works.meters.set(code, value - value % 10**digits + 10**digits - 2)

    # -- power -----------------------------------------------------------------------------------------------------

    def power_up(self, opened: tuple[str, ...] = ()) -> None:
        """Come up after a cut, or for the first time: 18 (lost) if it had run before, then 17 (on).

        Args:
            opened: doors that were opened meanwhile and are closed again.
        """
        works, state = self._works, self._state
        if state.ran_at is not None:
            works.exceptions.put(POWER_LOST)
            works.meters.add(POWER_RESETS, 1)
        for door in opened:
            works.exceptions.put(_known(POWER_OFF_ACCESS, door, "door"))
        works.meters.set(GAMES_SINCE_POWER, 0)
        works.exceptions.put(POWER_ON)
        state.ran_at = works.utc


def _known(table: Mapping[str, T], name: str, what: str) -> T:
    if name not in table:
        raise Refused(f"no {what} {name!r}; there are {', '.join(table)}")
    return table[name]
