"""Commands over HTTP: accepted once, waited for, signed."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lineside.runtime.envelope import sign
from tests.support.console import HMAC_KEY, Rig, console


async def test_command_is_accepted_and_looked_up(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        operator = await rig.token("operator")
        report = await rig.command(operator, reason="rounds", id="mine")
        assert (report["id"], report["unit"], report["name"], report["reason"]) == ("mine", "ward/1", "ON", "rounds")
        assert report["actor"].startswith("token test operator")
        assert report["state"] == "done"
        assert report["outcome"]["text"] == "it is done"
        assert await rig.get("/api/commands/mine", headers=await rig.token("viewer")) == report


async def test_repeated_id_gets_the_first_outcome_and_another_request_is_refused(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        operator = await rig.token("operator")
        first = await rig.command(operator, id="mine")
        assert await rig.command(operator, id="mine") == first
        assert (await rig.get("/api/units/ward/1", headers=operator))["values"]["lamp"] == {"lit": 1}
        body = {"unit": "ward/2", "name": "ON", "id": "mine"}
        assert await rig.error("POST", "/api/commands", json=body, headers=operator) == (409, "repeated")


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"unit": "ward/9"}, (404, "no_such_unit")),
        ({"name": "JUMP"}, (404, "no_such_command")),
        ({"name": "wipe"}, (403, "not_allowed")),
        ({"params": {"speed": 3}}, (422, "bad_params")),
        ({"name": "set_code", "params": {}}, (422, "bad_params")),
        ({"params": []}, (400, "bad_request")),
        ({"expires_s": 0}, (400, "bad_request")),
        ({"expires_s": 1e12}, (422, "bad_params")),
        ({"id": "no spaces"}, (400, "bad_request")),
        ({"id": "line-end\n"}, (400, "bad_request")),
        ({"reason": "x" * 501}, (400, "bad_request")),
        ({"unit": ""}, (400, "bad_request")),
        ({"colour": "red"}, (400, "bad_request")),
    ],
)
async def test_bad_command_is_refused(tmp_path: Path, asked: dict[str, Any], refusal: tuple[int, str]) -> None:
    async with console(tmp_path) as rig:
        operator = await rig.token("operator")
        before = rig.journal.health.recorded_seq
        body = {"unit": "ward/1", "name": "ON", **asked}
        assert await rig.error("POST", "/api/commands", json=body, headers=operator) == refusal
        assert rig.journal.health.recorded_seq == before


async def test_secret_parameter_of_the_wrong_type_is_not_told(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        body = {"unit": "ward/1", "name": "set_code", "params": {"code": 12345678}}
        answer = await rig.ask.post("/api/commands", json=body, headers=await rig.token("operator"))
        assert answer.status == 422
        assert "12345678" not in await answer.text()


async def test_role_and_gateways_are_needed(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        body = {"unit": "ward/1", "name": "ON", "id": "mine"}
        viewer, hall = await rig.token("viewer"), await rig.token("operator", "hall")
        assert await rig.error("POST", "/api/commands", json=body, headers=viewer) == (403, "not_allowed")
        assert await rig.error("POST", "/api/commands", json=body, headers=hall) == (403, "not_allowed")
        await rig.command(await rig.token("operator", "ward"), id="mine")
        assert await rig.error("GET", "/api/commands/mine", headers=hall) == (404, "no_such_command")


async def test_unknown_command_is_not_found(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        viewer = await rig.token("viewer")
        assert await rig.error("GET", "/api/commands/none", headers=viewer) == (404, "no_such_command")
        assert await rig.error("GET", "/api/commands/none?wait=x", headers=viewer) == (400, "bad_request")


async def ended_later(rig: Rig, command_id: str) -> None:
    await asyncio.sleep(0.1)
    rig.end(command_id)


async def test_wait_ends_with_the_command(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        operator = await rig.token("operator")
        assert (await rig.command(operator, name="LATER", id="slow"))["state"] == "accepted"
        report = await rig.get("/api/commands/slow?wait=0.05", headers=operator)
        assert report["state"] == "accepted"
        _, report = await asyncio.gather(
            ended_later(rig, "slow"), rig.get("/api/commands/slow?wait=30", headers=operator)
        )
        assert (report["state"], report["outcome"]["text"]) == ("done", "at last")


async def test_asking_may_wait_too(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        operator = await rig.token("operator")
        body = {"unit": "ward/1", "name": "LATER", "id": "slow"}
        asking = rig.ask.post("/api/commands?wait=30", json=body, headers=operator)
        _, answer = await asyncio.gather(ended_later(rig, "slow"), asking)
        assert (answer.status, (await answer.json())["state"]) == (202, "done")


async def test_wait_ends_when_the_server_stops(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        operator = await rig.token("operator")
        await rig.command(operator, name="LATER", id="slow")
        waiting = asyncio.create_task(rig.get("/api/commands/slow?wait=30", headers=operator))
        await asyncio.sleep(0.05)
        rig.console.stop()
        assert (await waiting)["state"] == "accepted"


# ---------------------------------------------------------------------- signed


def envelope(body: dict[str, Any], command_id: str = "e1", age_s: float = 0) -> dict[str, Any]:
    data = json.dumps(body).encode()
    return {"data": data, "headers": sign(data, command_id, datetime.now(UTC) - timedelta(seconds=age_s), HMAC_KEY)}


ON = {"unit": "ward/1", "name": "ON"}


async def test_signed_envelope_needs_no_session_and_acts_once(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        for _ in range(2):
            answer = await rig.ask.post("/api/commands/signed", **envelope(ON))
            report = await answer.json()
            assert (answer.status, report["id"], report["actor"], report["state"]) == (202, "e1", "key office", "done")
        viewer = await rig.token("viewer")
        assert (await rig.get("/api/units/ward/1", headers=viewer))["values"]["lamp"] == {"lit": 1}


@pytest.mark.parametrize(
    ("body", "age_s", "refusal"),
    [
        (ON, 301, (400, "stale")),
        ({**ON, "id": "other"}, 0, (422, "bad_params")),
        ({"unit": "hall/1", "name": "ON"}, 0, (403, "not_allowed")),
        ({**ON, "name": "wipe"}, 0, (403, "not_allowed")),
        ({"unit": "ward/1"}, 0, (400, "bad_request")),
    ],
)
async def test_signed_envelope_is_checked(
    tmp_path: Path, body: dict[str, Any], age_s: float, refusal: tuple[int, str]
) -> None:
    async with console(tmp_path) as rig:
        assert await rig.error("POST", "/api/commands/signed", **envelope(body, age_s=age_s)) == refusal


async def test_changed_envelope_is_refused(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        sent = envelope(ON)
        changed = {**sent, "data": sent["data"].replace(b"ward/1", b"ward/2")}
        assert await rig.error("POST", "/api/commands/signed", **changed) == (401, "bad_signature")
        assert await rig.error("POST", "/api/commands/signed", json=ON) == (401, "bad_signature")
