"""Tell systemd that the service is ready, how it is, and that it is alive: the sd_notify datagrams.

Without ``NOTIFY_SOCKET`` in the environment everything here does nothing. The watchdog is fed only after a proof: the
caller's own function, which for lineside is a round trip through the journal's writer. A loop that hangs, or a writer
that hangs, feeds nothing, and systemd starts the service anew. A journal that *cannot* write but says so is alive.

Source: sd_notify(3), sd_watchdog_enabled(3).
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping

from lineside.runtime.log import get_log

# systemd reads one line of status; a longer text only hides the beginning.
STATUS_CHARACTERS_MAX = 200

log = get_log("notify")


class Notifier:
    """Sends state to the service manager, if there is one.

    Args:
        environment: ``NOTIFY_SOCKET``, ``WATCHDOG_USEC`` and ``WATCHDOG_PID`` are read from it.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        variables = os.environ if environment is None else environment
        path = variables.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        self.watchdog_s = _watchdog_s(variables)

    @property
    def is_on(self) -> bool:
        """Whether somebody listens."""
        return bool(self._address)

    def ready(self, status: str = "") -> bool:
        """The service does its work now. False when that could not be told."""
        return self._send("READY=1", status)

    def status(self, status: str) -> bool:
        """One line for ``systemctl status``."""
        return self._send("", status)

    def stopping(self, status: str = "") -> bool:
        """The service is ending."""
        return self._send("STOPPING=1", status)

    def feed(self) -> bool:
        """The service is alive, at this moment."""
        return self._send("WATCHDOG=1")

    async def keep_fed(self, proof: Callable[[], Awaitable[object]]) -> None:
        """Feed the watchdog after each proof, three times in its interval, until cancelled.

        Args:
            proof: returns when the journal's writer has answered. If it raises or takes too long nothing is fed.
        """
        if self.watchdog_s is None or not self.is_on:
            await asyncio.Event().wait()  # a part that has nothing to do still runs until it is cancelled
            return
        period_s = self.watchdog_s / 3
        while True:
            try:
                async with asyncio.timeout(self.watchdog_s):
                    await proof()
                self.feed()
            except Exception as error:
                log.error("watchdog not fed", reason=repr(error))
            await asyncio.sleep(period_s)

    def _send(self, state: str, status: str = "") -> bool:
        if not self._address:
            return False
        line = "".join(c if c.isprintable() else " " for c in status[:STATUS_CHARACTERS_MAX])
        lines = [part for part in (state, f"STATUS={line}" if line else "") if part]
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
                sock.setblocking(False)
                sock.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            log.warning("service manager not told", state=state, reason=str(error))
            return False
        return True


def _watchdog_s(variables: Mapping[str, str]) -> float | None:
    """The interval, when it is meant for this process."""
    pid, microseconds = variables.get("WATCHDOG_PID", ""), variables.get("WATCHDOG_USEC", "")
    if (pid and pid != str(os.getpid())) or not microseconds.isdigit() or int(microseconds) == 0:
        return None
    return int(microseconds) / 1_000_000
