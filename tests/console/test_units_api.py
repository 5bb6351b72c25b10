"""Gateways and units over HTTP, and what an actor of one gateway sees of them."""

from __future__ import annotations

from pathlib import Path

from lineside.runtime.step import Secret
from tests.support.console import console


async def test_units_are_listed_with_state_and_commands(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        viewer = await rig.token("viewer")
        units = (await rig.get("/api/units", headers=viewer))["units"]
        assert [unit["unit"] for unit in units] == ["hall/1", "ward/1", "ward/2"]
        assert units[1] == {
            "unit": "ward/1",
            "gateway": "ward",
            "kind": "lamp",
            "state": "live",
            "reason": "it shines",
            "connected": True,
            "since": "2026-01-01T00:00:00Z",
            "commands": ["ON", "LATER", "set_code", "wipe"],
        }
        units = (await rig.get("/api/units?gateway=hall", headers=viewer))["units"]
        assert [unit["unit"] for unit in units] == ["hall/1"]
        assert (await rig.get("/api/units?gateway=none", headers=viewer))["units"] == []


async def test_unit_shows_its_last_values_and_how_to_command_it(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        rig.hub.state("ward/1/door", {"code": Secret("1234567")})
        told = await rig.get("/api/units/ward/1", headers=await rig.token("viewer"))
        assert told["values"]["lamp"] == {"lit": 0}
        assert told["values"]["door"] == {"code": "…67"}
        assert "flashes" not in told["values"]
        by_name = {command["name"]: command for command in told["commands"]}
        assert (by_name["ON"]["waits"], by_name["wipe"]["role"]) == ("live", "admin")
        assert "code" in str(by_name["set_code"]["params"])


async def test_gateways_are_listed_with_state_and_reason(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        gateways = (await rig.get("/api/gateways", headers=await rig.token("viewer")))["gateways"]
        assert [one["name"] for one in gateways] == ["ward", "hall"]
        assert set(gateways[0]) == {"name", "kind", "state", "reason", "since", "units", "next_attempt"}


async def test_actor_of_one_gateway_sees_that_one(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        bound = await rig.token("viewer", "ward")
        assert [one["name"] for one in (await rig.get("/api/gateways", headers=bound))["gateways"]] == ["ward"]
        units = (await rig.get("/api/units", headers=bound))["units"]
        assert [unit["unit"] for unit in units] == ["ward/1", "ward/2"]
        await rig.get("/api/units/ward/1", headers=bound)
        assert await rig.error("GET", "/api/units/hall/1", headers=bound) == (403, "not_allowed")
        assert await rig.error("GET", "/api/units?gateway=hall", headers=bound) == (403, "not_allowed")


async def test_unknown_unit_names_the_known_ones_to_who_may_see_them(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        answer = await rig.ask.get("/api/units/ward/9", headers=await rig.token("viewer"))
        assert answer.status == 404
        assert "hall/1" in await answer.text()
        answer = await rig.ask.get("/api/units/ward/9", headers=await rig.token("viewer", "ward"))
        assert answer.status == 404
        assert "hall/1" not in await answer.text()


async def test_nothing_is_told_to_nobody(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        for path in ("/api/gateways", "/api/units", "/api/units/ward/1", "/api/events", "/api/commands/x", "/api/me"):
            assert await rig.error("GET", path) == (401, "not_signed_in")


async def test_wrong_parameters_are_named(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        viewer = await rig.token("viewer")
        answer = await rig.ask.get("/api/units?gateway=a%2Fb", headers=viewer)
        assert answer.status == 400
        assert "gateway = 'a/b'" in await answer.text()
        assert await rig.error("GET", "/api/units?gate=ward", headers=viewer) == (400, "bad_request")
