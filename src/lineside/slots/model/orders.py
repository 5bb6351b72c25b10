"""Commands become polls, and their answers outcomes with evidence.

::

    ACK, or data that says so      done
    NACK, busy, "cannot"           refused
    it never left                  refused
    it left and nothing came       unknown: the machine may have done it (§5.7). Nothing is sent again by itself.

Later evidence ends a command that became unknown: exception 52 a reset of a handpay, a signature its order.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from lineside.errors import Malformed
from lineside.runtime.command import Command
from lineside.runtime.step import Moment, Step
from lineside.slots.line.messages import FailReason, PollDone, PollFailed, Priority, Tune
from lineside.slots.model import commands as cm
from lineside.slots.model.conversation import Local, clock_time
from lineside.slots.model.counting import meter_name, meter_unit
from lineside.slots.model.draft import Draft
from lineside.slots.model.events import RomSignatureRead
from lineside.slots.model.memory import Memory
from lineside.slots.model.settings import MachineSettings
from lineside.slots.wire import (
    BILL_VALUES,
    BillSettings,
    ClockTime,
    Control,
    GameSwitch,
    HandpayReset,
    LongQuestion,
    MeterReadings,
    RomSignature,
    ShortQuestion,
    SignatureSeed,
    Switch,
)

PREFIX = "order"

_CONTROLS = {
    "lock": Control.LOCK_OUT,
    "unlock": Control.ENABLE_PLAY,
    "sound_off": Control.SOUND_OFF,
    "sound_on": Control.SOUND_ON,
    "game_sound_off": Control.GAME_SOUND_OFF,
    "bills_on": Control.BILLS_ON,
    "bills_off": Control.BILLS_OFF,
    "maintenance_on": Control.MAINTENANCE_IN,
    "maintenance_off": Control.MAINTENANCE_OUT,
}

_RESET_TEXTS = {1: "the machine cannot reset the handpay now", 2: "no handpay is pending"}

_NEVER_TAKEN = frozenset({FailReason.NACK, FailReason.BUSY, FailReason.QUEUE_FULL, FailReason.CANCELLED})
"""Ends after which the machine has not done it, however often it was sent."""


class Asked(Protocol):
    """Parts of the machine that a command acts on."""

    def can_read_extended(self) -> bool:
        """Whether 6F is read."""
        ...

    def converse(self, draft: Draft) -> None:
        """Begin the start-up conversation anew."""
        ...


class Orders:
    """The commands of one machine."""

    def __init__(self, memory: Memory, settings: MachineSettings, local: Local, asked: Asked) -> None:
        self._memory = memory
        self._settings = settings
        self._local = local
        self._asked = asked
        self._seeds: dict[str, int] = {}  # open signatures → seed

    def decide(self, command: Command, now: Moment) -> Step:
        """A command that the desk accepted, of a machine that can be reached."""
        draft = Draft(self._settings.address)
        if command.name == "read_configuration":
            self._asked.converse(draft)
            draft.done(command.id, "the conversation begins; what has changed is recorded")
            return draft.step()
        try:
            poll = self._poll_of(command, now)
        except (_Refusal, Malformed) as error:
            draft.refused(command.id, str(error), "bad_params")
            return draft.step()
        draft.want(*poll, tag=f"{PREFIX}.{command.id}", priority=Priority.URGENT)
        draft.sent(command.id)
        return draft.step()

    def _poll_of(self, command: Command, now: Moment) -> tuple[int, msgspec.Struct | None]:
        name, params = command.name, command.params
        if name in _CONTROLS:
            return _CONTROLS[name].value, None
        match name:
            case "set_bills":
                return 0x08, _bills(msgspec.convert(params, cm.SetBillsParams))
            case "set_game":
                game = msgspec.convert(params, cm.SetGameParams)
                on = self._settings.wire.game_on
                return 0x09, GameSwitch(game.game, on if game.on else 1 - on)
            case "set_delay":
                return 0x2E, self._settings.wire.delay(msgspec.convert(params, cm.SetDelayParams).tenths)
            case "set_rebet":
                return 0xAA, Switch(int(msgspec.convert(params, cm.SetSwitchParams).on))
            case "set_events":
                return 0x0E, Switch(int(msgspec.convert(params, cm.SetSwitchParams).on))
            case "set_clock":
                return 0x7F, clock_time(self._local(now.utc).replace(tzinfo=None))
            case "read_meters":
                return self._meters(msgspec.convert(params, cm.ReadMetersParams))
            case "rom_signature":
                return self._signature(command)
            case "reset_handpay":
                return 0x94, None
        raise AssertionError(f"no command of this house: {name}")

    def _meters(self, wanted: cm.ReadMetersParams) -> tuple[int, msgspec.Struct]:
        if self._asked.can_read_extended():
            return 0x6F, LongQuestion(wanted.game, wanted.codes)
        if len(wanted.codes) > 10 or max(wanted.codes) > 0xFF:
            raise _Refusal("this machine reads at most 10 meters at once, of codes up to 255")
        return 0x2F, ShortQuestion(wanted.game, wanted.codes)

    def _signature(self, command: Command) -> tuple[int, msgspec.Struct]:
        others = [one for one, name in self._memory.orders.items() if name == "rom_signature" and one != command.id]
        if others:
            raise _Refusal("a signature is being computed already")
        seed = msgspec.convert(command.params, cm.SignatureParams).seed
        self._seeds[command.id] = seed
        return 0x21, SignatureSeed(seed)

    # ------------------------------------------------------------------ answers

    def on_done(self, draft: Draft, command: str, done: PollDone, now: Moment) -> None:
        """A poll of a command was answered."""
        name = self._memory.orders.get(command)
        match name, done.answer:
            case None, _:
                return
            case "set_clock", ClockTime() as clock:
                self._clock_read(draft, command, clock, now)
            case "set_clock", _:
                draft.want(0x7E, tag=f"{PREFIX}.{command}", priority=Priority.URGENT)
            case "read_meters", MeterReadings() as answer:
                _meters_read(draft, command, answer)
            case "rom_signature", _:
                return  # taken; the signature comes later
            case "reset_handpay", HandpayReset(code=code):
                if code:
                    text = _RESET_TEXTS.get(code, f"the machine answers {code:02X}")
                    draft.refused(command, text, "not_reset", answer=code)
                else:
                    draft.done(command, "the machine has reset the handpay", answer=code)
            case _:
                if name == "set_events":
                    draft.order(Tune(rte=done.poll.data == b"\x01"))
                draft.done(command, "the machine has taken it", frame=done.frame.hex(" "), sends=done.sends)

    def _clock_read(self, draft: Draft, command: str, clock: ClockTime, now: Moment) -> None:
        ours = self._local(now.utc).replace(tzinfo=None)
        theirs = "" if clock.day is None else f"{clock.day.isoformat()} {clock.time.isoformat()}"
        evidence = {"machine": theirs, "ours": ours.isoformat(" ", "seconds")}
        off_s = self._settings.clock_tolerance_s + 1
        if clock.day is not None:
            off_s = abs((ours.combine(clock.day, clock.time) - ours).total_seconds())
        if off_s <= self._settings.clock_tolerance_s:
            draft.done(command, "the machine shows our time", **evidence)
        else:
            draft.refused(command, "the machine has taken the time and shows another", "not_set", **evidence)

    def on_signature(self, draft: Draft, answer: RomSignature) -> None:
        """The signature came: record it, and end its command."""
        commands = [one for one, name in self._memory.orders.items() if name == "rom_signature"]
        seed = next((self._seeds[one] for one in commands if one in self._seeds), -1)
        signature = self._settings.wire.signature(answer)
        draft.record(RomSignatureRead(seed, signature))
        for one in commands:
            draft.done(one, "the machine has computed it", seed=self._seeds.get(one), signature=f"{signature:04X}")

    def on_handpay_reset(self, draft: Draft, code: int) -> None:
        """Exception 52: an order to reset that is still open has done it, or somebody else was faster."""
        for one, name in self._memory.orders.items():
            if name == "reset_handpay":
                draft.done(one, "the machine tells that the handpay was reset", exception=f"{code:02X}")

    def on_failed(self, draft: Draft, command: str, failed: PollFailed) -> None:
        """A poll of a command has no answer."""
        name = self._memory.orders.get(command)
        if name is None:
            return
        code = failed.reason.value
        if name == "read_meters" or failed.sends == 0 or failed.reason in _NEVER_TAKEN:
            draft.refused(command, _words(failed), code, sends=failed.sends)
        elif name == "set_clock" and failed.poll.command == 0x7E:
            draft.done(command, "the machine has taken it; it does not tell its time", sends=failed.sends)
        else:
            draft.unsure(command, f"{_words(failed)}: it may have done it")


def _meters_read(draft: Draft, command: str, answer: MeterReadings) -> None:
    meters: list[dict[str, Any]] = [
        {"code": one.code, "name": meter_name(one.code), "value": one.value, "unit": meter_unit(one.code)}
        for one in answer.readings
    ]
    draft.done(command, f"{len(meters)} meters read", game=answer.game, meters=meters)


def _bills(wanted: cm.SetBillsParams) -> BillSettings:
    unknown = [value for value in wanted.values if value not in BILL_VALUES]
    if unknown:
        raise _Refusal(f"no bill of {unknown[0]}")
    return BillSettings(sum(1 << BILL_VALUES.index(value) for value in set(wanted.values)), int(wanted.stay))


def _words(failed: PollFailed) -> str:
    words = {
        FailReason.SILENCE: "the machine does not answer",
        FailReason.BAD_ANSWER: "the machine's answer cannot be read",
        FailReason.NACK: "the machine refuses it",
        FailReason.BUSY: "the machine is busy",
        FailReason.EVENTS_ONLY: "the machine tells events and no answer",
        FailReason.LINK_DOWN: "the machine cannot be reached",
        FailReason.LINE_LOST: "the line closed",
        FailReason.QUEUE_FULL: "too many polls wait for this machine",
        FailReason.CANCELLED: "it was called back",
    }
    return f"{words[failed.reason]} ({failed.text})" if failed.text else words[failed.reason]


class _Refusal(Exception):
    """Parameters that no poll can carry; the text is for people."""
