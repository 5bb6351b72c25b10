"""All that differs between protocol versions, as one value: layouts, names, units, commands.

`profile_of` makes it from the tables; nothing else in the house knows a version.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lineside.errors import ConfigError, Malformed
from lineside.ventilator.wire import tables
from lineside.ventilator.wire.frame import CLASS_ALARM, CLASS_COMMAND, CLASS_DATA, CLASS_MASK
from lineside.ventilator.wire.layout import (
    HEAD_BYTES,
    OPAQUE,
    AlarmLayout,
    CommandLayout,
    DataLayout,
    Head,
    Layout,
    OtherLayout,
    PayloadType,
)
from lineside.ventilator.wire.message import (
    Alarm,
    AlarmFrame,
    CommandContent,
    Content,
    Data,
    DataFrame,
    Other,
    UnusableReason,
)
from lineside.ventilator.wire.tables import AlarmKind, Field

TYPE_OFFSET = 5

_CLASS_OF_TYPE: dict[int, int] = {PayloadType.CMD: CLASS_COMMAND, PayloadType.ALARM: CLASS_ALARM}
_TYPE_OF_CLASS: dict[int, int] = {
    CLASS_DATA: PayloadType.DATA,
    CLASS_COMMAND: PayloadType.CMD,
    CLASS_ALARM: PayloadType.ALARM,
}

_FLOATS_AND_FLAGS = "B7f3B"  # how TARGET begins in the recordings of B5 and B6

# DATA after fsm_state, READBACK, IVT and TARGET of each version; CYCLE, DEBUG, LOGMSG and LOOP_STATUS never changed.
_DATA_FORMS = {0xAA: "HfHffffHfHHfff", 0xB0: "HfHffffHfHH9f"}
_DATA_FORM_FLOW_CALC = "HfHffffHfHH10f"
_READBACK_FORMS = {0xAA: "11Hff11Bff", 0xAE: "9Hff11Bff", 0xB0: "9Hff11B5f", 0xB6: "10Hff11B6fB"}
_IVT_FORMS = {0xAA: "10f5bf", 0xAE: "10f5Bf"}
_TARGET_FORMS = {0xB5: _FLOATS_AND_FLAGS + "5f", 0xB6: _FLOATS_AND_FLAGS + "4f"}
# Of AE's TARGET the length alone is known, and of B0 to B4 that theirs lay between AE's and B5's: kept as bytes.
_TARGET_SIZES_AE = range(41, 42)
_TARGET_SIZES_B0 = range(41, 59)
_SAME_FORMS = {
    PayloadType.CYCLE: "14fHHB",
    PayloadType.DEBUG: "9f",
    PayloadType.LOGMSG: "50s",
    PayloadType.LOOP_STATUS: "ffIIBBB",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """One protocol version.

    Attributes:
        version: the first byte of every payload: 0xA0.
        sensor_fields: name and unit of each sensor of DATA, in wire order (of the shortest layout).
        fsm_names: number of a breathing state to its name.
        alarms: code to its name and rank.
        commands: type to command to code; names are exact, case included.
    """

    version: int
    data_layouts: tuple[DataLayout, ...]
    alarm_layout: AlarmLayout
    command_layout: CommandLayout
    sensor_fields: tuple[Field, ...]
    fsm_names: dict[int, str]
    alarms: dict[int, AlarmKind]
    commands: dict[str, dict[str, int]]
    _states_at_rest: frozenset[int]
    _layouts: dict[tuple[int, int], Layout]
    _others: list[OtherLayout]

    @property
    def name(self) -> str:
        """The version as people write it: ``A0``."""
        return f"{self.version:02X}"

    @property
    def alarm_names(self) -> tuple[str, ...]:
        """Every alarm of this version, by rising code."""
        return tuple(kind.name for kind in self.alarms.values())

    def fsm_name(self, fsm_state: int) -> str:
        """Name of a breathing state; of a number that no table has, ``STATE_99``."""
        return self.fsm_names.get(fsm_state) or f"STATE_{fsm_state}"

    def is_breathing(self, fsm_state: int) -> bool:
        """Whether the controller breathes in this state: the evidence for START (true) and STOP (false).

        A number that no table has counts as breathing, so that it can never confirm a STOP.
        """
        return fsm_state not in self._states_at_rest

    def has_command(self, cmdtype: str, cmd: str) -> bool:
        """Whether this version can express the command."""
        return cmd in self.commands.get(cmdtype, ())

    # ------------------------------------------------------------------------------------------------------ decode

    def decode(self, address: int, info: bytes) -> Content | UnusableReason:
        """Read an information field.

        Args:
            address: the frame's; its two top bits are the class, which decides where the version has no type byte.
            info: any bytes.
        """
        try:
            if self.version == info[0] and address & CLASS_MASK:
                return self._layouts[self._kind(address, info), len(info)].decode(info)
        except (KeyError, IndexError):
            pass
        return self._why_not(address, info)

    def _kind(self, address: int, info: bytes) -> int:
        return info[TYPE_OFFSET] if self.version >= 0xAA else _TYPE_OF_CLASS[address & CLASS_MASK]

    def _why_not(self, address: int, info: bytes) -> UnusableReason:
        if not address & CLASS_MASK:
            return UnusableReason.NO_CLASS
        if not info:
            return UnusableReason.EMPTY
        if info[0] != self.version:
            return UnusableReason.WRONG_VERSION
        kinds = {kind for kind, _ in self._layouts}
        is_known = self.version < 0xAA or len(info) <= TYPE_OFFSET or info[TYPE_OFFSET] in kinds
        return UnusableReason.WRONG_SIZE if is_known else UnusableReason.UNKNOWN_TYPE

    # ------------------------------------------------------------------------------------------------------ encode

    def encode_command(self, cmdtype: str, cmd: str, param: int | float = 0) -> bytes:
        """The information field of a command.

        Raises:
            Malformed: this version has no such command (names those it has), or the parameter does not fit.
        """
        if not self.has_command(cmdtype, cmd):
            known = ", ".join(f"{one}/{'|'.join(codes)}" for one, codes in self.commands.items())
            raise Malformed(f"version {self.name} has no command {cmdtype}/{cmd}; it has {known}")
        codes = (tables.COMMAND_TYPES[cmdtype], self.commands[cmdtype][cmd])
        return self.command_layout.encode(codes, param)

    def encode_data(self, frame: DataFrame) -> bytes:
        """The information field of a sample; `Malformed` if the values are not those of a DATA layout."""
        for layout in self.data_layouts:
            if len(layout.sensors) == len(frame.values):
                return layout.encode(frame.values, frame.timestamp_ms)
        counts = " or ".join(str(len(layout.sensors)) for layout in self.data_layouts)
        raise Malformed(f"a sample of version {self.name} has {counts} values, not {len(frame.values)}")

    def encode_alarm(self, frame: AlarmFrame) -> bytes:
        """The information field of an alarm; `Malformed` if code, level or parameter do not fit."""
        return self.alarm_layout.encode(frame.code, frame.param, frame.timestamp_ms, frame.level)

    def encode(self, content: Content) -> bytes:
        """The information field that `decode` reads as ``content`` (a padded A0 alarm loses its padding).

        Raises:
            Malformed: the content is not one of this version.
        """
        stamp = content.timestamp_ms or 0
        match content:
            case Data(values=values):
                return self.encode_data(DataFrame(values, stamp))
            case Alarm(code=code, param=param, level=level):
                return self.encode_alarm(AlarmFrame(code, param, stamp, level))
            case CommandContent(cmdtype_code=cmdtype_code, cmd_code=cmd_code, param=param):
                return self.command_layout.encode((cmdtype_code, cmd_code), param, stamp)
            case Other(kind=kind, values=values):
                for layout in self._others:
                    if layout.fits(kind, values):
                        return layout.encode(values, stamp)
                raise Malformed(f"version {self.name} has no {kind} of {len(values)} values")

    def address_of(self, info: bytes) -> int:
        """The address under which a recorded information field was sent, as far as it tells: data, if it does not."""
        if self.version < 0xAA or len(info) <= TYPE_OFFSET:
            return CLASS_DATA
        return _CLASS_OF_TYPE.get(info[TYPE_OFFSET], CLASS_DATA)


@lru_cache(maxsize=32)
def profile_of(version: int, *, a0_byte_order: Literal["little", "big"] = "little") -> Profile:
    """The profile of a protocol version.

    Args:
        version: the version byte, ``0xA0``.
        a0_byte_order: ``big`` reads A0 samples the wrong way round, as the originals did until 13 Apr 2020; it turns
            144 into the 36864 of the seed's example packet.

    Raises:
        ConfigError: no such version; names those that there are.
    """
    if version not in tables.VERSIONS:
        known = ", ".join(f"{one:02X}" for one in tables.VERSIONS)
        raise ConfigError(f"no profile for protocol version {version:02X}; there are {known}", "profile")
    head = _head_of(version)
    alarms = {kind.code: kind for kind in tables.alarm_kinds(version)}
    commands = tables.commands(version)
    data_layouts = _data_layouts(version, is_big=a0_byte_order == "big")
    alarm_layout = AlarmLayout(head, version, alarms)
    command_layout = CommandLayout(head, version, commands)
    others = _other_layouts(version)
    layouts: dict[tuple[int, int], Layout] = {
        (PayloadType.CMD, command_layout.size): command_layout,
        (PayloadType.ALARM, alarm_layout.size): alarm_layout,
    }
    layouts.update({(PayloadType.DATA, layout.size): layout for layout in data_layouts})
    layouts.update({(layout.kind, layout.size): layout for layout in others})
    if version == 0xA0:
        padded = AlarmLayout(head, version, alarms, padded=True)
        layouts[PayloadType.ALARM, padded.size] = padded
    return Profile(
        version,
        data_layouts,
        alarm_layout,
        command_layout,
        data_layouts[0].sensors,
        tables.fsm_names(version),
        alarms,
        commands,
        tables.states_at_rest(version),
        layouts,
        others,
    )


def _head_of(version: int) -> Head:
    return {0xA0: Head.PLAIN, 0xA1: Head.PADDED}.get(version, Head.TYPED)


def _data_layouts(version: int, *, is_big: bool) -> tuple[DataLayout, ...]:
    if version < 0xAA:
        big_endian = is_big and version == 0xA0
        return (DataLayout(_head_of(version), "9H6B", tables.SENSORS_A0, big_endian),)
    sensors = tables.SENSORS_B0 if version >= 0xB0 else tables.SENSORS_AA
    layouts = [DataLayout(Head.TYPED, _since(_DATA_FORMS, version), sensors)]
    if version == 0xB6:
        layouts.append(DataLayout(Head.TYPED, _DATA_FORM_FLOW_CALC, tables.SENSORS_B6_FLOW_CALC))
    return tuple(layouts)


def _other_layouts(version: int) -> list[OtherLayout]:
    if version < 0xAA:
        return []
    forms = [
        (PayloadType.READBACK, _since(_READBACK_FORMS, version)),
        (PayloadType.IVT, _since(_IVT_FORMS, version)),
        *_SAME_FORMS.items(),
    ]
    layouts = [OtherLayout(version, kind, form) for kind, form in forms]
    if version >= 0xAE:
        layouts += _target_layouts(version)
    return layouts


def _target_layouts(version: int) -> list[OtherLayout]:
    if version in _TARGET_FORMS:
        return [OtherLayout(version, PayloadType.TARGET, _TARGET_FORMS[version])]
    sizes = _TARGET_SIZES_B0 if version >= 0xB0 else _TARGET_SIZES_AE
    return [OtherLayout(version, PayloadType.TARGET, f"{size - HEAD_BYTES}s", OPAQUE) for size in sizes]


def _since(forms: dict[int, str], version: int) -> str:
    """The form of the newest version that is not newer than this one."""
    return forms[max(one for one in forms if one <= version)]
