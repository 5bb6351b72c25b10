"""The ventilator gateway: one serial line in, two broadcast sockets and one request socket out.

What is decided stands in `model`, what is on the wires in `wire`; here they meet: which links there are, who listens,
and how a request of a socket becomes a command of the desk.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from lineside.errors import LinesideError
from lineside.runtime.backoff import BackoffSettings
from lineside.runtime.command import CommandReport, CommandState, Role
from lineside.runtime.desk import Actor
from lineside.runtime.drive import Unit
from lineside.runtime.gateway import Runtime, keep_open, run_together
from lineside.runtime.guard import Guard, Limits
from lineside.runtime.line import LineSettings
from lineside.runtime.tcp import Listener, TcpLink, listen_tcp
from lineside.ventilator.model import COMMANDS, LINE, ModelSettings, Packet, Ventilator
from lineside.ventilator.wire import (
    ACK,
    NACK,
    AlarmRequest,
    BadRequest,
    CommandRequest,
    DeviceWire,
    Framing,
    Profile,
    Reply,
    Request,
    RequestWire,
    encode_broadcast,
    profile_of,
)

# A reader of broadcasts may be silent for ever; what it must do is read. 256 KiB is a minute at 5 Hz.
BROADCAST_LIMITS = Limits(
    connections_max=200,
    connections_per_address_max=200,
    first_message_s=None,
    idle_s=None,
    frame_bytes_max=4096,
    unsent_bytes_max=256 * 1024,
)
# One request, one reply, then the end (`wire/hev.md` §10 row 17: 5 s, 64 KiB).
REQUEST_LIMITS = Limits(
    connections_max=200,
    connections_per_address_max=100,
    first_message_s=5.0,
    idle_s=5.0,
    unauthenticated_bytes_max=80 * 1024,  # above the wire's own 64 KiB, so that its NACK says why
    frame_bytes_max=64 * 1024,
    unsent_bytes_max=4096,
)


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a ventilator gateway, ``[gateways.NAME]`` with ``kind = "ventilator"``."""

    kind: Literal["ventilator"] = "ventilator"
    line: Annotated[str, Meta(description="device, pty:PATH, socket://host:port or rfc2217://host:port")]
    unit: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.~-]{1,64}$", description="name of the one unit")] = "1"
    profile: Annotated[str, Meta(pattern="^[0-9A-Fa-f]{2}$", description="version byte of the controller, hex")] = "A0"
    broadcast: Annotated[tuple[str, ...], Meta(description="addresses where packets are broadcast")] = (
        "127.0.0.1:54320",
        "127.0.0.1:54322",
    )
    request: Annotated[str, Meta(description="address of the request socket")] = "127.0.0.1:54321"
    period_s: Annotated[float, Meta(ge=0, le=60, description="between broadcasts; 0 = one for each sample")] = 0.2
    stale_s: Annotated[float, Meta(gt=0, le=60, description="silence after which nothing is shown as live")] = 2.0
    start_grace_s: Annotated[float, Meta(gt=0, le=600, description="the same after a start")] = 10.0
    framing: Annotated[Framing, Meta(description="what ends a packet on the sockets")] = Framing.NEWLINE
    retransmit_s: Annotated[float, Meta(gt=0, le=10, description="until an order is repeated")] = 0.05
    attempts_max: Annotated[int, Meta(ge=1, le=1000, description="how often an order is sent")] = 20
    a0_byte_order: Annotated[
        Literal["little", "big"], Meta(description="big repeats an early bug of the originals")
    ] = "little"
    simulated: Annotated[bool, Meta(description="mark the unit as played by a simulator")] = False
    serial: LineSettings = LineSettings()
    reopen: BackoffSettings = BackoffSettings()
    broadcast_limits: Limits = BROADCAST_LIMITS
    request_limits: Limits = REQUEST_LIMITS


async def run(config: Config, runtime: Runtime) -> None:
    """Serve one ventilator until cancelled. Never waits for the device: its absence is a state with a reason.

    Raises:
        LinkError: an address of the sockets cannot be bound; supervision tries again.
        ConfigError: the line is none, or there is no such profile.
    """
    profile = profile_of(int(config.profile, 16), a0_byte_order=config.a0_byte_order)
    model = Ventilator(profile, _model_settings(config), runtime.clock.now())
    unit = await runtime.make_unit(config.unit, config.kind, model, COMMANDS)
    broadcast = Broadcast(config, runtime)
    requests = Requests(config, profile, unit.name, runtime)
    unit.outlets["packet"] = broadcast.send
    try:
        await broadcast.listen()
        await requests.listen()
        parts = {"watch": unit.failed(), "line": _keep_line(unit, config, profile, runtime)}
        await run_together(**{f"{unit.name} {name}": part for name, part in parts.items()})
    finally:
        unit.close("the gateway stops")
        runtime.units.remove(unit)
        await requests.close()
        await broadcast.close()


async def _keep_line(unit: Unit, config: Config, profile: Profile, runtime: Runtime) -> None:
    await keep_open(
        unit,
        LINE,
        lambda: runtime.open_line(config.line, config.serial),
        lambda: DeviceWire(profile, retransmit_s=config.retransmit_s, attempts_max=config.attempts_max),
        runtime,
        config.reopen,
    )


def _model_settings(config: Config) -> ModelSettings:
    return ModelSettings(config.period_s, config.stale_s, config.start_grace_s, config.simulated, config.line)


class Broadcast:
    """The two broadcast sockets: every client gets every packet, encoded once; who does not read is let go."""

    def __init__(self, config: Config, runtime: Runtime) -> None:
        self._config = config
        self._guard = Guard(config.broadcast_limits, f"{runtime.name} broadcast")
        runtime.watch_guard(self._guard)
        self._log = runtime.log
        self._listeners: list[Listener] = []
        self._clients: set[TcpLink] = set()

    async def listen(self) -> None:
        """Bind all addresses; raises LinkError naming the one that cannot be bound."""
        for address in self._config.broadcast:
            self._listeners.append(await listen_tcp(address, self._guard, self._on_client))

    def send(self, packet: Packet) -> None:
        """Give one packet to every client; never blocks."""
        if not self._clients:
            return
        data = encode_broadcast(packet.sensors, packet.alarms, self._config.framing)
        for client in tuple(self._clients):
            client.send_or_close(data)

    async def close(self) -> None:
        """Stop listening and let the clients go."""
        for listener in self._listeners:
            await listener.close()
        self._guard.stop("the gateway stops")

    def _on_client(self, link: TcpLink) -> None:
        self._clients.add(link)
        link.start(_Listening(link, self._clients))


class _Listening:
    """A broadcast client: what it says is not listened to, and too much of it ends the connection."""

    def __init__(self, link: TcpLink, clients: set[TcpLink]) -> None:
        self._link = link
        self._clients = clients

    def on_data(self, data: bytes) -> None:
        self._link.ticket.error("a broadcast socket takes no requests; they go to the request socket")

    def on_closed(self, reason: str) -> None:
        self._clients.discard(self._link)


class Requests:
    """The request socket: one request object, one reply object, then the server closes."""

    def __init__(self, config: Config, profile: Profile, unit: str, runtime: Runtime) -> None:
        self._address = config.request
        self._guard = Guard(config.request_limits, f"{runtime.name} request")
        runtime.watch_guard(self._guard)
        self._profile = profile
        self._unit = unit
        self._desk = runtime.desk
        self._log = runtime.log.bind(unit=unit)
        self._listener: Listener | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Bind the address; raises LinkError naming it."""
        self._listener = await listen_tcp(self._address, self._guard, lambda link: link.start(_Asking(link, self)))

    async def close(self) -> None:
        """Stop listening; requests on their way are not answered."""
        if self._listener is not None:
            await self._listener.close()
        self._guard.stop("the gateway stops")
        for task in self._tasks:
            task.cancel()

    def take(self, link: TcpLink, wire: RequestWire, request: Request) -> None:
        """Answer one request and close its connection, in a task of its own so that nobody else waits."""
        task = asyncio.get_running_loop().create_task(self._reply(link, wire, request), name=f"request {link.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _reply(self, link: TcpLink, wire: RequestWire, request: Request) -> None:
        reply = await self.answer(request, Actor(f"tcp {link.name}", Role.OPERATOR))
        link.send_or_close(wire.send(reply))
        link.close("answered")

    async def answer(self, request: Request, actor: Actor) -> Reply:
        """ACK when the request is valid, recorded and queued to the controller; NACK for everything else.

        START, STOP and other orders are not done yet by then: `fsm_state` tells. An alarm is off the list.
        """
        try:
            return await self._answer(request, actor)
        except LinesideError as error:
            self._log.info("request refused", actor=actor.name, reason=str(error), code=error.code)
        except Exception as error:  # a fault of ours is answered too, never met with silence
            self._log.error("request failed", actor=actor.name, error=repr(error), exc_info=error)
        return NACK

    async def _answer(self, request: Request, actor: Actor) -> Reply:
        match request:
            case BadRequest(reason=reason):
                self._log.info("request refused", actor=actor.name, reason=reason)
                return NACK
            case AlarmRequest(name=name):
                report = await self._desk.request(self._unit, "ACK_ALARM", {"alarm": name}, actor=actor)
                return ACK if report.state is CommandState.DONE else NACK
            case CommandRequest():
                return await self._order(request, actor)

    async def _order(self, request: CommandRequest, actor: Actor) -> Reply:
        if not self._profile.has_command(request.cmdtype, request.cmd):
            self._log.info("request refused", actor=actor.name, reason=f"no order {request.cmdtype}/{request.cmd}")
            return NACK
        report = await self._ask(request, actor)
        return NACK if report.state in (CommandState.REFUSED, CommandState.EXPIRED) else ACK

    async def _ask(self, request: CommandRequest, actor: Actor) -> CommandReport:
        if request.cmdtype == "GENERAL" and request.cmd in ("START", "STOP"):
            return await self._desk.request(self._unit, request.cmd, {"param": request.param}, actor=actor)
        params = {"cmdtype": request.cmdtype, "cmd": request.cmd, "param": request.param}
        return await self._desk.request(self._unit, "SEND", params, actor=actor)


class _Asking:
    """A connection of the request socket.

    Whatever ends it before a whole request is answered by NACK. What ends it while the answer is on its way is not: the
    request may be recorded all the same, and NACK would say that it never will be.
    """

    def __init__(self, link: TcpLink, requests: Requests) -> None:
        self._link = link
        self._requests = requests
        self._wire = RequestWire()
        self._asked = False
        link.ticket.on_cut = self._on_cut

    def on_data(self, data: bytes) -> None:
        self._take(self._wire.receive(data))

    def on_end(self) -> None:
        if not self._take(self._wire.end()) and not self._asked:
            self._link.close("the peer ended without a request")

    def on_closed(self, reason: str) -> None:
        pass

    def _take(self, found: list[Request]) -> bool:
        for request in found:
            self._asked = True
            self._link.ticket.heard_message()
            self._requests.take(self._link, self._wire, request)
        return bool(found)

    def _on_cut(self, text: str) -> None:
        if not self._asked:
            self._link.send_or_close(self._wire.send(NACK))
