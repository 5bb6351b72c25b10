"""token and login, against a server and without one."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, DemoPlace


def test_token_opens_the_api_until_it_is_revoked(cli: Cli, demo: DemoPlace) -> None:
    token = cli("token", "create", "panel", "--role", "operator", "--gateway", "ward", *demo.data).out.strip()
    request = urllib.request.Request(demo.url.partition("/login")[0] + "/api/me")
    request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request) as answer:
        assert b'"operator"' in answer.read()
    (info,) = (one for one in cli("token", "list", "--json", *demo.data).json if one["label"] == "panel")  # type: ignore[attr-defined]
    assert info["gateways"] == ["ward"]
    assert cli("token", "revoke", info["id"], *demo.data).code == 0
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(request)
    assert "revoked" in cli("token", "list", *demo.data).out


def test_login_url_works_once(cli: Cli, demo: DemoPlace) -> None:
    url = cli("login", *demo.data).out.strip().removeprefix("open ")
    assert url.startswith(demo.url.partition("/login")[0])
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(url) as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url)


def test_tokens_without_a_server(cli: Cli, recorded: Path) -> None:
    made = cli("token", "create", "panel", "--json", "--expires", "60").json
    assert cli("token", "revoke", made["info"]["id"]).code == 0  # type: ignore[index]
    (info,) = cli("token", "list", "--json").json  # type: ignore[misc]
    assert info["revoked"] is True
    assert cli("token", "revoke", "none").code == 1


def test_label_that_is_no_label_is_wrong_usage(cli: Cli, recorded: Path) -> None:
    assert cli("token", "create", "").code == 2
