"""The process: signals, exit codes, clear words."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.app.support import settings_file
from tests.support.processes import call, free_port, get, get_when_there, lineside


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_server_cleanly(tmp_path: Path, number: int) -> None:
    web = free_port()
    settings_file(tmp_path, web, free_port(), free_port())
    with lineside("run", folder=tmp_path) as server:
        assert get_when_there(f"http://127.0.0.1:{web}/healthz")[0] == 200
        assert server.end(number) == 0
        assert any('"stopped"' in line and '"stuck": []' in line for line in server.err)
        # Where no terminal is, the login code goes to a file, and only the file's name is told.
        assert "login-url" in "\n".join(server.err)
        assert "code=" not in "\n".join(server.out + server.err)


def test_second_process_on_the_same_data_is_refused_in_clear_words(tmp_path: Path) -> None:
    web = free_port()
    settings_file(tmp_path, web, free_port(), free_port())
    with lineside("run", folder=tmp_path) as server:
        get_when_there(f"http://127.0.0.1:{web}/healthz")
        refused = call("run", folder=tmp_path)
        assert refused.returncode == 1
        assert f"in use by process {server.process.pid}" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert get(f"http://127.0.0.1:{web}/healthz")[0] == 200


def test_wrong_settings_end_at_once_with_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "lineside.toml").write_text('[gateways.ward]\nkind = "ventilator"\nperiod = 1\n')
    refused = call("run", folder=tmp_path)
    assert refused.returncode == 2
    assert 'gateways.ward.period: unknown key; did you mean "period_s"?' in refused.stderr
    assert "gateways.ward.line: missing" in refused.stderr
    assert not (tmp_path / "var").exists()


def test_sighup_reads_the_settings_again(tmp_path: Path) -> None:
    web = free_port()
    file = settings_file(tmp_path, web, free_port(), free_port())
    with lineside("run", folder=tmp_path) as server:
        get_when_there(f"http://127.0.0.1:{web}/healthz")
        file.write_text(file.read_text() + "period_s = 1.5\n")
        server.process.send_signal(signal.SIGHUP)
        assert '"restarted": ["ward"]' in server.wait_for('"reloaded"')
        file.write_text(file.read_text() + "perod_s = 1.5\n")
        server.process.send_signal(signal.SIGHUP)
        assert "did you mean" in server.wait_for("reload refused")
        assert server.end() == 0
