"""Names of the codes and bits inside answers: AFT, tickets, validation (§9.6, §9.7, §10)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from lineside.slots.wire.trust import Trust


class CodeSpec(msgspec.Struct, frozen=True):
    """One code or bit with its meaning; of a bit, ``code`` is its number from 0."""

    code: int
    text: str
    tag: Trust


def _table(
    tag: Trust, rows: str, seen: frozenset[int] = frozenset(), guessed: frozenset[int] = frozenset()
) -> dict[int, CodeSpec]:
    """Rows ``40 pending; 80 cancelled``; ``seen`` are T, ``guessed`` K, and all others of ``tag``."""
    specs = {}
    for row in rows.split(";"):
        digits, _, text = row.strip().partition(" ")
        code = int(digits, 16)
        trust = Trust.TRAFFIC if code in seen else Trust.AUTHOR if code in guessed else tag
        specs[code] = CodeSpec(code, text, trust)
    return specs


AFT_STATUSES: Mapping[int, CodeSpec] = _table(
    Trust.ONE,
    "00 full transfer done; 01 partial transfer done; 40 pending; 80 cancelled by host;"
    "81 id equals the last successful transfer; 82 unsupported type, amount or index;"
    "83 amount or expiration not valid; 84 over the machine's transfer limit;"
    "85 not a multiple of the denomination; 86 partial transfer to host impossible; 87 cannot transfer now;"
    "88 not registered; 89 registration key mismatch; 8A no POS id; 8B no won credits to cash out;"
    "8C no denomination set; 8D ticket expiration already past; 8E ticket device not available;"
    "8F restricted credits of another pool present; 90 receipt impossible; 91 receipt data missing;"
    "92 receipt not allowed for this type; 93 asset number zero or different; 94 not locked though lock required;"
    "95 transaction id not valid; 9F unexpected error; C0 not compatible with the transfer in progress;"
    "C1 unsupported transfer code; FF nothing to report",
    seen=frozenset({0x00, 0x87, 0xC0}),
)
"""72 answered. One family of machines uses 95 where others use 81, and 01 for a success: `WireProfile`."""

AFT_TYPES: Mapping[int, CodeSpec] = _table(
    Trust.TWO,
    "00 in-house to machine; 10 bonus, coin-out win; 11 bonus, jackpot win; 20 in-house to ticket;"
    "40 debit to machine; 60 debit to ticket; 80 in-house to host; 90 win amount to host",
)
"""Transfer types of 72."""

AFT_CODES: Mapping[int, CodeSpec] = _table(
    Trust.TRAFFIC,
    "00 transfer, full only; 01 transfer, partial allowed; 80 cancel; FE interrogate, status only; FF interrogate",
    guessed=frozenset({0xFE}),
)
"""Transfer codes of 72."""

AFT_FLAGS: Mapping[int, CodeSpec] = _table(
    Trust.AUTHOR,
    "0 apply host cash-out settings; 1 host cash-out enabled; 2 hard mode; 3 cash-out request from machine;"
    "4 lock after transfer; 5 use ticket data of poll 76; 6 accept only if locked; 7 receipt wanted",
)
"""Bits of the flags of 72."""

AFT_RECEIPTS: Mapping[int, CodeSpec] = _table(
    Trust.ONE, "00 printed; 20 printing; 40 pending; FF none", seen=frozenset({0xFF})
)
"""Receipt status of 72 answered."""

REGISTRATION_CODES: Mapping[int, CodeSpec] = _table(
    Trust.TWO, "00 start; 01 register; 40 ask operator to acknowledge; 80 unregister; FF read", seen=frozenset({0xFF})
)
"""73 asked."""

REGISTRATION_STATUSES: Mapping[int, CodeSpec] = _table(
    Trust.TWO, "00 ready; 01 registered; 40 pending operator; 80 not registered"
)
"""73 answered."""

LOCK_CODES: Mapping[int, CodeSpec] = _table(Trust.TWO, "00 lock; 80 cancel; FF status only", seen=frozenset({0xFF}))
"""74 asked."""

LOCK_STATUSES: Mapping[int, CodeSpec] = _table(
    Trust.TWO, "00 locked; 40 pending; FF not locked", seen=frozenset({0xFF})
)
"""74 answered."""

AFT_AVAILABLE: Mapping[int, CodeSpec] = _table(
    Trust.AUTHOR,
    "0 to machine; 1 from machine; 2 to printer; 3 win pending to host; 4 bonus to machine",
)
"""Bits of the available transfers of 74, and of the condition of a lock."""

AFT_HOST_CASH_OUT: Mapping[int, CodeSpec] = _table(Trust.AUTHOR, "0 host-controllable; 1 enabled; 2 hard mode")
"""Bits of the host cash-out status of 74."""

AFT_ABILITIES: Mapping[int, CodeSpec] = _table(
    Trust.AUTHOR,
    "0 receipt printer; 1 partial to host allowed; 2 custom ticket data; 3 registered; 4 in-house on; 5 bonus on;"
    "6 debit on; 7 any AFT on",
) | _table(Trust.ONE, "0 receipt printer; 4 in-house on; 5 bonus on; 7 any AFT on")
"""Bits of the AFT status of 74."""

VALIDATION_TYPES: Mapping[int, CodeSpec] = _table(
    Trust.ONE,
    "00 cashable ticket; 01 restricted ticket; 02 cashable by AFT; 03 restricted by AFT; 04 debit by AFT;"
    "10 cancelled-credit handpay with receipt; 20 jackpot handpay with receipt;"
    "40 cancelled-credit handpay without receipt; 60 jackpot handpay without receipt;"
    "80 cashable ticket redeemed; 81 restricted ticket redeemed; 82 non-restricted ticket redeemed",
)
"""Types of 4D and, with 80 to 82, of 50."""

VALIDATION_BITS: Mapping[int, CodeSpec] = _table(
    Trust.ONE,
    "0 printer as cash-out device; 1 printer for handpay receipts; 2 validate handpays; 3 print restricted tickets;"
    "4 foreign restricted amounts; 5 ticket redemption",
)
"""Bits of the mask and the state of 7B."""

TICKET_CODES: Mapping[int, CodeSpec] = _table(
    Trust.ONE,
    "00 cashable; 01 restricted; 02 non-restricted; 80 cannot validate; 81 invalid number; 82 not in system;"
    "83 pending in system; 84 already redeemed; 85 expired; 86 no information; 87 amount differs;"
    "88 over automatic limit; FF status request",
)
"""71 asked."""

TICKET_STATUSES: Mapping[int, CodeSpec] = _table(
    Trust.AUTHOR,
    "00 redeemed, cashable; 01 redeemed, restricted; 02 redeemed, non-restricted; 20 waiting for poll 71; 40 pending;"
    "80 rejected by host; 81 number mismatch; 82 bad transfer code; 83 bad amount; 84 over credit limit;"
    "85 not a multiple of the denomination; 86 amount mismatch; 87 cannot accept now; 88 timed out; 89 link down;"
    "8A redemption disabled; 8B validator failure; C0 wrong state; FF nothing to report",
) | _table(
    Trust.ONE,
    "00 redeemed, cashable; 40 pending; 80 rejected by host; 81 number mismatch; 84 over credit limit;"
    "85 not a multiple of the denomination; 87 cannot accept now; 88 timed out; 8B validator failure;"
    "FF nothing to report",
)
"""71 answered."""


def code_text(table: Mapping[int, CodeSpec], code: int) -> str:
    """What a code means, also of one that no source names."""
    spec = table.get(code)
    return f"unknown code {code:02X}" if spec is None else spec.text


def bit_texts(table: Mapping[int, CodeSpec], bits: int) -> list[str]:
    """What the set bits mean, lowest first."""
    return [table[n].text if n in table else f"bit {n}" for n in range(bits.bit_length()) if bits >> n & 1]
