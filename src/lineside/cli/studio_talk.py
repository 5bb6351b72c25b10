"""What a person says through the client: the eight updates of the demonstration, and commands typed by hand.

::

    sdp up | idp calibration             a service
    zcam up | nfc down | barcode up      a device
    roulette down shaker up              several at once are one update
    maintenance on | off
    custom {"note": "Wheel 2", "n": 1}   own fields: JSON as it stands, blanks and capitals kept
    status | help | quit

Source: wire/studio.md section 7, and the originals' defects that it names.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import CancelledError
from typing import Any

import msgspec

from lineside.cli.output import say, tell
from lineside.studio.client import DEVICES, SERVICES, Delivery, StudioWebSocketClient
from lineside.studio.wire.reporter import field_name
from lineside.studio.wire.vocabulary import FIELDS, StatusValues, accepted_values

DEMO: tuple[dict[str, Any], ...] = (
    {"sdp": "up"},
    {"idp": "standby"},
    {"roulette": "up"},
    {"shaker": "down"},
    {"broker": "up"},
    {"zcam": "up", "barcode_scanner": "up", "nfc_scanner": "down"},
    {"maintenance": True},
    {"sdp": "calibration"},
)
"""The demonstration: eight updates, one second apart."""

# A line of a person; what is longer came from a file that was meant for something else.
LINE_CHARACTERS_MAX = 65_536

HELP = """\
sdp|idp up|down|standby|calibration|exception      a service
roulette|shaker|broker|zcam|barcode|nfc up|down    a device; several pairs in a line are one update
maintenance on|off                                 people work at the table
custom {"name": "value"}                           own fields, as JSON
status                                             what the server has confirmed
quit"""

_ON_OFF = {"on": True, "true": True, "off": False, "false": False}

Show = Callable[[dict[str, object]], None]
"""Takes one thing that happened: ``text`` for people, the rest for programs."""


class Unclear(Exception):
    """A line that is no command; the text says what is wanted."""


class Talk:
    """Sends updates and tells what became of each.

    Attributes:
        is_clean: whether everything was understood and nothing was refused.
    """

    def __init__(self, client: StudioWebSocketClient, show: Show) -> None:
        self.client = client
        self.is_clean = True
        self._show = show

    async def send(self, update: Mapping[str, Any]) -> Delivery:
        """Deliver one update."""
        delivery = await self.client.deliver(update)
        told: dict[str, object] = {"update": dict(update), "result": delivery.value}
        words = delivery.value
        if delivery is not Delivery.CONFIRMED:
            told["reason"] = self.client.last_error
            words = f"{words}: {self.client.last_error}"
        self.is_clean &= delivery is not Delivery.REFUSED
        self._show({"text": f"{in_words(update)}: {words}", **told})
        return delivery

    def say(self, text: str, **more: object) -> None:
        """Tell something that is no update."""
        self._show({"text": text, **more})

    def complain(self, text: str) -> None:
        """Tell that a line was not understood."""
        self.is_clean = False
        self._show({"text": text, "error": text})


PAUSE_S = 1.0
"""Between the updates of the demonstration: slow enough to be seen on a page."""


async def demo(talk: Talk, pause_s: float) -> bool:
    """The eight updates; stops at the first that the server does not confirm, and returns whether all were."""
    for index, update in enumerate(DEMO):
        if index:
            await asyncio.sleep(pause_s)
        if await talk.send(update) is not Delivery.CONFIRMED:
            return False
    return True


async def interact(talk: Talk, lines: AsyncIterator[str]) -> None:
    """Carry out commands until ``quit`` or the end of the lines; what waits for the server gets a moment to leave."""
    async for line in lines:
        try:
            if not await _carry_out(talk, line):
                break
        except Unclear as error:
            talk.complain(str(error))
    if talk.client.connected:
        await talk.client.drained(1.0)


async def demo_status_updates(client: StudioWebSocketClient | None = None) -> bool:
    """The demonstration from connecting to leaving, with the seed's defaults; True when everything was confirmed."""
    talk = Talk(client or StudioWebSocketClient(reconnect=False), show_words)
    try:
        return await talk.client.connect() and await demo(talk, PAUSE_S)
    finally:
        await talk.client.disconnect()


async def interactive_mode(client: StudioWebSocketClient | None = None) -> bool:
    """Commands from standard input from connecting to leaving; True when each was understood and nothing refused."""
    talk = Talk(client or StudioWebSocketClient(), show_words)
    try:
        await talk.client.connect()
        await interact(talk, read_lines())
        return talk.is_clean
    finally:
        await talk.client.disconnect()


def show_words(told: dict[str, object]) -> None:
    """For people: what happened on standard output, complaints on standard error."""
    (tell if "error" in told else say)(str(told["text"]))


async def _carry_out(talk: Talk, line: str) -> bool:
    """One command; False for quit. Raises Unclear."""
    words = line.split()
    match [word.lower() for word in words[:1]]:
        case []:
            return True
        case ["quit" | "exit"]:
            return False
        case ["help" | "?"]:
            talk.say(HELP)
        case ["status"]:
            known = talk.client.known
            talk.say(in_words(known) or "nothing confirmed yet", known=known, queued=talk.client.queued)
        case _:
            try:
                await talk.send(update_of(line))
            except ValueError as error:
                raise Unclear(str(error)) from None
    return True


def update_of(line: str) -> dict[str, Any]:
    """The update that a line means.

    Raises:
        Unclear: an unknown name, a value that the field does not take, or custom fields that are no JSON object.
    """
    first, _, rest = line.strip().partition(" ")
    if first.lower() == "custom":
        return _custom(rest)
    words = line.split()
    if len(words) % 2:
        _field(words[-1])
        raise Unclear(f"{words[-1]} has no value; for example: sdp up")
    return dict(_pair(name, value) for name, value in zip(words[::2], words[1::2], strict=True))


def _custom(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unclear(f'no JSON: {error}; for example: custom {{"note": "Wheel 2"}}') from None
    if not isinstance(value, dict):
        raise Unclear('custom wants an object; for example: custom {"note": "Wheel 2"}')
    return value


def _field(name: str) -> str:
    found = field_name(name)
    if found is None:
        raise Unclear(f"no device {name!r}; known: {', '.join((*SERVICES, *DEVICES, 'maintenance', 'custom'))}")
    return found


def _pair(name: str, word: str) -> tuple[str, Any]:
    found, value = _field(name), word.lower()
    if found == "maintenance":
        if value not in _ON_OFF:
            raise Unclear(f"maintenance is not {word!r}; on or off")
        return found, _ON_OFF[value]
    if value not in _VALUES[found]:
        raise Unclear(f"{found} is not {word!r}; {', '.join(_SEED_VALUES[found])}")
    return found, value


_VALUES = {FIELDS[key].name: values for key, values in accepted_values(StatusValues.EXTENDED).items()}
_SEED_VALUES = {FIELDS[key].name: sorted(values) for key, values in accepted_values(StatusValues.SEED).items()}


def in_words(update: Mapping[str, Any]) -> str:
    """``sdp up, maintenance on``; custom values as JSON."""
    return ", ".join(f"{name} {_word(value)}" for name, value in update.items())


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


async def read_lines() -> AsyncIterator[str]:
    """Lines of standard input, read beside the loop by a thread that nobody has to wait for."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue(1)

    def read() -> None:
        while True:
            line = sys.stdin.readline(LINE_CHARACTERS_MAX)
            try:
                asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()
            except (RuntimeError, CancelledError):  # the loop has ended
                return
            if not line:
                return

    threading.Thread(target=read, name="standard input", daemon=True).start()
    while line := await lines.get():
        yield line
