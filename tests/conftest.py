"""What the tests share: the real index, built once and kept between runs, and no network beyond this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import postgres
import pytest
from filelock import FileLock

from bot.chain import FaqChain
from bot.settings import Settings, load_settings
from corpus.load import PACKAGED_CORPUS
from index.build import build
from index.current import check_current
from index.embed import TorchEmbeddings
from index.export import export
from index.store import Store
from index.weights import find_weights

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SHARED = Path(__file__).parents[2] / "shared"


def _only_loopback(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(args[1], tuple) and args[1][0] not in {"127.0.0.1", "::1", "localhost"}:
        raise PermissionError(f"a test tried to reach {args[1][0]}")


sys.addaudithook(_only_loopback)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks as slow what needs a browser or PostgreSQL, by what it asks for."""
    for item in items:
        params = item.callspec.params if hasattr(item, "callspec") else {}
        if "browser" in getattr(item, "fixturenames", ()) or params.get("address") == "postgresql":
            item.add_marker("slow")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FAQBOT_") and name != "FAQBOT_REQUIRE_BROWSER"]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def state(request: pytest.FixtureRequest) -> Path:
    """A state folder with the index of the packaged corpus; a second run embeds only what changed."""
    folder: Path = request.config.cache.mkdir("faqbot")
    with FileLock(folder / "tests.lock"):  # of several workers one builds, and the others find it built
        build(PACKAGED_CORPUS, folder)
        export(TorchEmbeddings(find_weights()), folder / "models")  # as published: for corpora without an adapter
        FaqChain.open(load_settings(state=folder)).close()  # makes the vectors of the screen's examples
    return folder


@pytest.fixture(scope="session")
def settings(state: Path) -> Settings:
    """Without limits of requests: tests ask faster than people."""
    return load_settings(state=state, limit_session="", limit_address="", limit_reads="")


@pytest.fixture(scope="session")
def chain(settings: Settings) -> FaqChain:
    return FaqChain.open(settings)


@pytest.fixture
def store(state: Path) -> Iterator[Store]:
    with Store(check_current(PACKAGED_CORPUS, state)) as opened:
        yield opened


@pytest.fixture
def shared() -> Path:
    """The project's shared folder, which only its makers have."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not on this machine")
    return SHARED


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests of a file."""
    import chromium

    with chromium.started() as started:
        yield started


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    with postgres.started() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/journal.db"
    server: postgres.Server = request.getfixturevalue("server")
    return server.database()
