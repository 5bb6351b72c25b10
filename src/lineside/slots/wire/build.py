"""The polls that a host sends, one small function each; `request_of` makes any other one from its Struct."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from lineside.errors import Malformed
from lineside.runtime.step import Secret
from lineside.slots.wire import control, ticket
from lineside.slots.wire.aft import AftOrder, AftRequest, LockOrder, RegistrationOrder
from lineside.slots.wire.control import Control
from lineside.slots.wire.decode import request_of
from lineside.slots.wire.meter_list import LONG_CODES_MAX, SHORT_CODES_MAX, LongQuestion, ShortQuestion
from lineside.slots.wire.money import BILL_VALUES
from lineside.slots.wire.poll import LongPoll
from lineside.slots.wire.profile import AS_THE_SHEET, WireProfile


def tell(address: int, order: Control) -> LongPoll:
    """01 to 0B: an order without data, answered with an ACK."""
    return request_of(address, order)


def read(address: int, command: int) -> LongPoll:
    """A poll of type R."""
    return request_of(address, command)


def read_game(address: int, command: int, game: int = 0) -> LongPoll:
    """A poll of type M that asks with a game alone; 0 is the whole machine."""
    return request_of(address, command, control.GameNumber(game))


def read_meters(address: int, codes: Sequence[int], game: int = 0, command: int = 0x2F) -> LongPoll:
    """2F, 6F or AF.

    Args:
        address: 1 to 127.
        codes: 1 to 10 codes of one byte for 2F, 1 to 12 of two bytes for 6F and AF.
        game: 0 for the whole machine.
        command: 2F, 6F or AF; use 6F and AF in turn, so that no two reads in a row are the same poll.

    Raises:
        Malformed: another command, too many codes or none, a code that does not fit.
    """
    is_short = command == 0x2F
    most = SHORT_CODES_MAX if is_short else LONG_CODES_MAX
    if command not in (0x2F, 0x6F, 0xAF) or not 1 <= len(codes) <= most:
        raise Malformed(f"command {command:02x} for {len(codes)} meters, wanted 2f, 6f or af for 1 to {most}")
    question = ShortQuestion(game, tuple(codes)) if is_short else LongQuestion(game, tuple(codes))
    return request_of(address, command, question)


def read_features(address: int, game: int = 0) -> LongPoll:
    """A0."""
    return read_game(address, 0xA0, game)


def read_machine_info(address: int) -> LongPoll:
    """1F."""
    return request_of(address, 0x1F)


def read_game_info(address: int, game: int) -> LongPoll:
    """53."""
    return read_game(address, 0x53, game)


def read_handpay(address: int) -> LongPoll:
    """1B."""
    return request_of(address, 0x1B)


def configure_bills(address: int, values: Iterable[int], *, stays_enabled: bool = True) -> LongPoll:
    """08: take bills of these values and no others; Malformed for a value that no bill has."""
    mask = 0
    for value in values:
        if value not in BILL_VALUES:
            raise Malformed(f"bill of {value}, wanted one of {', '.join(map(str, BILL_VALUES))}")
        mask |= 1 << BILL_VALUES.index(value)
    return request_of(address, 0x08, control.BillSettings(mask, int(stays_enabled)))


def switch_game(address: int, game: int, *, on: bool, profile: WireProfile = AS_THE_SHEET) -> LongPoll:
    """09: one game on or off; the profile says which code means on."""
    code = profile.game_on if on else 1 - profile.game_on
    return request_of(address, 0x09, control.GameSwitch(game, code))


def switch_events(address: int, *, on: bool) -> LongPoll:
    """0E: real-time events on or off."""
    return request_of(address, 0x0E, control.Switch(int(on)))


def enable_rte(address: int) -> LongPoll:
    """0E 01."""
    return switch_events(address, on=True)


def disable_rte(address: int) -> LongPoll:
    """0E 00."""
    return switch_events(address, on=False)


def switch_rebet(address: int, *, on: bool) -> LongPoll:
    """AA: automatic re-bet on or off."""
    return request_of(address, 0xAA, control.Switch(int(on)))


def delay_games(address: int, steps: int, profile: WireProfile = AS_THE_SHEET) -> LongPoll:
    """2E: so many steps of 100 ms more between games; the profile says how the number is written."""
    return request_of(address, 0x2E, profile.delay(steps))


def set_clock(address: int, moment: datetime.datetime) -> LongPoll:
    """7F: the machine's wall clock, as the moment shows it in its own zone; address 0 sets every machine's."""
    return request_of(address, 0x7F, control.ClockTime(moment.date(), moment.time().replace(microsecond=0)))


def seed_rom_signature(address: int, seed: int) -> LongPoll:
    """21: compute a signature; it answers a later general poll."""
    return request_of(address, 0x21, control.SignatureSeed(seed))


def reset_handpay(address: int) -> LongPoll:
    """94."""
    return request_of(address, 0x94)


def set_handpay_mode(address: int, *, to_credit_meter: bool) -> LongPoll:
    """A8: pay the waiting handpay to the credit meter, or the standard way."""
    return request_of(address, 0xA8, control.HandpayMode(int(to_credit_meter)))


def legacy_bonus(address: int, amount_credits: int, tax: int = 0) -> LongPoll:
    """8A. It carries no number: once another poll has left, a repeat is a second bonus (sheet §5.7)."""
    return request_of(address, 0x8A, control.LegacyBonus(amount_credits, tax))


def read_validation_id(address: int) -> LongPoll:
    """4C with an id of 0."""
    return request_of(address, 0x4C, ticket.ValidationId(0, 0))


def read_validation_record(address: int, function: int = 0) -> LongPoll:
    """4D: 0 reads the current record and marks it, 1 to 31 one by its index, FF looks ahead."""
    return request_of(address, 0x4D, ticket.RecordQuestion(function))


def read_validation_meters(address: int, type_: int) -> LongPoll:
    """50."""
    return request_of(address, 0x50, ticket.ValidationType(type_))


def read_validation_state(address: int) -> LongPoll:
    """7B with a mask of 0: nothing changes."""
    return request_of(address, 0x7B, ticket.ValidationControl(0, 0, 0, 0))


def read_ticket_status(address: int) -> LongPoll:
    """71 FF: what became of the ticket."""
    return request_of(address, 0x71, ticket.TicketOrder(0xFF))


def read_transfer(address: int, index: int = 0) -> LongPoll:
    """72 FF: the current transfer, or one of the history."""
    return request_of(address, 0x72, AftOrder(0xFF, index))


def cancel_transfer(address: int) -> LongPoll:
    """72 80."""
    return request_of(address, 0x72, AftOrder(0x80))


def transfer(address: int, body: AftRequest, *, may_be_partial: bool = False) -> LongPoll:
    """72 00 or 01 with a body. A frame alone: who sends it has recorded its id before."""
    return request_of(address, 0x72, AftOrder(int(may_be_partial), 0, body))


def read_registration(address: int) -> LongPoll:
    """73 FF. The answer holds the key."""
    return request_of(address, 0x73, RegistrationOrder(0xFF))


def register(address: int, code: int, asset: int, key: Secret, pos_id: int) -> LongPoll:
    """73 with its body: 0 start, 1 register, 40 ask the operator, 80 unregister (hex)."""
    return request_of(address, 0x73, RegistrationOrder(code, asset, key, pos_id))


def read_aft_state(address: int) -> LongPoll:
    """74 FF."""
    return request_of(address, 0x74, LockOrder(0xFF, 0, 0))


def lock(address: int, condition: int, timeout_s: float) -> LongPoll:
    """74 00: lock for these kinds of transfers; up to 99.99 s."""
    return request_of(address, 0x74, LockOrder(0, condition, round(timeout_s * 100)))


def cancel_lock(address: int) -> LongPoll:
    """74 80."""
    return request_of(address, 0x74, LockOrder(0x80, 0, 0))
