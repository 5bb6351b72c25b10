"""What may be asked of a table. Each is done as soon as it is on disk: there is no machine to wait for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from lineside.runtime.command import CommandSpec

# The longest name is an alarm's: `reporter.` and a device of 128 characters.
Name = Annotated[str, Meta(min_length=1, max_length=160)]
Aware = Annotated[datetime, Meta(tz=True)]


class SetMaintenance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``on``; ``until``: instant with offset at which it ends by itself, only with ``on``."""

    on: bool
    until: Aware | None = None


class SetStatus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``fields``: name in any spelling → status."""

    fields: Annotated[dict[Name, Name], Meta(min_length=1, max_length=16)]


class AcknowledgeAlarm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``alarm``: an id of the list."""

    alarm: Name


class ClearCustom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``name``: one custom field; all when left out."""

    name: Name | None = None


COMMANDS: tuple[CommandSpec, ...] = (
    CommandSpec("set_maintenance", "Begin or end maintenance; alarms are muted meanwhile.", SetMaintenance),
    CommandSpec("set_status", "Write fields in place of a reporter; all of them or none.", SetStatus),
    CommandSpec("acknowledge_alarm", "Say that an alarm was seen; it is not repeated.", AcknowledgeAlarm),
    CommandSpec("clear_custom", "Take one custom field away, or all.", ClearCustom),
)
