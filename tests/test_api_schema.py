"""The API against its own description, by schemathesis: every operation, with what fits it and what doesn't."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import serving
from staffing import as_staff

from bot.journal import Journal
from bot.settings import Settings, load_settings
from bot.web.app import create_app

pytestmark = pytest.mark.slow

CONFIG = Path(__file__).parent / "data" / "schemathesis.toml"
EXAMPLES = 20


@pytest.fixture(scope="module")
def url(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    app = create_app(settings.model_copy(update={"threads": 1}))
    app.state.journal = Journal(load_settings(state=tmp_path_factory.mktemp("journal")))
    with serving(app) as url:
        yield url


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The description, which is for staff."""
    app = create_app(load_settings(state=tmp_path_factory.mktemp("state"), docs=True))
    with serving(app) as url, as_staff(app, url) as staff:
        assert httpx.get(f"{url}/openapi.json").status_code == 401
        described: dict[str, Any] = staff.get("/openapi.json").json()
    return described


def test_every_answer_is_as_described(url: str, described: dict[str, Any], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", f"--config-file={CONFIG}", "--no-color", "run"]
    chosen = [f"--max-examples={EXAMPLES}", "--generation-deterministic"]
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(described))
    done = subprocess.run(
        [*command, *chosen, file, f"--url={url}"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Tested: {len(described['paths'])}" in done.stdout
    cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert cases is not None, done.stdout
    assert cases[1] == cases[2]
    assert int(cases[1]) > len(described["paths"]) * EXAMPLES


def test_the_description_names_every_operation_of_the_api_and_no_page(described: dict[str, Any]) -> None:
    operations = {f"{method} {path}" for path, methods in described["paths"].items() for method in methods}
    assert operations == {
        *("post /api/chat", "post /api/chat/stream", "post /api/feedback"),
        *("get /api/config", "get /api/passages/{passage_id}", "get /healthz", "get /readyz"),
    }


def test_every_error_has_the_one_form_and_too_many_says_when_to_come_back(described: dict[str, Any]) -> None:
    answers = [
        (path, status, answer)
        for path, methods in described["paths"].items()
        for operation in methods.values()
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    ]
    assert {status for _, status, _ in answers} == {"400", "404", "413", "429", "500", "503"}
    for path, status, answer in answers:
        form = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
        assert (path, status, answer["content"]) == (path, status, form)
        assert ("Retry-After" in answer.get("headers", {})) == (status == "429")


def test_without_the_setting_there_is_no_description(tmp_path: Path) -> None:
    with serving(create_app(load_settings(state=tmp_path))) as url, httpx.Client(base_url=url) as web:
        paths = ("/docs", "/openapi.json", "/docs/start.js", "/docs/ui/swagger-ui.css", "/redoc")
        assert {path: web.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)
