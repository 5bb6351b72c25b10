"""What a machine keeps without power: meters, exceptions, handpays, tickets, transfers, switches, clock.

Plain values alone, so that `store.py` can write them whole. Amounts are cents or credits, as their names say; times are
UTC. Links, held answers and sync are not here: they end with the power.
"""

from __future__ import annotations

import datetime

import msgspec


class Raised(msgspec.Struct):
    """An exception that waits to be told. ``number`` counts all that this machine ever raised, from 1."""

    number: int
    code: int
    data: bytes = b""


class HandpayRecord(msgspec.Struct):
    """One handpay, as LP 1B tells it. ``is_cancelled``: the player's own credits, not a win."""

    number: int
    cents: int
    credits: int
    level: int
    is_cancelled: bool
    group: int = 0
    partial_cents: int = 0
    can_credit: bool = False
    to_credits: bool = False
    is_bonus: bool = False
    is_read: bool = False


class ValidationRecord(msgspec.Struct):
    """One printed ticket or validated handpay, as LP 4D tells it."""

    type: int
    index: int
    at: datetime.datetime
    validation: str
    cents: int
    ticket: int
    system: int = 0
    expiration: int = 0
    pool: int = 0
    is_read: bool = False


class CashOut(msgspec.Struct):
    """Credits that wait for the host: its validation number (LP 58) or its transfer (72, after 6A or 6B)."""

    type: int
    cents: int
    credits: int
    until: datetime.datetime
    is_host: bool = False


class Escrow(msgspec.Struct):
    """A ticket between the rollers. ``status`` as LP 71 tells it; 20 waits for LP 71."""

    validation: str
    cents: int
    until: datetime.datetime
    status: int = 0x20
    parsing: int = 0
    granted_cents: int = 0
    kind: int = 0


class Transfer(msgspec.Struct):
    """One AFT transfer: what was asked, what moved. ``position`` 0 is not in the history."""

    transaction: str
    code: int
    type: int
    asked_cents: tuple[int, int, int]
    flags: int
    asset: int
    expiration: str = "00000000"
    pool: str = "0000"
    status: int = 0x40
    moved_cents: tuple[int, int, int] = (0, 0, 0)
    position: int = 0
    at: datetime.datetime | None = None
    totals: tuple[int, int, int] | None = None
    polls: int = 0
    is_told: bool = False

    def content(self) -> tuple[object, ...]:
        """What makes two requests the same one."""
        return self.transaction, self.code, self.type, self.asked_cents, self.asset


class Registration(msgspec.Struct):
    """AFT registration. ``status`` as LP 73 tells it; ``asks``: the operator's side, 0 or 6C."""

    status: int = 0x80
    key: str = "00" * 20
    pos: int = 0


class Lock(msgspec.Struct):
    """The AFT lock. ``status`` as LP 74 tells it: 00 locked, 40 pending, FF not."""

    status: int = 0xFF
    condition: int = 0
    duration_s: float = 0.0
    until: datetime.datetime | None = None
    told_at: datetime.datetime | None = None


class GameRound(msgspec.Struct):
    """A game that runs: its end is drawn at its start, so that a power failure cannot change it."""

    game: int
    bet: int
    win: int
    until: datetime.datetime


class Switches(msgspec.Struct):
    """What the host turned on and off."""

    is_enabled: bool = True
    sound: int = 0x04
    bills_on: bool = True
    bill_mask: int = 0xFFFFFF
    bills_stay_on: bool = True
    in_maintenance: bool = False
    rte: bool = False
    auto_rebet: bool = False
    delay_tenths: int = 0
    disabled_games: list[int] = []
    validation_state: int = 0
    cash_days: int = 30
    restricted_days: int = 30
    host_cash_out: int = 0
    host_id: int = 0
    ticket_days: int = 0
    texts: dict[int, str] = {}


class MachineState(msgspec.Struct):
    """The whole memory of one machine. Dictionaries are keyed by meter code, game number or validation type."""

    meters: dict[int, int] = {}
    game_meters: dict[int, dict[int, int]] = {}
    raised_count: int = 0
    told_count: int = 0
    lost_count: int = 0
    queue: list[Raised] = []
    priority: list[Raised] = []
    signature: int | None = None
    signature_due: datetime.datetime | None = None
    cashable: int = 0
    restricted: int = 0
    non_restricted: int = 0
    pool: str = "0000"
    restricted_expiration: str = "00000000"
    selected_game: int = 1
    denomination: int = 1
    round: GameRound | None = None
    won_credits: int = 0
    handpay: HandpayRecord | None = None
    handpay_count: int = 0
    handpays: list[HandpayRecord] = []
    handpay_told_at: datetime.datetime | None = None
    cash_out: CashOut | None = None
    validation_id: int = 0
    sequence: int = 0
    ticket_number: int = 0
    records: list[ValidationRecord] = []
    record_index: int = 0
    totals: dict[int, tuple[int, int]] = {}
    escrow: Escrow | None = None
    transfer: Transfer | None = None
    history: list[Transfer] = []
    history_position: int = 0
    transfer_told_at: datetime.datetime | None = None
    registration: Registration = msgspec.field(default_factory=Registration)
    lock: Lock = msgspec.field(default_factory=Lock)
    open_doors: list[str] = []
    tilts: list[int] = []
    menus: list[str] = []
    lamp_on: bool = False
    last_bill: int | None = None
    bonus: tuple[int, int] = (0, 0)
    levels: dict[int, int] = {}
    clock_ahead_s: float = 0.0
    switches: Switches = msgspec.field(default_factory=Switches)
    ran_at: datetime.datetime | None = None

    @property
    def credits(self) -> int:
        """All credits of the player."""
        return self.cashable + self.restricted + self.non_restricted
