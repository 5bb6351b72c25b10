"""The certificate of the web server."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from lineside.adapters.web_server import server_context
from lineside.errors import ConfigError
from tests.support.certificate import make_certificate


def test_context_takes_nothing_older_than_tls_1_2(tmp_path: Path) -> None:
    assert make_certificate(tmp_path).minimum_version is ssl.TLSVersion.TLSv1_2


def test_missing_file_is_named(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    with pytest.raises(ConfigError, match=r"web\.key: .*other\.pem"):
        server_context(tmp_path / "cert.pem", tmp_path / "other.pem")
    with pytest.raises(ConfigError, match=r"web\.cert: .*other\.pem"):
        server_context(tmp_path / "other.pem", tmp_path / "key.pem")


def test_key_of_another_certificate_is_named(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        make_certificate(tmp_path / name)
    with pytest.raises(ConfigError, match="do not make a certificate"):
        server_context(tmp_path / "one" / "cert.pem", tmp_path / "two" / "key.pem")
