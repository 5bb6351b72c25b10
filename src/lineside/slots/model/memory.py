"""The lasting state of one machine: a fold of its events, live and on replay alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from lineside.runtime.command import CommandAccepted, CommandEnded
from lineside.runtime.open_commands import OpenCommandState
from lineside.runtime.step import Event, OutcomeKind
from lineside.slots.model import events as ev
from lineside.slots.model import meanings

RECORDS_KEPT = 64
"""Validation records that are known again: twice the 31 that a machine holds."""

# Commands of which a page shows what they set, and the word for it. K: nothing reads it back from a machine.
SWITCHES: dict[str, tuple[str, str]] = {
    "lock": ("play", "off"),
    "unlock": ("play", "on"),
    "sound_off": ("sound", "off"),
    "sound_on": ("sound", "on"),
    "game_sound_off": ("sound", "game off"),
    "bills_on": ("bills", "on"),
    "bills_off": ("bills", "off"),
    "maintenance_on": ("maintenance", "on"),
    "maintenance_off": ("maintenance", "off"),
}


class Count(msgspec.Struct, frozen=True):
    """A meter: its value, the BCD bytes that carried it, when it came to be known."""

    value: int
    bytes: int
    at: datetime


class Lasting(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is carried.

    Attributes:
        heard_at: newest fact, by the journal.
        is_linked: the machine could be reached.
        count: exceptions so far.
        owes_ack: the newest exception is not known to be acknowledged: `80` goes first (`wire/sas.md` §15).
        is_reset_noted: 7A was told, and the meters have not been looked at since.
        marks: what a meter's context may name → number of the exception that said it last.
        handpays_due: handpays that were told by 51 and not read by 1B.
        handpay: the newest that was read, until it is reset.
        is_handpay_open: 51 and no 52 since.
        records_due: a validation record waits to be read.
        records: identities of those that were read last.
        switches: what commands have set, as far as the machine took them.
    """

    heard_at: datetime | None = None
    is_linked: bool = False
    count: int = 0
    owes_ack: bool = False
    meters: dict[int, Count] = {}
    is_reset_noted: bool = False
    marks: dict[str, int] = {}
    config: dict[str, dict[str, Any]] = {}
    handpays_due: int = 0
    handpay: ev.HandpayRecorded | None = None
    is_handpay_open: bool = False
    records_due: bool = False
    records: tuple[str, ...] = ()
    open_doors: tuple[str, ...] = ()
    faults: tuple[int, ...] = ()
    menu: str = ""
    is_lamp_on: bool = False
    game: int | None = None
    rom: tuple[int, int] | None = None
    switches: dict[str, str] = {}

    @property
    def denomination(self) -> int:
        """Code of the accounting denomination; 0 when not known."""
        return int(self.config.get("info", {}).get("denomination", 0))


class Memory:
    """Applies events.

    Attributes:
        lasting: read it; `apply` alone changes it.
        orders: open commands, id to name; they travel with the unit's commands and not in `Lasting`.
    """

    def __init__(self) -> None:
        self.lasting = Lasting()
        self.orders: dict[str, str] = {}

    def apply(self, event: Event, at: datetime) -> None:
        """Take one event."""
        if isinstance(event, CommandAccepted):
            self.orders[event.command.id] = event.command.name
        elif isinstance(event, CommandEnded):
            self._on_command_ended(event)
        change = _CHANGES.get(event.__class__)
        if change is not None:
            change(self, event, at)
            self.lasting.heard_at = at

    def carry(self) -> Lasting:
        """The lasting state, whole, as it is now."""
        return msgspec.structs.replace(self.lasting, meters=dict(self.lasting.meters))

    def restore(self, state: Any, commands: list[OpenCommandState]) -> None:
        """Take what `carry` gave, in JSON types."""
        self.lasting = msgspec.convert(state, Lasting, str_keys=True)
        self.orders = {one.command.id: one.command.name for one in commands}

    # ------------------------------------------------------------------ exceptions

    def _on_exception(self, event: ev.ExceptionRecorded, _at: datetime) -> None:
        lasting, code = self.lasting, event.code
        lasting.count = event.number
        lasting.owes_ack = True
        mark = meanings.MARKS.get(code)
        if mark is not None:
            lasting.marks = {**lasting.marks, mark: event.number}
        self._note_cabinet(code)
        if code == meanings.METERS_CLEARED:
            lasting.is_reset_noted = True
        elif code == meanings.HANDPAY_PENDING:
            lasting.handpays_due += 1
            lasting.is_handpay_open = True
        elif code in (meanings.HANDPAY_RESET, meanings.HANDPAY_CANCELLED):
            lasting.is_handpay_open, lasting.handpay = False, None
        elif code in meanings.RECORD_WAITING:
            lasting.records_due = True
        elif code == meanings.GAME_SELECTED and event.fields:
            lasting.game = event.fields["game"]

    def _note_cabinet(self, code: int) -> None:
        lasting = self.lasting
        if code in meanings.DOORS:
            what, is_open = meanings.DOORS[code]
            others = tuple(door for door in lasting.open_doors if door != what)
            lasting.open_doors = (*others, what) if is_open else others
        if code in meanings.FAULTS:
            lasting.faults = (*[fault for fault in lasting.faults if fault != code], code)
        elif code in meanings.FAULTS_OVER:
            lasting.faults = ()
        lasting.menu = meanings.MENUS.get(code, lasting.menu)
        if code in (0x71, 0x72):
            lasting.is_lamp_on = code == 0x71
        if code == meanings.POWER_ON:
            lasting.switches, lasting.menu = {}, ""  # what they are after a power cut nobody says

    def _on_acknowledged(self, _event: ev.ExceptionAcknowledged, _at: datetime) -> None:
        self.lasting.owes_ack = False

    # ------------------------------------------------------------------ meters

    def _on_meter(self, event: ev.MeterRead, at: datetime) -> None:
        self.lasting.meters[event.code] = Count(event.value, event.bytes, at)

    def _on_reset(self, event: ev.MetersReset, at: datetime) -> None:
        meters = self.lasting.meters
        for code in event.meters:
            before = meters.get(code)
            meters[code] = Count(0, 4 if before is None else before.bytes, at)
        self.lasting.is_reset_noted = False

    def _on_dismissed(self, _event: ev.ResetDismissed, _at: datetime) -> None:
        self.lasting.is_reset_noted = False

    def _on_restated(self, event: ev.MetersRestated, _at: datetime) -> None:
        for code in event.meters:
            self.lasting.meters.pop(code, None)

    # ------------------------------------------------------------------ the rest

    def _on_handpay(self, event: ev.HandpayRecorded, _at: datetime) -> None:
        self.lasting.handpays_due = max(0, self.lasting.handpays_due - 1)
        self.lasting.handpay = event

    def _on_handpays_read(self, _event: ev.HandpaysRead, _at: datetime) -> None:
        self.lasting.handpays_due = 0

    def _on_configuration(self, event: ev.ConfigurationRead, _at: datetime) -> None:
        self.lasting.config = {**self.lasting.config, event.what: event.content}

    def _on_signature(self, event: ev.RomSignatureRead, _at: datetime) -> None:
        self.lasting.rom = (event.seed, event.signature)

    def _on_record(self, event: ev.ValidationRead, _at: datetime) -> None:
        self.lasting.records = (*self.lasting.records, identity(event))[-RECORDS_KEPT:]

    def _on_found(self, _event: ev.LinkFound, _at: datetime) -> None:
        self.lasting.is_linked = True

    def _on_lost(self, _event: ev.LinkLost, _at: datetime) -> None:
        self.lasting.is_linked = False

    def _on_records_read(self, _event: ev.RecordsRead, _at: datetime) -> None:
        self.lasting.records_due = False

    def _on_command_ended(self, event: CommandEnded) -> None:
        name = self.orders.pop(event.id, "")
        if name in SWITCHES and event.outcome.kind is OutcomeKind.DONE:
            what, word = SWITCHES[name]
            self.lasting.switches = {**self.lasting.switches, what: word}

    def _unchanged(self, _event: Event, _at: datetime) -> None:
        """Only that something was heard."""


def identity(record: ev.ValidationRead) -> str:
    """What tells one validation record from another."""
    parts = (record.index, record.number, record.day, record.time, record.amount_cents, record.ticket_number)
    return "/".join(map(str, parts))


_CHANGES: dict[type[Event], Callable[[Memory, Any, datetime], None]] = {
    ev.ExceptionRecorded: Memory._on_exception,
    ev.ExceptionAcknowledged: Memory._on_acknowledged,
    ev.MeterRead: Memory._on_meter,
    ev.MetersReset: Memory._on_reset,
    ev.ResetDismissed: Memory._on_dismissed,
    ev.MetersRestated: Memory._on_restated,
    ev.HandpayRecorded: Memory._on_handpay,
    ev.HandpaysRead: Memory._on_handpays_read,
    ev.GameStarted: Memory._unchanged,
    ev.GameEnded: Memory._unchanged,
    ev.ConfigurationRead: Memory._on_configuration,
    ev.RomSignatureRead: Memory._on_signature,
    ev.ValidationRead: Memory._on_record,
    ev.RecordsRead: Memory._on_records_read,
    ev.LinkFound: Memory._on_found,
    ev.LinkLost: Memory._on_lost,
    ev.PowerFailed: Memory._unchanged,
    ev.PowerReturned: Memory._unchanged,
}
