"""One simulated board with its cables: it asks the server again and again, and people stand before it.

A test holds it and does what happens to a real one: press keys, cut a connection, reboot. See `hall` for how it is run.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress

import msgspec

from lineside.lockers.simulator.carrier import Carrier
from lineside.lockers.simulator.faults import Fault, draw_fault, pieces_of, spells_of
from lineside.lockers.simulator.machine import NO_NETWORK, BoardMachine, Pressed, Taken
from lineside.lockers.simulator.people import visit
from lineside.lockers.simulator.report import SimulatorReport
from lineside.lockers.simulator.settings import SimulatorSettings
from lineside.lockers.wire import Channel, ErrorLine, HeardByBoard, Reply, Request, SideSettings, encode_request
from lineside.runtime.backoff import Backoff, BackoffSettings
from lineside.runtime.listener import parse_address

Say = Callable[[str], None]

# Between the pieces of a request that is split on request: long enough to arrive one by one.
PIECE_S = 0.01
# The first wait before a lost connection is made anew.
RECONNECT_S_MIN = 0.1


class SimulatedBoard:
    """A board that talks to a server, and what can be done to it. Made by `hall.Hall`.

    Args:
        name: its ``ID``.
        settings: as all boards of the hall.
        report: of the hall.
        say: told what a person at the cabinet would see, a line each; never a code.
        delay_s: from the start to the first request, so that the boards of a hall do not talk in step.

    Attributes:
        machine: the board without its cables.
        last_reply: taken most recently; None before the first.
    """

    def __init__(
        self, name: str, settings: SimulatorSettings, report: SimulatorReport, say: Say, delay_s: float
    ) -> None:
        self.name = name
        self.machine = BoardMachine(name, settings)
        self.last_reply: Reply | None = None
        self._settings = settings
        self._report = report
        self._say = say
        self._delay_s = delay_s
        self._chance = random.Random(f"{settings.seed} {name} faults")
        self._people = random.Random(f"{settings.seed} {name} people")
        self._side = SideSettings(eol="\r\n" if settings.eol == "crlf" else "\n", final_eol=settings.final_eol)
        self._carriers = {channel: self._carrier(channel) for channel in settings.channels.numbers}
        self._changed = asyncio.Event()  # a connection came or went
        self._settled = asyncio.Event()  # the request under way has its answer, or will have none
        self._poked = asyncio.Event()  # do not wait for the period to end
        self._is_booting = False
        self._is_answered = False
        self._is_away = False
        self._asked_over: Channel | None = None
        self._prefers_other = False
        self._sent_at = 0.0
        self._told_codes: dict[int, str] = {}
        self._late: set[asyncio.Task[None]] = set()

    def _carrier(self, channel: Channel) -> Carrier:
        backoff = BackoffSettings(
            first_s=min(RECONNECT_S_MIN, self._settings.reconnect_s_max), cap_s=self._settings.reconnect_s_max
        )
        chance = random.Random(f"{self._settings.seed} {self.name} {channel}")
        return Carrier(
            channel,
            parse_address(self._settings.server),
            self._report,
            Backoff(backoff, chance),
            on_heard=self._hear,
            on_change=self._on_change,
        )

    # -- What can be done to it ------------------------------------------------------------------------------------

    @property
    def codes(self) -> dict[int, str]:
        """Cell → the code that opens it now, in clear: for who plays a person that was told it."""
        return self.machine.codes(self._now())

    @property
    def send(self) -> int:
        """SEND of the last request; 0 after a boot."""
        return self.machine.send

    @property
    def is_connected(self) -> bool:
        """Whether a channel has a connection."""
        return any(carrier.is_up for carrier in self._carriers.values())

    def press(self, code: str, cell: int | None = None) -> Pressed:
        """Type a code at the keypad, for one cell or for each that has this code."""
        cells = [number for number, held in self.codes.items() if held == code and cell in (None, number)]
        pressed = self.machine.press(code, cell, self._now())
        match pressed:
            case Pressed.OPENED:
                self._report.opened += len(cells)
                self._say(f"{self.name}: opened {', '.join(map(str, cells))}")
            case Pressed.WRONG:
                self._report.wrong_codes += 1
                self._say(f"{self.name}: wrong code")
            case Pressed.BLOCKED:
                self._say(f"{self.name}: the keypad is blocked")
        return pressed

    def open(self, cell: int) -> Pressed:
        """As somebody who was told the code of this cell.

        Raises:
            LookupError: the cell has no code.
        """
        code = self.codes.get(cell)
        if code is None:
            raise LookupError(f"cell {cell} of {self.name} has no code")
        return self.press(code, cell)

    def open_with_key(self, cell: int) -> None:
        """As the technician: the door opens without a code, and the board tells it all the same."""
        self.machine.note_access(cell)
        self._say(f"{self.name}: opened {cell} with a key")

    def visit(self) -> None:
        """Somebody comes, with a code or without; see `people.visit`."""
        visit(self, self._people, self._settings)

    def report_now(self) -> None:
        """Ask the server at once, without waiting for the period to end."""
        self._poked.set()

    def reboot(self, why: str = "by hand") -> None:
        """Power off and on."""
        self._report.reboots += 1
        self._say(f"{self.name}: reboots, {why}")
        self.machine.reboot()
        self._is_booting = True
        for carrier in self._carriers.values():
            carrier.cut("the board reboots")
            carrier.want(False)
        self._changed.set()
        self._settled.set()
        self._poked.set()

    def cut(self, reason: str = "cut by hand") -> None:
        """Reset all connections; the board makes them anew."""
        for carrier in self._carriers.values():
            carrier.cut(reason)

    def set_network(self, channel: Channel, has_network: bool) -> None:
        """Take the access point (or the GSM cell) away, or give it back; told over the other one if there is."""
        state = 0 if has_network else NO_NETWORK[channel]
        if channel is Channel.WIFI:
            self.machine.wifi = state
        else:
            self.machine.gsm = state
        if channel in self._carriers:
            self._carriers[channel].set_network(has_network)

    def set_short_circuit(self, is_short: bool) -> None:
        """A lock's wires touch, or do not any more."""
        self.machine.short_circuit = is_short

    # -- Living ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Talk to the server until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._want(self._settings.keep_connection)
            for carrier in self._carriers.values():
                group.create_task(carrier.run(), name=f"{self.name} {carrier.channel.name}")
            for task in self._spells():
                group.create_task(task, name=f"{self.name} spell")
            if self._settings.use_every_s:
                group.create_task(self._be_visited(), name=f"{self.name} people")
            group.create_task(self._talk(), name=f"{self.name} talk")

    async def _talk(self) -> None:
        await asyncio.sleep(self._delay_s)
        try:
            while True:
                if self._is_booting:
                    await asyncio.sleep(self._settings.boot_s)
                    self._is_booting = False
                    self._want(self._settings.keep_connection)
                if await self._ask() and not self._is_booting:
                    await self._rest()
        finally:
            for task in self._late:
                task.cancel()

    async def _rest(self) -> None:
        """Until the next request is due, or somebody pokes."""
        self._poked.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.period_s):
                await self._poked.wait()

    async def _ask(self) -> bool:
        """One request and its answer; False when none came and the next is due at once, with SEND + 1."""
        self._settled.clear()
        carrier = await self._connected()
        self._is_answered = False
        if carrier is None or self._is_booting:
            return self._end_of_asking()
        self._asked_over = carrier.channel
        await self._send(carrier)
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                await self._settled.wait()
        except TimeoutError:
            self._report.timeouts += 1
        return self._end_of_asking()

    def _end_of_asking(self) -> bool:
        if not self._settings.keep_connection:
            self._want(False)
        self._prefers_other = not self._is_answered and not self._prefers_other
        return self._is_answered

    def _want(self, wanted: bool) -> None:
        for carrier in self._carriers.values():
            carrier.want(wanted)

    async def _connected(self) -> Carrier | None:
        """The channel to use, as soon as it has a connection; None when there is none in the board's time."""
        order = self._in_order()
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                while not self._is_booting:
                    for carrier in order:
                        if carrier.is_up:
                            return carrier
                    for carrier in order:
                        carrier.want(True)
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            if not self._is_away:
                self._say(f"{self.name}: no connection; tries on")
            self._is_away = True
        return None

    def _in_order(self) -> list[Carrier]:
        """Channels with a network, the preferred one first; after a request without an answer, the other one."""
        order = [carrier for carrier in self._carriers.values() if carrier.has_network] or [*self._carriers.values()]
        if self._prefers_other or self._chance.random() < self._settings.faults.switch:
            order.reverse()
        return order if self._settings.keep_connection else order[:1]

    # -- Sending, with faults --------------------------------------------------------------------------------------

    async def _send(self, carrier: Carrier) -> None:
        request = self._next_request(carrier)
        fault = draw_fault(self._settings.faults, self._chance)
        if fault is not None:
            self._report.faults[fault] += 1
        match fault:
            case Fault.LOST:
                return
            case Fault.LATE:
                self._send_late(request)
                request = self._next_request(carrier)
            case Fault.GLUED:
                first = encode_request(request, SideSettings(eol=self._side.eol))
                carrier.send(first + self._encode(self._next_request(carrier)))
                return
            case Fault.CUT:
                data = self._encode(request)
                carrier.send(data[: self._chance.randrange(1, len(data))])
                await asyncio.sleep(PIECE_S)
                carrier.cut("cut on request")
                return
            case Fault.SPLIT:
                for piece in pieces_of(self._encode(request), self._chance):
                    carrier.send(piece)
                    await asyncio.sleep(PIECE_S)
                return
            case Fault.DOUBLED:
                for other in self._carriers.values():
                    if other is not carrier:
                        other.send(self._encode(msgspec.structs.replace(request, connection=int(other.channel))))
            case Fault.REBOOT:
                carrier.send(self._encode(request))
                self.reboot("by chance")
                return
        carrier.send(self._encode(request))

    def _next_request(self, carrier: Carrier) -> Request:
        self._report.requests += 1
        self._sent_at = self._now()
        return self.machine.request(carrier.channel, self._sent_at)

    def _encode(self, request: Request) -> bytes:
        return encode_request(request, self._side)

    def _send_late(self, request: Request) -> None:
        """Let a packet wander: it leaves later, over the last channel that is up then."""

        async def wander() -> None:
            await asyncio.sleep(self._settings.faults.late_s)
            for carrier in reversed(list(self._carriers.values())):
                if carrier.send(self._encode(msgspec.structs.replace(request, connection=int(carrier.channel)))):
                    return

        task = asyncio.create_task(wander(), name=f"{self.name} late packet")
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    # -- Hearing ---------------------------------------------------------------------------------------------------

    def _hear(self, heard: HeardByBoard) -> None:
        match heard:
            case Reply():
                self._take(heard)
            case ErrorLine(reason):
                self._report.errors[reason.value] += 1
                self._say(f"{self.name}: the server says {reason.value}")
            case _:
                self._report.bad_replies += 1
                self._say(f"{self.name}: no reply: {heard.reason}")

    def _take(self, reply: Reply) -> None:
        was_blocked = self.machine.blocked
        match self.machine.take(reply, self._now()):
            case Taken.LATE:
                self._report.late_replies += 1
                return
            case Taken.FOREIGN:
                self._report.foreign_replies += 1
                return
            case taken:
                self._report.replies += 1
        self._report.wait_s_max = max(self._report.wait_s_max, self._now() - self._sent_at)
        self.last_reply = reply
        self._is_answered = True
        self._settled.set()
        if self.machine.blocked != was_blocked:
            self._say(f"{self.name}: {'blocked by the server' if self.machine.blocked else 'not blocked any more'}")
        self._tell_codes()
        if taken is Taken.REBOOTS:
            self.reboot("as the server wants")

    def _tell_codes(self) -> None:
        codes = self.codes
        if self._settings.tell_codes and codes != self._told_codes:
            self._told_codes = codes
            now = self._now()
            listed = [f"{cell} **** {self.machine.minutes_left(cell, now):.0f} min" for cell in codes]
            self._say(f"{self.name}: codes for {', '.join(listed) or 'no cell'}")

    def _on_change(self, channel: Channel, reason: str) -> None:
        self._changed.set()
        if reason and channel is self._asked_over:
            self._settled.set()
        self._is_away = False
        self._say(f"{self.name}: {channel.name} {f'lost: {reason}' if reason else 'connected'}")

    # -- What happens to it by itself ------------------------------------------------------------------------------

    async def _be_visited(self) -> None:
        while True:
            await asyncio.sleep(self._people.expovariate(1 / self._settings.use_every_s))
            self.visit()

    def _spells(self) -> list[Coroutine[None, None, None]]:
        """What comes and goes, as the settings want it."""
        changes: dict[str, Callable[[bool], None]] = {
            "wifi": lambda on: self.set_network(Channel.WIFI, not on),
            "gsm": lambda on: self.set_network(Channel.GSM, not on),
            "short": self.set_short_circuit,
            "drop": lambda on: self.cut("dropped on request") if on else None,
        }
        return spells_of(self._settings.faults, self._chance, changes, self._report.faults)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
