"""The words of the protocol: dialects, statuses, the nine things that a client may set, and their other spellings.

Source: the wire sheet for studio tables, §3 (keys and start values), §4 (aliases, extended values), §9 (field sets of
each game).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class Dialect(StrEnum):
    """How a reporter speaks."""

    A = "a"  # credentials in the query, a snapshot first
    B = "b"  # greeting, credentials in the first frame, then the snapshot
    C = "c"  # ``device`` in the query; any object with ``tableId`` is a confirmation; no snapshot unless asked for
    D = "d"  # ``/v1/ws``; envelopes with ``type``; an ack every 5 s


class ServiceStatus(StrEnum):
    """Values of SDP and IDP."""

    UP = "up"
    DOWN = "down"
    STANDBY = "standby"
    CALIBRATION = "calibration"
    EXCEPTION = "exception"


class DeviceStatus(StrEnum):
    """Values of the devices."""

    UP = "up"
    DOWN = "down"


class FieldKind(StrEnum):
    """What a field tells of."""

    SERVICE = "service"
    DEVICE = "device"


class StatusValues(StrEnum):
    """Which values are accepted."""

    SEED = "seed"
    EXTENDED = "extended"  # those of the field too (§4): for SDP, and ``standby`` for devices


class Field(NamedTuple):
    """One field of a table's status.

    Attributes:
        key: in a snapshot and in everything that we keep: ``ZCam``.
        name: as clients write it: ``zcam``.
        camel: as the vendor's HTTP API writes it: ``zCam``.
    """

    key: str
    name: str
    camel: str
    kind: FieldKind

    @property
    def start(self) -> str:
        """The value before anybody wrote one."""
        return "standby" if self.kind is FieldKind.SERVICE else "down"


FIELDS: Mapping[str, Field] = {
    field.key: field
    for field in (
        Field("SDP", "sdp", "sdp", FieldKind.SERVICE),
        Field("IDP", "idp", "idp", FieldKind.SERVICE),
        Field("BROKER", "broker", "broker", FieldKind.DEVICE),
        Field("ZCam", "zcam", "zCam", FieldKind.DEVICE),
        Field("ROULETTE", "roulette", "roulette", FieldKind.DEVICE),
        Field("SHAKER", "shaker", "shaker", FieldKind.DEVICE),
        Field("BARCODE_SCANNER", "barcode_scanner", "barcodeScanner", FieldKind.DEVICE),
        Field("NFC_SCANNER", "nfc_scanner", "nfcScanner", FieldKind.DEVICE),
    )
}
"""Key in a snapshot → field, in the order of a snapshot."""

MAINTENANCE = "MAINTENANCE"
"""The key of the one boolean."""

_ALIASES = {
    **{field.name: field.key for field in FIELDS.values()},
    **{field.camel.lower(): field.key for field in FIELDS.values()},
    "z_cam": "ZCam",
    "barcode": "BARCODE_SCANNER",
    "nfc": "NFC_SCANNER",
    "maintenance": MAINTENANCE,
}

_NOT_SETTABLE = frozenset({"uptime", "timestamp", "table_id", "tableid"})


def key_of(name: str) -> str | None:
    """The key that a client means by a name, in any case and spelling (`MAINTENANCE` included); None for others."""
    return _ALIASES.get(name) or _ALIASES.get(name.lower())


def is_settable(name: str) -> bool:
    """False for what a snapshot holds and no client may set; such keys are skipped."""
    return name.lower() not in _NOT_SETTABLE


_SEED = {FieldKind.SERVICE: frozenset(map(str, ServiceStatus)), FieldKind.DEVICE: frozenset(map(str, DeviceStatus))}
_EXTENDED_SDP = {"up_running", "up_idle", "up_resume", "up_cancel", "down_pause", "down_cancel", "idle", "initial"}


def accepted_values(values: StatusValues) -> Mapping[str, frozenset[str]]:
    """Key → the values that a client may write there."""
    accepted = {key: _SEED[field.kind] for key, field in FIELDS.items()}
    if values is StatusValues.EXTENDED:
        accepted["SDP"] |= _EXTENDED_SDP
        for key, field in FIELDS.items():
            if field.kind is FieldKind.DEVICE:
                accepted[key] |= {"standby"}
    return accepted


@lru_cache(maxsize=64)
def base_of(value: str) -> str:
    """The part before ``_`` of an extended value: ``up_idle`` is a kind of ``up``."""
    return value.partition("_")[0]


_BAD = frozenset({"down", "exception"})


@lru_cache(maxsize=64)
def is_bad(value: str) -> bool:
    """Whether somebody should look: the base is ``down`` or ``exception``."""
    return base_of(value) in _BAD


_FIELDS_OF_GAME: Mapping[str, frozenset[str]] = {
    "sicbo": frozenset({"ZCam", "BROKER", "SDP", "SHAKER", "IDP", "NFC_SCANNER"}),
    "roulette": frozenset({"ZCam", "SDP", "ROULETTE", "NFC_SCANNER"}),
    "baccarat": frozenset({"ZCam", "SDP", "IDP", "BARCODE_SCANNER", "NFC_SCANNER"}),
}
_GAME_OF_PREFIX = {"SBO-": "sicbo", "ARO-": "roulette", "BAC-": "baccarat"}


def game_of(table: str) -> str | None:
    """``sicbo``, ``roulette`` or ``baccarat`` by the vendor's table names; None for free names."""
    return _GAME_OF_PREFIX.get(table[:4])


def ignored_by_game(table: str) -> frozenset[str]:
    """The keys that the game of this table does without; none when the name does not tell the game."""
    game = game_of(table)
    return frozenset() if game is None else frozenset(FIELDS) - _FIELDS_OF_GAME[game]


def ignored_by_lists(table: str, lists: Mapping[str, Iterable[str]]) -> frozenset[str] | None:
    """The keys that the settings ignore for this table; None when no list is about it.

    Args:
        lists: table name, or prefix with ``*`` at its end → names of fields in any spelling. The longest match counts.

    Raises:
        KeyError: a name that is no field.
    """
    matches = [name for name in lists if name == table or (name.endswith("*") and table.startswith(name[:-1]))]
    if not matches:
        return None
    found = set()
    for name in lists[max(matches, key=lambda match: (match == table, len(match)))]:
        key = key_of(name)
        if key is None or key == MAINTENANCE:
            raise KeyError(name)
        found.add(key)
    return frozenset(found)
