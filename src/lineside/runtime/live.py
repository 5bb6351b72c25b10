"""The public live protocol over one connection: what a client says, and the hub's answers. Told in `docs/live.md`.

Whoever owns the connection (the console's WebSocket) makes a `LiveSession`, gives it every message of the client and
tells it when the connection has ended::

    session = LiveSession(hub, socket, role="viewer")
    session.open()
    while session.is_open and (message := await socket.receive()) is not None:
        session.on_message(message)
    session.close()
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lineside import __version__
from lineside.errors import Busy, CommandRefused, LinesideError, Malformed
from lineside.runtime.hub import CloseCode, Hub, Outlet, Position, Subscription
from lineside.runtime.hub.text import RequestId, bye_text, close_reason, error_text, hello_text, pong_text

# A subscription to hundreds of topics with their positions fits; the web server has the same limit.
MESSAGE_BYTES_MAX = 65_536
# A client that does not speak this protocol is let go; one typing error in a console is not the end.
ERRORS_MAX = 10
# An id is for the client's own use; longer ones would make our answers a way to fill buffers.
Id = Annotated[int, Meta(ge=-(2**53), le=2**53)] | Annotated[str, Meta(max_length=64)] | None
Patterns = Annotated[tuple[str, ...], Meta(max_length=1_000)]


class Subscribe(msgspec.Struct, frozen=True, tag_field="op", tag="subscribe"):
    """``{"op":"subscribe","id":1,"topics":[…],"resume":{topic: {"epoch","offset"}}}``."""

    topics: Patterns
    id: Id = None
    resume: dict[str, Position] = {}


class Unsubscribe(msgspec.Struct, frozen=True, tag_field="op", tag="unsubscribe"):
    """``{"op":"unsubscribe","id":2,"topics":[…]}``."""

    topics: Patterns
    id: Id = None


class Ping(msgspec.Struct, frozen=True, tag_field="op", tag="ping"):
    """``{"op":"ping","id":3}``."""

    id: Id = None


Request = Subscribe | Unsubscribe | Ping

_decoder: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)


class LiveSession:
    """One client of the live feed.

    Args:
        hub: the live values.
        outlet: the connection.
        role: told in the hello, for pages that show or hide buttons.
        allowed: patterns of the topics that the client may see; None for all.
        server: told in the hello.
        errors_max: messages that are refused as malformed before the connection is closed.

    Attributes:
        is_open: False once it was said goodbye to; nothing more is to be read.
    """

    def __init__(
        self,
        hub: Hub,
        outlet: Outlet,
        *,
        role: str,
        allowed: frozenset[str] | None = None,
        server: str = f"lineside {__version__}",
        errors_max: int = ERRORS_MAX,
    ) -> None:
        self._hub = hub
        self._outlet = outlet
        self._role = role
        self._allowed = allowed
        self._server = server
        self._errors_left = errors_max
        self._subscription: Subscription | None = None

    @property
    def is_open(self) -> bool:
        """Whether the client is still being served."""
        return self._subscription is not None and self._subscription.is_open

    def open(self) -> None:
        """Say hello; or goodbye at once, when there are too many readers."""
        try:
            self._subscription = self._hub.attach(self._outlet, self._allowed)
        except Busy:
            code = CloseCode.TOO_MANY
            self._outlet.send(bye_text(code, code.words))
            self._outlet.close(code.number, close_reason(code.words))
            return
        self._outlet.send(hello_text(self._hub.epoch, self._server, self._role))

    def on_message(self, data: str | bytes) -> None:
        """Do what one message asks; a bad one is answered with an error, and after too many of them with a goodbye."""
        subscription = self._subscription
        if subscription is None or not subscription.is_open:
            return
        try:
            request = _read(data)
        except Malformed as error:
            self._refuse(subscription, _id_in(data), error)
            return
        try:
            _do(subscription, request)
        except Busy as error:
            subscription.bye(CloseCode.TOO_SLOW, str(error))
        except CommandRefused as error:
            self._refuse(subscription, request.id, error)

    def bye(self, code: CloseCode, reason: str = "") -> None:
        """End the connection for a reason of ours: signed out, stopping."""
        if self._subscription is not None:
            self._subscription.bye(code, reason)

    def close(self) -> None:
        """The connection has ended."""
        if self._subscription is not None:
            self._subscription.close()

    def _refuse(self, subscription: Subscription, request_id: RequestId, error: LinesideError) -> None:
        subscription.send(error_text(request_id, error))
        self._errors_left -= 1
        if self._errors_left <= 0:
            subscription.bye(CloseCode.TOO_MANY_ERRORS)


def _read(data: str | bytes) -> Request:
    if len(data) > MESSAGE_BYTES_MAX:
        raise Malformed(f"a message has {len(data)} bytes, at most {MESSAGE_BYTES_MAX} are taken")
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Malformed(f"not a message of the live protocol: {error}") from error


def _id_in(data: str | bytes) -> RequestId:
    """The id of a message that is wrong elsewhere, so that the client can tell which one it was."""
    try:
        loose: Any = msgspec.json.decode(data) if len(data) <= MESSAGE_BYTES_MAX else None
        return msgspec.convert(loose["id"], Id) if isinstance(loose, dict) and "id" in loose else None
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _do(subscription: Subscription, request: Request) -> None:
    match request:
        case Subscribe():
            subscription.subscribe(request.topics, request.resume, request.id)
        case Unsubscribe():
            subscription.unsubscribe(request.topics, request.id)
        case Ping():
            subscription.send(pong_text(request.id))
