"""doctor: why a line does not talk."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lineside.adapters.far_end import open_far_end
from lineside.cli.doctor import Findings, examine
from lineside.runtime.line import FarEnd, LineSettings
from tests.cli.conftest import Cli, DemoPlace

GOOD = bytes.fromhex("7e400000a000000000000000000091008f0000000000000000000000010074c07e")
WRONG_VERSION = bytes.fromhex("7e40000011")  # cut; made whole in the test


async def examined(folder: Path, speak: bytes) -> Findings:
    """What the doctor says of a line on which ``speak`` is repeated."""
    far_end = await open_far_end(f"pty:{folder}/vent", LineSettings())

    async def talk(line: FarEnd) -> None:
        while True:
            if line.is_attached():
                line.send(speak)
            await asyncio.sleep(0.02)

    talking = asyncio.create_task(talk(far_end))
    try:
        return await examine(f"pty:{folder}/vent", 115_200, 0.6)
    finally:
        talking.cancel()
        far_end.close("done")


@pytest.mark.parametrize(
    ("speak", "well", "words"),
    [
        (GOOD, True, 'profile = "A0"'),
        (b"", False, "silence"),
        (b"hello", False, "no flag 7E"),
        (b"\x7e123456\x7e", False, "no whole frame"),
        (GOOD.replace(b"\x74\xc0", b"\x75\xc0"), False, "no whole frame"),
    ],
)
async def test_verdict_says_what_to_look_at(tmp_path: Path, speak: bytes, well: bool, words: str) -> None:
    findings = await examined(tmp_path, speak)
    assert words in findings.verdict, findings
    assert findings.is_well is well


async def test_unknown_version_is_named(tmp_path: Path) -> None:
    from lineside.ventilator.wire import encode_information

    findings = await examined(tmp_path, encode_information(0x40, 0, bytes([0x11, 0, 0])))
    assert "talks version 11" in findings.verdict


def test_missing_device_is_told_in_words(cli: Cli, tmp_path: Path) -> None:
    done = cli("doctor", f"{tmp_path}/ttyACM0", "--seconds", "0.5")
    assert done.code == 1
    assert "NO  opens: no such device" in done.out
    assert cli("doctor", f"{tmp_path}/ttyACM0", "--json").json["ok"] is False  # type: ignore[index]


def test_bundle_holds_facts_and_no_secret(cli: Cli, demo: DemoPlace) -> None:
    bundle = cli("doctor", *demo.data)
    assert bundle.code == 0
    assert bundle.json["server"]["running"] is True  # type: ignore[index]
    assert bundle.json["settings"]["web"]["address"] == "127.0.0.1:8000"  # type: ignore[index]
    assert "code=" not in bundle.out


def test_bundle_is_made_also_of_broken_settings(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "lineside.toml").write_text("[web]\nadress = 1\n")
    bundle = cli("doctor").json
    assert "did you mean" in bundle["settings"]["error"]  # type: ignore[index]
