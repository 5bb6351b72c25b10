"""What an exception says about the machine: doors, faults, and what has to be read again after it (§12)."""

from __future__ import annotations

from collections.abc import Mapping

DOORS: Mapping[int, tuple[str, bool]] = {
    0x11: ("slot door", True),
    0x12: ("slot door", False),
    0x13: ("drop door", True),
    0x14: ("drop door", False),
    0x15: ("card cage", True),
    0x16: ("card cage", False),
    0x19: ("cash-box door", True),
    0x1A: ("cash-box door", False),
    0x1B: ("cash box", True),  # removed
    0x1C: ("cash box", False),
    0x1D: ("belly door", True),
    0x1E: ("belly door", False),
}
"""Code to (what, whether it is open)."""

OPENED_UNPOWERED = frozenset({0x98, 0x99, 0x9A, 0x9B})
"""Something was opened while the power was off."""

POWER_ON, POWER_LOST = 0x17, 0x18
METERS_CLEARED = 0x7A
OPTIONS_CHANGED = 0x3C
HANDPAY_PENDING, HANDPAY_RESET, HANDPAY_CANCELLED = 0x51, 0x52, 0x55
GAME_START, GAME_END, GAME_SELECTED = 0x7E, 0x7F, 0x8C
OVERFLOW = 0x70

RECORD_WAITING = frozenset({0x3D, 0x3E})
"""A ticket or a handpay was validated: 4D tells it."""

FAULTS = frozenset({
    *range(0x20, 0x26), 0x27, 0x28, 0x29, 0x2A, 0x2D,
    *range(0x31, 0x3C), *range(0x40, 0x47),
    0x60, 0x61, 0x74, 0x75, 0x77, 0x78, 0x86,
})  # fmt: skip
"""Tilts and faults that a lamp shows."""

FAULTS_OVER = frozenset({0x12, 0x16, POWER_ON, GAME_START, GAME_SELECTED})
"""K: no exception says that a tilt is over. A door that is closed, a new power-up or a game means that it is."""

MENUS: Mapping[int, str] = {0x82: "attendant", 0x83: "", 0x84: "operator", 0x85: ""}
"""Code to the menu that is shown from then on."""

MARKS: Mapping[int, str] = {
    **dict.fromkeys((code for code in DOORS), "door"),
    **dict.fromkeys(OPENED_UNPOWERED, "door"),
    POWER_ON: "power",
    POWER_LOST: "power",
    HANDPAY_PENDING: "handpay",
    HANDPAY_RESET: "handpay",
    OPTIONS_CHANGED: "options",
    OVERFLOW: "overflow",
    METERS_CLEARED: "reset",
}
"""Code to the word by which a meter's change tells that it happened."""

READ_AGAIN: Mapping[int, tuple[str, ...]] = {
    OPTIONS_CHANGED: (
        "version",
        "info",
        "games",
        "features",
        "denominations",
        "denomination",
        "game",
        "enabled_games",
    ),
    0x36: ("version", "info", "features"),
    0x38: ("version", "info", "features"),
    0x8E: ("version", "info", "features"),
    0x69: ("aft", "transfer"),
    0x6A: ("aft",),
    0x6B: ("aft",),
    0x6C: ("registration", "aft"),
    0x6D: ("registration", "aft"),
    0x6E: ("registration", "aft"),
    0x6F: ("aft",),
}
"""Code to what has to be read again."""

MOVES_METERS = frozenset({
    0x12, 0x2B, 0x3D, 0x3E, *range(0x47, 0x51), HANDPAY_RESET, 0x54, 0x66, 0x68, 0x69, METERS_CLEARED, 0x7B, 0x7C,
    GAME_START, GAME_END, OVERFLOW, POWER_ON,
})  # fmt: skip
"""Meters are read at once after these."""
