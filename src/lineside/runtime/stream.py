"""One unit's stream in the journal: what the unit is rebuilt from, appends to, and catches up with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from structlog.typing import FilteringBoundLogger

from lineside.errors import JournalDamaged
from lineside.runtime.command import CommandReport
from lineside.runtime.decision import Decision
from lineside.runtime.journal import Append, Appended, Carried, Journal, Receipt
from lineside.runtime.model import Model
from lineside.runtime.open_commands import OpenCommands, OpenCommandState
from lineside.runtime.step import Event


class UnitStream:
    """The stream of one unit, and the lasting state that its events have made.

    Attributes:
        version: as far as the stream was applied.
        commands: those that have not ended.
        utc_floor: the journal's newest event at the start. A wall clock that is behind it says nothing about expiries.
    """

    def __init__(self, name: str, model: Model, journal: Journal, log: FilteringBoundLogger) -> None:
        self.name = name
        self.version = 0
        self.commands = OpenCommands()
        self.utc_floor = datetime.min.replace(tzinfo=UTC)
        self._model = model
        self._journal = journal
        self._log = log

    async def restore(self) -> None:
        """Rebuild model and commands.

        A damaged journal leaves them empty: until somebody has repaired it, which takes a restart, every record is
        refused, and what needs none goes on.

        Raises:
            JournalError: it cannot be read now; try again later.
        """
        try:
            carried, recorded = await self._journal.replay(self.name)
        except JournalDamaged as error:
            self._log.error("serves without its memory", reason=str(error))
            carried, recorded = None, []
        if carried is not None:
            self._take_carried(carried)
        for one in recorded:
            self._take(one.event_left, one.at, one.version)
        self.utc_floor = self._journal.last_at or self.utc_floor

    def carry(self) -> tuple[int, Any]:
        """Version and state for a `Carried` event."""
        return self.version, {"model": self._model.carry(), "commands": self.commands.carry()}

    def append(self, decision: Decision, receipt: Receipt) -> None:
        """Ask the journal to record a decision; nothing is applied yet."""
        step = decision.step
        self._journal.submit_for(
            Append(
                tuple(decision.events),
                decision.at.utc,
                {**step.expected, self.name: self.version} if step.expected else {self.name: self.version},
                decision.claims(),
            ),
            receipt,
        )

    def apply(self, events: tuple[Event, ...], at: datetime, done: Appended) -> None:
        """Own events were recorded: let them change the model. The commands have taken them already (`move`)."""
        apply = self._model.apply
        for event in events:
            apply(event, at)
        self.version = done.versions.get(self.name, self.version)

    def move(self, events: tuple[Event, ...], at: datetime) -> list[CommandReport]:
        """Own events were recorded: let them move the commands, and tell which moved."""
        move = self.commands.apply
        return [report for event in events if (report := move(event, at)) is not None]

    async def catch_up(self) -> tuple[Event, ...]:
        """Apply what others have appended, and tell what it was; `Carried` events say nothing new.

        Raises:
            JournalError: it cannot be read now.
        """
        events: list[Event] = []
        while part := await self._journal.read(self.name, after=self.version):
            for one in part:
                event = one.event_left
                events += [] if isinstance(event, Carried) else [event]
                self._take(event, one.at, one.version)
        return tuple(events)

    def _take(self, event: Event, at: datetime, version: int) -> None:
        if not isinstance(event, Carried):
            self.commands.apply(event, at)
            self._model.apply(event, at)
        self.version = version

    def _take_carried(self, carried: Carried) -> None:
        commands = msgspec.convert(carried.state["commands"], list[OpenCommandState])
        self.commands.restore(commands)
        self._model.restore(carried.state["model"], commands)
        self.version = carried.version
