"""``GET /api/live``: `LiveSession` over a WebSocket, for who may listen and as long as they may.

Who is signed out, or whose token is revoked, is let go at once; whose session or token just expires, within
`RECHECK_S`. The protocol is told in ``docs/live.md``.
"""

from __future__ import annotations

import asyncio

from lineside.console.access import Access
from lineside.console.live_filter import GatewayFilter, visible_topics
from lineside.console.sign_in import actor_of
from lineside.errors import LinesideError
from lineside.runtime.command import Role
from lineside.runtime.hub import CloseCode, Hub, Outlet
from lineside.runtime.live import LiveSession
from lineside.runtime.routes import Request, Socket, SocketRoute

# How long an expired token may still read: shorter than anybody notices, longer than a check of 1,000 readers costs.
RECHECK_S = 30.0


class Live:
    """Connects sockets with the hub."""

    def __init__(self, hub: Hub, access: Access, recheck_s: float = RECHECK_S) -> None:
        self._hub = hub
        self._access = access
        self._recheck_s = recheck_s
        self._sessions: dict[LiveSession, Request] = {}
        self._timer: asyncio.TimerHandle | None = None
        access.on_change(self._recheck)

    def routes(self) -> list[SocketRoute]:
        """The one entrance."""
        return [SocketRoute("/api/live", self._serve, Role.VIEWER)]

    @property
    def count(self) -> int:
        """Connections that are open."""
        return len(self._sessions)

    def stop(self) -> None:
        """Say goodbye to everybody: come again."""
        for session in list(self._sessions):
            session.bye(CloseCode.STOPPING)

    async def _serve(self, socket: Socket, request: Request) -> None:
        actor = actor_of(request)
        outlet: Outlet = socket if actor.gateways is None else GatewayFilter(socket, actor)
        session = LiveSession(self._hub, outlet, role=actor.role, allowed=visible_topics(actor))
        session.open()
        self._sessions[session] = request
        self._schedule()
        try:
            while session.is_open and (message := await socket.receive()) is not None:
                session.on_message(message)
        finally:
            del self._sessions[session]
            session.close()

    def _schedule(self) -> None:
        if self._timer is None and self._sessions:
            self._timer = asyncio.get_running_loop().call_later(self._recheck_s, self._look)

    def _look(self) -> None:
        self._timer = None
        self._recheck()
        self._schedule()

    def _recheck(self) -> None:
        for session, request in list(self._sessions.items()):
            if not request.local and not self._is_signed_in(request):
                session.bye(CloseCode.SIGNED_OUT)

    def _is_signed_in(self, request: Request) -> bool:
        try:
            return self._access.authenticate(request) is not None
        except LinesideError:
            return False
