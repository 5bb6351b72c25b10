"""`StudioStatus`: the twelve attributes of one table, as the seed's programs hold them.

Source: wire/studio.md sections 3, 6 and 7.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from lineside.studio.model import TableView
from lineside.studio.wire import (
    FIELDS,
    MAINTENANCE,
    DeviceStatus,
    FieldKind,
    ServiceStatus,
    Snapshot,
    Update,
    timestamp_text,
)

_NAMES = {"TABLE_ID": "table_id", "UPTIME": "uptime", "TIMESTAMP": "timestamp", MAINTENANCE: "maintenance"}
ATTRIBUTES = {**_NAMES, **{key: field.name for key, field in FIELDS.items()}}
"""Key in the snapshot → attribute of a `StudioStatus`, in the order of the snapshot."""


class StudioStatus:
    """The status of one table: twelve attributes, all of them keywords with the protocol's start values.

    They are also taken, and read, by their keys in the snapshot: ``StudioStatus(TABLE_ID="ARO-001").SDP``.

    Attributes:
        table_id: for example ``ARO-001``.
        uptime: accepted updates.
        timestamp: of the last one; ISO-8601 text or a `datetime`. The present moment when left out.
        maintenance: whether people work at the table.
        sdp, idp: a `StudioServiceStatusEnum`.
        broker, zcam, roulette, shaker, barcode_scanner, nfc_scanner: a `StudioDeviceStatusEnum`.
    """

    table_id: str
    uptime: int
    timestamp: str | datetime
    maintenance: bool
    sdp: str
    idp: str
    broker: str
    zcam: str
    roulette: str
    shaker: str
    barcode_scanner: str
    nfc_scanner: str

    def __init__(self, table_id: str = "", uptime: int = 0, **fields: Any) -> None:
        given = {ATTRIBUTES.get(name, name): value for name, value in fields.items()}
        unknown = given.keys() - ATTRIBUTES.values()
        if unknown:
            raise TypeError(
                f"StudioStatus has no {', '.join(sorted(unknown))}; it has {', '.join(ATTRIBUTES.values())}"
            )
        start = {field.name: _as_enum(key, field.start) for key, field in FIELDS.items()}
        started = {"table_id": table_id, "uptime": uptime, "timestamp": _now_text(), "maintenance": False, **start}
        self.__dict__.update({**started, **given, "_told": None, "_view": None})

    def to_dict(self) -> dict[str, Any]:
        """The snapshot: twelve keys in the protocol's order, JSON values."""
        return {key: _plain(getattr(self, name)) for key, name in ATTRIBUTES.items()}

    def snapshot(self) -> Snapshot:
        """The same as a message of the wire."""
        plain = self.to_dict()
        values = tuple(plain[key] for key in FIELDS)
        return Snapshot(plain["TABLE_ID"], plain["UPTIME"], plain["TIMESTAMP"], plain[MAINTENANCE], values)

    def take(self, update: Update) -> None:
        """Let an accepted update change it: it counts as one, whatever it holds. Custom fields are not kept here."""
        for key, value in update.fields.items():
            setattr(self, ATTRIBUTES[key], value if key == MAINTENANCE else _as_enum(key, value))
        self.uptime += 1
        self.timestamp = datetime.now() if isinstance(self.timestamp, datetime) else _now_text()

    def serve(self, told: Callable[[str, Any], None]) -> None:
        """From here on a table stands behind it: ``told`` has the program's own changes recorded."""
        self.__dict__["_told"] = told

    def show(self, view: TableView | None = None) -> None:
        """Take over what the table shows; what it showed last without a ``view``."""
        view = view or self._view
        if view is not None:
            shown = {field.name: _as_enum(field.key, field.value) for field in view.fields}
            first = {"uptime": view.uptime_updates, "timestamp": timestamp_text(view.timestamp)}
            self.__dict__.update({**first, "maintenance": view.maintenance.on, **shown, "_view": view})

    @property
    def is_served(self) -> bool:
        """Whether a table stands behind it."""
        return self._told is not None

    def changes(self) -> dict[str, Any]:
        """What of it is not as a new table has it: services, devices and maintenance by attribute."""
        found = {f.name: str(getattr(self, f.name)) for f in FIELDS.values() if getattr(self, f.name) != f.start}
        return {**found, **({"maintenance": True} if self.maintenance else {})}

    def __setattr__(self, name: str, value: Any) -> None:
        """A change by the program; a table that stands behind it records it."""
        self.__dict__[name] = value
        if self._told is not None and name in ATTRIBUTES.values():
            self._told(name, value)

    def __getattr__(self, name: str) -> Any:
        if name in ATTRIBUTES and ATTRIBUTES[name] != name:
            return getattr(self, ATTRIBUTES[name])
        raise AttributeError(f"StudioStatus has no {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StudioStatus) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={_plain(getattr(self, name))!r}" for name in ATTRIBUTES.values())
        return f"StudioStatus({told})"

    _told: Callable[[str, Any], None] | None
    _view: TableView | None


def _as_enum(key: str, value: Any) -> Any:
    """The enum of a field's value; an extended value stays plain text."""
    kind: type[ServiceStatus | DeviceStatus] = ServiceStatus if FIELDS[key].kind is FieldKind.SERVICE else DeviceStatus
    return kind(value) if value in list(kind) else value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


def _now_text() -> str:
    return datetime.now().isoformat()
