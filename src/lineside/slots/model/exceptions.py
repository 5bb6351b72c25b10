"""Records what a machine tells by itself: the exception, and what follows from it."""

from __future__ import annotations

from typing import Any

import msgspec

from lineside.slots.line.messages import ExceptionHeard
from lineside.slots.model import events as ev
from lineside.slots.model import meanings
from lineside.slots.model.draft import Draft
from lineside.slots.model.memory import Memory
from lineside.slots.wire import GameEnd, GameStart, exception_text


def record_exception(draft: Draft, heard: ExceptionHeard, memory: Memory, *, away: bool) -> None:
    """Record one exception.

    Args:
        away: it may have happened while nobody listened.
    """
    fields = heard.fields
    number = memory.lasting.count + 1
    draft.record(ev.ExceptionRecorded(number, heard.code, exception_text(heard.code), _plain(fields), away))
    if heard.code == meanings.POWER_LOST:
        draft.record(ev.PowerFailed())
    elif heard.code == meanings.POWER_ON:
        draft.record(ev.PowerReturned())
    elif isinstance(fields, GameStart):
        draft.record(ev.GameStarted(*msgspec.structs.astuple(fields)))
    elif isinstance(fields, GameEnd):
        draft.record(ev.GameEnded(fields.won_credits))


def _plain(fields: Any) -> dict[str, Any] | None:
    """As the journal gives it back."""
    if fields is None:
        return None
    plain = msgspec.json.decode(msgspec.json.encode(fields))
    assert isinstance(plain, dict)
    return plain
