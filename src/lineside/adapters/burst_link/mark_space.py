"""The wake-up bit by parity: a thread sends the first byte in MARK, waits until it has left, and the rest in SPACE.

::

    loop ── send_burst ──► queue ──► thread: MARK · first · drain · guard · SPACE · rest
    loop ◄── reader of the device (the receiver hears at once; no thread in between)

The pause inside a burst must stay below 5 ms, and the thread needs the interpreter four times within it. While a line
of this kind is open the interpreter is handed over every `SWITCH_S`, so that a busy loop cannot stretch the pause.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

from lineside.adapters.burst_link.port import ParityMarks, Port, hasten
from lineside.adapters.serial_trouble import device_path, explain, explain_end
from lineside.errors import LinkClosed
from lineside.runtime.burst import BurstReceiver, BurstSettings, GapMeter

SWITCH_S = 0.0002
"""Longest wait of a thread for a busy interpreter; Python's own 5 ms, four times, would be 20 ms inside one message."""

_switching = threading.Lock()
_fast_lines = 0
_usual_switch_s = 0.005


async def open_mark_space(line: str, settings: BurstSettings) -> MarkSpaceLink:
    """Open a device, or a pseudo-terminal that stands for one.

    Raises:
        LinkError, LinkBusy, ConfigError: as `open_burst_line`.
    """
    path = device_path(line)
    try:
        port = await asyncio.to_thread(Port, path, settings)
        late = await asyncio.to_thread(hasten, path)
    except OSError as error:
        raise explain(line, error) from error
    return MarkSpaceLink(line, port, settings, late)


class MarkSpaceLink:
    """A `lineside.runtime.burst.BurstLink` over a serial device.

    Args:
        line: as the settings write it.
        port: open; this link closes it.
        trouble: what was found at opening, for people.
    """

    def __init__(self, line: str, port: Port, settings: BurstSettings, trouble: str = "") -> None:
        self.name = line
        self.character_s = 0.0 if port.is_pseudo else settings.character_s
        self.gap = GapMeter()
        self._found = trouble
        self._port = port
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._receiver: BurstReceiver | None = None
        self._marks = ParityMarks() if settings.hear_wakeups else None
        self._bursts: queue.SimpleQueue[tuple[bytes, bytes] | None] = queue.SimpleQueue()
        self._queued_bytes = 0  # counted by the loop
        self._written_bytes = 0  # counted by the thread
        self._reason = ""
        self._is_told = False
        self._is_reading = False
        _hurry()
        self._thread = threading.Thread(target=self._run, name=f"bursts of {line}", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str:
        """What is not as it was asked for; empty when all is well."""
        if self._port.has_parity:
            return self._found
        return f"{self.name} carries no mark and space parity: going on without the wake-up bit"

    # -- BurstLink ---------------------------------------------------------------------------------------------------

    def start(self, receiver: BurstReceiver) -> None:
        """Begin to deliver; what came earlier has waited in the driver."""
        assert self._receiver is None, "a link is started once"
        self._receiver = receiver
        if self._reason:
            self._loop.call_soon(self._tell_end)
        else:
            self._is_reading = True
            self._loop.add_reader(self._port.fd, self._read_some)

    def send_burst(self, first: bytes, rest: bytes) -> None:
        """Queue a message for the thread.

        Raises:
            LinkClosed: the line has ended, or ends now because the device takes nothing.
        """
        if not self._reason and self.unsent() + len(first) + len(rest) > self._settings.send_bytes_max:
            self.close("the device does not take bytes")
        if self._reason:
            raise LinkClosed(f"{self.name}: {self._reason}")
        self._queued_bytes += len(first) + len(rest)
        self._bursts.put((first, rest))

    def unsent(self) -> int:
        """Bytes that the thread has not given to the driver."""
        return self._queued_bytes - self._written_bytes

    def close(self, reason: str) -> None:
        """End the line after what is queued has left, or `BurstSettings.close_s` has passed."""
        if self._reason:
            return
        self._reason = reason
        self._stop_reading()
        self._bursts.put(None)
        self._loop.call_later(self._settings.close_s, self._give_up)

    # -- in the loop -------------------------------------------------------------------------------------------------

    def _read_some(self) -> None:
        try:
            data = self._port.read()
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._lose(error)
            return
        if not data:
            self._lose(None)
        elif self._receiver is not None:
            self._hear(self._receiver, data)

    def _hear(self, receiver: BurstReceiver, data: bytes) -> None:
        if self._marks is None:
            receiver.on_bytes(data, None)
            return
        values, wakeups = self._marks.decode(data)
        if values:
            receiver.on_bytes(values, wakeups if self._port.has_parity else None)

    def _lose(self, error: OSError | None) -> None:
        self.close(explain_end(self.name, error))

    def _stop_reading(self) -> None:
        if self._is_reading:
            self._is_reading = False
            self._loop.remove_reader(self._port.fd)

    def _give_up(self) -> None:
        """The thread hangs in the driver: free it, and wait for it no longer."""
        if not self._is_told:
            self._port.drop_output()
            self._tell_end()

    def _tell_end(self) -> None:
        if not self._is_told and self._receiver is not None:
            self._is_told = True
            self._receiver.on_closed(self._reason)

    # -- in the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (burst := self._bursts.get()) is not None:
                self._send(*burst)
                self._written_bytes += len(burst[0]) + len(burst[1])
        except OSError as error:
            self._in_loop(partial(self._lose, error))
            while self._bursts.get() is not None:  # until `close`: the descriptor stays ours while a reader is on it
                pass
        finally:
            self._port.close()
            _relax()
            self._in_loop(self._tell_end)

    def _send(self, first: bytes, rest: bytes) -> None:
        port = self._port
        port.set_parity(is_mark=True)
        port.write(first)
        begun = time.monotonic()
        if not (rest or self._settings.hear_wakeups):
            return  # stays in MARK: the next burst begins with it
        port.drain()
        time.sleep(self._settings.guard_s)
        port.set_parity(is_mark=False)
        if rest:
            self.gap.note(max(time.monotonic() - begun - self.character_s, 0.0))
            port.write(rest)

    def _in_loop(self, call: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:  # the loop has ended before its line
            return


def _hurry() -> None:
    global _fast_lines, _usual_switch_s
    with _switching:
        if _fast_lines == 0:
            _usual_switch_s = sys.getswitchinterval()
            sys.setswitchinterval(min(SWITCH_S, _usual_switch_s))
        _fast_lines += 1


def _relax() -> None:
    global _fast_lines
    with _switching:
        _fast_lines -= 1
        if _fast_lines == 0:
            sys.setswitchinterval(_usual_switch_s)
