"""The command line's way to a running server: HTTP over its control socket, or over a URL with a token.

Blocking, because the command line does one thing at a time. Errors of the server come back as the same exceptions that
raised them there; a server that is not there is a `LinkError` whose text says what to do.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from lineside import errors
from lineside.adapters.control_socket import control_socket_path
from lineside.errors import ConfigError, LinesideError, LinkError, LinkTimeout
from lineside.runtime import routes

# Above the server's longest wait (50 s), so that it is the server who ends a wait.
TIMEOUT_S = 60.0
# Events asked for at once while following.
FOLLOW_LIMIT = 500
# How long one question for further events waits at the server.
FOLLOW_WAIT_S = 25.0
# Between two tries to reach a server that went away while following.
RETRY_S = 1.0

T = TypeVar("T")


class ControlClient:
    """Asks one running server. Made by `over_socket` or `over_url`; usable as a context manager.

    Attributes:
        name: of the server, for messages.
    """

    def __init__(self, name: str, connection: http.client.HTTPConnection, token: str = "") -> None:
        self.name = name
        self._connection = connection
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    @classmethod
    def over_socket(cls, data_dir: Path, timeout_s: float = TIMEOUT_S) -> ControlClient:
        """The server that works in this data folder; no token is needed."""
        path = control_socket_path(data_dir)
        return cls(str(path), _UnixConnection(path, timeout_s))

    @classmethod
    def over_url(cls, url: str, token: str, timeout_s: float = TIMEOUT_S, ca_file: Path | None = None) -> ControlClient:
        """A server elsewhere.

        Args:
            url: ``http://host:port`` or ``https://…``.
            ca_file: PEM of the authority that signed its certificate, when the system does not know it.

        Raises:
            ConfigError: the URL is not of this form.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise ConfigError(f"url {url!r}: accepted is http://host:port or https://host:port")
        if parts.scheme == "http":
            return cls(url, http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout_s), token)
        context = ssl.create_default_context(cafile=ca_file)
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout_s, context=context)
        return cls(url, connection, token)

    def __enter__(self) -> ControlClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    # ------------------------------------------------------------------ calls

    def get(self, path: str, **query: Any) -> Any:
        """Ask; the JSON answer. Parameters that are None are left out."""
        return self._call("GET", path, query)

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        """Send JSON; the JSON answer."""
        return self._call("POST", path, query, body)

    def delete(self, path: str) -> Any:
        """Take away; the JSON answer."""
        return self._call("DELETE", path, {})

    def is_there(self) -> bool:
        """Whether a server answers."""
        try:
            self.get("/healthz")
        except LinkError:
            return False
        except LinesideError:
            pass  # it answers, though it is not well
        return True

    def follow_events(self, after: int | None = None, **filters: Any) -> Iterator[dict[str, Any]]:
        """Events as they are recorded, for ever; each once, without a hole, also over a restart of the server.

        Args:
            after: seq to go on from; None begins with the next event.
            filters: ``gateway``, ``unit``, ``kind``.

        Raises:
            LinesideError: the server refuses, or it was not there at the first try.
        """
        if after is None:
            after = int(self.get("/api/events", limit=1, newest="true")["next"])
        while True:
            try:
                page = self.get("/api/events", after=after, limit=FOLLOW_LIMIT, wait=FOLLOW_WAIT_S, **filters)
            except LinkError:
                time.sleep(RETRY_S)
                continue
            yield from page["events"]
            after = int(page["next"])

    def _call(self, method: str, path: str, query: Mapping[str, Any], body: Any = None) -> Any:
        given = {name: value for name, value in query.items() if value is not None}
        target = quote(path, safe="/~") + (f"?{urlencode(given)}" if given else "")
        data = None if body is None else msgspec.json.encode(body)
        headers = self._headers if data is None else {**self._headers, "Content-Type": routes.JSON}
        try:
            status, answer = self._exchange(method, target, data, headers)
        except TimeoutError as error:
            raise LinkTimeout(f"{self.name} did not answer in time") from error
        except (OSError, http.client.HTTPException) as error:
            raise LinkError(_words_for(self.name, error)) from error
        if status >= 400:
            raise error_from_answer(status, answer)
        return msgspec.json.decode(answer) if answer else None

    def _exchange(self, method: str, target: str, data: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """One exchange; a kept connection that the server has ended in the meantime is opened anew."""
        was_open = self._connection.sock is not None
        try:
            return self._exchange_once(method, target, data, headers)
        except (ConnectionError, http.client.RemoteDisconnected):
            self._connection.close()
            if not was_open or method != "GET":
                raise
            return self._exchange_once(method, target, data, headers)
        except BaseException:
            self._connection.close()
            raise

    def _exchange_once(
        self, method: str, target: str, data: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        self._connection.request(method, target, data, dict(headers))
        answer = self._connection.getresponse()
        return answer.status, answer.read()


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("lineside", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket instead of a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(str(self._path))
        except BaseException:
            self.close()
            raise


def error_from_answer(status: int, answer: bytes) -> LinesideError:
    """The exception that the server raised, of the same class where there is one of its code."""
    try:
        detail = msgspec.json.decode(answer, type=routes.ErrorAnswer).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return LinesideError(f"the server answered {status}: {answer[:200]!r}")
    kind = _classes().get(detail.code, LinesideError)
    error = kind.__new__(kind)  # some take other arguments than their text
    Exception.__init__(error, detail.message)
    error.args = (detail.message,)
    return error


def _classes() -> dict[str, type[LinesideError]]:
    found: dict[str, type[LinesideError]] = {}
    for module in (errors, routes):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, LinesideError):
                found.setdefault(value.code, value)
    return found


def _words_for(name: str, error: Exception) -> str:
    match error:
        case FileNotFoundError() | ConnectionRefusedError():
            return f"no server answers at {name}; start one with `lineside run`"
        case PermissionError():
            return f"no permission for {name}; ask as the user that runs the server"
        case ssl.SSLError():
            return f"no secure connection with {name}: {error}"
    return f"the connection with {name} failed: {error}"
