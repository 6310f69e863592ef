"""Long work in processes of its own: real ones, started, killed and cancelled."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.job import Job, JobState
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
    pid = int((tmp_path / "jobs" / ".lock").read_text().split()[1])
    os.kill(pid, signal.SIGKILL)
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
    jobs.cancel(first.id)
    running = jobs.running()
    assert running is not None
    assert running.id == second.id


def test_the_oldest_folders_are_taken_away(jobs: Jobs, tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        folder = tmp_path / "jobs" / f"20200101T{number:06d}-abcd"
        folder.mkdir(parents=True)
        request = {"kind": "count", "who": "maria", "started_at": "2020-01-01T00:00:00+00:00", "arguments": {}}
        (folder / "request.json").write_text(json.dumps(request))
    started = jobs.start("count", "maria", {})
    wait_for(jobs, started.id, is_over)
    names = {path.name for path in (tmp_path / "jobs").iterdir() if path.is_dir()}
    assert len(names) == KEPT
    assert "20200101T000000-abcd" not in names


@pytest.mark.parametrize("job_id", ["", "..", "../../etc", "20200101T000000-abcd/..", "20200101T000000-abcd"])
def test_no_other_folder_is_taken_for_a_job(jobs: Jobs, job_id: str) -> None:
    assert jobs.find(job_id) is None


def test_a_state_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file")
    with pytest.raises(JobError, match="can't be written"):
        Jobs(tmp_path, MODULE).start("count", "maria", {})
