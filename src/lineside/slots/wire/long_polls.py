"""Every long poll that the sheet has a layout for, one row each (§8): what is asked, what comes back, how sure we are.

A frame is ``addr command [length] data crc crc``; polls of type R have neither data nor check value. Polls that are
not here (8B, the legacy transfers 22 to 26, 29 and 62 to 6B, and those of 6.03 that the sheet only names) are answered
by a machine with silence, and are not asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from lineside.slots.wire import aft, answers, control, ticket
from lineside.slots.wire.layout import Layout, layout_of
from lineside.slots.wire.meter_list import LONG_QUESTION, LONG_READINGS, SHORT_QUESTION, SHORT_READINGS
from lineside.slots.wire.meters import MeterUnit
from lineside.slots.wire.multi_denomination import MULTI_ANSWER, MULTI_QUESTION
from lineside.slots.wire.trust import Trust


class PollType(StrEnum):
    """How a poll is framed."""

    READ = "R"  # addr command, and no check value
    SEND = "S"
    GAME = "M"  # as S, with a game number first
    SEND_OR_GLOBAL = "S/G"  # as S; with address 0 to every machine, and then without an answer


class PollSpec(msgspec.Struct, frozen=True):
    """One long poll.

    Attributes:
        command: the second byte.
        name: in words, for people.
        type: R, S, M, or S and G.
        request: layout of the data; None when there are none.
        answer: layout of the answer's data; None when the answer is an ACK.
        counts_request: a length byte stands before the data.
        counts_answer: the same of the answer.
        tag: trust in the row.
        unit: of the one meter that is read.
        note: what is disputed, or how codes read.
    """

    command: int
    name: str
    type: PollType
    request: Layout[Any] | None
    answer: Layout[Any] | None
    counts_request: bool
    counts_answer: bool
    tag: Trust
    unit: MeterUnit | None = None
    note: str = ""

    @property
    def is_global(self) -> bool:
        """Whether it may be sent to address 0."""
        return self.type is PollType.SEND_OR_GLOBAL

    @property
    def is_acknowledged(self) -> bool:
        """Whether the answer is an ACK and no data."""
        return self.answer is None


Message = type[msgspec.Struct]
_R, _S, _M, _G = PollType.READ, PollType.SEND, PollType.GAME, PollType.SEND_OR_GLOBAL
_T, _2, _1, _K, _X = Trust.TRAFFIC, Trust.TWO, Trust.ONE, Trust.AUTHOR, Trust.DISPUTED
_CREDITS, _COUNT, _COINS = MeterUnit.CREDITS, MeterUnit.COUNT, MeterUnit.COINS


def _layout(message: Message | Layout[Any] | None) -> Layout[Any] | None:
    return message if message is None or isinstance(message, Layout) else layout_of(message)


def _poll(
    command: int,
    name: str,
    type_: PollType,
    tag: Trust,
    *,
    asks: Message | Layout[Any] | None = None,
    gives: Message | Layout[Any] | None = None,
    counted: str = "",
    unit: MeterUnit | None = None,
    note: str = "",
) -> PollSpec:
    """One row; ``counted`` is ``"q"``, ``"a"`` or ``"qa"``: where a length byte stands."""
    return PollSpec(
        command, name, type_, _layout(asks), _layout(gives), "q" in counted, "a" in counted, tag, unit, note
    )


def _controls() -> Iterable[PollSpec]:
    """§8.1."""
    yield _poll(0x01, "lock out play", _S, _2)
    yield _poll(0x02, "enable play", _S, _T)
    yield _poll(0x03, "sound off", _S, _2)
    yield _poll(0x04, "sound on", _S, _2)
    yield _poll(0x05, "game sound off", _S, _2)
    yield _poll(0x06, "bill acceptor on", _S, _2)
    yield _poll(0x07, "bill acceptor off", _S, _2)
    yield _poll(0x08, "configure bills", _S, _2, asks=control.BillSettings)
    note = "00 disables, 01 enables; one source has it the other way round: game_on"
    yield _poll(0x09, "game on or off", _M, _2, asks=control.GameSwitch, note=note)
    yield _poll(0x0A, "maintenance mode in", _S, _2)
    yield _poll(0x0B, "maintenance mode out", _S, _2)
    yield _poll(0x0E, "real-time events on or off", _S, _T, asks=control.Switch)
    yield _poll(0x2E, "game delay", _S, _X, asks=control.GameDelay, note="order of the bytes: delay_form")
    yield _poll(0x7F, "set clock", _G, _T, asks=control.ClockTime)
    yield _poll(0x8A, "legacy bonus", _S, _2, asks=control.LegacyBonus)
    yield _poll(0x8C, "tournament", _M, _K, asks=control.Tournament)
    note = "00 reset, 01 cannot, 02 no handpay"
    yield _poll(0x94, "reset handpay", _S, _2, gives=control.HandpayReset, note=note)
    note = "answer 00 set, 01 cannot, 02 no handpay (K)"
    yield _poll(0xA8, "handpay mode", _S, _2, asks=control.HandpayMode, gives=control.HandpayMode, note=note)
    yield _poll(0xAA, "automatic re-bet", _S, _2, asks=control.Switch)


_SINGLE_METERS = (
    (0x10, _CREDITS, "cancelled credits; coin in; coin out; drop; jackpot"),
    (0x15, _COUNT, "games played; games won; games lost"),
    (0x1A, _CREDITS, "current credits"),
    (0x20, MeterUnit.DOLLARS, "value of bills accepted"),
    (0x2A, _COINS, "true coin in; true coin out; hopper level"),
    (0x31, _COUNT, "bills of 1; bills of 2; bills of 5; bills of 10; bills of 20; bills of 50; bills of 100"),
    (0x38, _COUNT, "bills of 500; bills of 1000; bills of 200; bills of 25; bills of 2000"),
    (0x3E, _COUNT, "bills of 2500; bills of 5000; bills of 10000; bills of 20000; bills of 25000; bills of 50000"),
    (0x44, _COUNT, "bills of 100000; bills of 250"),
    (0x46, _CREDITS, "credits from bills; credits from external coin acceptor"),
    (0x49, _COUNT, "bills in stacker"),
    (0x4A, _CREDITS, "credits of bills in stacker"),
)


def _single_meters() -> Iterable[PollSpec]:
    """§8.2."""
    for first, unit, names in _SINGLE_METERS:
        for command, name in enumerate(names.split("; "), first):
            yield _poll(command, name, _R, _T if command == 0x1A else _2, gives=answers.SingleMeter, unit=unit)


def _readings() -> Iterable[PollSpec]:
    """§8.3: meters."""
    game = control.GameNumber
    yield _poll(0x0F, "meters with cancelled credits", _R, _2, gives=answers.MetersWithCancelled)
    yield _poll(0x18, "games since power-up and door", _R, _2, gives=answers.GamesSince)
    yield _poll(0x19, "main meters", _R, _T, gives=answers.MainMeters)
    yield _poll(0x1C, "machine meters", _R, _2, gives=answers.MachineMeters)
    yield _poll(0x1D, "legacy transfer totals", _R, _1, gives=answers.LegacyTransfers)
    yield _poll(0x1E, "bill counts", _R, _2, gives=answers.BillCounts)
    yield _poll(0x27, "promotional credits now", _R, _1, gives=answers.SingleMeter, unit=_CREDITS)
    yield _poll(0x28, "last legacy transfers", _R, _1, gives=answers.LegacyLog)
    yield _poll(
        0x2D, "hand-paid cancelled credits of a game", _M, _2, asks=game, gives=answers.GameMeter, unit=_CREDITS
    )
    yield _poll(0x2F, "meters", _M, _T, asks=SHORT_QUESTION, gives=SHORT_READINGS, counted="qa")
    yield _poll(0x48, "last bill", _R, _2, gives=answers.LastBill)
    yield _poll(0x4F, "hopper", _R, _1, gives=control.HopperStatus, counted="a")
    yield _poll(0x52, "meters of a game", _M, _2, asks=game, gives=answers.GameMeters)
    yield _poll(0x6F, "extended meters", _M, _T, asks=LONG_QUESTION, gives=LONG_READINGS, counted="qa")
    yield _poll(0x83, "progressive wins of a game", _M, _1, asks=game, gives=answers.GameMeter, unit=MeterUnit.UNKNOWN)
    yield _poll(0x90, "last legacy bonus", _R, _2, gives=answers.BonusPaid)
    for command, (name, unit) in enumerate(
        (("played", _COUNT), ("won", _COUNT), ("wagered", _CREDITS), ("credits won", _CREDITS)), 0x95
    ):
        yield _poll(command, f"tournament {name}", _M, _1, asks=game, gives=answers.GameMeter, unit=unit)
    yield _poll(0x99, "tournament meters", _M, _1, asks=game, gives=answers.TournamentMeters)
    yield _poll(0x9A, "legacy bonus meters", _M, _2, asks=game, gives=answers.LegacyBonusMeters)
    yield _poll(0xAF, "extended meters, twin", _M, _T, asks=LONG_QUESTION, gives=LONG_READINGS, counted="qa")


def _configuration() -> Iterable[PollSpec]:
    """§8.3: what the machine is and what it shows."""
    game = control.GameNumber
    yield _poll(0x1B, "handpay", _R, _2, gives=answers.Handpay, note="levels K; unit of partial pay: partial_pay_unit")
    yield _poll(0x1F, "machine information", _R, _T, gives=answers.MachineInfo)
    note = "result later, to a general poll: addr 21 signature crc; order of its bytes: signature_order"
    yield _poll(0x21, "ROM signature", _S, _1, asks=control.SignatureSeed, note=note)
    yield _poll(0x51, "games implemented", _R, _T, gives=answers.GamesImplemented)
    yield _poll(0x53, "information of a game", _M, _T, asks=game, gives=answers.GameInfo)
    yield _poll(0x54, "version and serial", _R, _T, gives=answers.Version, counted="a")
    yield _poll(0x55, "selected game", _R, _T, gives=control.GameNumber)
    yield _poll(0x56, "enabled games", _R, _T, gives=answers.EnabledGames, counted="a")
    yield _poll(0x6E, "authentication", _S, _1, asks=control.Authentication, gives=control.Authentication, counted="qa")
    yield _poll(0x7E, "read clock", _R, _2, gives=control.ClockTime)
    yield _poll(0x80, "progressive broadcast", _G, _2, asks=control.Progressive)
    yield _poll(0x84, "progressive win", _R, _1, gives=control.Progressive)
    yield _poll(0x85, "SAS progressive win", _R, _1, gives=control.Progressive)
    yield _poll(0x86, "progressive broadcast of levels", _G, _1, asks=control.Progressives, counted="q")
    yield _poll(0x87, "SAS progressive wins", _R, _K, gives=control.ProgressiveWins, counted="a")
    yield _poll(0x8E, "card hand", _R, _1, gives=answers.CardHand)
    yield _poll(0x8F, "reel stops", _R, _1, gives=answers.ReelStops)
    note = "validation style and one bit of features3 are disputed: system_style, several_wins_bit"
    yield _poll(0xA0, "features", _M, _T, asks=game, gives=answers.Features, note=note)
    yield _poll(0xA4, "cash-out limit", _M, _K, asks=game, gives=answers.CashOutLimit)
    yield _poll(0xB0, "poll of one denomination", _S, _T, asks=MULTI_QUESTION, gives=MULTI_ANSWER, counted="qa")
    yield _poll(0xB1, "player denomination", _R, _T, gives=answers.Denomination)
    yield _poll(0xB2, "enabled denominations", _R, _T, gives=answers.Denominations, counted="a")
    yield _poll(0xB3, "token denomination", _R, _1, gives=answers.Denomination)
    yield _poll(0xB4, "wager category", _M, _K, asks=control.WagerQuestion, gives=answers.WagerCategory, counted="a")
    yield _poll(0xB5, "details of a game", _M, _T, asks=game, gives=answers.GameDetails, counted="a")


def _tickets() -> Iterable[PollSpec]:
    """§8.3 and §9.6, §9.7: validation and tickets."""
    yield _poll(0x3D, "standard validation", _R, _2, gives=ticket.StandardValidation)
    yield _poll(0x4C, "validation id", _S, _2, asks=ticket.ValidationId, gives=ticket.ValidationId)
    yield _poll(0x4D, "validation record", _S, _2, asks=ticket.RecordQuestion, gives=ticket.ValidationRecord)
    yield _poll(0x50, "validation meters", _S, _2, asks=ticket.ValidationType, gives=ticket.ValidationMeters)
    yield _poll(0x57, "cash-out waiting", _R, _2, gives=ticket.CashOutWaiting)
    yield _poll(0x58, "validation number", _S, _2, asks=ticket.ValidationNumber, gives=ticket.ValidationAccepted)
    yield _poll(0x70, "ticket in escrow", _R, _2, gives=ticket.EscrowTicket, counted="a")
    yield _poll(0x71, "redeem ticket", _S, _2, asks=ticket.TicketOrder, gives=ticket.TicketState, counted="qa")
    note = "one source has length 0A; traffic has 08"
    yield _poll(
        0x7B, "validation state", _G, _T, asks=ticket.ValidationControl, gives=ticket.ValidationState, counted="qa",
        note=note,
    )  # fmt: skip
    yield _poll(0x7C, "ticket texts", _G, _K, asks=ticket.TicketTexts, gives=control.StatusFlag, counted="q")
    yield _poll(0x7D, "ticket host", _G, _T, asks=ticket.TicketHost, gives=control.StatusFlag, counted="q")


def _transfers() -> Iterable[PollSpec]:
    """§10."""
    yield _poll(0x72, "AFT transfer", _S, _T, asks=aft.AftOrder, gives=aft.AftTransfer, counted="qa")
    yield _poll(0x73, "AFT registration", _S, _T, asks=aft.RegistrationOrder, gives=aft.Registration, counted="qa")
    yield _poll(0x74, "AFT lock and status", _S, _T, asks=aft.LockOrder, gives=aft.AftState, counted="a")
    yield _poll(0x75, "AFT receipt texts", _S, _K, asks=ticket.TicketTexts, gives=control.StatusFlag, counted="q")
    yield _poll(0x76, "AFT ticket texts", _S, _K, asks=ticket.TicketTexts, gives=control.StatusFlag, counted="q")


def _all() -> list[PollSpec]:
    rooms = (_controls(), _single_meters(), _readings(), _configuration(), _tickets(), _transfers())
    return sorted((spec for room in rooms for spec in room), key=lambda spec: spec.command)


LONG_POLLS: Mapping[int, PollSpec] = {spec.command: spec for spec in _all()}
"""Command to poll."""
