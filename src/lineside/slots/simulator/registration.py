"""AFT registration (LP 73): read, start, register, ask the operator, unregister. The key is kept and never shown."""

from __future__ import annotations

from lineside.slots.simulator.memory import Registration
from lineside.slots.simulator.pack import Invalid, Reader, counted, low_first
from lineside.slots.simulator.works import Refused, Works

READY, REGISTERED, PENDING, NOT_REGISTERED = 0x00, 0x01, 0x40, 0x80
START, REGISTER, ASK, UNREGISTER, READ = 0x00, 0x01, 0x40, 0x80, 0xFF
REQUESTED, ACKNOWLEDGED, CANCELLED = 0x6C, 0x6D, 0x6E
KEY_BYTES = 20


class Registrations:
    """The registration of one machine."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self._state = works.state

    def answer(self, asked: Reader) -> bytes:
        """LP 73; an asset number that is not the machine's changes nothing."""
        body = asked.counted()
        code = body.byte()
        if code != READ:
            self._obey(code, body)
        return counted(self._told())

    def _obey(self, code: int, body: Reader) -> None:
        asset, key, pos = body.low_first(4), body.raw(KEY_BYTES).hex(), body.low_first(4)
        body.end()
        mine = self._state.registration
        asset_fits = asset == self._works.settings.asset != 0
        if code == UNREGISTER:
            self._state.registration = Registration()
        elif not asset_fits:
            mine.status = NOT_REGISTERED
        elif code == START:
            self._state.registration = Registration(READY, key, pos)
        elif code == REGISTER:
            fits = mine.status == READY and (mine.key, mine.pos) == (key, pos)
            mine.status = REGISTERED if fits or mine.status == REGISTERED else NOT_REGISTERED
        elif code == ASK:
            mine.status = PENDING
        else:
            raise Invalid(f"no registration code {code:02X}")

    def _told(self) -> bytes:
        mine = self._state.registration
        asset = low_first(self._works.settings.asset, 4)
        return bytes((mine.status,)) + asset + bytes.fromhex(mine.key) + low_first(mine.pos, 4)

    # -- the operator's side ---------------------------------------------------------------------------------------

    def request(self) -> None:
        """The operator starts a registration at the machine."""
        self._works.exceptions.put(REQUESTED)

    def acknowledge(self, *, yes: bool = True) -> None:
        """The operator answers what the host asked with code 40."""
        if self._state.registration.status != PENDING:
            raise Refused("no host asks for a registration")
        self._state.registration.status = READY if yes else NOT_REGISTERED
        self._works.exceptions.put(ACKNOWLEDGED if yes else CANCELLED)
