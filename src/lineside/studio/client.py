"""`StudioWebSocketClient`: reports the status of one table's devices, for programs and scripts on asyncio.

::

    client = StudioWebSocketClient("ws://localhost:8080", "ARO-001", "dealerPC", "MY_TOKEN")
    await client.connect()
    await client.send_service_status("sdp", "up")            # True: the server has recorded it
    await client.send_multiple_updates({"zcam": "up", "nfc_scanner": "down"})
    await client.disconnect()

A connection that is lost is made anew, with growing pauses, until `disconnect`. Meanwhile updates wait in a bounded
queue; once the server is back the last confirmed state is sent again where the server's snapshot differs from it, then
the queue. One update is under way at a time and only an answer of the right form for the own table ends it; when none
comes in time the connection is given up, because a late answer would be taken for the next one's.

Works with servers that take the credentials from the URL (A) and with those that greet and ask for them (B).

Source: the seed's ``StudioWebSocketClient``; wire/studio.md section 7.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import deque
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from lineside.adapters.web_socket_client import open_web_socket
from lineside.errors import ConfigError, LinkError
from lineside.runtime.backoff import Backoff, BackoffSettings
from lineside.studio.connection import Connection
from lineside.studio.wire.message import ErrorReply
from lineside.studio.wire.reporter import Heard, ReporterSide, SnapshotSeen, field_name
from lineside.studio.wire.vocabulary import FIELDS, Dialect, FieldKind

SERVER_URL = "ws://localhost:8080"

# For the snapshot after connecting, and for each answer: a server whose disk is slow still answers within seconds.
ANSWER_S = 5.0

# Updates that wait while the server is away: an hour of one every 15 s. Beyond it the two oldest become one.
QUEUE_MAX = 256
# The server refuses a message of more keys (wire/studio.md section 4), so the merged ones stop there.
KEYS_MAX = 64
# A server closes the connection on a larger frame (wire/studio.md section 1), and the queue would never get past it.
UPDATE_BYTES_MAX = 64 * 1024

RECONNECT = BackoffSettings(first_s=0.5, cap_s=30.0, jitter=0.5)
"""A switch that restarts is back in seconds; a server that stays away is asked twice a minute."""

SERVICES = tuple(field.name for field in FIELDS.values() if field.kind is FieldKind.SERVICE)
DEVICES = tuple(field.name for field in FIELDS.values() if field.kind is FieldKind.DEVICE)
_TABLE = re.compile(r"[A-Za-z0-9.-]{1,64}")
_DEVICE = re.compile(r"[A-Za-z0-9._-]{0,128}")


class Delivery(StrEnum):
    """What became of an update."""

    CONFIRMED = "confirmed"  # the server has recorded it
    REFUSED = "refused"  # the server said why: `StudioWebSocketClient.last_error`
    QUEUED = "queued"  # the server is away; it is sent when the server is back


class StudioWebSocketClient:
    """A reporter of one table.

    Args:
        server_url: ``ws://host:port`` or ``wss://host:port``.
        table_id: for example ``ARO-001``; letters, digits, ``.`` and ``-``.
        device_name: who reports, for example ``dealerPC``.
        token: proves it; never logged.
        credentials: ``query`` puts id and token into the URL and says them again to a server that greets; ``message``
            keeps them out of URLs, for servers that greet (B).
        timeout: seconds for the snapshot, and for each answer.
        reconnect: come back after the connection was lost.
        on_change: told ``(connected, reason)`` whenever that changes.

    Attributes:
        snapshot: the table as the server had it when the connection was made; None before.
        last_error: why the last thing that failed did.
        dropped: updates that were lost because the queue was full of keys that could not be merged.
        strays: frames of the server that answered nothing.

    Raises:
        ConfigError: a name that no server would take.
    """

    def __init__(
        self,
        server_url: str = SERVER_URL,
        table_id: str = "ARO-001",
        device_name: str = "dealerPC",
        token: str = "MY_TOKEN",  # noqa: S107  # the seed's example; a server with tokens refuses it
        *,
        credentials: str = "query",
        timeout: float = ANSWER_S,
        reconnect: bool = True,
        backoff: BackoffSettings = RECONNECT,
        on_change: Callable[[bool, str], None] | None = None,
    ) -> None:
        _check(table_id, device_name, token, credentials)
        self.server_url = server_url
        self.table_id = table_id
        self.device_name = device_name
        self.snapshot: SnapshotSeen | None = None
        self.last_error = ""
        self.dropped = 0
        self.strays = 0
        self._side = ReporterSide(Dialect.B if credentials == "message" else Dialect.A, table_id, device_name, token)
        self._timeout = timeout
        self._reconnect = reconnect
        self._backoff = Backoff(backoff, random.Random())
        self._cap_s = backoff.cap_s
        self._on_change = on_change or (lambda connected, reason: None)
        self._known: dict[str, Any] = {}
        self._queue: deque[dict[str, Any]] = deque()
        self._idle = asyncio.Event()  # nothing waits to be delivered
        self._idle.set()
        self._turn = asyncio.Lock()  # one update under way, in the order in which they were asked for
        self._connection: Connection | None = None
        self._keeper: asyncio.Task[None] | None = None

    # ------------------------------------------------------------------ what a program sees

    @property
    def connected(self) -> bool:
        """Whether the server is there and knows us."""
        return self._connection is not None

    @property
    def queued(self) -> int:
        """Updates that wait for the server."""
        return len(self._queue)

    @property
    def known(self) -> dict[str, Any]:
        """What this client has reported and the server has confirmed: field → value."""
        return dict(self._known)

    async def connect(self) -> bool:
        """Connect, and stay connected from here on.

        Returns:
            True when the server has sent its snapshot; False when it is away or refuses us (`last_error`). With
            ``reconnect`` it is tried again in the background in both cases.

        Raises:
            ConfigError: the URL is none.
        """
        if self._keeper is not None and not self._keeper.done():
            return self.connected
        is_there = await self._attempt()
        if is_there or self._reconnect:
            self._keeper = asyncio.create_task(self._keep(), name=f"studio client {self.table_id}")
        return is_there

    async def disconnect(self) -> None:
        """Say goodbye and stay away; updates that still wait stay in the queue for a later `connect`."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close("done")

    async def send_status_update(self, status: Mapping[str, Any]) -> bool:
        """Report several fields, or custom ones, as one update; True when the server has confirmed it.

        False: refused (`last_error`), or the server is away and the update waits (`queued`); `deliver` tells which.

        Raises:
            ValueError: it is no JSON.
        """
        return await self.deliver(status) is Delivery.CONFIRMED

    async def send_service_status(self, name: str, value: str) -> bool:
        """Report a service, ``sdp`` or ``idp`` in any spelling; as `send_status_update`."""
        return await self.send_status_update({_field(name, SERVICES, "service"): str(value)})

    async def send_device_status(self, name: str, value: str) -> bool:
        """Report a device, ``roulette`` or ``ZCam`` in any spelling; as `send_status_update`."""
        return await self.send_status_update({_field(name, DEVICES, "device"): str(value)})

    async def send_multiple_updates(self, updates: Mapping[str, Any]) -> bool:
        """The same as `send_status_update`, by the seed's other name."""
        return await self.send_status_update(updates)

    async def deliver(self, status: Mapping[str, Any]) -> Delivery:
        """Report, and tell what became of it. Fields may be spelled in any way; custom names stay as they are.

        Raises:
            ValueError: it is no JSON, or too large for any server.
        """
        fields = {field_name(name) or name: value for name, value in status.items()}
        if len(self._side.update(fields)) > UPDATE_BYTES_MAX:  # what cannot be said is refused before it is queued
            raise ValueError(f"too large: over {UPDATE_BYTES_MAX} bytes")
        async with self._turn:
            return await self._deliver(fields)

    async def drained(self, timeout: float | None = None) -> bool:
        """Wait until nothing is queued any more; False when that takes longer than ``timeout`` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    # ------------------------------------------------------------------ delivering (with the turn held)

    async def _deliver(self, fields: dict[str, Any]) -> Delivery:
        connection = self._connection
        if connection is None or self._queue:  # behind those that wait already
            self._put(fields)
            return Delivery.QUEUED
        try:
            return await self._ask(connection, fields)
        except LinkError as error:
            self._put(fields)
            await self._lose(connection, str(error))
            return Delivery.QUEUED

    async def _ask(self, connection: Connection, fields: dict[str, Any]) -> Delivery:
        """Raises LinkError when no answer came: whether the server has recorded it is not known, so it goes again."""
        answer = await connection.ask(self._side.update(fields), self._timeout)
        if isinstance(answer, ErrorReply):
            self.last_error = answer.text
            return Delivery.REFUSED
        if "event" not in fields:  # an envelope is an occurrence and no state
            self._known.update(fields)
        return Delivery.CONFIRMED

    def _put(self, fields: dict[str, Any]) -> None:
        self._idle.clear()
        self._queue.append(fields)
        if len(self._queue) <= QUEUE_MAX:
            return
        oldest, next_one = self._queue.popleft(), self._queue.popleft()
        merged = {**oldest, **next_one}  # steps between are lost, the state at the end is not
        if len(merged) > KEYS_MAX or "event" in merged:
            self.dropped += 1
            merged = next_one
        self._queue.appendleft(merged)

    async def _catch_up(self, connection: Connection) -> None:
        """Send what the server has missed: the last confirmed state, then the queue."""
        assert connection.snapshot is not None, "A and B begin with one"
        missed = self._missed(connection.snapshot)
        if missed:
            await self._ask(connection, missed)
        while self._queue:
            await self._ask(connection, self._queue[0])
            self._queue.popleft()
        self._idle.set()

    def _missed(self, snapshot: SnapshotSeen) -> dict[str, Any]:
        """What this client has reported and the server's snapshot does not show.

        Custom fields are in no snapshot and go again. Maintenance is a decision of people who may have changed it since
        at the server: it goes again only to a server that has forgotten the table.
        """
        return {
            name: value
            for name, value in self._known.items()
            if snapshot.fields.get(name) != value and (name != "maintenance" or snapshot.uptime == 0)
        }

    # ------------------------------------------------------------------ staying connected

    async def _attempt(self) -> bool:
        connection: Connection | None = None
        try:
            connection = await Connection.open(
                open_web_socket, self.server_url, self._side, self._timeout, self._on_heard
            )
            async with self._turn:
                await self._catch_up(connection)
                self._connection, self.snapshot = connection, connection.snapshot
        except LinkError as error:
            self.last_error = str(error)
            if connection is not None:
                await connection.close("no answer")
            self._on_change(False, self.last_error)
            return False
        except BaseException:
            if connection is not None:
                await connection.close("stopped")
            raise
        self._on_change(True, f"connected to {self.server_url.partition('?')[0]}")
        return True

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection = self._connection
            if connection is not None:
                began_at = loop.time()
                reason = await asyncio.shield(connection.ended)
                if loop.time() - began_at > self._cap_s:
                    self._backoff.reset()
                await self._lose(connection, reason)
            if not self._reconnect:
                return
            await asyncio.sleep(self._backoff.next_s())
            await self._attempt()

    async def _lose(self, connection: Connection, reason: str) -> None:
        if self._connection is connection:
            self._connection = None
            self.last_error = reason
            self._on_change(False, reason)
        await connection.close("no answer")

    def _on_heard(self, heard: Heard) -> None:
        self.strays += 1


def _field(name: str, among: tuple[str, ...], what: str) -> str:
    found = field_name(name)
    if found not in among:
        raise ValueError(f"no {what} {name!r}; known: {', '.join(among)}")
    return found


def _check(table: str, device: str, token: str, credentials: str) -> None:
    if not _TABLE.fullmatch(table):
        raise ConfigError(f"{table!r} is no table; letters, digits, '.' and '-', 1 to 64 of them", "table")
    if not _DEVICE.fullmatch(device):
        raise ConfigError(f"{device!r} is no device; letters, digits, '.', '_' and '-', up to 128", "device")
    if not token:
        raise ConfigError("no token; every server wants one, though many take any", "token")
    if credentials not in ("query", "message"):
        raise ConfigError(f"{credentials!r} is not accepted; query or message", "credentials")
