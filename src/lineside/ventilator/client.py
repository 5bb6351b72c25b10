"""`HEVClient`: the Python client of the ventilator's sockets, for scripts. Threads and blocking calls, no event loop.

::

    with HEVClient() as hev:
        hev.wait_for_values(5)
        print(hev.send_cmd("GENERAL", "START"))     # True: valid and on its way to the controller
        print(hev.get_values()["pressure_buffer"], hev.get_alarms(), hev.stale)

One daemon thread stays connected to the broadcast port, and connects again with growing pauses when the server goes
away. Each request opens a connection of its own, as the protocol wants it. All methods may be called from any thread.

Source: the seed's ``HEVClient``; wire/hev.md sections 7 and 8.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from types import TracebackType
from typing import Any

from lineside.errors import LinkClosed, LinkTimeout, Malformed
from lineside.ventilator.wire.client import BadPacket, Packet, PacketReader
from lineside.ventilator.wire.json_text import Broken, ObjectReader, parse_object

BROADCAST_PORT = 54320
REQUEST_PORT = 54321

# The server's own limit of silence after which it stops calling a sample fresh.
STALE_S = 2.0

# Pauses between attempts to connect: soon after the first failure, and never busy while a server stays away.
_PAUSE_S_MIN = 0.1
_PAUSE_S_MAX = 5.0

# A read of the broadcast thread returns at least this often, so that a connection that died in silence is noticed.
_READ_S = 1.0
# The server repeats its last packet within a second; this long without a byte, the connection is made anew.
_SILENCE_S_MAX = 30.0

_READ_BYTES = 65536
_REPLY_BYTES_MAX = 4096  # a reply is one key; this is more than any foreign server says before it is found out


class ServerAway(LinkClosed, ConnectionError):
    """The server is not there, or left without a reply. A `ConnectionError` too, as the seed's client raised it.

    If it left after the request was sent, the request may have been carried out.
    """

    code = "server_away"


class ServerSilent(LinkTimeout, TimeoutError):
    """The server did not reply in time. The request may have been carried out."""

    code = "server_silent"


class HEVClient:
    """A connection to a ventilator's data server.

    Args:
        host: name or address of the server.
        broadcast_port: TCP port of the packets.
        request_port: TCP port of commands and acknowledgements.
        timeout: seconds for a request from connecting to its reply.
        stale_s: age of the newest packet beyond which `stale` is true.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        broadcast_port: int = BROADCAST_PORT,
        request_port: int = REQUEST_PORT,
        timeout: float = 5.0,
        stale_s: float = STALE_S,
    ) -> None:
        self._broadcast = (host, broadcast_port)
        self._request = (host, request_port)
        self._timeout = timeout
        self._stale_s = stale_s
        self._changed = threading.Condition()  # guards what follows
        self._values: dict[str, Any] | None = None
        self._alarms: list[str] = []
        self._heard_at: float | None = None
        self._socket: socket.socket | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._listen, name="hev broadcast", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------------------------------------------------- reading

    def get_values(self) -> dict[str, Any] | None:
        """The newest sample: 17 numbers by name, in wire order; None before the first. Yours to change."""
        with self._changed:
            return None if self._values is None else dict(self._values)

    def get_alarms(self) -> list[str]:
        """Names of the alarms that are latched, oldest first; empty if there are none, and before the first packet."""
        with self._changed:
            return list(self._alarms)

    @property
    def age_s(self) -> float | None:
        """Seconds since the newest packet came; None before the first."""
        with self._changed:
            return None if self._heard_at is None else time.monotonic() - self._heard_at

    @property
    def stale(self) -> bool:
        """Whether the newest packet is older than ``stale_s``, or none ever came: values are not live then."""
        age_s = self.age_s
        return age_s is None or age_s > self._stale_s

    @property
    def connected(self) -> bool:
        """Whether the broadcast connection stands."""
        with self._changed:
            return self._socket is not None

    def wait_for_values(self, timeout: float | None = None) -> bool:
        """Wait until a first sample is there; False if none came within ``timeout`` seconds or the client closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._values is not None or self._closed, timeout)
            return self._values is not None

    # ------------------------------------------------------------------------------------------------------ requests

    def send_cmd(self, cmdtype: str, cmd: str, param: int | None = None) -> bool:
        """Ask for a command, for example ``send_cmd("GENERAL", "START")``.

        Returns:
            True if the server has taken it (the controller's state shows when it is done), False if it refused: not
            a command of this machine (names are case-sensitive), a wrong parameter, or the controller is away.

        Raises:
            ServerAway: nobody listens, or the server left without a reply.
            ServerSilent: no reply within the time-out.
            Malformed: what replied is no ventilator server.
        """
        return self._ask({"type": "cmd", "cmdtype": cmdtype, "cmd": cmd, "param": param})

    def ack_alarm(self, name: str) -> bool:
        """Acknowledge an alarm: it leaves the list of every client. An alarm that lasts comes back.

        Returns:
            True if it was in the list.

        Raises:
            ServerAway, ServerSilent, Malformed: as `send_cmd`.
        """
        return self._ask({"type": "alarm", "ack": name})

    def _ask(self, request: dict[str, Any]) -> bool:
        text = json.dumps(request, separators=(",", ":")).encode()
        host, port = self._request
        end = time.monotonic() + self._timeout
        try:
            with socket.create_connection(self._request, self._timeout) as link:
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                link.sendall(text + b"\n")
                return _read_reply(link, end)
        except TimeoutError:
            raise ServerSilent(f"no reply from {host}:{port} within {self._timeout} s") from None
        except ServerAway:
            raise
        except OSError as error:
            raise ServerAway(f"{host}:{port}: {error}") from error

    # ------------------------------------------------------------------------------------------------------- closing

    def close(self) -> None:
        """Stop listening. What was read last stays readable; requests still work."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            if self._socket is not None:
                _shut(self._socket)
        if threading.current_thread() is not self._thread:
            self._thread.join(self._timeout)

    def __enter__(self) -> HEVClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ---------------------------------------------------------------------------------------------- broadcast thread

    def _listen(self) -> None:
        pause_s = _PAUSE_S_MIN
        while not self._closed:
            heard_before = self._heard_at
            try:
                with socket.create_connection(self._broadcast, self._timeout) as link:
                    self._read_packets(link)
            except OSError:
                pass  # nobody there, or the line broke: `stale` says so, and the next attempt follows
            finally:
                with self._changed:
                    self._socket = None
            pause_s = _PAUSE_S_MIN if self._heard_at != heard_before else min(pause_s * 2, _PAUSE_S_MAX)
            with self._changed:
                self._changed.wait_for(lambda: self._closed, pause_s)

    def _read_packets(self, link: socket.socket) -> None:
        """Read until the connection ends, falls silent for too long, or brings what is no packet."""
        link.settimeout(_READ_S)
        with self._changed:
            if self._closed:
                return
            self._socket = link
        reader = PacketReader()
        heard_at = time.monotonic()
        while not self._closed and time.monotonic() - heard_at < _SILENCE_S_MAX:
            try:
                data = link.recv(_READ_BYTES)
            except TimeoutError:
                continue
            if not data:
                return
            heard_at = time.monotonic()
            for packet in reader.receive(data):
                if isinstance(packet, BadPacket):
                    return  # a new connection begins at the beginning of a packet
                self._take(packet)

    def _take(self, packet: Packet) -> None:
        with self._changed:
            if packet.sensors is not None:
                self._values = packet.sensors
            self._alarms = packet.alarms
            self._heard_at = time.monotonic()
            self._changed.notify_all()


def _shut(link: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may have ended by itself
        link.shutdown(socket.SHUT_RDWR)


def _read_reply(link: socket.socket, end: float) -> bool:
    reader = ObjectReader(_REPLY_BYTES_MAX)
    while True:
        left_s = end - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        link.settimeout(left_s)
        data = link.recv(_READ_BYTES)
        if not data:
            raise ServerAway("the server closed the connection without a reply")
        for text in reader.receive(data):
            value = text if isinstance(text, Broken) else parse_object(text)
            kind = None if isinstance(value, Broken) else value.get("type")
            if kind not in ("ack", "nack"):
                raise Malformed("the reply is neither ack nor nack", data[:64])
            return bool(kind == "ack")
