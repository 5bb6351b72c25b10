"""Drives one unit: its links, its mailbox, its timers, and the order in which a `Step` is performed.

::

    link ─► wire ─► post ─► [mailbox] ─► model.on_message ─► Step ─► record ─► apply ─► perform
                      └► model.on_live (at once, never records)

From a message to its Step there is no await. A decision shuts the mailbox until it is concluded: when its append has
returned, the events are applied, then messages are sent, links closed, commands ended, questions asked, values shown.
A refused append applies and sends nothing. Different units overlap in one group commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, NoReturn

import msgspec
from msgspec import Meta
from structlog.typing import FilteringBoundLogger

from lineside.errors import LinesideError, LinkClosed
from lineside.runtime.asking import Asking, Outside
from lineside.runtime.clock import Clock, Wakeup
from lineside.runtime.command import Command, CommandReport, CommandSpec
from lineside.runtime.command_turns import decide_command, decide_expiry
from lineside.runtime.decision import Decision, Told
from lineside.runtime.journal import Journal
from lineside.runtime.link import Link
from lineside.runtime.mailbox import Mailbox
from lineside.runtime.model import LiveTimed, Model
from lineside.runtime.port import Peer, Port
from lineside.runtime.shower import Shower, Shows
from lineside.runtime.step import ASKER, Event, Moment, Show, Step, UnitState, UnitStatus
from lineside.runtime.stream import UnitStream
from lineside.runtime.wire import Wire

__all__ = ["Shower", "Unit", "UnitSettings"]

Count = Annotated[int, Meta(ge=1)]

# A wall clock may be set, and a machine may sleep: the instant of an expiry is compared anew at least this often.
EXPIRY_LOOK_S_MAX = 30.0

CLOCK_IS_BEHIND = "the wall clock is behind the journal, nothing expires"


class UnitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of one unit."""

    # Messages that wait while an append is on its way; beyond it the links are held. A serial line at 115,200 baud
    # brings fewer than 350 frames a second, so this is several seconds of a stuck disk.
    mailbox_messages_max: Count = 2048
    # How often a decision is made anew because an expected version had moved; more means two units fight.
    decisions_max: Count = 5
    # After a refused append no deadline that records is looked at earlier than this, so that a full disk is not asked
    # in a loop.
    refused_pause_s: Annotated[float, Meta(gt=0)] = 1.0
    # Questions to the outside that wait for an answer; a model bounds its own below this.
    asks_max: Count = 64


class Unit:
    """One machine, board, table, player or device.

    Attributes:
        name: ``gateway/unit``; also the name of its stream.
        open_commands: those that have not ended.
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
        outside: Outside | None = None,
    ) -> None:
        settings = settings or UnitSettings()
        self.name = name
        self.kind = kind
        self.model = model
        self.commands = commands
        self._live_timed = model if isinstance(model, LiveTimed) else None
        self._clock = clock
        self._log = log.bind(unit=name)
        self._stream = UnitStream(name, model, journal, self._log)
        self.open_commands = self._stream.commands
        self._mailbox = Mailbox(
            self._stream,
            self,
            clock,
            self._log,
            messages_max=settings.mailbox_messages_max,
            decisions_max=settings.decisions_max,
            refused_pause_s=settings.refused_pause_s,
        )
        self._shows = Shows(name, hub)
        self.outlets = self._shows.outlets
        self._asking = Asking(name, outside or {}, self._on_answer, self._log, settings.asks_max)
        self._peers: dict[str, Peer] = {}
        self._wakeup = Wakeup(clock, self._on_timer)
        self._status_shown: UnitStatus | None = None
        self._is_closed = False
        self._failure: asyncio.Future[NoReturn] = asyncio.get_running_loop().create_future()

    # ------------------------------------------------------------------ face

    @property
    def gateway(self) -> str:
        """The first part of the name."""
        return self.name.split("/", 1)[0]

    @property
    def status(self) -> UnitStatus:
        """The model's present status; it says so while the wall clock is behind the journal and nothing expires."""
        return self._noted(self.model.status, self._clock.now())

    @property
    def version(self) -> int:
        """The version of its stream, as far as it was applied."""
        return self._stream.version

    @property
    def on_report(self) -> Callable[[CommandReport], None]:
        """Told of each move of a command, after it is on disk."""
        return self._mailbox.on_report

    @on_report.setter
    def on_report(self, listener: Callable[[CommandReport], None]) -> None:
        self._mailbox.on_report = listener

    # ------------------------------------------------------------------ life

    async def restore(self) -> None:
        """Rebuild state and open commands from the journal, then open the mailbox; see `UnitStream.restore`.

        Raises:
            JournalError: it cannot be read now; try again later.
        """
        await self._stream.restore()
        now = self._clock.now()
        self.show(self.model.on_applied((), now))
        self._mailbox.open()
        self._after(now)

    async def failed(self) -> NoReturn:
        """Wait for ever, or raise the error of a model or wire that broke: supervision then starts the gateway anew.

        Its state is rebuilt from the journal; nothing was acknowledged that is not there.
        """
        await asyncio.shield(self._failure)
        raise AssertionError("the failure carries an error")

    def carry(self) -> tuple[int, Any] | None:
        """Version and state for a `Carried` event; None while a decision is on its way, and of a closed unit."""
        return None if self._mailbox.is_shut else self._stream.carry()

    def close(self, reason: str) -> None:
        """End links and timers; what was recorded stays, what waits is refused. Again does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        self._wakeup.cancel()
        self._asking.stop()
        self._mailbox.close(LinkClosed(f"{self.name} has stopped: {reason}"))
        for peer in list(self._peers.values()):
            peer.close(reason)
        self._mailbox.tell(self._show_end, reason)

    def broke(self, error: Exception) -> None:
        """A fault of ours: stop this unit where it stands, with everything recorded in place."""
        self._log.error("unit broke", error=repr(error), exc_info=error)
        if not self._failure.done():
            self._failure.set_exception(error)
            self._failure.exception()  # known already, should nobody wait in `failed`
        self.close(f"internal error: {error!r}")
        self._mailbox.conclude_broken()

    def _show_end(self, reason: str) -> None:
        """Nobody answers for the unit any more: its last status may not stand as live."""
        now = self._clock.now().utc
        ended = msgspec.structs.replace(
            self.model.status, state=UnitState.AWAY, reason=reason, connected=False, since=now
        )
        self._shows.state("status", ended)

    # ------------------------------------------------------------------ links

    def attach(self, name: str, link: Link, wire: Wire) -> Port:
        """Give the unit a link that is open; its bytes flow from here on. It takes the place of one of that name."""
        port = Port(self, name, link, wire, self._clock)
        self._displace(name)
        if self._is_closed:
            port.on_closed("the unit has stopped")
            link.close("the unit has stopped")
            return port
        self._peers[name] = port
        self.submit(partial(self.model.on_open, name))
        link.start(port)
        if self._mailbox.is_full:
            link.hold(True)
        return port

    def detach(self, port: Port, reason: str) -> None:
        """A link has ended (called by its port, once)."""
        self.leave(port.name, port, reason)

    def join(self, name: str, peer: Peer) -> None:
        """Give the unit a link that decodes by itself; it takes the place of one of that name.

        The peer's owner posts its messages and tells its end with `leave`. A unit that has stopped closes it at once.
        """
        self._displace(name)
        if self._is_closed:
            peer.close("the unit has stopped")
            return
        self._peers[name] = peer
        self.submit(partial(self.model.on_open, name))
        if self._mailbox.is_full:
            peer.hold(True)

    def leave(self, name: str, peer: Peer, reason: str) -> None:
        """A link that joined has ended. One that took its place meanwhile stays."""
        if self._peers.get(name) is peer:
            del self._peers[name]
            self.submit(partial(self.model.on_close, name, reason))

    def hold(self, held: bool) -> None:
        """Stop or go on reading all links (called by the mailbox)."""
        for peer in list(self._peers.values()):
            peer.hold(held)

    def _displace(self, name: str) -> None:
        before, reason = self._peers.get(name), "a new link took its place"
        if isinstance(before, Port):
            before.on_closed(reason)
        elif before is not None:
            self.leave(name, before, reason)
        if before is not None:
            before.close(reason)

    # ------------------------------------------------------------------ what comes in

    def post(self, link: str, message: Any, now: Moment | None = None) -> None:
        """A message of a wire: answered at once if it needs no record, otherwise decided in its turn."""
        if self._is_closed:
            return
        if now is None:
            now = self._clock.now()
        try:
            step = self.model.on_live(link, message, now)
            if step is None:
                self._mailbox.put(Decision(partial(self.model.on_message, link, message), link))
            else:
                self._perform_live(step, link, now)
        except Exception as error:
            self.broke(error)

    def submit(self, decide: Callable[[Moment], Step], *, asker: str = ASKER, told: Told | None = None) -> None:
        """Put one decision into the mailbox.

        Args:
            decide: called with the moment of its turn; returns the Step. Called again, should a version move that it
                expected.
            asker: name of the link that `ASKER` means.
            told: called once after the Step was performed (None) or refused (the error).
        """
        self._mailbox.put(Decision(decide, asker, told))

    def request(self, command: Command, told: Told) -> None:
        """Accept one command: its acceptance, what the model records for it and its end are one append."""
        decide = partial(decide_command, self.model, self._stream.utc_floor, command)
        self._mailbox.put(Decision(decide, told=told, command=command))

    def _on_answer(self, ask_id: str, answer: Any) -> None:
        self.submit(partial(self.model.on_answer, ask_id, answer))

    # ------------------------------------------------------------------ perform

    def _perform_live(self, step: Step, asker: str, now: Moment) -> None:
        assert not (step.record or step.claims or step.end or step.sent), "a live step never records"
        was_busy, self._mailbox.is_busy = self._mailbox.is_busy, True
        self.show(step.show_now)
        self.send_and_close(step, asker)
        self.ask_and_show(step)
        self._mailbox.is_busy = was_busy
        self._after(now)
        self._mailbox.drain()

    def show(self, shows: tuple[Show, ...]) -> None:
        """Show values now; nothing after `close`."""
        if shows and not self._is_closed:
            self._shows.show(shows)

    def send_and_close(self, step: Step, asker: str) -> None:
        """Send the Step's messages, then close its links."""
        for send in step.send:
            name = send.link or asker
            peer = self._peers.get(name)
            if peer is None:
                self._log.debug("no such link any more", link=name, message=str(send.message))
            elif send.not_after is not None and self._clock.now().mono > send.not_after:
                self._log.info("too late to be sent", link=name, message=str(send.message))
            else:
                peer.send(send.message)
        for close in step.close:
            peer = self._peers.get(close.link or asker)
            if peer is not None:
                peer.close(close.reason)

    def ask_and_show(self, step: Step) -> None:
        """Ask the Step's questions, then show its values; nothing after `close`."""
        if not self._is_closed:
            for ask in step.ask:
                self._asking.ask(ask)
            self._shows.show(step.show)

    def on_applied(self, events: tuple[Event, ...], now: Moment) -> None:
        """Own events have changed the state: show it."""
        if not self._is_closed:
            self.show(self.model.on_applied(events, now))

    def on_refused(self, step: Step, error: LinesideError, now: Moment) -> None:
        """Nothing of a Step was recorded; the model may still show."""
        shown = self.model.on_refused(step, error, now)
        self.show(shown.show_now + shown.show)

    def on_concluded(self, now: Moment) -> None:
        """A decision has ended."""
        self._after(now)

    # ------------------------------------------------------------------ time

    def _after(self, now: Moment) -> None:
        """After anything happened: show a status that changed and set the next wake-up."""
        if self._is_closed:
            return
        status = self.model.status
        if status is not self._status_shown:
            self._status_shown = status
            self._shows.state("status", self._noted(status, now))
        if self._live_timed is not None:
            deadline = self._live_timed.live_deadline()
            if deadline is not None and deadline < self._wakeup.at:
                self._wakeup.set(deadline)
        if not self._mailbox.is_shut:  # otherwise it is looked at when the mailbox opens
            deadline = self._decision_deadline(now)
            if deadline is not None and deadline < self._wakeup.at:
                self._wakeup.set(max(deadline, self._mailbox.not_before))

    def _noted(self, status: UnitStatus, now: Moment) -> UnitStatus:
        if now.utc >= self._stream.utc_floor:
            return status
        reason = f"{status.reason}; {CLOCK_IS_BEHIND}" if status.reason else CLOCK_IS_BEHIND
        return msgspec.structs.replace(status, reason=reason)

    def _decision_deadline(self, now: Moment) -> float | None:
        """When the model, or the next expiry, wants a decision.

        While the wall clock is behind the journal, an expiry waits until it has caught up.
        """
        deadline = self.model.deadline()
        expiry = self.open_commands.next_expiry()
        if expiry is None:
            return deadline
        left_s = (max(expiry, self._stream.utc_floor) - now.utc).total_seconds()
        look_at = now.mono + min(max(left_s, 0.0), EXPIRY_LOOK_S_MAX)
        return look_at if deadline is None else min(deadline, look_at)

    def _on_timer(self) -> None:
        now = self._clock.now()
        try:
            live = self._live_timed
            if live is not None and (deadline := live.live_deadline()) is not None and deadline <= now.mono:
                self._perform_live(live.on_live_time(now), ASKER, now)
            if not self._mailbox.is_shut and now.mono >= self._mailbox.not_before:
                self._submit_due(now)
            self._after(now)
        except Exception as error:
            self.broke(error)

    def _submit_due(self, now: Moment) -> None:
        """Evidence before expiries: what a message has proven ends a command before its time is called over."""
        deadline = self.model.deadline()
        if deadline is not None and deadline <= now.mono:
            self.submit(self.model.on_time)
        if now.utc >= self._stream.utc_floor:
            for one in self.open_commands.due(now.utc):
                self.submit(partial(decide_expiry, self.model, self.open_commands, one.command.id))
