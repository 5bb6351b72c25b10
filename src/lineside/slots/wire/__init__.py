"""The wire of the slots house: SAS between a host and slot machines, both sides, and the tables of the protocol."""

from __future__ import annotations

from lineside.slots.wire.aft import (
    NOT_LOCKED,
    AftFamily,
    AftMoved,
    AftOrder,
    AftRequest,
    AftState,
    AftTransfer,
    LockOrder,
    Registration,
    RegistrationOrder,
    aft_family,
)
from lineside.slots.wire.answers import (
    NO_HANDPAY,
    BillCounts,
    BonusPaid,
    CardHand,
    CashOutLimit,
    Denomination,
    Denominations,
    EnabledGames,
    Features,
    GameDetails,
    GameInfo,
    GameMeter,
    GameMeters,
    GamesImplemented,
    GamesSince,
    Handpay,
    LastBill,
    LegacyBonusMeters,
    LegacyLog,
    LegacyTransfers,
    MachineInfo,
    MachineMeters,
    MainMeters,
    MetersWithCancelled,
    ReelStops,
    SingleMeter,
    TournamentMeters,
    Version,
    WagerCategory,
)
from lineside.slots.wire.build import (
    cancel_lock,
    cancel_transfer,
    configure_bills,
    delay_games,
    disable_rte,
    enable_rte,
    legacy_bonus,
    lock,
    read,
    read_aft_state,
    read_features,
    read_game,
    read_game_info,
    read_handpay,
    read_machine_info,
    read_meters,
    read_registration,
    read_ticket_status,
    read_transfer,
    read_validation_id,
    read_validation_meters,
    read_validation_record,
    read_validation_state,
    register,
    reset_handpay,
    seed_rom_signature,
    set_clock,
    set_handpay_mode,
    switch_events,
    switch_game,
    switch_rebet,
    tell,
    transfer,
)
from lineside.slots.wire.codes import (
    AFT_ABILITIES,
    AFT_AVAILABLE,
    AFT_CODES,
    AFT_FLAGS,
    AFT_HOST_CASH_OUT,
    AFT_RECEIPTS,
    AFT_STATUSES,
    AFT_TYPES,
    LOCK_CODES,
    LOCK_STATUSES,
    REGISTRATION_CODES,
    REGISTRATION_STATUSES,
    TICKET_CODES,
    TICKET_STATUSES,
    VALIDATION_BITS,
    VALIDATION_TYPES,
    CodeSpec,
    bit_texts,
    code_text,
)
from lineside.slots.wire.control import (
    Authentication,
    BillSettings,
    ClockTime,
    Control,
    GameDelay,
    GameNumber,
    GameSwitch,
    HandpayMode,
    HandpayReset,
    HopperStatus,
    LegacyBonus,
    Progressive,
    ProgressiveLevel,
    Progressives,
    ProgressiveWins,
    RomSignature,
    SignatureSeed,
    StatusFlag,
    Switch,
    Tournament,
    WagerQuestion,
)
from lineside.slots.wire.crc import WrongCRC, check_crc, crc16, with_crc
from lineside.slots.wire.decode import (
    Answer,
    EventFrame,
    decode_answer,
    decode_event,
    decode_request,
    encode_answer,
    encode_event,
    inner_answer,
    inner_question,
    outer_answer,
    outer_question,
    request_of,
)
from lineside.slots.wire.event import (
    EVENT_LAYOUTS,
    CardHeld,
    EventData,
    GameEnd,
    GameRecall,
    GameSelected,
    GameStart,
    ReelStop,
)
from lineside.slots.wire.exceptions import EXCEPTIONS, NOTHING, ExceptionSpec, exception_text
from lineside.slots.wire.explain import Reading, explain, is_frame, readings
from lineside.slots.wire.heard import (
    Ack,
    BadAnswer,
    Busy,
    Chirp,
    DataAnswer,
    Exception_,
    Heard,
    Nack,
    Noise,
    NoiseReason,
    RealTimeEvent,
    WrongAddress,
)
from lineside.slots.wire.host_side import HostSettings, HostSide
from lineside.slots.wire.long_polls import LONG_POLLS, PollSpec, PollType
from lineside.slots.wire.machine_side import (
    BadFrame,
    BadReason,
    MachineSettings,
    MachineSide,
    PollSeen,
    acknowledgement,
    busy,
    is_for,
    refusal,
)
from lineside.slots.wire.meter_list import (
    LONG_CODES_MAX,
    SHORT_CODES_MAX,
    LongQuestion,
    MeterReading,
    MeterReadings,
    ShortQuestion,
)
from lineside.slots.wire.meters import METER_OF_FIELD, METER_OF_POLL, METERS, MeterSpec, MeterUnit
from lineside.slots.wire.money import (
    BILL_CODES,
    BILL_VALUES,
    COUNTRIES,
    DENOMINATIONS,
    DenominationSpec,
    denomination_cents,
)
from lineside.slots.wire.multi_denomination import MultiAnswer, MultiQuestion
from lineside.slots.wire.poll import (
    ADDRESS_MAX,
    DATA_BYTES_MAX,
    NOBODY,
    GeneralPoll,
    LongPoll,
    Poll,
    encode,
    encode_long,
    hide_key,
)
from lineside.slots.wire.profile import AS_THE_SHEET, ByteOrder, DelayForm, PartialPayUnit, ValidationStyle, WireProfile
from lineside.slots.wire.ticket import (
    NOTHING_IN_ESCROW,
    CashOutWaiting,
    CodedText,
    EscrowTicket,
    RecordQuestion,
    StandardValidation,
    TicketHost,
    TicketOrder,
    TicketState,
    TicketTexts,
    ValidationAccepted,
    ValidationControl,
    ValidationId,
    ValidationMeters,
    ValidationNumber,
    ValidationRecord,
    ValidationState,
    ValidationType,
    secure_enhanced_number,
)
from lineside.slots.wire.trust import Trust

__all__ = ["WrongCRC", "check_crc", "crc16", "with_crc"]
__all__ += ["ADDRESS_MAX", "DATA_BYTES_MAX", "NOBODY", "GeneralPoll", "LongPoll", "Poll", "encode"]
__all__ += ["encode_long", "hide_key"]
__all__ += ["Trust"]
__all__ += ["LONG_POLLS", "PollSpec", "PollType"]
__all__ += ["METERS", "METER_OF_FIELD", "METER_OF_POLL", "MeterSpec", "MeterUnit"]
__all__ += ["EXCEPTIONS", "NOTHING", "ExceptionSpec", "exception_text"]
__all__ += ["BILL_CODES", "BILL_VALUES", "COUNTRIES", "DENOMINATIONS", "DenominationSpec", "denomination_cents"]
__all__ += ["AFT_ABILITIES", "AFT_AVAILABLE", "AFT_CODES", "AFT_FLAGS", "AFT_HOST_CASH_OUT", "AFT_RECEIPTS"]
__all__ += ["AFT_STATUSES", "AFT_TYPES", "LOCK_CODES", "LOCK_STATUSES", "REGISTRATION_CODES"]
__all__ += ["REGISTRATION_STATUSES", "TICKET_CODES", "TICKET_STATUSES", "VALIDATION_BITS", "VALIDATION_TYPES"]
__all__ += ["CodeSpec", "bit_texts", "code_text"]
__all__ += ["Authentication", "BillSettings", "ClockTime", "Control", "GameDelay", "GameNumber", "GameSwitch"]
__all__ += ["HandpayMode", "HandpayReset", "HopperStatus", "LegacyBonus", "Progressive", "ProgressiveLevel"]
__all__ += ["ProgressiveWins", "Progressives", "RomSignature", "SignatureSeed", "StatusFlag", "Switch"]
__all__ += ["Tournament", "WagerQuestion"]
__all__ += ["NO_HANDPAY", "BillCounts", "BonusPaid", "CardHand", "CashOutLimit", "Denomination"]
__all__ += ["Denominations", "EnabledGames", "Features", "GameDetails", "GameInfo", "GameMeter", "GameMeters"]
__all__ += ["GamesImplemented", "GamesSince", "Handpay", "LastBill", "LegacyBonusMeters", "LegacyLog"]
__all__ += ["LegacyTransfers", "MachineInfo", "MachineMeters", "MainMeters", "MetersWithCancelled", "ReelStops"]
__all__ += ["SingleMeter", "TournamentMeters", "Version", "WagerCategory"]
__all__ += ["NOTHING_IN_ESCROW", "CashOutWaiting", "CodedText", "EscrowTicket", "RecordQuestion"]
__all__ += ["StandardValidation", "TicketHost", "TicketOrder", "TicketState", "TicketTexts"]
__all__ += ["ValidationAccepted", "ValidationControl", "ValidationId", "ValidationMeters", "ValidationNumber"]
__all__ += ["ValidationRecord", "ValidationState", "ValidationType", "secure_enhanced_number"]
__all__ += ["NOT_LOCKED", "AftFamily", "AftMoved", "AftOrder", "AftRequest", "AftState", "AftTransfer"]
__all__ += ["LockOrder", "Registration", "RegistrationOrder", "aft_family"]
__all__ += ["EVENT_LAYOUTS", "CardHeld", "EventData", "GameEnd", "GameRecall", "GameSelected", "GameStart"]
__all__ += ["ReelStop"]
__all__ += ["LONG_CODES_MAX", "SHORT_CODES_MAX", "LongQuestion", "MeterReading", "MeterReadings"]
__all__ += ["ShortQuestion"]
__all__ += ["MultiAnswer", "MultiQuestion"]
__all__ += ["AS_THE_SHEET", "ByteOrder", "DelayForm", "PartialPayUnit", "ValidationStyle", "WireProfile"]
__all__ += ["Answer", "EventFrame", "decode_answer", "decode_event", "decode_request", "encode_answer"]
__all__ += ["encode_event", "inner_answer", "inner_question", "outer_answer", "outer_question", "request_of"]
__all__ += ["cancel_lock", "cancel_transfer", "configure_bills", "delay_games", "disable_rte", "enable_rte"]
__all__ += ["legacy_bonus", "lock", "read", "read_aft_state", "read_features", "read_game", "read_game_info"]
__all__ += ["read_handpay", "read_machine_info", "read_meters", "read_registration", "read_ticket_status"]
__all__ += ["read_transfer", "read_validation_id", "read_validation_meters", "read_validation_record"]
__all__ += ["read_validation_state", "register", "reset_handpay", "seed_rom_signature", "set_clock"]
__all__ += ["set_handpay_mode", "switch_events", "switch_game", "switch_rebet", "tell", "transfer"]
__all__ += ["Ack", "BadAnswer", "Busy", "Chirp", "DataAnswer", "Exception_", "Heard", "Nack", "Noise"]
__all__ += ["NoiseReason", "RealTimeEvent", "WrongAddress"]
__all__ += ["HostSettings", "HostSide"]
__all__ += ["BadFrame", "BadReason", "MachineSettings", "MachineSide", "PollSeen", "acknowledgement", "busy"]
__all__ += ["is_for", "refusal"]
__all__ += ["Reading", "explain", "is_frame", "readings"]
