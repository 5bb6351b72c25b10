"""What is heard shows itself without the key of a registration."""

from __future__ import annotations

from lineside.slots.wire import BadAnswer, DataAnswer, Noise, NoiseReason, SingleMeter, WrongAddress, with_crc

KEY = "a1" * 20
FRAME = with_crc(bytes.fromhex(f"01731d0101000000{KEY}00000000"))


def test_frames_are_shown_as_hex() -> None:
    assert repr(Noise(b"\x80\x81", NoiseReason.ECHO)) == "Noise('80 81', 'echo')"
    shown = repr(DataAnswer(1, 0x1A, b"\x01\x1a", SingleMeter(5)))
    assert shown == "DataAnswer(0x01, 0x1A, '01 1a', SingleMeter(value=5))"


def test_keys_are_not() -> None:
    for one in (
        Noise(FRAME[:20], NoiseReason.TRUNCATED),
        DataAnswer(1, 0x73, FRAME, None),
        BadAnswer(1, 0x73, FRAME, "reason"),
        WrongAddress(1, 2, FRAME),
    ):
        assert "a1" not in repr(one)
        assert "**" in repr(one)
