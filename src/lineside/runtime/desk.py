"""The desk: the one place where a command is asked for, accepted once, and looked up again.

Every entrance (HTTP, CLI, a signed envelope, a house's own socket) comes here. The desk checks who asks and what for,
makes a `Command` of it and gives it to the unit, which records the acceptance. An id is remembered durably in the same
append as the acceptance (claim ``command/<id>``), so a repetition gets the first one's outcome and nothing happens
twice.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec

from lineside.errors import (
    BadParams,
    Busy,
    ClaimTaken,
    LinesideError,
    NoSuchCommand,
    NoSuchUnit,
    NotAllowed,
    Repeated,
    Stale,
)
from lineside.runtime.clock import Clock
from lineside.runtime.command import (
    Command,
    CommandAccepted,
    CommandClass,
    CommandEnded,
    CommandReport,
    CommandSent,
    CommandSpec,
    CommandState,
    CommandUnknown,
    Role,
)
from lineside.runtime.drive import Shower, Unit
from lineside.runtime.journal import Journal, Recorded
from lineside.runtime.open_commands import report_of
from lineside.runtime.step import Secret
from lineside.runtime.units import Units

# The longest append that a journal takes by default: an event stands at most so far behind the first one of its append.
APPEND_EVENTS_MAX = 1000
# How far behind its acceptance a sending or its doubt is looked for, of a command whose unit does not run.
MOVES_EVENTS_MAX = 1000

_ID = re.compile(r"[A-Za-z0-9_.~-]{1,64}")
_MOVES = {CommandSent.__name__: CommandState.SENT, CommandUnknown.__name__: CommandState.UNKNOWN}
_RANK = {Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMIN: 2}
ENDED = frozenset({CommandState.DONE, CommandState.REFUSED, CommandState.EXPIRED})
"""The states that a command never leaves."""


class DeskSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of the desk."""

    # A command that waits longer than a month is a durable command under another name.
    expires_s_max: float = 31 * 86400.0
    # A sentence, not a file: it is shown on pages and stored for years.
    reason_characters_max: int = 500
    # Requests between their arrival and their record; beyond it the desk is busy.
    requests_max: int = 1000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks.

    Attributes:
        name: in words, as the journal keeps it: ``operator anna``, ``tcp 127.0.0.1:40112``.
        gateways: names of the gateways that this actor may see and steer; None means all.
    """

    name: str
    role: Role
    gateways: frozenset[str] | None = None

    def may(self, role: Role) -> bool:
        """Whether the actor's role includes ``role``."""
        return _RANK[self.role] >= _RANK[role]

    def may_see(self, gateway: str) -> bool:
        """Whether the actor's gateways include this one."""
        return self.gateways is None or gateway in self.gateways


class Desk:
    """Takes requests for commands and knows how each stands."""

    def __init__(
        self, units: Units, journal: Journal, hub: Shower, clock: Clock, settings: DeskSettings | None = None
    ) -> None:
        self._units = units
        self._journal = journal
        self._hub = hub
        self._clock = clock
        self._settings = settings or DeskSettings()
        self._asked: dict[str, tuple[Command, asyncio.Future[CommandReport]]] = {}
        self._moved: dict[str, CommandReport] = {}
        self._waiting: dict[str, list[asyncio.Future[CommandReport]]] = {}

    async def request(
        self,
        unit: str,
        name: str,
        params: dict[str, Any] | None = None,
        *,
        actor: Actor,
        id: str | None = None,
        expires_s: float | None = None,
        reason: str = "",
    ) -> CommandReport:
        """Accept a command; returns after the acceptance is on disk, with the state reached by then.

        Args:
            unit: ``gateway/unit``.
            params: JSON types, decoded by the command's own Struct.
            id: the asker's own id; a repetition with the same content gets the first one's report.
            expires_s: seconds until it expires, 0 < expires_s; the command's own default when None.

        Raises:
            CommandRefused: NoSuchUnit, NoSuchCommand, NotAllowed, BadParams, Repeated, Stale: nothing was recorded.
            JournalError: it could not be recorded; it will not be done.
            LinkClosed: the unit stopped before it could be recorded; it will not be done.
        """
        found = self._units.find(unit)
        spec = _spec_of(found, name)
        self._check_actor(actor, found, spec)
        command = self._command_of(found, spec, params or {}, actor, id, expires_s, reason)
        if id is not None and id not in self._asked:
            seq = await self._journal.claimed(_claim_of(id))
            if seq is not None:
                return await self._repeat(command, seq)
        earlier = self._asked.get(command.id)  # looked up after the wait: somebody may have asked meanwhile
        if earlier is None:
            return await self._accept(found, command)
        if not _is_same(earlier[0], command):
            raise Repeated(f"id {command.id!r} was used before for another request")
        return await asyncio.shield(earlier[1])

    async def report(self, command_id: str) -> CommandReport:
        """Where a command stands now.

        Raises:
            NoSuchCommand: no command of that id was ever accepted here, or so long ago that its record was pruned.
            JournalError: the journal cannot be read now.
        """
        seq = await self._journal.claimed(_claim_of(command_id))
        if seq is None:
            raise NoSuchCommand(f"no command with id {command_id!r} was accepted here")
        found = await self._find_accepted(seq, command_id)
        if found is None:
            raise NoSuchCommand(f"the record of command {command_id!r} was pruned; only its id is remembered")
        return await self._report_of(*found)

    async def wait(self, command_id: str, timeout_s: float) -> CommandReport:
        """The report as soon as the command has ended, or as it stands after ``timeout_s``."""
        future: asyncio.Future[CommandReport] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(command_id, [])
        waiting.append(future)
        try:
            report = await self.report(command_id)
            if report.state in ENDED:
                return report
            async with asyncio.timeout(timeout_s):
                return await future
        except TimeoutError:
            return await self.report(command_id)
        finally:
            waiting.remove(future)
            if not waiting:
                self._waiting.pop(command_id, None)

    def on_report(self, report: CommandReport) -> None:
        """A command has moved (called by its unit): show it and wake who waits for its end."""
        self._hub.feed("lineside/commands", report)
        if report.id in self._asked:
            self._moved[report.id] = report
        if report.state in ENDED:
            for future in self._waiting.get(report.id, ()):
                if not future.done():
                    future.set_result(report)

    # ------------------------------------------------------------------ checks

    def _check_actor(self, actor: Actor, unit: Unit, spec: CommandSpec) -> None:
        if not actor.may_see(unit.gateway):
            raise NotAllowed(f"{actor.name} may not steer gateway {unit.gateway}")
        if not actor.may(spec.role):
            raise NotAllowed(f"{spec.name} needs role {spec.role}; {actor.name} is {actor.role}")

    def _command_of(
        self,
        unit: Unit,
        spec: CommandSpec,
        params: dict[str, Any],
        actor: Actor,
        command_id: str | None,
        expires_s: float | None,
        reason: str,
    ) -> Command:
        if command_id is not None and not _ID.fullmatch(command_id):
            raise BadParams(f"id {command_id!r}: accepted are 1 to 64 of A-Z a-z 0-9 _ . ~ -")
        if len(reason) > self._settings.reason_characters_max:
            raise BadParams(f"reason: at most {self._settings.reason_characters_max} characters")
        if expires_s is not None and not expires_s > 0:
            raise Stale(f"expires_s {expires_s}: accepted is a number of seconds above 0")
        if expires_s is not None and expires_s > self._settings.expires_s_max:
            raise BadParams(f"expires_s {expires_s}: at most {self._settings.expires_s_max}")
        seconds = None if spec.waits is CommandClass.DURABLE else spec.expires_s if expires_s is None else expires_s
        now = self._clock.now()
        return Command(
            id=command_id or _new_id(),
            unit=unit.name,
            name=spec.name,
            params=_decoded(spec, params),
            actor=actor.name,
            reason=reason,
            waits=spec.waits,
            expires_at=None if seconds is None else now.utc + timedelta(seconds=seconds),
        )

    # ------------------------------------------------------------------ acceptance and memory

    async def _accept(self, unit: Unit, command: Command) -> CommandReport:
        if len(self._asked) >= self._settings.requests_max:
            raise Busy(f"{len(self._asked)} requests are on their way to the journal; try again")
        future: asyncio.Future[CommandReport] = asyncio.get_running_loop().create_future()
        self._asked[command.id] = command, future
        unit.request(command, told=partial(self._on_recorded, command, future))
        try:
            return await asyncio.shield(future)
        except ClaimTaken as taken:
            if taken.claim != _claim_of(command.id):
                raise
            return await self._repeat(command, taken.seq)

    def _on_recorded(
        self, command: Command, future: asyncio.Future[CommandReport], error: LinesideError | None
    ) -> None:
        self._asked.pop(command.id, None)
        report = self._moved.pop(command.id, None) or report_of(command, CommandState.ACCEPTED)
        if error is None:
            future.set_result(report)
        else:
            future.set_exception(error)
            future.exception()  # whoever asked may have gone; the error is not lost, the unit logged it

    async def _repeat(self, command: Command, seq: int) -> CommandReport:
        found = await self._find_accepted(seq, command.id)
        if found is None:
            raise Repeated(f"id {command.id!r} was used before, and its record was pruned")
        if not _is_same(found[1], command):
            raise Repeated(f"id {command.id!r} was used before for another request")
        return await self._report_of(*found)

    async def _report_of(self, accepted: Recorded, command: Command) -> CommandReport:
        # Its unit is asked first: an end is on disk before the unit forgets the command, so that one of the two knows.
        unit = self._unit_of(command)
        one = None if unit is None else unit.open_commands.get(command.id)
        if one is not None:
            return report_of(command, one.state, note=one.note)
        seq = await self._journal.claimed(f"command-end/{command.id}")
        if seq is None:
            return await self._last_move(accepted, command)
        for ended in await self._append_at(seq, CommandEnded):
            if ended.id == command.id:
                return report_of(command, CommandState(ended.outcome.kind.value), ended.outcome)
        return report_of(command, CommandState.UNKNOWN, note="it has ended; the record of how is gone")

    def _unit_of(self, command: Command) -> Unit | None:
        try:
            return self._units.find(command.unit)
        except NoSuchUnit:
            return None

    async def _last_move(self, accepted: Recorded, command: Command) -> CommandReport:
        """Where a command stands that no unit knows: its unit does not run, or is about to hear of it."""
        state, notes = CommandState.ACCEPTED, [] if self._unit_of(command) else ["its unit is not running"]
        for recorded in await self._journal.read(accepted.stream, after=accepted.version, limit=MOVES_EVENTS_MAX):
            event: Any = recorded.event_left if recorded.kind in _MOVES else None
            if event is not None and event.id == command.id:
                state = _MOVES[recorded.kind]
                notes += [event.reason] if state is CommandState.UNKNOWN else []
        return report_of(command, state, note="; ".join(reversed(notes)))

    async def _find_accepted(self, seq: int, command_id: str) -> tuple[Recorded, Command] | None:
        """The acceptance of a command, by the ``seq`` of its claim; None when it was pruned."""
        for recorded in await self._journal.events(after=seq - 1, limit=1):
            event: Any = recorded.event_left if recorded.kind == CommandAccepted.__name__ else None
            if event is not None and event.command.id == command_id:
                return recorded, event.command
        return None

    async def _append_at(self, seq: int, kind: type[Any]) -> list[Any]:
        """Events of one kind in the append whose first event has this ``seq``, and perhaps some behind it."""
        found = await self._journal.events(after=seq - 1, limit=APPEND_EVENTS_MAX)
        return [recorded.event_left for recorded in found if recorded.kind == kind.__name__]


def _spec_of(unit: Unit, name: str) -> CommandSpec:
    for spec in unit.commands:
        if spec.name == name:
            return spec
    known = ", ".join(spec.name for spec in unit.commands) or "none"
    raise NoSuchCommand(f"{unit.name} knows no command {name!r}; known: {known}")


def _decoded(spec: CommandSpec, params: dict[str, Any]) -> dict[str, Any]:
    """Check parameters against the command's Struct and give them back in JSON types (secrets stay `Secret`)."""
    try:
        struct = msgspec.convert(params, spec.params, dec_hook=_decode_secret)
    except msgspec.ValidationError as error:
        raise BadParams(f"{spec.name}: {error}; accepted: {_accepted(spec)}") from None
    names = {field.name: field.encode_name for field in msgspec.structs.fields(struct)}
    return {names[name]: _plain(value) for name, value in msgspec.structs.asdict(struct).items()}


def _plain(value: Any) -> Any:
    return value if isinstance(value, Secret) else msgspec.to_builtins(value)


def _accepted(spec: CommandSpec) -> str:
    fields = msgspec.structs.fields(spec.params)
    return ", ".join(f.encode_name + ("" if f.required else "?") for f in fields) or "no parameters"


def _decode_secret(kind: type, value: Any) -> Any:
    if kind is Secret and isinstance(value, str | Secret):
        return value if isinstance(value, Secret) else Secret(value)
    raise TypeError("expected text")


def _is_same(one: Command, other: Command) -> bool:
    return (one.unit, one.name, one.params) == (other.unit, other.name, other.params)


def _claim_of(command_id: str) -> str:
    return f"command/{command_id}"


def _new_id() -> str:
    return "c-" + secrets.token_hex(10)
