"""What fails in the staff's window leaves none of what was typed in the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from serving import serving
from staffing import as_staff

from bot.chain import FaqChain
from bot.settings import load_settings
from bot.web.app import create_app

pytestmark = pytest.mark.slow

SECRET = "a secret illness"


class Torn:
    """An index that fails, and says over what."""

    def chain(self) -> FaqChain:
        raise RuntimeError(f"can't answer {SECRET}")


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr("bot.live.LiveChain.chain", Torn.chain)
    return create_app(load_settings(state=tmp_path))


@pytest.fixture
def staff(app: FastAPI) -> Iterator[httpx.Client]:
    with serving(app) as url, as_staff(app, url) as client:
        assert client.get("/staff/", timeout=120).status_code == 200
        yield client


def _called(staff: httpx.Client, number: int, data: list[object]) -> str:
    """The events of a call of the window, to its end."""
    asked = {"data": data, "fn_index": number, "session_hash": f"s{number}x{len(data)}"}
    assert staff.post("/staff/gradio_api/queue/join", json=asked).status_code == 200
    with staff.stream("GET", "/staff/gradio_api/queue/data", params={"session_hash": asked["session_hash"]}) as events:
        lines = []
        for line in events.iter_lines():
            lines.append(line)
            if "process_completed" in line:
                break
    return "\n".join(lines)


@pytest.mark.filterwarnings("ignore:The copy keyword is deprecated")  # Gradio's, of pandas
@pytest.mark.parametrize("count", [0, 2])
def test_a_failure_is_told_by_its_type_and_place_and_staff_read_that_it_failed(
    staff: httpx.Client, count: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    calls = json.loads(staff.get("/staff/config").content)["dependencies"]
    [ask] = [call["id"] for call in calls if call["api_name"] == "ask"]
    with caplog.at_level(logging.INFO):
        told = _called(staff, ask, [SECRET, None][:count])
    assert '"success": false' in told or '"success":false' in told
    assert "Something went wrong on our side" in told
    printed = "".join(capfd.readouterr())
    assert "the staff's window failed: " in caplog.text
    assert SECRET not in caplog.text + printed + told
    assert "Traceback" not in caplog.text + printed
