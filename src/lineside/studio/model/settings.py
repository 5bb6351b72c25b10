"""What the model takes from the gateway's settings, for one table."""

from __future__ import annotations

from datetime import tzinfo
from enum import StrEnum

import msgspec

from lineside.studio.wire import StatusValues, TimestampMode


class UptimeMode(StrEnum):
    """What UPTIME in a snapshot counts (§6)."""

    UPDATES = "updates"  # accepted update messages, as the originals
    SECONDS = "seconds"  # seconds since the table was made, as the vendor's later service


class TableSettings(msgspec.Struct, frozen=True):
    """Times in seconds.

    Attributes:
        timestamps: how a snapshot writes its TIMESTAMP.
        zone: of the local clock; the machine's own when None.
        status_values: which values an operator may set; a reporter's are judged by its wire.
        expose_custom: whether a snapshot has a thirteenth key ``CUSTOM``.
        offline_grace_s: from the end of a reporter's last connection until its fields are stale; 0 = never.
        mark_down: whether the fields of a lost reporter are really written ``down``.
        final_update_s: a clean close so soon after an accepted update is a goodbye and no alarm.
        alarm_grace_s: how long a field is bad before that is an alarm; a restart of a device takes a few seconds.
        repeat_s: until an alarm that nobody acknowledged is told again; 0 = never.
        ignore: keys of `FIELDS` that this table does without: neither an alarm nor a colour comes of them.
        simulated: a simulator is known to play its reporters, and pages say so.
    """

    uptime_mode: UptimeMode = UptimeMode.UPDATES
    timestamps: TimestampMode = TimestampMode.LOCAL
    zone: tzinfo | None = None
    status_values: StatusValues = StatusValues.SEED
    expose_custom: bool = False
    offline_grace_s: float = 60.0
    mark_down: bool = False
    final_update_s: float = 10.0
    alarm_grace_s: float = 10.0
    repeat_s: float = 900.0
    ignore: frozenset[str] = frozenset()
    simulated: bool = False
