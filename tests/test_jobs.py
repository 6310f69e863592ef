"""Long work in processes of its own: real ones, started, killed and cancelled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.job import Job, JobState, write
from bot.job_process import beginning_of
from bot.jobs import KEPT, JobError, Jobs

MODULE = "staff_job"
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def _finds_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    jobs = Jobs(tmp_path, MODULE)
    yield jobs
    if running := jobs.running():
        jobs.cancel(running.id)
        wait_for(jobs, running.id, lambda job: job.state is not JobState.RUNNING)
    for child in jobs._children:
        child.wait(PATIENCE_S)


def wait_for(jobs: Jobs, job_id: str, holds: Callable[[Job], bool]) -> Job:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        job = jobs.find(job_id)
        assert job is not None
        if holds(job):
            return job
        time.sleep(0.02)
    raise AssertionError(f"the job is still {job}")


def is_over(job: Job) -> bool:
    return job.state is not JobState.RUNNING


def test_a_job_tells_how_far_it_is_and_how_it_ended(jobs: Jobs) -> None:
    started = jobs.start("count", "maria", {"to": 3})
    assert started.state is JobState.RUNNING
    ended = wait_for(jobs, started.id, is_over)
    assert (ended.state, ended.message) == (JobState.DONE, "counted to three")
    assert (ended.kind, ended.who, ended.arguments) == ("count", "maria", {"to": 3})


def test_its_progress_is_seen_by_whoever_looks(jobs: Jobs, tmp_path: Path) -> None:
    started = jobs.start("endless", "maria", {})
    other_server = Jobs(tmp_path, MODULE)
    seen = wait_for(other_server, started.id, lambda job: job.done == 3)
    assert (seen.state, seen.step, seen.total) == (JobState.RUNNING, "counting", 3)
    assert [job.id for job in other_server.all("endless")] == [started.id]
    assert other_server.all("count") == []


def test_one_runs_at_a_time_whichever_server_starts_it(jobs: Jobs, tmp_path: Path) -> None:
    jobs.start("endless", "maria", {})
    for one in (jobs, Jobs(tmp_path, MODULE)):
        with pytest.raises(JobError, match="Something else is running"):
            one.start("count", "john", {})


def test_a_killed_job_has_failed_and_the_next_one_starts(jobs: Jobs, tmp_path: Path) -> None:
    started = jobs.start("endless", "maria", {})
    wait_for(jobs, started.id, lambda job: job.done == 3)
    os.kill(json.loads((tmp_path / "jobs" / ".lock").read_text())["pid"], signal.SIGKILL)
    ended = wait_for(jobs, started.id, is_over)
    assert ended.state is JobState.FAILED
    following = jobs.start("count", "maria", {})
    assert wait_for(jobs, following.id, is_over).state is JobState.DONE


def test_a_job_that_fails_by_itself_is_shown_as_failed(jobs: Jobs) -> None:
    started = jobs.start("broken", "maria", {})
    ended = wait_for(jobs, started.id, is_over)
    assert ended.state is JobState.FAILED
    assert "meant to" in (ended.folder / "log.txt").read_text()


def test_a_job_is_cancelled_by_another_server_too(jobs: Jobs, tmp_path: Path) -> None:
    started = jobs.start("endless", "maria", {})
    Jobs(tmp_path, MODULE).cancel(started.id)
    assert wait_for(jobs, started.id, is_over).state is JobState.CANCELLED
    assert jobs.running() is None


def test_cancelling_what_has_ended_touches_nothing(jobs: Jobs) -> None:
    first = jobs.start("count", "maria", {})
    wait_for(jobs, first.id, is_over)
    second = jobs.start("endless", "maria", {})
    assert not jobs.cancel(first.id)
    running = jobs.running()
    assert running is not None
    assert running.id == second.id


def left(state: Path, days_ago: float, number: int = 0, request: str | None = None, told: str | None = None) -> Path:
    """The folder of a job that has ended some days ago."""
    began = datetime.now(UTC) - timedelta(days=days_ago)
    folder = state / "jobs" / f"{began:%Y%m%dT%H%M%S}-{number:04x}"
    folder.mkdir(parents=True)
    whole = {"kind": "count", "who": "maria", "started_at": began.isoformat(), "arguments": {}}
    (folder / "request.json").write_text(json.dumps(whole) if request is None else request)
    (folder / "state.json").write_text('{"state": "done", "message": "counted"}' if told is None else told)
    return folder


def test_the_oldest_folders_are_taken_away(jobs: Jobs, tmp_path: Path) -> None:
    oldest, *_ = [left(tmp_path, 50 - number, number) for number in range(KEPT + 3)]
    started = jobs.start("count", "maria", {})
    wait_for(jobs, started.id, is_over)
    names = {path.name for path in (tmp_path / "jobs").iterdir() if path.is_dir()}
    assert len(names) == KEPT
    assert oldest.name not in names


def test_folders_older_than_the_settings_allow_are_taken_away_those_without_a_request_too(tmp_path: Path) -> None:
    kept, old, torn = left(tmp_path, 29), left(tmp_path, 31), left(tmp_path, 32)
    (torn / "request.json").unlink()
    Jobs(tmp_path, MODULE, keep_days=30).sweep()
    assert [folder.exists() for folder in (kept, old, torn)] == [True, False, False]


def test_what_is_running_is_not_taken_away(jobs: Jobs, tmp_path: Path) -> None:
    started = jobs.start("endless", "maria", {})
    Jobs(tmp_path, MODULE, keep_days=0).sweep(0)
    assert started.folder.exists()


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("", None),
        ('{"kind": "cou', None),
        ("[]", None),
        ('{"kind": "count"}', None),
        (None, ""),
        (None, '{"state": "do'),
        (None, "null"),
        (None, '{"state": "paused"}'),
        (None, "\xff"),
    ],
)
def test_a_folder_that_cannot_be_read_hides_no_other_job(
    jobs: Jobs, tmp_path: Path, request_: str | None, told: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = left(tmp_path, 1, request=request_, told=told), left(tmp_path, 2)
    assert [job.id for job in jobs.all()] == [good.name]
    assert jobs.find(bad.name) is None
    assert [record.getMessage().count(bad.name) for record in caplog.records] == [1]
    started = jobs.start("count", "maria", {})
    assert wait_for(jobs, started.id, is_over).state is JobState.DONE


def test_what_another_version_wrote_besides_is_left_alone(jobs: Jobs, tmp_path: Path) -> None:
    folder = left(tmp_path, 1, told='{"state": "done", "message": "counted", "percent": 7, "id": "x"}')
    found = jobs.find(folder.name)
    assert found is not None
    assert (found.id, found.state, found.message) == (folder.name, JobState.DONE, "counted")


def test_a_folder_that_is_deleted_meanwhile_is_no_job(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, good = left(tmp_path, 1), left(tmp_path, 2)
    listed = [gone, good]
    (gone / "request.json").unlink()
    (gone / "state.json").unlink()
    gone.rmdir()
    monkeypatch.setattr(Jobs, "_folders", lambda _: listed)
    assert [job.id for job in jobs.all()] == [good.name]


def test_a_file_is_the_old_or_the_new_one_when_the_writer_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.json"
    write(path, {"done": 1})

    def dies(_: int) -> None:
        raise OSError("no power")

    monkeypatch.setattr("os.fsync", dies)
    with pytest.raises(OSError, match="no power"):
        write(path, {"done": 2})
    assert json.loads(path.read_text()) == {"done": 1}


@pytest.mark.parametrize("change", [{"host": "another"}, {"began": "1"}, {"began": ""}])
def test_a_process_that_may_be_anothers_is_not_killed_and_the_job_stops_by_itself(
    jobs: Jobs, tmp_path: Path, change: dict[str, str]
) -> None:
    bystander = subprocess.Popen(["sleep", "600"], start_new_session=True)
    started = jobs.start("telling", "maria", {})
    wait_for(jobs, started.id, lambda job: job.done == 3)
    lock = tmp_path / "jobs" / ".lock"
    ours = json.loads(lock.read_text()) | {"pid": bystander.pid, "began": beginning_of(bystander.pid)}
    lock.write_text(json.dumps(ours | change))
    assert jobs.cancel(started.id)
    assert wait_for(jobs, started.id, is_over).state is JobState.CANCELLED
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait(PATIENCE_S)


@pytest.mark.slow
def test_the_windows_own_jobs_stop_when_they_are_asked_to(jobs: Jobs, tmp_path: Path) -> None:
    arguments = {"settings": {}, "before": "x", "after": "y"}
    request = {"kind": "comparison", "who": "maria", "started_at": "2026-01-01T00:00:00+00:00", "arguments": arguments}
    folder = left(tmp_path, 0, request=json.dumps(request), told='{"state": "running"}')
    (folder / "cancelled").touch()
    subprocess.run([sys.executable, "-m", "bot.web.console_job", str(folder)], check=True, timeout=PATIENCE_S)
    assert json.loads((folder / "state.json").read_text()) == {"state": "cancelled", "message": "Stopped by staff."}


def test_a_process_that_has_just_ended_is_no_error(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    started = jobs.start("endless", "maria", {})

    def ended(_: int, __: int) -> None:
        raise ProcessLookupError

    with monkeypatch.context() as patched:
        patched.setattr("os.killpg", ended)
        assert jobs.cancel(started.id)


@pytest.mark.parametrize("job_id", ["", "..", "../../etc", "20200101T000000-abcd/..", "20200101T000000-abcd"])
def test_no_other_folder_is_taken_for_a_job(jobs: Jobs, job_id: str) -> None:
    assert jobs.find(job_id) is None


def test_a_state_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file")
    with pytest.raises(JobError, match="can't be written"):
        Jobs(tmp_path, MODULE).start("count", "maria", {})
