"""A real PostgreSQL on a free port of this machine, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests.crash.killing import free_port

READY_SECONDS_MAX = 60.0
USER = "lineside"
PASSWORD = "pg-secret-word"


def find_binaries() -> Path | None:
    """The folder with ``initdb`` and ``postgres``; Debian keeps it out of PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if versions:
        return versions[-1].parent
    found = shutil.which("postgres")
    return Path(found).parent if found is not None and shutil.which("initdb") is not None else None


class Postgres:
    """The server; it may be stopped and started again, and new databases made."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.port = free_port()
        self._binaries = binaries
        self._data = folder / "data"
        # PostgreSQL refuses to run as root; then it runs as its own user, which Debian's package makes.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(folder, self._user)
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        self._run("initdb", "-D", str(self._data), "-U", USER, "-A", "scram-sha-256", "--pwfile", str(secret), "-N")
        self._log = (folder / "log").open("wb")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return when it takes connections."""
        options = ["-p", str(self.port), "-h", "127.0.0.1", "-k", "", "-c", "max_connections=40", "-c", "fsync=off"]
        self._process = subprocess.Popen(
            [str(self._binaries / "postgres"), "-D", str(self._data), *options],
            stdout=self._log,
            stderr=self._log,
            user=self._user,
            cwd="/",
        )
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not self._answers():
            assert self._process.poll() is None, "postgres ended by itself"
            assert time.monotonic() < deadline, "postgres did not start"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname="postgres", autocommit=True
        )

    def stop(self) -> None:
        """Immediate: as a machine that is switched off."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)
            self._process = None

    def url(self, database: str = "postgres", password: str = PASSWORD) -> str:
        return f"postgresql+psycopg://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def make_database(self, name: str) -> str:
        """A fresh database; returns its URL."""
        with self._connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._binaries / program), *arguments],
            capture_output=True,
            user=self._user,
            cwd="/",
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")


@contextmanager
def running_postgres(binaries: Path) -> Iterator[Postgres]:
    # Not below pytest's own folders: these are closed to other users, and PostgreSQL may have to be one.
    folder = Path(tempfile.mkdtemp(prefix="lineside-pg-"))
    folder.chmod(0o755)
    server = Postgres(binaries, folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
