"""A PostgreSQL server of the tests' own: Debian's, in a folder of its own, reached by a socket in it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from psycopg import connect

_VERSIONS = Path("/usr/lib/postgresql")
_QUICK = "-c fsync=off -c full_page_writes=off -c shared_buffers=16MB -c max_connections=40"


@dataclass
class Server:
    """A running server. Whoever may reach its socket may do everything."""

    folder: Path
    _binaries: Path
    _user: str | None
    _numbers: Iterator[int] = field(default_factory=count)

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"journal_{next(self._numbers)}"
        with connect(f"host={self.folder} user=faqbot dbname=postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"postgresql://faqbot@/{name}?host={self.folder}"

    def start(self) -> None:
        self._control("start", "--wait", "-o", f"-k {self.folder} -h '' {_QUICK}", "-l", str(self.folder / "log"))

    def stop(self) -> None:
        self._control("stop", "--mode=immediate", "--wait")

    def make(self) -> None:
        self._run("initdb", "--auth=trust", "--username=faqbot", "--no-sync", "--encoding=UTF8", self._data)

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "-D", self._data, *words)

    def _run(self, program: str, *words: str) -> None:
        # to a file: a server that runs on would hold a pipe open
        with (self.folder / "output").open("w+") as output:
            done = subprocess.run(
                [self._binaries / program, *words], user=self._user, stdout=output, stderr=output, cwd=self.folder
            )
            output.seek(0)
            assert done.returncode == 0, output.read()


@contextmanager
def started() -> Iterator[Server]:
    """A server while the block runs; the test is skipped, or fails where all is required, if none is installed."""
    binaries = max(_VERSIONS.glob("*/bin/initdb"), default=None)
    if binaries is None:
        missing = f"no PostgreSQL in {_VERSIONS}: the journal is not tested on it"
        if os.environ.get("FAQBOT_REQUIRE_BROWSER"):
            pytest.fail(missing)
        pytest.skip(missing)
    user = _user_without_rights() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="faqbot-pg-"))  # short: a socket's path has 107 bytes
    try:
        if user:
            shutil.chown(folder, user)
        server = Server(folder, binaries.parent, user)
        server.make()
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user_without_rights() -> str:
    """PostgreSQL does not run as root."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
