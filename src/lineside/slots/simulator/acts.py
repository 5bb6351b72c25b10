"""What a person can do at a machine, by name: one table for the keyboard, the JSON lines, and tests."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from lineside.slots.simulator.machine import Machine
from lineside.slots.simulator.works import Refused


def _ticket(machine: Machine, validation: str, cents: int = 0) -> None:
    machine.tickets.insert(validation, cents)


def _raise(machine: Machine, code: int, data: str = "") -> None:
    machine.works.exceptions.put(code, bytes.fromhex(data))


def _flood(machine: Machine, count: int = 25, code: int = 0x2D) -> None:
    for _ in range(count):
        machine.works.exceptions.put(code)


ACTS: Mapping[str, tuple[Callable[..., object], str]] = {
    "bill": (lambda machine, dollars=20: machine.cabinet.insert_bill(dollars), "insert a bill: dollars"),
    "ticket": (_ticket, "insert a ticket: 18 digits, cents"),
    "play": (lambda machine, bet=1, win=None: machine.game.play(bet, win), "play a game: bet, win (drawn without)"),
    "win": (lambda machine, credits=50: machine.game.play(1, credits), "play one credit and win: credits"),
    "select": (lambda machine, game=1: machine.game.select(game), "choose a game: number, 0 is the menu"),
    "cash_out": (lambda machine: machine.cash_outs.press(), "press cash-out"),
    "handpay": (lambda machine, credits=120_000, level=0: machine.handpays.begin(credits, level=level), "a handpay"),
    "reset": (lambda machine: machine.handpays.reset(), "an attendant's key: reset the handpay"),
    "cancel": (lambda machine: machine.handpays.cancel(), "the player takes cancelled credits back"),
    "open": (lambda machine, door="slot": machine.cabinet.open_door(door), "open a door: slot, drop, card_cage …"),
    "close": (lambda machine, door="slot": machine.cabinet.close_door(door), "close a door"),
    "tilt": (lambda machine, code=0x20: machine.cabinet.tilt(code), "tilt: exception code"),
    "clear": (lambda machine: machine.cabinet.clear_tilts(), "clear tilts"),
    "menu": (lambda machine, menu="attendant": machine.cabinet.enter_menu(menu), "enter a menu: attendant, operator"),
    "leave": (lambda machine, menu="attendant": machine.cabinet.leave_menu(menu), "leave it"),
    "lamp": (lambda machine: machine.cabinet.press_lamp(), "the change lamp, on or off"),
    "stacker": (lambda machine: machine.cabinet.empty_stacker(), "swap the cash box"),
    "denomination": (lambda machine, code: machine.cabinet.change_denomination(code), "another denomination: code"),
    "options": (lambda machine: machine.cabinet.change_options(), "an operator changes options (3C)"),
    "ram_clear": (lambda machine: machine.cabinet.clear_memory(), "clear all meters (7A)"),
    "rollover": (
        lambda machine, digits=8: machine.cabinet.near_rollover(digits),
        "meters just below the end of digits",
    ),
    "meter": (lambda machine, code, value: machine.works.meters.set(code, value), "set a meter: code, value"),
    "register": (lambda machine: machine.registrations.request(), "ask for AFT registration (6C)"),
    "acknowledge": (lambda machine, yes=True: machine.registrations.acknowledge(yes=yes), "answer the host's request"),
    "raise": (_raise, "raise any exception: code, data as hex"),
    "flood": (_flood, "raise many exceptions: count, code"),
    "show": (lambda machine: None, "show the machine"),
}
"""Name to what it does and how people are told. ``power`` and ``fault`` belong to the seat and not to the machine."""

SEAT_ACTS: Mapping[str, str] = {
    "power": "cut the power and bring it back: doors that were opened meanwhile",
    "fault": "a fault with the next answers: name, count, value",
}


def perform(machine: Machine, act: str, params: Mapping[str, Any]) -> None:
    """Do one act.

    Raises:
        Refused: no such act, wrong parameters, or it cannot be done now.
    """
    if act not in ACTS:
        raise Refused(f"no act {act!r}; there are {', '.join((*ACTS, *SEAT_ACTS))}")
    do, _ = ACTS[act]
    try:
        bound = inspect.signature(do).bind(machine, **params)
    except TypeError as error:
        raise Refused(f"{act}: {error}") from None
    try:
        do(*bound.args, **bound.kwargs)
    except (TypeError, ValueError, AssertionError) as error:
        raise Refused(f"{act}: {error}") from error


def parse_words(line: str) -> tuple[str, dict[str, Any]]:
    """An act as a person types it: ``bill 20``, ``open slot``, ``fault drop 2``.

    Numbers may be written ``0x51``. An empty line shows the machine.

    Raises:
        Refused: no such act, or too many words.
    """
    words = line.split()
    if not words:
        return "show", {}
    act, rest = words[0].lower().replace("-", "_"), words[1:]
    return act, dict(zip(_names(act, len(rest)), map(_value, rest), strict=True))


def _names(act: str, count: int) -> list[str]:
    if act == "power":
        names = ["opened"]
    elif act == "fault":
        names = ["name", "count", "value"]
    elif act in ACTS:
        names = list(inspect.signature(ACTS[act][0]).parameters)[1:]
    else:
        raise Refused(f"no act {act!r}; there are {', '.join((*ACTS, *SEAT_ACTS))}")
    if count > len(names):
        raise Refused(f"{act} takes {', '.join(names) or 'nothing'}")
    return names[:count]


def _value(word: str) -> Any:
    if word.isdecimal() and len(word) < 18:  # a ticket's 18 digits stay text, whatever zeros lead
        return int(word)
    return int(word, 16) if word.lower().startswith("0x") else word
