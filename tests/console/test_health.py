"""Health for monitors, open and terse."""

from __future__ import annotations

from pathlib import Path

import msgspec

from lineside.runtime.journal import HealthState
from tests.support.console import console


async def test_health_is_good_while_the_journal_writes(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        assert await rig.get("/healthz") == {"ok": True, "journal": "ok"}
        assert await rig.get("/readyz") == {"ready": True, "reasons": []}


async def test_health_is_bad_when_the_journal_is_damaged(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        rig.journal._health.set(HealthState.DAMAGED, "a test has said so")
        answer = await rig.ask.get("/healthz")
        assert (answer.status, await answer.json()) == (503, {"ok": False, "journal": "damaged"})
        answer = await rig.ask.get("/readyz")
        assert (answer.status, (await answer.json())["reasons"]) == (503, ["journal damaged"])
        assert "a test has said so" not in await answer.text()


async def test_gateway_that_waits_is_named_and_ready_and_one_that_failed_is_not(tmp_path: Path) -> None:
    reasons: list[str] = []
    async with console(tmp_path, reasons=reasons) as rig:
        rig.gateways[0] = msgspec.structs.replace(rig.gateways[0], state="waiting", reason="/dev/secret is missing")
        assert await rig.get("/readyz") == {"ready": True, "reasons": ["gateway ward waiting"]}
        rig.gateways[0] = msgspec.structs.replace(rig.gateways[0], state="failed")
        answer = await rig.ask.get("/readyz")
        assert (answer.status, (await answer.json())["ready"]) == (503, False)
        rig.gateways[0] = msgspec.structs.replace(rig.gateways[0], state="running")
        reasons.append("sink rows waiting")
        assert (await rig.ask.get("/readyz")).status == 503
