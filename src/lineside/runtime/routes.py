"""Pages and calls on ``[web]``, as plain values: a house or the console lists `Route`s, an adapter serves them.

Nothing here knows an HTTP library. A handler gets a `Request` and returns a `Response`; what it raises from the
`LinesideError` tree becomes ``{"error": {"code", "message", "retry"}}`` with the status of `status_of_error`. Anything
else that a handler raises is a fault of ours: status 500 with no detail, and the traceback in the log.

Before a handler runs, the server has checked Host, Origin, the CSRF header, the size and the time of the body, and that
``Request.actor`` covers ``Route.access``. What depends on the content (which gateways an actor may see) is the
handler's own work.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import msgspec

from lineside import errors
from lineside.errors import LinesideError
from lineside.runtime.command import Role

if TYPE_CHECKING:
    from lineside.runtime.desk import Actor

CSRF_HEADER = "x-lineside"
"""Header that a page of ours adds to unsafe requests. Another site's page cannot without asking first (CORS)."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing, RFC 9110 §9.2.1."""

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"


class RequestRefused(LinesideError):
    """A request that HTTP itself refuses, before or beside any command. ``status`` is the HTTP status."""

    code = "bad_request"
    status: ClassVar[int] = 400


class BadRequest(RequestRefused):
    """A parameter or the body is not what is accepted; names the parameter, the value and what is accepted."""


class NotSignedIn(RequestRefused):
    """No session and no token, or one that is wrong, revoked or expired. Which of these is not told."""

    code = "not_signed_in"
    status = 401


class WrongCode(RequestRefused):
    """A login code that was never made, was used, or is older than ten minutes. Which of these is not told."""

    code = "wrong_code"
    status = 403


class ForeignPage(RequestRefused):
    """A browser sent this for another site's page: wrong Origin, or no CSRF header."""

    code = "foreign_page"
    status = 403


class NotFound(RequestRefused):
    """Nothing is at this path, or nothing that the actor may see."""

    code = "not_found"
    status = 404


class WrongMethod(RequestRefused):
    """The path exists with other methods."""

    code = "wrong_method"
    status = 405

    def __init__(self, allowed: list[str]) -> None:
        self.allowed = allowed
        super().__init__(f"this path takes {', '.join(allowed)}")


class TooSlow(RequestRefused):
    """The body did not arrive in time."""

    code = "too_slow"
    status = 408
    retry = True


class TooLarge(RequestRefused):
    """The body is larger than the limit."""

    code = "too_large"
    status = 413


class WrongContentType(RequestRefused):
    """The body is not JSON."""

    code = "wrong_content_type"
    status = 415


class WrongHost(RequestRefused):
    """The Host header names a host that is not ours (DNS rebinding); ``hosts`` in ``[web]`` lists more names."""

    code = "wrong_host"
    status = 421


class TooMany(RequestRefused):
    """Too many tries or connections; wait and try again."""

    code = "too_many"
    status = 429
    retry = True


class Unavailable(RequestRefused):
    """This part of the server is not there now."""

    code = "unavailable"
    status = 503
    retry = True


# The status of each family that is not a RequestRefused; the first match counts, so children stand before parents.
_STATUSES: tuple[tuple[type[LinesideError], int], ...] = (
    (errors.BadSignature, 401),
    (errors.NotAllowed, 403),
    (errors.NoSuchUnit, 404),
    (errors.NoSuchCommand, 404),
    (errors.Repeated, 409),
    (errors.NotConnected, 409),
    (errors.BadParams, 422),
    (errors.Busy, 429),
    (errors.CommandRefused, 400),
    (errors.ClaimTaken, 409),
    (errors.JournalError, 503),
    (errors.SinkError, 503),
    (errors.ConfigError, 400),
    (errors.LinkError, 503),
)


def status_of_error(error: LinesideError) -> int:
    """The HTTP status of an error: its own, or its family's; 500 for what should not reach a client."""
    if isinstance(error, RequestRefused):
        return error.status
    return next((status for family, status in _STATUSES if isinstance(error, family)), 500)


@dataclass(frozen=True, slots=True)
class Request:
    """One request, whole and checked.

    Attributes:
        method: upper case; a HEAD is answered by the GET route and its body dropped.
        path: decoded, without the query.
        query: each parameter once (twice is refused before).
        headers: names in lower case; of repeated headers the first.
        body: whole, at most the server's limit; empty when there is none.
        remote: the peer's address without port, or ``control socket``.
        match: the named parts of the route's path.
        actor: who asks; None only on open routes.
        local: came over the control socket.
        secure: came over TLS.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    remote: str = ""
    match: Mapping[str, str] = field(default_factory=dict)
    actor: Actor | None = None
    local: bool = False
    secure: bool = False

    @property
    def is_loopback(self) -> bool:
        """Whether the asker is on this machine. A request that a proxy passed on is not, wherever the proxy is."""
        if self.local:
            return True
        if any(name in self.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via")):
            return False
        try:
            return ipaddress.ip_address(self.remote).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. ``headers`` win over the server's own (caching, content security)."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


class ErrorDetail(msgspec.Struct, frozen=True):
    """Why a request was refused.

    Attributes:
        code: a short word that never changes, for programs.
        message: for people.
        retry: whether the same request may succeed later without being changed.
    """

    code: str
    message: str
    retry: bool


class ErrorAnswer(msgspec.Struct, frozen=True):
    """The body of every refusal."""

    error: ErrorDetail


class Done(msgspec.Struct, frozen=True):
    """The answer of a call that has nothing else to tell."""

    done: bool = True


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A `Response` with ``value`` (Struct, dict, list or scalar) as JSON."""
    return Response(status, msgspec.json.encode(value), JSON, headers or {})


def error_response(error: LinesideError) -> Response:
    """The answer that tells ``error``; 405 names what is allowed, 401 how to sign in."""
    headers: dict[str, str] = {}
    match error:
        case WrongMethod():
            headers["Allow"] = ", ".join(error.allowed)
        case NotSignedIn():
            headers["WWW-Authenticate"] = "Bearer"
        case TooMany():
            headers["Retry-After"] = "60"
    detail = ErrorDetail(error.code, str(error) or error.code, error.retry)
    return json_response(ErrorAnswer(detail), status_of_error(error), headers)


@dataclass(frozen=True, slots=True)
class RouteDoc:
    """What the OpenAPI page tells about a route, made of the Structs that the handler itself decodes with.

    Attributes:
        summary: one sentence.
        request: Struct of the JSON body, or None.
        response: type of the JSON answer (a Struct, mostly), or None (no JSON: see ``content_type``).
        query: Struct of the query parameters, or None when there are none.
        statuses: refusals beyond those that every route has.
        also: further statuses with the same answer (a health that is not good).
        success: status of success.
        content_type: of success, when ``response`` is None.
        headers: request headers that the route needs: name → what it is.
    """

    summary: str
    request: type[msgspec.Struct] | None = None
    response: Any = None
    query: type[msgspec.Struct] | None = None
    statuses: tuple[int, ...] = ()
    also: tuple[int, ...] = ()
    success: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One call or page.

    Attributes:
        path: ``/api/units/{gateway}/{unit}``; a part in braces matches one whole part of the path.
        access: the least role, or None: open to all.
        loopback: also open, without a role, to who asks from this machine.
    """

    method: str
    path: str
    handler: Handler
    access: Role | None
    doc: RouteDoc
    loopback: bool = False


class Socket(Protocol):
    """One open WebSocket, seen from the server.

    `send` and `send_framed` keep their order and never block: what the peer does not take stays in the transport's
    buffer, whose size is `unsent`; keeping that bounded is the caller's part (the hub's budget).
    """

    async def receive(self) -> str | bytes | None:
        """The next message; None once the socket has ended, for whatever reason."""
        ...

    def send(self, data: bytes) -> None:
        """Send one text message of UTF-8 ``data``. Does nothing when the socket has ended."""
        ...

    def send_framed(self, frame: bytes) -> None:
        """Send a frame made by `lineside.runtime.hub.text.frame_text`, so that many sockets share its bytes."""
        ...

    def unsent(self) -> int:
        """Bytes that the operating system has not taken yet."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Begin to close; `receive` returns None soon. A peer that does not answer is cut."""
        ...


SocketHandler = Callable[[Socket, Request], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class SocketRoute:
    """One WebSocket entrance. The socket is closed when the handler returns."""

    path: str
    handler: SocketHandler
    access: Role | None


class Authority(Protocol):
    """Knows who asks. The console's `Access` is the one that a running server has."""

    def authenticate(self, request: Request) -> Actor | None:
        """The actor of a request, None without credentials.

        Raises:
            NotSignedIn: credentials that are not valid (any more).
            TooMany: too many of those from this address.
        """
        ...
