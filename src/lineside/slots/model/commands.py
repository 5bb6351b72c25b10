"""What may be asked of a machine. None of it moves money.

A machine acknowledges an order and nothing reads back whether it holds: ``done`` means that it was taken. Without an
answer nobody knows; then the command is unknown, and evidence that comes later ends it (`orders`).
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from lineside.runtime.command import CommandClass, CommandSpec, NoParams, Role

EXPIRES_S = 20.0
"""A busy machine is asked for 15 s (`LineTiming.busy_s` and ``busy_max``), and a queue may be before it."""

SIGNATURE_S = 900.0
"""A machine reads its whole ROM for a signature; minutes are usual."""

METERS_MAX = 12
"""Codes of one list (6F)."""


class SetBillsParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which bills are taken.

    Attributes:
        values: in the country's unit: 1, 2, 5, 10, 20, 25, 50, 100 …
        stay: the acceptor stays on after each bill.
    """

    values: tuple[int, ...]
    stay: bool = True


class SetGameParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One game on or off."""

    game: Annotated[int, Meta(ge=1, le=9_999)]
    on: bool


class SetDelayParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``tenths``: of a second, between games."""

    tenths: Annotated[int, Meta(ge=0, le=65_535)]


class SetSwitchParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``on`` or off."""

    on: bool


class ReadMetersParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Meters of the machine, or of one game.

    Attributes:
        codes: of the meter table.
        game: 0 is the whole machine.
    """

    codes: Annotated[tuple[Annotated[int, Meta(ge=0, le=0xFFFF)], ...], Meta(min_length=1, max_length=METERS_MAX)]
    game: Annotated[int, Meta(ge=0, le=9_999)] = 0


class SignatureParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``seed``: of the check value; another seed gives another signature."""

    seed: Annotated[int, Meta(ge=0, le=0xFFFF)] = 0


def _live(
    name: str,
    does: str,
    params: type[msgspec.Struct] = NoParams,
    *,
    expires_s: float = EXPIRES_S,
    role: Role = Role.OPERATOR,
) -> CommandSpec:
    return CommandSpec(name, does, params, CommandClass.LIVE, expires_s, role)


COMMANDS: tuple[CommandSpec, ...] = (
    _live("lock", "Lock out play: the game in play ends first; cash-out and attendant stay live."),
    _live("unlock", "Enable play."),
    _live("sound_off", "All sound off."),
    _live("sound_on", "Sound on."),
    _live("game_sound_off", "Sound of games off."),
    _live("bills_on", "Bill acceptor on."),
    _live("bills_off", "Bill acceptor off."),
    _live("set_bills", "Choose the bills that are taken.", SetBillsParams),
    _live("set_game", "Enable or disable one game.", SetGameParams),
    _live("set_delay", "Set the pause between games.", SetDelayParams),
    _live("set_rebet", "Automatic re-bet on or off.", SetSwitchParams),
    _live("maintenance_on", "Maintenance mode in."),
    _live("maintenance_off", "Maintenance mode out."),
    _live("set_clock", "Set the machine's clock to ours; done when it was read back."),
    _live("set_events", "Real-time events on or off.", SetSwitchParams),
    _live("read_meters", "Read meters now.", ReadMetersParams, role=Role.VIEWER),
    _live("read_configuration", "Have the start-up conversation again.", role=Role.VIEWER),
    _live("rom_signature", "Have the machine compute its ROM's signature.", SignatureParams, expires_s=SIGNATURE_S),
    _live("reset_handpay", "Reset the handpay that is pending, as an attendant's key does."),
)
"""All of them; live: refused unless the machine can be reached now."""
