"""Drives one unit: its mailbox, its links, its timers, and the one place that performs a `Step`.

::

    link ─► wire ─► post ─► [mailbox] ─► model.on_message ─► Step ─► perform
                      └► model.on_live (at once, never records)

From a message to its Step there is no await. A Step that records shuts the mailbox; when the append has returned, the
events are applied, then messages are sent, links closed, commands ended, questions asked, values shown, and the
mailbox opens again. A refused append applies and sends nothing. Different units overlap in one group commit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, NoReturn, Protocol

import msgspec
from structlog.typing import FilteringBoundLogger

from lineside.errors import JournalError, LinesideError, LinkClosed, LinkTimeout, VersionMoved
from lineside.runtime.clock import Clock, Timer
from lineside.runtime.command import (
    Command,
    CommandAccepted,
    CommandEnded,
    CommandReport,
    CommandSent,
    CommandSpec,
    CommandState,
    CommandUnknown,
)
from lineside.runtime.journal import Append, Appended, Carried, Journal
from lineside.runtime.link import Link
from lineside.runtime.model import Model
from lineside.runtime.open_commands import OpenCommands, OpenCommandState
from lineside.runtime.port import Port
from lineside.runtime.step import (
    ASKER,
    NOTHING,
    Ask,
    Elsewhere,
    End,
    Event,
    Moment,
    Outcome,
    OutcomeKind,
    Send,
    Show,
    Step,
    UnitStatus,
    Unsure,
)
from lineside.runtime.wire import Wire


class Shower(Protocol):
    """The two methods of the hub that a unit uses."""

    def state(self, topic: str, value: Any) -> None:
        """Show a value of which only the latest counts."""
        ...

    def feed(self, topic: str, value: Any) -> None:
        """Show a value of which every one counts."""
        ...


class UnitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of one unit."""

    # Messages that wait while an append is on its way; beyond it the links are held. A serial line at 115,200 baud
    # brings fewer than 350 frames a second, so this is several seconds of a stuck disk.
    mailbox_messages_max: int = 2048
    # How often a decision is made anew because an expected version had moved; more means two units fight.
    decisions_max: int = 5
    # After a refused append no timer of the unit fires earlier than this, so that a full disk is not asked in a loop.
    refused_pause_s: float = 1.0
    # Questions to the outside that wait for an answer; a model bounds its own below this.
    asks_max: int = 64


@dataclass(slots=True)
class _Work:
    """One decision in the mailbox: what decides, who asked, and who wants to know how it went."""

    decide: Callable[[Moment], Step]
    asker: str = ASKER
    told: Callable[[LinesideError | None], None] | None = None
    decisions: int = 0
    command: Command | None = None


class Unit:
    """One machine, board, table, player or device.

    Attributes:
        name: ``gateway/unit``; also the name of its stream.
        outlets: aspects that go to a function of the gateway in place of the hub (packets for the house's own
            listeners); called in the order of the Step, must not block.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        model: Model,
        *,
        clock: Clock,
        journal: Journal,
        hub: Shower,
        log: FilteringBoundLogger,
        commands: tuple[CommandSpec, ...] = (),
        settings: UnitSettings | None = None,
        outside: Mapping[str, Callable[[Any], Awaitable[Any]]] | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.model = model
        self.commands = commands
        self.version = 0
        self.open_commands = OpenCommands()
        self.outlets: dict[str, Callable[[Any], None]] = {}
        self.on_report: Callable[[CommandReport], None] = lambda report: None
        self._clock = clock
        self._journal = journal
        self._hub = hub
        self._log = log.bind(unit=name)
        self._settings = settings or UnitSettings()
        self._outside = outside or {}
        self._ports: dict[str, Port] = {}
        self._mailbox: deque[_Work] = deque()
        self._shut = True  # until `restore` has rebuilt the state
        self._held = False
        self._draining = False
        self._closed = False
        self._timer: Timer | None = None
        self._timer_at = float("inf")
        self._asks: set[asyncio.Task[None]] = set()
        self._status_shown: UnitStatus | None = None
        self._not_before = 0.0  # monotonic; see refused_pause_s
        self._utc_floor = datetime.min.replace(tzinfo=UTC)
        self._failure: asyncio.Future[NoReturn] = asyncio.get_running_loop().create_future()

    # ------------------------------------------------------------------ life

    @property
    def gateway(self) -> str:
        """The first part of the name."""
        return self.name.split("/", 1)[0]

    @property
    def status(self) -> UnitStatus:
        """The model's present status."""
        return self.model.status

    async def restore(self) -> None:
        """Rebuild state and open commands from the journal, then open the mailbox."""
        carried, events = await self._journal.replay(self.name)
        if carried is not None:
            self._take_carried(carried)
        for recorded in events:
            if not isinstance(recorded.event, Carried):
                self._apply(recorded.event, recorded.at)
            self.version = recorded.version
        # A wall clock that is behind the journal says nothing about expiries: they wait until it has caught up.
        self._utc_floor = self._journal.last_at or self._utc_floor
        self._shut = False
        self._show_all(self.model.on_applied((), self._clock.now()))
        self._after()
        self._drain()

    async def failed(self) -> NoReturn:
        """Wait for ever, or raise the error of a model or wire that broke: supervision then starts the gateway anew.

        Its state is rebuilt from the journal; nothing was acknowledged that is not there.
        """
        await asyncio.shield(self._failure)
        raise AssertionError("the failure carries an error")

    def carry(self) -> tuple[int, Any] | None:
        """Version and state for a `Carried` event, or None while an append is on its way."""
        if self._shut:
            return None
        return self.version, {"model": self.model.carry(), "commands": self.open_commands.carry()}

    def close(self, reason: str) -> None:
        """End links and timers; what was recorded stays, what waits is refused."""
        self._closed = True
        for work in self._mailbox:
            if work.told is not None:
                work.told(LinkClosed(reason))
        self._mailbox.clear()
        for port in list(self._ports.values()):
            port.link.close(reason)
        if self._timer is not None:
            self._timer.cancel()
        for task in self._asks:
            task.cancel()

    # ------------------------------------------------------------------ links

    def attach(self, name: str, link: Link, wire: Wire) -> Port:
        """Give the unit a link that is open; its bytes flow from here on."""
        port = Port(self, name, link, wire, self._clock)
        self._ports[name] = port
        self.submit(partial(self.model.on_open, name))
        link.start(port)
        if self._held:
            link.hold(True)
        return port

    def detach(self, port: Port, reason: str) -> None:
        """A link has ended (called by its port)."""
        if self._ports.get(port.name) is port:
            del self._ports[port.name]
        self.submit(partial(self.model.on_close, port.name, reason))

    # ------------------------------------------------------------------ what comes in

    def post(self, link: str, message: Any) -> None:
        """A message of a wire: answered at once if it needs no record, otherwise decided in its turn."""
        if self._closed:
            return
        try:
            self._post(link, message, self._clock.now())
        except Exception as error:
            self._break(error)

    def _post(self, link: str, message: Any, now: Moment) -> None:
        step = self.model.on_live(link, message, now)
        if step is None:
            self.submit(partial(self.model.on_message, link, message), asker=link)
            return
        assert not (step.record or step.claims or step.end or step.sent), "a live step never records"
        self._show_all(step.show_now)
        self._perform(step, link)
        self._after()

    def submit(
        self,
        decide: Callable[[Moment], Step],
        *,
        asker: str = ASKER,
        told: Callable[[LinesideError | None], None] | None = None,
    ) -> None:
        """Put one decision into the mailbox.

        Args:
            decide: called with the moment of its turn; returns the Step.
            asker: name of the link that `ASKER` means.
            told: called once after the Step was performed (None) or refused (the error).
        """
        self._put(_Work(decide, asker, told))

    def request(self, command: Command, told: Callable[[LinesideError | None], None]) -> None:
        """Accept one command: its acceptance, what the model records for it and its end are one append."""
        self._put(_Work(partial(self._decide_command, command), told=told, command=command))

    def _put(self, work: _Work) -> None:
        if self._closed:
            if work.told is not None:
                work.told(LinkClosed(f"{self.name} has stopped"))
            return
        self._mailbox.append(work)
        if len(self._mailbox) > self._settings.mailbox_messages_max:
            self._hold(True)
        self._drain()

    def _hold(self, held: bool) -> None:
        if held is not self._held:
            self._held = held
            for port in self._ports.values():
                port.link.hold(held)

    def _drain(self) -> None:
        if self._draining:
            return
        self._draining = True
        try:
            while self._mailbox and not self._shut and not self._closed:
                self._begin(self._mailbox.popleft())
        except Exception as error:
            self._break(error)
        finally:
            self._draining = False
        if self._held and len(self._mailbox) <= self._settings.mailbox_messages_max // 2:
            self._hold(False)

    # ------------------------------------------------------------------ record, then send, then show

    def _begin(self, work: _Work) -> None:
        now = self._clock.now()
        step = work.decide(now)
        self._show_all(step.show_now)
        events = self._events_of(work, step)
        if not events and not step.claims:
            self._finish(work, step, [], now)
            return
        append = Append(
            events=tuple(events),
            at=now.utc,
            expected={**step.expected, self.name: self.version},
            claims=_claims_of(work, step),
        )
        self._shut = True
        try:
            future = self._journal.submit(append)
        except JournalError as error:
            self._refuse(work, step, error, now)
            return
        future.add_done_callback(partial(self._on_appended, work, step, events, now))

    def _events_of(self, work: _Work, step: Step) -> list[tuple[str, Event]]:
        own: list[Event | Elsewhere] = []
        if work.command is not None:
            own.append(CommandAccepted(work.command))
        own.extend(step.record)
        own.extend(CommandSent(command_id) for command_id in step.sent)
        for end in step.end:
            own.append(
                CommandEnded(end.command_id, end.outcome)
                if isinstance(end, End)
                else CommandUnknown(end.command_id, end.reason)
            )
        return [(e.stream, e.event) if isinstance(e, Elsewhere) else (self.name, e) for e in own]

    def _on_appended(
        self, work: _Work, step: Step, events: list[tuple[str, Event]], now: Moment, future: asyncio.Future[Appended]
    ) -> None:
        if future.cancelled():
            return
        try:
            self._take_answer(work, step, events, now, future)
        except Exception as error:
            self._break(error)

    def _take_answer(
        self, work: _Work, step: Step, events: list[tuple[str, Event]], now: Moment, future: asyncio.Future[Appended]
    ) -> None:
        error = future.exception()
        if error is None:
            self._shut = False
            self._finish(work, step, events, now, future.result())
            self._drain()
        elif isinstance(error, VersionMoved) and work.decisions < self._settings.decisions_max:
            work.decisions += 1
            task = asyncio.get_running_loop().create_task(self._decide_again(work), name=f"{self.name} reload")
            self._asks.add(task)
            task.add_done_callback(self._asks.discard)
        elif isinstance(error, LinesideError):
            self._refuse(work, step, error, now)
        else:
            self._refuse(work, step, JournalError(f"the journal failed: {error!r}"), now)

    def _finish(
        self, work: _Work, step: Step, events: list[tuple[str, Event]], now: Moment, done: Appended | None = None
    ) -> None:
        reports: list[CommandReport] = []
        own = tuple(event for stream, event in events if stream == self.name)
        for event in own:
            report = self._apply(event, now.utc)
            if report is not None:
                reports.append(report)
        if done is not None:
            self.version = done.versions.get(self.name, self.version)
        self._perform(step, work.asker)
        if own:
            self._show_all(self.model.on_applied(own, now))
        for report in reports:
            self.on_report(report)
        if work.told is not None:
            work.told(None)
        self._after()

    def _refuse(self, work: _Work, step: Step, error: LinesideError, now: Moment) -> None:
        """Nothing was recorded: nothing is applied or sent; the model may still show."""
        self._log.warning("not recorded", code=error.code, error=str(error))
        self._shut = False
        self._not_before = now.mono + self._settings.refused_pause_s
        shown = self.model.on_refused(step, error, now)
        self._show_all(shown.show_now + shown.show)
        if work.told is not None:
            work.told(error)
        self._after()
        self._drain()

    async def _decide_again(self, work: _Work) -> None:
        """Somebody else appended to a stream this decision expected: catch up, then decide on what is true now."""
        try:
            for recorded in await self._journal.read(self.name, after=self.version):
                if not isinstance(recorded.event, Carried):
                    self._apply(recorded.event, recorded.at)
                self.version = recorded.version
        except LinesideError as error:
            self._refuse(work, NOTHING, error, self._clock.now())
            return
        self._shut = False
        self._mailbox.appendleft(work)
        self._drain()

    def _apply(self, event: Event, at: datetime) -> CommandReport | None:
        report = self.open_commands.apply(event, at)
        self.model.apply(event, at)
        return report

    def _take_carried(self, carried: Carried) -> None:
        commands = msgspec.convert(carried.state["commands"], list[OpenCommandState])
        self.open_commands.restore(commands)
        self.model.restore(carried.state["model"], commands)
        self.version = carried.version

    # ------------------------------------------------------------------ after the record

    def _perform(self, step: Step, asker: str) -> None:
        for send in step.send:
            self._send(send, asker)
        for close in step.close:
            port = self._ports.get(close.link or asker)
            if port is not None:
                port.link.close(close.reason)
        for ask in step.ask:
            self._ask(ask)
        self._show_all(step.show)

    def _send(self, send: Send, asker: str) -> None:
        port = self._ports.get(send.link or asker)
        if port is None:
            self._log.debug("no such link any more", link=send.link or asker, message=str(send.message))
            return
        port.send(send.message)

    def _show_all(self, shows: tuple[Show, ...]) -> None:
        for show in shows:
            outlet = self.outlets.get(show.aspect)
            if outlet is not None:
                outlet(show.value)
            elif show.feed:
                self._hub.feed(f"{self.name}/{show.aspect}", show.value)
            else:
                self._hub.state(f"{self.name}/{show.aspect}", show.value)

    def _ask(self, ask: Ask) -> None:
        assert len(self._asks) < self._settings.asks_max, "a model bounds its own questions"
        task = asyncio.get_running_loop().create_task(self._asked(ask), name=f"{self.name} asks {ask.to}")
        self._asks.add(task)
        task.add_done_callback(self._asks.discard)

    async def _asked(self, ask: Ask) -> None:
        answer: Any
        try:
            async with asyncio.timeout(ask.timeout_s):
                answer = await self._outside[ask.to](ask.question)
        except TimeoutError:
            answer = LinkTimeout(f"{ask.to} did not answer within {ask.timeout_s} s")
        except LinesideError as error:
            answer = error
        self.submit(partial(self.model.on_answer, ask.id, answer))

    # ------------------------------------------------------------------ time

    def _after(self) -> None:
        """After anything happened: show a status that changed and set the next wake-up."""
        status = self.model.status
        if status is not self._status_shown:
            self._status_shown = status
            self._hub.state(f"{self.name}/status", status)
        now = self._clock.now()
        deadline = self.model.deadline()
        expiry = self.open_commands.next_expiry()
        if expiry is not None and now.utc >= self._utc_floor:
            due = now.mono + max(0.0, (expiry - now.utc).total_seconds())
            deadline = due if deadline is None else min(deadline, due)
        if deadline is None or self._closed:
            return
        deadline = max(deadline, self._not_before)
        if deadline >= self._timer_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self._clock.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        try:
            self._wake()
        except Exception as error:
            self._break(error)

    def _break(self, error: Exception) -> None:
        """A fault of ours: stop this unit where it stands, with everything recorded in place."""
        self._log.error("unit broke", error=repr(error), exc_info=error)
        if not self._failure.done():
            self._failure.set_exception(error)
            self._failure.exception()
        self.close(f"internal error: {error!r}")

    def _wake(self) -> None:
        self._timer = None
        self._timer_at = float("inf")
        now = self._clock.now()
        if self._shut:  # an append is on its way; whatever is due is looked at when it has returned
            return
        if now.utc >= self._utc_floor:
            for one in self.open_commands.due(now.utc):
                self.submit(partial(self._decide_expiry, one.command.id))
        deadline = self.model.deadline()
        if deadline is not None and deadline <= now.mono:
            self.submit(self.model.on_time)
        else:
            self._after()

    # ------------------------------------------------------------------ commands

    def _decide_command(self, command: Command, now: Moment) -> Step:
        return self.model.on_command(command, now)

    def _decide_expiry(self, command_id: str, now: Moment) -> Step:
        one = self.open_commands.get(command_id)
        if one is None or one not in self.open_commands.due(now.utc):
            return NOTHING
        if one.state is CommandState.ACCEPTED:
            text = "it was never sent"
            return Step(end=(End(command_id, Outcome(OutcomeKind.EXPIRED, text, "expired")),))
        step = self.model.on_expiry(one.command, now)
        if any(end.command_id == command_id for end in step.end):
            return step
        return step + Step(end=(Unsure(command_id, "no evidence came before its expiry"),))


def _claims_of(work: _Work, step: Step) -> tuple[str, ...]:
    accepted = (f"command/{work.command.id}",) if work.command is not None else ()
    ended = tuple(f"command-end/{end.command_id}" for end in step.end if isinstance(end, End))
    return accepted + ended + step.claims
